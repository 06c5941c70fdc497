"""What the tests work with: a tool (vdkr or vpdmn) for one architecture with
a state directory of its own, what one call of it came to, and a look at the
processes behind it.  Everything goes through the product's own programs.
"""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "bin"
GUEST = ROOT / "build" / "guest"
SAMPLES = ROOT / "build" / "samples"
# on a disk: a store in memory would be another test
BASE = ROOT / "build" / "test-state"
STATE = BASE / str(os.getpid())

OCI_ARCH = {"x86_64": "amd64", "aarch64": "arm64"}
PATIENCE = 180  # seconds; for calls that should take far less, emulated


def sample(arch):
    return SAMPLES / arch / "busybox-oci"


@dataclass
class Result:
    """One call that has ended."""

    words: list
    status: int
    out: bytes
    err: bytes
    seconds: float

    @property
    def text(self):
        return self.out.decode()

    @property
    def said(self):
        return self.err.decode()

    def ok(self):
        assert self.status == 0, self
        return self

    def __repr__(self):
        return (
            f"{' '.join(map(str, self.words))}\n  status {self.status} after "
            f"{self.seconds:.1f} s\n  stdout {self.out[-2000:]!r}\n"
            f"  stderr {self.err[-2000:]!r}"
        )


def clean_environment(home):
    """Ours without what changes the product, and with a home of its own."""
    env = {
        k: v
        for k, v in os.environ.items()
        if not re.match(r"(VDKR|VPDMN|VXN|VCONTAINER|DOCKER|CONTAINER|XDG|LC)_", k)
    }
    env.update(HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), LANG="C.UTF-8")
    return env


class Call:
    """One call under way; its streams are pipes unless told otherwise."""

    def __init__(self, words, **popen):
        self.words = words
        self.began = time.monotonic()
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                 "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(words, bufsize=0, **{**pipes, **popen})
        self.seen = b""

    def read_until(self, what, seconds):
        """Reads stdout until `what` has come; what came, as bytes."""
        deadline = time.monotonic() + seconds
        fd = self.process.stdout.fileno()
        while what not in self.seen:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([fd], [], [], left)[0]
            data = os.read(fd, 65536) if ready else b""
            assert data, f"no {what!r} within {seconds} s, only {self.seen!r}"
            self.seen += data
        return self.seen

    def kill(self, sig):
        self.process.send_signal(sig)

    def end(self, data=None, seconds=PATIENCE):
        """Waits for its end; output read before is part of the result."""
        try:
            out, err = self.process.communicate(data, seconds)
        except subprocess.TimeoutExpired as late:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(
                f"did not end within {seconds} s: {self.words}\n"
                f"stdout {out[-2000:]!r}\nstderr {err[-2000:]!r}") from late
        return Result(self.words, self.process.returncode, self.seen + (out or b""),
                      err or b"", time.monotonic() - self.began)


class Tool:
    """vdkr or vpdmn with the options, the home and the state of a test."""

    def __init__(self, name, arch="x86_64", directory=None, options=(), home=None,
                 program=()):
        self.name = name
        self.arch = arch
        self.home = home or STATE / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.state = directory if directory is None else Path(directory)
        self.program = program or (BIN / name,)
        self.options = ["-a", arch, "--no-kvm", *options]
        if self.state:
            self.options += ["--state-dir", str(self.state)]
        self.env = clean_environment(self.home)
        used.append(self)

    def __repr__(self):
        return f"{self.name}-{self.arch}"

    def words(self, *args, options=()):
        return [str(w) for w in (*self.program, *self.options, *options, *args)]

    def start(self, *args, options=(), env=(), **popen):
        return Call(self.words(*args, options=options), env={**self.env, **dict(env)},
                    **popen)

    def run(self, *args, data=None, options=(), env=(), seconds=PATIENCE, **popen):
        if data is not None:
            popen["stdin"] = subprocess.PIPE
        return self.start(*args, options=options, env=env, **popen).end(data, seconds)

    def ok(self, *args, **kw):
        return self.run(*args, **kw).ok()

    def together(self, *calls):
        """Several calls (each a list of words) at once; their results."""
        return [c.end() for c in [self.start(*words) for words in calls]]

    def images(self):
        """Names with IDs, sorted."""
        form = "{{.Repository}}:{{.Tag}} {{.ID}}"
        return sorted(self.ok("images", "--format", form).text.split("\n")[:-1])

    def has(self, name):
        return any(line.split(" ")[0].endswith(name) for line in self.images())

    def qemus(self):
        return qemus(self.state)

    def monitors(self):
        return monitors(self.state)

    def stop(self):
        return self.run("memres", "stop", seconds=60)


# every Tool of the test that runs; conftest shows their logs when it fails
used = []


def processes():
    """(pid, argv) of what runs."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                argv = (entry / "cmdline").read_bytes().decode(errors="replace")
                yield int(entry.name), argv.split("\0")[:-1]


def disks(argv):
    """The disk images that a QEMU command line names."""
    for word in argv:
        if word.startswith("{"):
            with contextlib.suppress(ValueError):
                yield json.loads(word).get("file", {}).get("filename", "")


def qemus(directory):
    """pids of QEMU processes with a disk below the directory."""
    return [pid for pid, argv in processes() if argv and "qemu-system" in argv[0]
            and any(d.startswith(f"{directory}/") for d in disks(argv))]


def monitors(directory):
    """pids of monitors at home in the directory or below it."""
    found = []
    for pid, _ in processes():
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            cwd = os.readlink(f"/proc/{pid}/cwd").removesuffix(" (deleted)")
            if name == "vc-monitor" and f"{cwd}/".startswith(f"{directory}/"):
                found.append(pid)
    return found


class Watch:
    """Open before it is killed: then its end cannot be missed, nor its number
    be another's."""

    def __init__(self, pid):
        self.pid = pid
        self.fd = os.pidfd_open(pid)

    def kill(self, sig=signal.SIGKILL):
        signal.pidfd_send_signal(self.fd, sig)

    def gone(self, seconds):
        ended = bool(select.select([self.fd], [], [], seconds)[0])
        os.close(self.fd)
        return ended


def wait_until(condition, seconds):
    """For what sends no event: looks ten times a second, to a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def reap():
    """Ends what is left below STATE, by pid; what it was."""
    left = monitors(STATE) + qemus(STATE)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return left


def check_disk(directory):
    """e2fsck's word on a state disk that nobody uses: '' when it is clean."""
    r = subprocess.run(["/usr/sbin/e2fsck", "-f", "-n", f"{directory}/state.img"],
                       capture_output=True, text=True, check=False)
    return "" if r.returncode == 0 else r.stdout + r.stderr
