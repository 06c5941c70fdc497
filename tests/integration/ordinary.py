"""An ordinary user, also where the tests run as root."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import vc

NOBODY = 65534


class User:
    """Runs the tools with a home of its own."""

    def __init__(self, place, program, become):
        self.place = place
        self.home = place / "home"
        self.bin = program
        self.become = become

    def tool(self, name, **kw):
        return vc.Tool(name, home=self.home, program=(*self.become, self.bin / name), **kw)


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:  # another file system, or links to foreign files are off
        shutil.copyfile(source, target)


def install(place):
    """The program and the guest files where any user can reach them, which a
    source tree below /root is not."""
    (place / "bin").mkdir()
    shutil.copy(vc.BIN / "vcontainer", place / "bin" / "vcontainer")
    for name in ("vdkr", "vpdmn"):
        (place / "bin" / name).symlink_to("vcontainer")
    guest = place / "guest" / "x86_64"
    guest.mkdir(parents=True)
    for name in ("kernel", "initramfs", "rootfs.squashfs"):
        link_or_copy(vc.GUEST / "x86_64" / name, guest / name)
    return place / "bin"


@contextlib.contextmanager
def user():
    place = Path(tempfile.mkdtemp(prefix="vc-", dir="/var/tmp"))
    place.chmod(0o755)
    (place / "home").mkdir(mode=0o700)
    if os.getuid():
        found = User(place, vc.BIN, ())
    else:
        os.chown(place / "home", NOBODY, NOBODY)
        become = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                  "--no-new-privs")
        found = User(place, install(place), become)
    try:
        yield found
    finally:
        shutil.rmtree(place)
