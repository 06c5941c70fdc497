"""What needs no VM: the command line, the configuration, refusals."""

import os
import socket
import subprocess

import pytest

import ordinary
import vc

BOTH = pytest.mark.parametrize("name", ["vdkr", "vpdmn"])


def refused(result, *words, status=None):
    """One clear line on stderr, nothing on stdout, and a status that says so."""
    assert result.status == status if status else result.status != 0, result
    assert result.out == b"", result
    assert result.said.count("\n") == 1, result
    for word in words:
        assert str(word) in result.said, result
    return result


@BOTH
def test_help_names_options_and_own_commands(idle_tool, name):
    r = idle_tool(name).ok("--help")
    assert r.err == b""
    for word in ("--state-dir", "--no-daemon", "memres", "vimport", "vconfig", "vrun"):
        assert word in r.text


@BOTH
def test_version(idle_tool, name):
    assert idle_tool(name).ok("--version").text.startswith(name)


@pytest.mark.parametrize("option", ["--no-such-option", "-Z"])
def test_unknown_option(idle_tool, option):
    refused(idle_tool().run(option, "images"), "unknown option", option, status=2)


@pytest.mark.parametrize("words", [
    ("--memory", "1"), ("--cpus", "0"), ("--disk", "x"), ("--timeout", "-1"),
    ("--instance", "../x"), ("--insecure-registry", "http://x/y"),
])
def test_option_with_a_wrong_value(words):
    refused(vc.Tool("vdkr").run(*words, "images"), words[0], words[1], status=2)


def test_unknown_architecture_names_the_supported_ones():
    tool = vc.Tool("vdkr", "riscv64")
    refused(tool.run("images"), "riscv64", "x86_64", "aarch64", status=2)


@pytest.mark.parametrize("name", ["vdkr-riscv64", "vdkr-"])
def test_unknown_architecture_in_the_name(scratch, name):
    (scratch / name).symlink_to(vc.BIN / "vcontainer")
    r = subprocess.run([scratch / name, "images"], capture_output=True, check=False)
    assert r.returncode == 2 and b"x86_64, aarch64" in r.stderr


@pytest.mark.parametrize("word,part", [("system", "df"), ("image", "ls")])
def test_bare_group_requires_a_subcommand(idle_tool, word, part):
    refused(idle_tool().run(word), "requires a subcommand: ", part)


@pytest.mark.parametrize("words,part", [
    (("memres",), "start, stop"), (("memres", "x"), "'x'"), (("vstorage", "x"), "'x'"),
    (("vconfig", "x"), "idle-timeout"), (("vconfig", "cpus", "many"), "'many'"),
    (("memres", "start", "x"), "'x'"), (("vimport",), "PATH"),
])
def test_wrong_use_of_own_commands(idle_tool, words, part):
    refused(idle_tool().run(*words), part, status=2)


def test_vconfig_keeps_a_value_and_gives_it_up(idle_tool, scratch):
    tool = idle_tool(options=["--config-dir", str(scratch)])
    assert tool.ok("vconfig", "idle-timeout").text == "1800\n"
    tool.ok("vconfig", "idle-timeout", "3")
    assert tool.ok("vconfig", "idle-timeout").text == "3\n"
    tool.ok("vconfig", "idle-timeout", "--reset")
    assert tool.ok("vconfig", "idle-timeout").text == "1800\n"


def test_defect_18_there_is_no_time_limit_unless_asked_for(idle_tool):
    assert idle_tool().ok("vconfig", "timeout").text == "0\n"


def test_vstorage_path_prints_only_the_path(idle_tool):
    tool = idle_tool()
    r = tool.ok("vstorage", "path")
    assert (r.text, r.err) == (f"{tool.state}\n", b"")


def test_status_and_stop_when_nothing_runs(idle_tool):
    tool = idle_tool()
    status = tool.run("memres", "status")
    assert (status.status, status.text) == (1, "not running\n")
    tool.stop().ok()
    assert not tool.state.exists(), "looking at it made a state directory"


def test_clean_is_an_old_name_and_says_so(idle_tool):
    assert "vstorage clean" in idle_tool().ok("clean").said


# --- field defect 22: a pid in a file is no proof of anything ---------------

@pytest.fixture
def leftovers(idle_tool):
    """A state directory as a crash left it: a socket nobody listens on, and a
    pid that is a stranger's by now."""
    tool = idle_tool()
    tool.state.mkdir(mode=0o700)
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tool.state / "control.sock"))
    dead.close()
    tool.stranger = subprocess.Popen(["sleep", "1000"])
    (tool.state / "daemon.pid").write_text(f"{tool.stranger.pid}\n")
    yield tool
    assert tool.stranger.poll() is None, "a stranger was killed"
    tool.stranger.kill()
    tool.stranger.wait()


def test_defect_22_stale_pid_is_not_running(leftovers):
    r = leftovers.run("memres", "status")
    assert (r.status, r.text) == (1, "not running\n")


@pytest.mark.parametrize("words", [("memres", "stop"), ("vstorage", "clean"), ("clean",)])
def test_defect_22_no_stranger_is_killed(leftovers, words):
    leftovers.ok(*words)  # the fixture looks after the stranger
    if "clean" in words:
        assert not leftovers.state.exists()


def test_clean_removes_only_what_is_ours(idle_tool):
    tool = idle_tool()
    tool.state.mkdir(mode=0o700)
    for name in ("state.img", "console.log", "letter.txt"):
        (tool.state / name).write_text("x")
    r = tool.ok("vstorage", "clean")
    assert os.listdir(tool.state) == ["letter.txt"]
    assert "letter.txt" in r.said


# --- bad input: one clear line, nothing half made ---------------------------

@BOTH
@pytest.mark.parametrize("variable", ["VCONTAINER_GUEST_DIR", "BLOB_DIR"])
def test_missing_guest_file_is_named_with_what_builds_it(idle_tool, scratch, name,
                                                         variable):
    variable = variable if "GUEST" in variable else f"{name.upper()}_{variable}"
    r = idle_tool(name).run("images", env={variable: str(scratch)})
    refused(r, scratch / "x86_64" / "kernel", "make guest")


def test_missing_guest_file_does_not_cost_the_store(idle_tool, scratch):
    tool = idle_tool()
    tool.run("images", env={"VCONTAINER_GUEST_DIR": str(scratch)})
    assert not (tool.state / "state.img").exists()


def test_state_dir_of_somebody_else(idle_tool):
    tool = idle_tool(directory="/" if os.getuid() else None)
    if not os.getuid():
        tool = idle_tool()
        tool.state.mkdir(mode=0o700)
        os.chown(tool.state, 65534, 65534)
    refused(tool.run("images"), "belongs to user", "--state-dir")


def test_state_dir_that_others_can_write(idle_tool):
    tool = idle_tool()
    tool.state.mkdir()
    tool.state.chmod(0o777)
    refused(tool.run("images"), "chmod 700")


def test_state_dir_that_cannot_be_written():
    with ordinary.user() as user:
        closed = user.place / "closed"
        closed.mkdir(mode=0o555)
        r = user.tool("vdkr", directory=closed / "state").run("images")
        refused(r, closed / "state", "Permission denied")


def test_state_dir_below_a_file(idle_tool, scratch):
    (scratch / "file").write_text("")
    r = idle_tool(directory=scratch / "file" / "state").run("images")
    refused(r, scratch / "file")


def test_state_dir_that_is_a_link(idle_tool, scratch):
    (scratch / "real").mkdir(mode=0o700)
    (scratch / "link").symlink_to("real")
    refused(idle_tool(directory=scratch / "link").run("images"), "symbolic link")
    assert not os.listdir(scratch / "real")


def test_hostile_25_socket_path_too_long(idle_tool):
    tool = idle_tool(directory=vc.STATE / ("d" * 100))
    refused(tool.run("images"), "control.sock", "--state-dir")
    assert not tool.state.exists()


@BOTH
def test_wrong_architecture_names_both_and_the_option(idle_tool, name):
    tool = idle_tool(name)
    r = tool.run("vimport", vc.sample("aarch64"), "busybox:latest")
    assert r.status != 0 and r.out == b"", r
    assert "arm64" in r.said and "--arch aarch64" in r.said, r
    assert "x86_64" in r.said or "amd64" in r.said, r
    assert not tool.qemus(), "a VM was started for nothing"


@pytest.mark.parametrize("words", [
    ("vimport", "/nonexistent/x"), ("load", "-i", "/nonexistent/x"),
    ("import", "/nonexistent/x"), ("run", "--env-file", "/nonexistent/x", "busybox"),
    ("cp", "/nonexistent/x", "box:/"),
])
def test_missing_host_file(idle_tool, words):
    tool = idle_tool()
    refused(tool.run(*words), "/nonexistent/x")
    assert not tool.qemus(), "a VM was started for nothing"


def test_host_directories_as_volumes_are_refused(idle_tool, scratch):
    refused(idle_tool().run("run", "-v", f"{scratch}:/x", "busybox", "true"), scratch,
            status=125)
    assert scratch.is_dir()


def test_stateless_has_nothing_to_manage():
    refused(vc.Tool("vdkr").run("--stateless", "memres", "start"), "--stateless", status=2)


def test_closed_standard_streams_are_survived(idle_tool):
    words = " ".join(f"'{w}'" for w in idle_tool().words("memres", "status"))
    assert subprocess.run(["sh", "-c", f"{words} <&- >&- 2>&-"], check=False).returncode == 1


def test_output_that_cannot_be_written_is_no_success(idle_tool):
    with open("/dev/full", "wb") as full:
        r = idle_tool().run("--help", stdout=full)
    assert r.status != 0 and "No space left" in r.said
