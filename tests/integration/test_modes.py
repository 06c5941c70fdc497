"""VMs of a test's own: one-shot, stateless, idle, broken, full, and another
user's.  podman, whose VM is up sooner."""

import os
import shutil
import subprocess

import pytest

import layouts
import ordinary
import vc


@pytest.fixture(scope="module")
def lone():
    """Nothing runs, and an archive is loaded all the same (defect 17)."""
    base = vc.STATE / "base"
    tool = vc.Tool("vpdmn", options=["--config-dir", str(vc.STATE / "lone")])
    tool.env["VPDMN_STATE_DIR"] = str(base)
    tool.base, tool.state = base, base / "x86_64"
    archive = layouts.docker_archive(vc.STATE / "lone.tar", "busybox:latest")
    tool.loaded = tool.run("load", options=["--no-daemon"], data=archive.read_bytes())
    tool.left = vc.qemus(base) + vc.monitors(base)
    yield tool
    tool.stop()
    shutil.rmtree(base)


def test_defect_17_load_without_a_vm_and_nothing_stays(lone):
    assert lone.loaded.status == 0 and b"busybox" in lone.loaded.out, lone.loaded
    assert lone.left == []
    assert vc.check_disk(lone.state) == ""


def test_defect_16_pull_without_a_vm_reports_what_happened(lone, registry):
    lone.ok("vconfig", "auto-daemon", "false")
    pulled = lone.run("pull", f"{registry.name}/busybox",
                      options=["--insecure-registry", registry.name])
    lone.ok("vconfig", "auto-daemon", "--reset")
    assert pulled.status == 0, pulled
    assert not vc.qemus(lone.base) and not vc.monitors(lone.base)
    assert (lone.state / "state.img").exists()


def one_shot(tool):
    """A command with a VM of its own, which ends when its stdin does."""
    call = tool.start("vshell", "sh", "-c", "echo up; cat", options=["--no-daemon"],
                      stdin=subprocess.PIPE)
    call.read_until(b"up", vc.PATIENCE)
    return call


def test_memres_start_makes_a_one_shot_vm_stay(lone):
    call = one_shot(lone)
    said = lone.ok("memres", "start").text
    (monitor,) = lone.monitors()
    assert said.startswith("Already running\n") and f"PID: {monitor}" in said
    done = call.end(b"word")
    assert done.status == 0 and done.out.endswith(b"word"), done
    assert lone.monitors() == [monitor]
    # and one that asked for a VM of its own leaves it alone
    assert one_shot(lone).end(b"").status == 0
    assert lone.ok("memres", "status").text.startswith("running")
    lone.stop().ok()


def test_a_one_shot_vm_ends_with_its_last_client(lone):
    first = one_shot(lone)
    second = one_shot(lone)
    assert len(lone.monitors()) == 1, "they share it: the store has one user"
    assert first.end(b"").status == 0
    last = second.end(b"still there")
    assert last.status == 0 and last.out.endswith(b"still there"), last
    assert not lone.qemus() and not lone.monitors()


def test_stateless_sees_and_leaves_nothing(lone):
    r = lone.run("vshell", "sh", "-c", "echo /sys/class/net/e*; podman images -q; exit 4",
                 options=["--stateless", "--no-network"])
    assert (r.text, r.status) == ("/sys/class/net/e*\n", 4), r
    assert os.listdir(lone.base) == ["x86_64"]
    assert not vc.qemus(lone.base) and not vc.monitors(lone.base)


def test_defect_20_an_idle_vm_stops_in_order(lone):
    lone.ok("vconfig", "idle-timeout", "3")
    lone.ok("run", "-d", "busybox", "sleep", "10")
    assert lone.has("busybox:latest"), "what one-shot VMs took in is still there"
    early, monitor = (vc.Watch(pid) for pid in lone.monitors() * 2)
    # a container that runs is activity
    assert not early.gone(6)
    assert monitor.gone(60) and not lone.qemus()
    assert lone.run("memres", "status").status == 1
    assert vc.check_disk(lone.state) == ""
    lone.ok("vconfig", "idle-timeout", "--reset")


# --- starts that cannot work: the stage is named, and why (defect 27) --------

def without(place, name):
    """A guest directory in which one file is not what it should be."""
    for file in ("kernel", "initramfs", "rootfs.squashfs"):
        (place / file).symlink_to(vc.GUEST / "x86_64" / file)
    (place / name).unlink()
    (place / name).write_bytes(b"\x1b[31mno such thing\n" * 4096)
    return ["--blob-dir", str(place)]


@pytest.mark.parametrize("name,stage", [("kernel", "starting QEMU"),
                                        ("initramfs", "booting the kernel")])
def test_defect_27_a_start_that_fails_names_its_stage(idle_tool, scratch, name, stage):
    tool = idle_tool("vpdmn", options=without(scratch, name))
    r = tool.run("images")
    assert r.status != 0 and stage in r.said and r.out == b"", r
    assert b"\x1b" not in r.err, "field defect 61: escapes reached the terminal"
    assert r.seconds < 60
    # a panic may be chance, a kernel that QEMU cannot read is not
    again = (tool.state / "monitor.log").read_text().count("again")
    assert again == (2 if name == "initramfs" else 0)
    assert not tool.qemus() and not tool.monitors()


def test_corrupt_store_is_refused_and_kept(idle_tool):
    tool = idle_tool("vpdmn")
    tool.state.mkdir(mode=0o700)
    disk = tool.state / "state.img"
    subprocess.run(["/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", disk, "64M"], check=True)
    with open(disk, "r+b") as f:
        f.write(b"garbage " * 8192)
    was = disk.read_bytes()
    r = tool.run("images")
    assert r.status != 0 and r.out == b"" and "state.img" in r.said, r
    with open(disk, "rb") as f:
        assert f.read(len(was)) == was
    assert not tool.qemus() and not tool.monitors()


# --- a full disk --------------------------------------------------------------

class Full:
    """While open, nothing can be written below the directory."""

    def __init__(self, directory):
        self.flag = directory.with_name(directory.name + ".full")

    def __enter__(self):
        self.flag.touch()

    def __exit__(self, *_):
        self.flag.unlink()


@pytest.fixture(scope="module")
def tight():
    """A tool whose disk can be filled up: see full_disk.c."""
    library = vc.STATE / "full_disk.so"
    source = vc.ROOT / "tests" / "integration" / "full_disk.c"
    subprocess.run(["cc", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl"],
                   check=True)
    tool = vc.Tool("vpdmn", directory=vc.STATE / "tight")
    tool.env.update(LD_PRELOAD=str(library), FULL_DISK=str(tool.state))
    yield tool
    tool.stop()
    shutil.rmtree(tool.state)


def says_full(r):
    return "No space left" in r.said or "is full" in r.said


def test_full_disk_before_there_is_a_store(tight):
    with Full(tight.state):
        r = tight.run("images")
    assert r.status != 0 and r.out == b"", r
    assert says_full(r), r
    assert not list(tight.state.glob("state.img*"))
    assert not tight.qemus() and not tight.monitors()


def test_full_disk_while_an_image_is_read(tight):
    with Full(tight.state):
        r = tight.run("vimport", vc.sample("x86_64"), "busybox:latest")
    assert r.status != 0 and says_full(r) and r.said.count("\n") == 1, r
    assert not list(tight.state.glob("state.img*")) and not tight.qemus()


def test_full_disk_under_a_running_vm_loses_nothing(tight):
    tight.ok("vimport", vc.sample("x86_64"), "busybox:latest")
    before = tight.images()
    with Full(tight.state):
        r = tight.run("run", "--rm", "busybox", "sh", "-c",
                      "head -c 30000000 /dev/urandom >/big; sync", seconds=120)
        assert r.status != 0 and "disk is full" in r.said, r
    assert tight.images() == before
    assert tight.ok("run", "--rm", "busybox", "echo", "on").text == "on\n"
    tight.stop().ok()
    assert vc.check_disk(tight.state) == ""


# --- somebody else ------------------------------------------------------------

def test_an_ordinary_user_needs_nothing_more():
    with ordinary.user() as user:
        tool = user.tool("vpdmn")
        r = tool.run("images")
        tool.state = user.home / ".vpdmn" / "x86_64"
        try:
            assert r.status == 0 and b"IMAGE ID" in r.out, r
            assert tool.state.stat().st_mode & 0o777 == 0o700
        finally:
            tool.stop().ok()
        assert not tool.qemus() and not tool.monitors()
