"""An unused VM is suspended to the disk, and goes on as if nothing had been."""

import os
import random
import shutil
import subprocess
import time

import pytest

import vc

CYCLES = int(os.environ.get("SUSPEND_CYCLES", "3"))
IMAGE = "busybox:latest"


# podman, whose VM is up sooner; what differs by engine with both
both = pytest.mark.parametrize("tool", ["vpdmn", "vdkr"], indirect=True)


@pytest.fixture(scope="module", name="tool")
def a_tool_with_an_image(request):
    name = getattr(request, "param", "vpdmn")
    tool = vc.Tool(name, options=["--config-dir", str(vc.STATE / "suspend")],
                   directory=vc.STATE / f"suspend-{name}")
    tool.ok("vimport", vc.sample("x86_64"), IMAGE)
    yield tool
    tool.stop()
    shutil.rmtree(tool.state, ignore_errors=True)


def suspend(tool):
    tool.ok("images")  # it runs
    r = tool.ok("memres", "suspend")
    assert r.text == "Daemon suspended\n" and not tool.qemus() and not tool.monitors()
    return r


def resumed(tool):
    """A command's stderr with -v, which says how the VM came up."""
    r = tool.ok("images", options=["-v"])
    assert IMAGE.split(":", maxsplit=1)[0] in r.text
    return r


GOES_ON = "going on with the suspended VM"
BOOTS = "booting the kernel"


@both
def test_a_suspended_vm_goes_on(tool):
    before = tool.images()
    boot = tool.ok("vshell", "cat", "/proc/sys/kernel/random/boot_id").text
    suspend(tool)
    status = tool.run("memres", "status")
    assert status.status == 1 and "suspended" in status.text
    assert "suspended" in tool.ok("memres", "list").text
    assert vc.check_disk(tool.state) == ""
    for name in ("ram.img", "suspend.state", "suspended"):
        assert (tool.state / name).stat().st_mode & 0o777 == 0o600, name
    r = resumed(tool)
    assert GOES_ON in r.said and BOOTS not in r.said, r
    assert tool.ok("vshell", "cat", "/proc/sys/kernel/random/boot_id").text == boot
    assert tool.images() == before
    # the clock is the host's
    now = int(tool.ok("vshell", "date", "+%s").text)
    assert abs(now - time.time()) < 10
    assert not (tool.state / "suspended").exists(), "it could be used twice"


@both
def test_a_container_goes_on_when_that_is_asked_for(tool):
    tool.ok("run", "-d", "--name", "on", "busybox", "sh", "-c",
            "i=0; while :; do i=$((i+1)); echo $i; sleep 1; done")
    suspend(tool)
    assert tool.ok("ps", "--format", "{{.Names}}").text == "on\n"
    at_once = ["-t", "0"] if tool.name == "vpdmn" else []
    tool.ok("rm", "-f", *at_once, "on")


FILES = ("state.img", "ram.img", "suspend.state", "suspended")


def put_back(tool, saved):
    """The very same suspended VM again, in the same files: what a template is
    for several instances."""
    times = (saved / "state.img").stat()
    for name in FILES:
        subprocess.run(["cp", "--sparse=always", saved / name, tool.state / name], check=True)
        os.chmod(tool.state / name, 0o600)
    os.utime(tool.state / "state.img", ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_running_command_is_not_ended_by_it(tool):
    call = tool.start("vshell", "sh", "-c", "echo up; cat", stdin=subprocess.PIPE)
    call.read_until(b"up", vc.PATIENCE)
    r = tool.run("memres", "suspend")
    assert r.status == 1 and "a command is running" in r.said, r
    done = call.end(b"on")
    assert done.status == 0 and done.out.endswith(b"on"), done


def test_two_resumes_of_one_state_draw_different_numbers(tool, scratch):
    suspend(tool)
    for name in FILES:
        subprocess.run(["cp", "--sparse=always", "--preserve=timestamps", tool.state / name,
                        scratch / name], check=True)
    # the names of the files stay: they are what the disk is known by
    drawn = set()
    for again in (False, True):
        if again:
            tool.run("memres", "suspend")
            put_back(tool, scratch)
        r = tool.ok("vshell", "cat", "/proc/sys/kernel/random/uuid", options=["-v"])
        assert GOES_ON in r.said and BOOTS not in r.said, r
        drawn.add(r.text)
    assert len(drawn) == 2
    tool.stop().ok()


@pytest.mark.parametrize("harm,why", [
    ("touch", "its disk was changed since"),
    ("truncate", "cut short"),
    ("share", "others may have written"),
    ("garble", "damaged"),
    ("qemu", "the QEMU is not the one"),
])
def test_what_does_not_fit_is_dropped_and_the_vm_boots(tool, scratch, harm, why):
    suspend(tool)
    env = {}
    if harm == "touch":
        with open(tool.state / "state.img", "r+b") as f:
            f.seek(100)
            f.write(b"x")
    elif harm == "truncate":
        os.truncate(tool.state / "suspend.state", 1000)
    elif harm == "share":
        os.chmod(tool.state / "ram.img", 0o660)
    elif harm == "garble":
        (tool.state / "suspended").write_text("no such thing\n")
    else:  # an upgrade: another file of that name
        program = scratch / "qemu-system-x86_64"
        program.write_text(f'#!/bin/sh\nexec {shutil.which(program.name)} "$@"\n')
        program.chmod(0o755)
        env["PATH"] = f"{scratch}:{os.environ['PATH']}"
    r = tool.ok("images", options=["-v"], env=env)
    assert why in r.said and "busybox" in r.text, r
    assert GOES_ON not in r.said
    if harm == "qemu":
        tool.stop().ok()


def test_a_state_that_qemu_cannot_read_costs_no_more_than_a_boot(tool):
    suspend(tool)
    with open(tool.state / "suspend.state", "r+b") as f:
        f.write(b"garbage " * 100)
    r = resumed(tool)
    assert GOES_ON in r.said and BOOTS in r.said, r


def test_an_idle_vm_is_suspended(tool):
    tool.ok("vconfig", "idle-timeout", "2")
    tool.stop().ok()
    tool.ok("images")
    (monitor,) = tool.monitors()
    assert vc.Watch(monitor).gone(60)
    assert (tool.state / "suspended").exists()
    tool.ok("vconfig", "suspend", "false")
    tool.ok("images")  # boots: what was suspended is not wanted any more
    (monitor,) = tool.monitors()
    assert vc.Watch(monitor).gone(60)
    assert not (tool.state / "suspended").exists() and not (tool.state / "ram.img").exists()
    for key in ("idle-timeout", "suspend"):
        tool.ok("vconfig", key, "--reset")


def test_a_one_shot_leaves_it_suspended(tool):
    tool.stop().ok()
    tool.ok("images", options=["--no-daemon"])
    assert not tool.qemus() and (tool.state / "suspended").exists()
    assert GOES_ON in resumed(tool).said
    tool.stop().ok()
    assert not list(tool.state.glob("suspend*")) and not (tool.state / "ram.img").exists()


def test_suspending_and_killing_loses_nothing(tool):
    """SUSPEND_CYCLES of it: writes between, and in a third of them kill -9."""
    dice = random.Random(5)
    names = []
    for i in range(CYCLES):
        name = f"localhost/t{i}:x"
        tool.ok("tag", IMAGE, name)
        names.append(name)
        if i % 3 == 2:
            victims = tool.monitors() if dice.random() < 0.5 else tool.qemus()
            if dice.random() < 0.5:  # at some point of a suspend
                call = tool.start("memres", "suspend")
                time.sleep(dice.random() * 0.3)
            else:
                call = None
            watches = []
            for pid in victims:
                try:
                    watches.append(vc.Watch(pid))
                except ProcessLookupError:
                    continue
            for w in watches:
                try:
                    w.kill()
                except ProcessLookupError:
                    pass
                assert w.gone(20)
            if call:
                call.end()
            assert vc.wait_until(lambda: not tool.qemus(), 20)
        else:
            suspend(tool)
            assert vc.check_disk(tool.state) == ""
        have = tool.images()
        for n in names:
            assert any(line.startswith(n) for line in have), (i, n, have)
    tool.stop().ok()
    assert vc.check_disk(tool.state) == ""
    tool.ok("rmi", *names)
