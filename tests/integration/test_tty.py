"""In a terminal: its size, its keys, its state afterwards (field defects 9
and 13)."""

import os
import shutil
import signal
import uuid

import pytest

from conftest import fleet
from marks import DOCKER, PODMAN, on
import tmux
import vc

# how a shell is started
WAYS = {
    "run -it": "T run --rm -it busybox sh",
    "run -ti": "T run --rm -ti busybox sh",
    "exec -ti": "T exec -ti tty-box sh",
    "vshell": "T vshell",
}
# says so when it, and not the shell before it, would get a key's signal
SLEEPER = "sh -c 'echo go$((1+1)); exec sleep 1000'"
# the same, once it goes on after a stop: only then would it get a key's signal
RISER = "sh -c 'trap \"echo on$((1+1))\" CONT; echo go$((1+1)); while :; do sleep 1; done'"
PROMPT = "[/~] # "  # there; busybox asks for the cursor's place behind it
HERE = [(DOCKER, "run -it"), (DOCKER, "exec -ti"), (DOCKER, "vshell"),
        (PODMAN, "run -ti"), (PODMAN, "exec -ti")]


@pytest.fixture
def terminal(request):
    """A terminal in which a shell of the container, or of the VM, runs."""
    name, way = request.param
    vm = fleet.need(name)
    place = vc.STATE / uuid.uuid4().hex[:6]
    if way == "exec -ti":
        vm.ok("run", "-d", "--name", "tty-box", "busybox", "sleep", "1000")
    t = tmux.of(vm, place)
    # all but the first line, which has the size
    t.before = t.says("stty -g; stty -a | sed 1d | md5sum", r"\n([0-9a-f:]+)\r\n([0-9a-f]+)  -")
    t.expect("host> $")
    t.says(WAYS[way], PROMPT)
    yield t
    t.close()
    shutil.rmtree(place)
    if way == "exec -ti":
        vm.ok("kill", "tty-box")  # rm -f alone would wait for it to end by itself
        vm.ok("rm", "-f", "tty-box")


@pytest.mark.parametrize("terminal", HERE, indirect=True, ids=" ".join)
def test_defect_09_and_13_a_shell_in_a_terminal(terminal):
    t = terminal
    # the size, from the start
    assert t.says("echo size: $(stty size)", r"size: (\d+ \d+)") == ["31 97"]
    t.expect(PROMPT)
    # Ctrl-C ends what runs in there, and neither the shell nor us
    t.says(SLEEPER, r"go2\r\n")
    t.keys("C-c")
    t.expect(PROMPT, 20)
    assert t.says("echo status $?", r"status (\d+)") == ["130"]
    t.expect(PROMPT)
    # Ctrl-Z stops it, in there
    t.says(RISER, r"go2\r\n")
    t.keys("C-z")
    t.expect(r"[Ss]topped", 20)
    t.expect(PROMPT)
    t.says("fg", r"on2\r\n")
    t.keys("C-c")
    t.expect(PROMPT, 20)
    # a change of size reaches what runs; not done earlier, since docker's CLI
    # looks for changes only some time after the container has started
    t.says("echo go$((1+1)); until [ \"$(stty size)\" = '25 80' ]; do usleep 100000; done; "
           "echo seen$((1+1))", "go2")
    t.resize(80, 25)
    t.expect("seen2", 20)
    t.expect(PROMPT)
    # the status, and the terminal as it was
    t.says("exit 5", "host> $")
    assert t.says("echo status $?", r"status (\d+)") == ["5"]
    t.expect("host> $")
    t.resize(97, 31)
    after = t.says("stty -g; stty -a | sed 1d | md5sum", r"\n([0-9a-f:]+)\r\n([0-9a-f]+)  -")
    assert after == t.before


@on(DOCKER)
def test_detaching_leaves_the_container_and_attach_comes_back(vm):
    place = vc.STATE / "detach"
    t = tmux.of(vm, place)
    t.says("T run -it --name detached busybox sh", PROMPT)
    t.keys("C-p", "C-q")
    t.expect("host> $", 20)
    assert vm.ok("ps", "-q", "--filter", "name=detached").out
    t.type("T attach detached")
    t.keys("Enter")
    t.says("exit 6", "host> $")
    assert t.says("echo status $?", r"status (\d+)") == ["6"]
    t.close()
    shutil.rmtree(place)
    vm.ok("rm", "detached")


@on(DOCKER, PODMAN)
def test_ctrl_c_with_a_stdin_that_is_no_terminal(vm):
    place = vc.STATE / "ctrl-c"
    t = tmux.of(vm, place)
    t.says("T run --rm busybox sh -c 'trap \"echo got; exit 9\" INT; echo re\"\"ady; "
           "while :; do sleep 1; done' </dev/null", "ready")
    t.keys("C-c")
    t.expect("got", 30)
    t.expect("host> $", 30)
    assert t.says("echo status $?", r"status (\d+)") == ["9"]
    t.close()
    shutil.rmtree(place)


@on(DOCKER)
def test_defect_13_a_crash_leaves_a_sane_terminal(vm):
    place = vc.STATE / "crash"
    t = tmux.of(vm, place)
    before = t.says("stty -g", r"\n([0-9a-f:]+)\r\n")
    t.expect("host> $")
    # no shell there: its questions to the terminal would be answered into ours
    t.says("T vshell head -n 1 /proc/uptime -", r"[0-9.]+ [0-9.]+\r\n")
    words = vm.words("vshell", "head", "-n", "1", "/proc/uptime", "-")
    [client] = [pid for pid, argv in vc.processes() if argv == words]
    os.kill(client, signal.SIGSEGV)
    t.expect("host> $", 20)
    assert t.says("stty -g", r"\n([0-9a-f:]+)\r\n") == before
    t.close()
    shutil.rmtree(place)
