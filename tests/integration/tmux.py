"""A real terminal: tmux, with a shell of the host in it.  What appears is read
from a pipe as it is written; nothing is looked at twice."""

import os
import re
import select
import shlex
import subprocess
import time


class Terminal:
    def __init__(self, place, env, columns=97, rows=31):
        place.mkdir(parents=True, exist_ok=True)
        self.server = ["tmux", "-S", str(place / "tmux"), "-f", "/dev/null"]
        self.shown = b""
        fifo = place / "shown"
        os.mkfifo(fifo)
        env = {**env, "PS1": "host> ", "ENV": "", "TERM": "screen"}
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows),
                  "exec sh -i", env=env)
        self.fd = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.tmux("pipe-pane", "-o", f"exec cat >{shlex.quote(str(fifo))}")
        # only now is anything typed that could be missed
        self.type("PS1='host> '; echo up$((1+1))")
        self.expect(r"up2")
        self.expect(r"host> $")

    def tmux(self, *words, env=None):
        return subprocess.run([*self.server, *words], check=True, capture_output=True,
                              timeout=30, env=env).stdout.decode()

    def keys(self, *names):
        """Keys by tmux's names: C-c, Enter."""
        self.tmux("send-keys", *names)

    def type(self, line):
        self.tmux("send-keys", "-l", "--", line)
        self.keys("Enter")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def expect(self, pattern, seconds=60):
        """Waits until the pattern is shown, behind what was expected before;
        its groups."""
        deadline = time.monotonic() + seconds
        pattern = re.compile(pattern.encode())
        while not (found := pattern.search(self.shown)):
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.fd], [], [], left)[0], (
                f"no {pattern.pattern!r} within {seconds} s after {self.shown!r}\n"
                f"the terminal shows:\n{self.tmux('capture-pane', '-p')}")
            self.shown += os.read(self.fd, 65536)
        self.shown = self.shown[found.end():]
        return [g.decode() for g in found.groups()]

    def says(self, line, pattern, seconds=60):
        """What a typed command answers.  The pattern must not match the line
        itself, which the terminal echoes."""
        self.type(line)
        return self.expect(pattern, seconds)

    def close(self):
        os.close(self.fd)
        subprocess.run([*self.server, "kill-server"], capture_output=True, check=False)


def of(tool, place):
    """A terminal whose shell knows the tool as $T."""
    terminal = Terminal(place, tool.env)
    terminal.type(f"T() {{ {shlex.join(tool.words())} \"$@\"; }}")
    terminal.expect("host> $")
    return terminal
