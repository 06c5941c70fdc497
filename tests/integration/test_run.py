"""argv, streams and exit statuses: what goes in arrives, what comes out is
what the container wrote, at once."""

import os
import shlex
import signal
import struct
import subprocess
import zlib

import pytest

from marks import DOCKER, everywhere, on, x86
import vc

# Emulated, an engine takes seconds for a container's network; few tests care.
FAST = ("run", "--rm", "--network", "none")
RUN = (*FAST, "busybox")
CAT = (*FAST, "-i", "busybox", "cat")

# --- early, so that it costs no time: see the end of this file ---------------

SILENT = {}


@on(DOCKER)
def test_defect_10_the_first_line_comes_at_once(vm):
    call = vm.start(*RUN, "sh", "-c", "echo start; sleep 75; echo end")
    call.read_until(b"start\n", 40)
    assert call.process.poll() is None
    SILENT[vm] = call


# --- argv --------------------------------------------------------------------

@everywhere
def test_defect_07_quoting_stderr_and_status(vm):
    r = vm.run("run", "--rm", "busybox", "sh", "-c", 'echo "a  b"; echo err >&2; exit 3')
    assert (r.out, r.err, r.status) == (b"a  b\n", b"err\n", 3)


@x86
def test_defect_07_every_byte_of_argv(vm):
    words = ["", " ", "a  b", "'", '"', "\\", "$HOME", "`id`", "$(id)", ";", "&&", "|", ">x",
             "*", "~", "!", "#", "\t", "a\nb", "-", "--", "é", "x" * 20000]
    r = vm.ok(*RUN, "sh", "-c", r'printf "%s\0" "$@"', "sh", *words)
    assert r.text.split("\0")[:-1] == words


@x86
def test_defect_08_option_words_belong_to_the_container(vm):
    words = ["--version", "-v", "--arch", "aarch64", "--help", "-i", "-it", "--no-daemon",
             "--timeout=1", "-a", "--", "-v", "/x:/y"]
    r = vm.ok(*RUN, "echo", *words)
    assert r.text == " ".join(words) + "\n"


# --- streams -----------------------------------------------------------------

@everywhere
def test_defect_10_three_megabytes_of_anything_come_back(vm):
    data = os.urandom(3_000_000)
    r = vm.ok(*CAT, data=data)
    assert r.out == data and r.err == b""


@x86
def test_defect_10_nul_bytes_and_a_missing_newline_stay(vm):
    assert vm.ok(*CAT, data=b"x\0y").out == b"x\0y"


@x86
def test_defect_10_both_outputs_are_streams_of_their_own(vm):
    script = "i=0; while [ $i -lt 2000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"
    r = vm.ok(*RUN, "sh", "-c", script)
    assert r.out == b"".join(b"out %d\n" % i for i in range(2000))
    assert r.err == b"".join(b"err %d\n" % i for i in range(2000))


@on(DOCKER)
def test_stdin_is_not_eaten_without_i(vm):
    words = shlex.join(vm.words(*RUN, "true"))
    r = subprocess.run(["sh", "-c", f"printf 'x\\n' | ({words}; cat)"], env=vm.env,
                       capture_output=True, check=True, timeout=vc.PATIENCE)
    assert r.stdout == b"x\n"


@on(DOCKER)
def test_a_reader_that_leaves_ends_the_command(vm):
    call = vm.start(*RUN, "yes")
    call.read_until(b"y\n", 60)
    call.process.stdout.close()
    assert call.process.wait(60) != 0


@x86
def test_a_slow_reader_stops_nobody_else(vm):
    slow = vm.start(*RUN, "sh", "-c", "yes | head -c 2000000")
    slow.read_until(b"y\n", 60)  # and then nothing, while another works
    assert vm.ok("ps", "-q", seconds=30).status == 0
    assert len(slow.end().out) == 2_000_000


def exit_frame(stream):
    """What the channel itself would carry: EXIT with code 0 (vc/frame.h)."""
    header = b"VCF1" + struct.pack("<BBHII", 98, 0, 0, stream, 8)
    return header + struct.pack("<I", zlib.crc32(header)) + bytes(8)


@x86
def test_defect_12_nothing_in_the_stream_can_forge_a_status(vm):
    forged = (b"===OUTPUT_START===\n===EXIT_CODE=0===\n===OUTPUT_END===\n===END===\n"
              b"VCF1" + b"".join(map(exit_frame, range(1, 64))) + b"\x1b[0n\x04\x03\x00")
    r = vm.run(*FAST, "-i", "busybox", "sh", "-c", "cat; exit 7", data=forged)
    assert (r.out, r.status) == (forged, 7)


# --- statuses ----------------------------------------------------------------

@x86
def test_exit_statuses_are_the_engines(vm):
    wanted = {
        255: [*RUN, "sh", "-c", "exit 255"],
        137: [*RUN, "sh", "-c", "sh -c 'kill -9 $$'; exit $?"],
        127: [*RUN, "no-such-command"],
        126: [*RUN, "/etc/passwd"],
        125: ["run", "--no-such-option", "busybox"],
    }
    got = vm.together(*wanted.values())
    assert [r.status for r in got] == list(wanted), got


@everywhere
def test_defect_14_four_clients_at_once_each_get_their_own(vm):
    def words(n):
        return [*RUN, "sh", "-c", f"for i in 1 2 3; do echo {n}; echo e{n} >&2; done; exit {n}"]

    for n, r in enumerate(vm.together(*map(words, range(4)))):
        assert r.out == f"{n}\n".encode() * 3, r
        assert r.err == f"e{n}\n".encode() * 3, r
        assert r.status == n, r


@x86
def test_unknown_command_is_refused_by_the_engine(vm):
    r = vm.run("no-such-command")
    assert r.status != 0 and r.out == b"" and "no-such-command" in r.said, r


# --- signals and limits ------------------------------------------------------

@x86
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_container(vm, sig):
    name = sig.name.removeprefix("SIG")
    call = vm.start(*RUN, "sh", "-c",
                    f"trap 'echo {name}; exit 9' {name}; echo ready; "
                    "while :; do sleep 1; done")
    call.read_until(b"ready\n", 60)
    call.kill(sig)
    r = call.end(seconds=60)
    assert (r.out, r.status) == (f"ready\n{name}\n".encode(), 9)


@x86
def test_a_container_that_is_killed_ends_its_client(vm):
    call = vm.start(*FAST, "--name", "victim", "busybox", "sh", "-c", "echo up; sleep 600")
    call.read_until(b"up\n", 60)
    vm.ok("kill", "victim")
    assert call.end(seconds=60).status == 137


@on(DOCKER)
def test_timeout_ends_the_command_and_says_so(vm):
    r = vm.run(*FAST, "--name", "late", "busybox", "sleep", "600",
               options=["--timeout", "9"])
    assert r.status == 124 and "9 s" in r.said and 9 <= r.seconds < 14, r
    vm.ok("kill", "late")


# --- vrun, vshell without a terminal -----------------------------------------

@x86
def test_vrun_removes_the_container_and_passes_options(vm):
    r = vm.run("vrun", "-i", "--name", "vrun", "-e", "A=b c", "busybox", "sh", "-c",
               'cat; echo "$A"; exit 4', data=b"in\n")
    assert (r.out, r.status) == (b"in\nb c\n", 4)
    assert vm.ok("ps", "-aq", "--filter", "name=vrun").out == b""


@x86
def test_vshell_runs_a_command_in_the_vm_itself(vm):
    r = vm.run("vshell", "sh", "-c", "grep -c /state /proc/mounts; exit 6")
    assert r.status == 6 and int(r.out) > 0


# --- late --------------------------------------------------------------------

@on(DOCKER)
def test_defect_11_a_command_may_be_silent_for_75_s(vm):
    call = SILENT.pop(vm, None) or vm.start(*RUN, "sh", "-c",
                                            "echo start; sleep 75; echo end")
    r = call.end(seconds=150)
    assert (r.out, r.err, r.status) == (b"start\nend\n", b"", 0)
    assert vm.ok("ps", "-q").err == b"", "its output came to the next caller"


# --- our tables of the engines' options --------------------------------------

@x86
def test_option_tables_are_the_engines_own(vm):
    check = subprocess.run([vc.ROOT / "scripts/check-engine-options", *vm.words()],
                           env=vm.env, capture_output=True, check=False, timeout=300)
    assert (check.returncode, check.stderr) == (0, b"")
