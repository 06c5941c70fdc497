"""What is in a tree, entry by entry, from a directory and from the images we
write, so that they can be compared: {path: Entry}."""

import os
import re
import stat
import subprocess
from dataclasses import dataclass, field

KINDS = {stat.S_IFDIR: "d", stat.S_IFREG: "-", stat.S_IFLNK: "l", stat.S_IFCHR: "c",
         stat.S_IFBLK: "b", stat.S_IFIFO: "p", stat.S_IFSOCK: "s"}


@dataclass
class Entry:
    kind: str
    mode: int
    uid: int
    gid: int
    size: int  # of files; else 0
    mtime: int
    nanoseconds: int
    links: int  # of all but directories
    target: str = ""
    device: tuple = ()
    xattrs: dict = field(default_factory=dict)


def of_directory(top):
    """As the kernel has it."""
    entries = {}
    top = os.fsencode(top)
    for at, dirs, files in os.walk(top):
        for name in [b""] if at == top and not dirs and not files else dirs + files:
            put(entries, top, os.path.join(at, name))
    put(entries, top, top)
    return entries


def put(entries, top, path):
    st = os.lstat(path)
    kind = KINDS[stat.S_IFMT(st.st_mode)]
    name = os.path.relpath(path, top)
    entries[name.decode("utf-8", "surrogateescape")] = Entry(
        kind, stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid,
        st.st_size if kind == "-" else 0, int(st.st_mtime_ns // 10**9),
        st.st_mtime_ns % 10**9, 0 if kind == "d" else st.st_nlink,
        os.readlink(path).decode() if kind == "l" else "",
        (os.major(st.st_rdev), os.minor(st.st_rdev)) if kind in "cb" else (),
        {n: os.getxattr(path, n, follow_symlinks=False)
         for n in os.listxattr(path, follow_symlinks=False)})


# --- ext4, by debugfs ---------------------------------------------------------


def debugfs(image, commands):
    """The output of each command."""
    done = subprocess.run(["debugfs", "-f", "-", image], input="\n".join(commands).encode(),
                          check=True, capture_output=True)
    return re.split(r"^debugfs: ", done.stdout.decode("utf-8", "surrogateescape"),
                    flags=re.M)[1:]


LS = re.compile(r"^/(\d+)/(\d+)/(-?\d+)/(-?\d+)/(.*)/(\d*)/$")


def ext4_names(image):
    """{path: inode number}, level by level."""
    names, level = {".": 2}, {2: ""}
    while level:
        below = {}
        for (_, prefix), out in zip(level.items(),
                                    debugfs(image, [f"ls -p <{n}>" for n in level])):
            for line in out.splitlines():
                m = LS.match(line)
                if not m or m[5] in (".", "..") or m[1] == "0":
                    continue
                names[prefix + m[5]] = int(m[1])
                if m[2].startswith("04") and m[1] != "11":
                    below[int(m[1])] = prefix + m[5] + "/"
        level = below
    return names


TYPES = {"directory": "d", "regular": "-", "symlink": "l", "character": "c", "block": "b",
         "FIFO": "p", "socket": "s"}


def unquote(text):
    return re.sub(rb"\\([0-7]{3}|.)", lambda m: bytes([int(m[1], 8)]) if len(m[1]) == 3
                  else m[1], text.encode("utf-8", "surrogateescape"))


def ext4_xattrs(out):
    found = {}
    for line in out.partition("Extended attributes:")[2].splitlines():
        m = re.match(r'\s+(\S+) \((\d+)\)(?: = (.*))?$', line)
        if not m:
            continue
        text = m[3] or ""
        if text.startswith('"'):
            found[m[1]] = unquote(text[1:-1])
        else:
            found[m[1]] = bytes.fromhex(text.replace(" ", ""))
    return found


def ext4_entry(out):
    def get(pattern, default=None):
        m = re.search(pattern, out)
        return m[1] if m else default

    kind = TYPES[get(r"Type: (\w+)")]
    seconds, extra = re.search(r"mtime: 0x([0-9a-f]+):([0-9a-f]+)", out).groups()
    low = int(seconds, 16)
    low -= (low >> 31) << 32
    extra = int(extra, 16)
    device = re.search(r"Device major/minor number: (\d+):(\d+)", out)
    return Entry(
        kind, int(get(r"Mode:\s+(\d+)"), 8), int(get(r"User:\s+(-?\d+)")) & 0xffffffff,
        int(get(r"Group:\s+(-?\d+)")) & 0xffffffff,
        int(get(r"Size: (\d+)", 0)) if kind == "-" else 0,
        low + ((extra & 3) << 32), extra >> 2,
        0 if kind == "d" else int(get(r"Links: (\d+)")),
        get(r'Fast link dest: "(.*)"', "") if kind == "l" else "",
        tuple(map(int, device.groups())) if device else (), ext4_xattrs(out))


def of_ext4(image):
    names = ext4_names(image)
    names.pop("lost+found", None)
    numbers = sorted(set(names.values()))
    outs = dict(zip(numbers, debugfs(image, [f"stat <{n}>" for n in numbers])))
    entries = {name: ext4_entry(outs[n]) for name, n in names.items()}
    slow = [n for n in names if entries[n].kind == "l" and not entries[n].target]
    for name, out in zip(slow, debugfs(image, [f"cat <{names[n]}>" for n in slow])):
        entries[name].target = out.partition("\n")[2].removesuffix("debugfs: ")
    return entries


# --- squashfs, by unsquashfs --------------------------------------------------

LLS = re.compile(r"^(\S)(\S{9}) (\d+)/(\d+)\s+(?:(\d+),\s*(\d+)|(\d+)) "
                 r"(\d{4}-\d\d-\d\d \d\d:\d\d) squashfs-root(?:/(.*))?$")


def of_squashfs(image):
    """Without what the listing does not show: seconds, links, xattrs."""
    done = subprocess.run(["unsquashfs", "-UTC", "-lln", "-q", image], check=True,
                          capture_output=True)
    entries = {}
    for line in done.stdout.decode("utf-8", "surrogateescape").splitlines():
        m = LLS.match(line)
        if not m:
            continue
        name, _, target = (m[9] or ".").partition(" -> ") if m[1] == "l" else \
            (m[9] or ".", "", "")
        entries[name] = (m[1], m[2], int(m[3]), int(m[4]),
                         int(m[7] or 0) if m[1] == "-" else 0,
                         (int(m[5]), int(m[6])) if m[5] else (), m[8], target)
    return entries
