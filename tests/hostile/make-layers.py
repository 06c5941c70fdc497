#!/usr/bin/python3
"""Hostile and odd layers, a case a line: make-layers.py OUTDIR

Every case is one tar or more, NAME.0.tar, NAME.1.tar, ..., to be applied in
that order.  What must come of each is in layers.expect beside this.
"""

import bz2
import gzip
import pathlib
import shutil
import subprocess
import sys

BLOCK = 512
END = b"\0" * 2 * BLOCK


# --- pieces of a tar --------------------------------------------------------


def pad(data):
    return data + b"\0" * (-len(data) % BLOCK)


def octal(value, width):
    return b"%0*o\0" % (width - 1, value)


def header(name, kind, size, link, mode, owner, mtime, device, gnu, fields):
    h = bytearray(BLOCK)

    def put(at, data):
        h[at : at + len(data)] = data

    put(0, name[:100])
    put(100, octal(mode, 8))
    put(108, octal(owner, 8) * 2)
    put(124, octal(size, 12))
    put(136, octal(mtime, 12))
    put(156, kind)
    put(157, link[:100])
    put(257, b"ustar  \0" if gnu else b"ustar\00000")
    put(329, octal(device[0], 8))
    put(337, octal(device[1], 8))
    for at, data in fields.items():
        put(at, data)
    put(148, b" " * 8)
    put(148, b"%06o\0 " % sum(h))
    return bytes(h)


def entry(
    name, kind="0", data=b"", link="", mode=0o644, owner=0, mtime=1, device=(0, 0), size=None, gnu=False, fields=None
):
    """A member; `size` lies about its data, `fields` are bytes by offset."""
    name, link = (x if isinstance(x, bytes) else x.encode() for x in (name, link))
    size = len(data) if size is None else size
    return header(name, kind.encode("latin-1"), size, link, mode, owner, mtime, device, gnu, fields or {}) + pad(data)


def record(key, value):
    """A PAX record, whose length counts itself."""
    key, value = (x if isinstance(x, bytes) else str(x).encode() for x in (key, value))
    total = len(key) + len(value) + 3
    while total != len(key) + len(value) + 3 + len(str(total)):
        total = len(key) + len(value) + 3 + len(str(total))
    return b"%d %s=%s\n" % (total, key, value)


def pax(*records, size=None):
    """A PAX header: pairs of key and value, or records as they are."""
    data = b"".join(r if isinstance(r, bytes) else record(*r) for r in records)
    return entry("PaxHeaders/x", "x", data, size=size)


def f(name, data=b"x", **more):
    return entry(name, "0", data, **more)


def d(name, **more):
    return entry(name, "5", mode=0o755, **more)


def s(name, link):
    return entry(name, "2", link=link, mode=0o777)


def h(name, link, **more):
    return entry(name, "1", link=link, **more)


def long_name(name, kind="L"):
    return entry("././@LongLink", kind, name.encode() + b"\0", gnu=True)


def pax_name(name, **more):
    return pax(("path", name)) + f("short", **more)


NEGATIVE = b"\xff" * 12
EIB8 = b"\x80\0\0\0\x7f" + b"\xff" * 7
LIMIT_GIB = 1 << 30

CASES = {}


def case(name, *layers, pack=None):
    """Layers without their end; `pack`: how the last one is packed."""
    CASES[name] = ([layer + END for layer in layers], pack)


def raw(name, blob):
    CASES[name] = ([blob], None)


# --- 1: names ---------------------------------------------------------------

case("01-dotdot", f("../x"))
case("01-dotdot-inside", d("a") + f("a/../../x"))
case("01-dotdot-harmless", d("a") + f("a/../b"))
case("01-dotdot-after-dot", f("./../x"))
case("01-dotdot-only", d(".."))
case("01-dotdot-pax", pax_name("../../etc/passwd"))
case("01-absolute", f("/etc/passwd"))
case("01-absolute-doubled", f("//etc//passwd"))
case("01-empty-name", f(""))
case("01-nul-in-name", pax_name("a\0b"))
case("01-name-4096", pax_name("/".join(["n" * 255] * 16)))
case("01-name-longer", pax_name("/".join(["n" * 255] * 17)))
case("01-component-256", pax_name("n" * 256))
case("01-slash-on-file", f("a/"))
case("01-slash-on-old-file", entry("a/", "\0", b"data") + f("b"))
case("01-root-symlink", s(".", "/etc"))
case("01-root-symlink-slash", s("/", "/etc"))
case("01-root-file", f("./"))
case("01-root-hard-link", f("a") + h(".", "a"))
case("01-root-directory", d("./", owner=5))

# --- 2: symlinked parents ---------------------------------------------------

case("02-write-through-link", s("etc", "/host"), f("etc/x"))
case("02-delete-through-link", s("etc", "/host") + d("host") + f("host/x") + f("x"), f("etc/.wh.x"))
case("02-hard-link-through-link", s("etc", "/host") + f("etc/x"), h("y", "etc/x"))
case("02-link-up", s("up", "../../../.."), f("up/x"))
case("02-link-in-same-layer", s("a", "../..") + f("a/x"))
case("02-link-chain", s("a", "b") + s("b", "/c") + s("c", "..") + f("a/b2/x"))
case("02-proc-self", s("a", "/proc/self/root/etc"), f("a/passwd"))

# --- 3: whiteouts -----------------------------------------------------------

case("03-whiteout-through-link", s("a", "../..") + f("victim"), f("a/.wh.victim"))
case("03-whiteout-nothing", f(".wh."))
case("03-whiteout-dot", f(".wh.."))
case("03-whiteout-dotdot", d("a") + f("a/.wh..."))
case("03-whiteout-meta", f("keep"), f(".wh..wh.") + f(".wh..wh.aufs") + d(".wh..wh.plnk"))
case("03-whiteout-directory", f(".wh.../x"))
case("03-whiteout-before-sibling", f("a", b"old"), f(".wh.a") + f("a", b"new"))
case("03-whiteout-after-sibling", f("a", b"old"), f("a", b"new") + f(".wh.a"))
case("03-whiteout-of-directory-after", d("d") + f("d/old"), d("d") + f("d/new") + f(".wh.d"))
case("03-opaque-first", d("d") + f("d/old"), d("d") + f("d/.wh..wh..opq") + f("d/new"))
case("03-opaque-last", d("d") + f("d/old"), d("d") + f("d/new") + f("d/.wh..wh..opq"))
case("03-whiteout-of-root-slash", f("a"), f("/.wh.a"))
case("03-whiteout-hard-link-to-it", f("a"), f(".wh.a") + h("b", "a"))

# --- 4: hard links ----------------------------------------------------------

case("04-link-absolute", f("a") + h("b", "/a"))
case("04-link-outside", h("b", "../../etc/shadow"))
case("04-link-dotdot", f("a") + d("d") + h("b", "d/../a"))
case("04-link-to-symlink", s("l", "/etc/shadow") + h("b", "l"))
case("04-link-to-itself", h("a", "a"))
case("04-link-to-itself-present", f("a") + h("a", "a"))
case("04-link-to-later", h("b", "a") + f("a"))
case("04-link-to-directory", d("d") + h("b", "d"))
case("04-link-to-missing", h("b", "nothing"))
case("04-link-to-root", h("b", "/"))
case("04-link-to-empty", h("b", ""))
case("04-link-over-its-target", d("d") + f("d/x") + h("d", "d/x"))
case("04-link-with-data", pax(("mtime", "1.5")) + f("a") + h("b", "a", size=3) + f("c"))

# --- 5: headers -------------------------------------------------------------

case("05-pax-size-larger", pax(("size", 1024)) + f("a", b"") + f("hidden", b"") + f("hidden2", b"") + f("b"))
case("05-pax-size-smaller", pax(("size", 0)) + f("a", b"", size=BLOCK) + f("b"))
case("05-pax-size-on-symlink", pax(("size", BLOCK)) + s("a", "x") + f("seen", b"") + f("b"))
case("05-pax-size-on-directory", pax(("size", BLOCK)) + d("a") + f("seen", b"") + f("b"))
case("05-pax-size-negative", pax(("size", -1)) + f("a"))
case("05-pax-length-too-long", pax(b"99 path=x\n") + f("a"))
case("05-pax-length-too-short", pax(b"5 path=x\n") + f("a"))
case("05-pax-length-zero", pax(b"0 path=x\n") + f("a"))
case("05-pax-no-newline", pax(b"9 path=xy") + f("a"))
case("05-pax-no-equals", pax(b"9 path_x\n") + f("a"))
case("05-pax-uid-word", pax(("uid", "root")) + f("a"))
case("05-pax-without-member", pax(("path", "x")))
case("05-gnu-and-pax-disagree", long_name("one") + pax(("path", "two")) + f("three"))
case("05-gnu-and-pax-agree", long_name("one") + pax(("path", "one")) + f("three"))
case("05-gnu-long-link", long_name("target", "K") + s("l", "short"))
case("05-base256-size-negative", f("a", fields={124: NEGATIVE}))
case("05-base256-size-overflow", f("a", fields={124: b"\x80" + b"\xff" * 11}))
case("05-base256-uid", f("a", fields={108: b"\x80\0\0\0\0\1\0\0"}))
case("05-octal-junk", f("a", fields={124: b"12345678901\0"}))
case("05-type-unknown", entry("a", "D"))
case("05-zeros-in-the-middle", f("a") + b"\0" * BLOCK + f("b"))
case("05-truncated", f("a"))
CASES["05-truncated"] = ([f("a", b"x" * 5000)[:3000]], None)
raw("05-gzip-members", gzip.compress((f("a") + f("b"))[:700]) + gzip.compress((f("a") + f("b") + END)[700:]))
raw("05-gzip-trailing-zeros", gzip.compress(f("a") + END) + b"\0" * 512)
raw("05-gzip-truncated", gzip.compress(f("a") + END)[:-20])
raw("05-gzip-damaged", gzip.compress(f("a") + END)[:-8] + b"bad!" + gzip.compress(f("a") + END)[-4:])
raw("05-not-a-tar", b"#!/bin/sh\n" + b"\0" * 2000)

# --- 6: bombs ---------------------------------------------------------------

case("06-gzip-ratio", f("zeros", b"\0" * (64 << 20)), pack="gzip")
case("06-zstd-ratio", f("zeros", b"\0" * (64 << 20)), pack="zstd")
case("06-pax-gigabyte", pax(("comment", "x"), size=LIMIT_GIB) + f("a"))
case("06-gnu-name-gigabyte", entry("././@LongLink", "L", b"x", size=LIMIT_GIB, gnu=True) + f("a"))
case("06-many-entries", b"".join(f(f"f{i}", b"") for i in range(20000)), pack="gzip")
case("06-many-implied", b"".join(f(f"{i}/" + "d/" * 45 + "x", b"") for i in range(500)), pack="gzip")
case("06-sparse-8-eib", f("a", b"", gnu=True, fields={156: b"S", 386: octal(0, 12) + octal(0, 12), 483: EIB8}))
case("06-size-8-eib", f("a", b"", fields={124: EIB8}))
case("06-sparse-overlap", pax(("GNU.sparse.map", "0,3,2,2"), ("GNU.sparse.size", 9)) + f("a", b"abcde"))
case("06-sparse-map-endless", pax(("GNU.sparse.major", 1), ("GNU.sparse.minor", 0)) + f("a", b"999999999\n"))
DEEP = [(f"l{i}", (f"l{i - 1}/" if i else "") + "d/" * 2040) for i in range(39)]
case("06-deep", b"".join(pax(("linkpath", to)) + s(name, "x") for name, to in DEEP) + f("l38/x"))
case("06-link-loop", s("a", "b") + s("b", "a") + f("a/x"))
case("06-link-to-itself", s("a", "a/a") + f("a/x"))
case("06-xattr-values", pax(*((f"SCHILY.xattr.user.{i}", "v" * 30000) for i in range(3))) + f("a"))
case("06-xattr-names", pax(*((f"SCHILY.xattr.user.{i}", "") for i in range(1001))) + f("a"))
case("06-xattr-name-long", pax(("SCHILY.xattr.user." + "n" * 300, "")) + f("a"))

# --- 7: what is kept in the image, never applied on the host ----------------

case("07-devices", entry("mem", "3", device=(1, 1)) + entry("disk", "4", device=(8, 0)))
case("07-device-number", entry("big", "3", device=(4096, 0)))
case("07-setuid", f("su", mode=0o6755))
case("07-capability", pax(("SCHILY.xattr.security.capability", b"\1\0\0\2" + b"\0" * 16)) + f("ping"))
case("07-overlay-xattrs", pax(("SCHILY.xattr.trusted.overlay.opaque", "y"), ("SCHILY.xattr.user.overlay.redirect", "/x")) + d("d"))
case("07-xattr-without-namespace", pax(("SCHILY.xattr.com.apple.quarantine", "q")) + f("a"))

# --- 8: owners and times ----------------------------------------------------

case("08-uid-2-31", pax(("uid", 1 << 31)) + f("a"))
case("08-uid-4294967294", pax(("uid", 4294967294)) + f("a"))
case("08-uid-4294967295", pax(("uid", 4294967295)) + f("a"))
case("08-uid-negative", pax(("uid", -1)) + f("a"))
case("08-gid-negative-base256", f("a", fields={116: NEGATIVE[:8]}))
case("08-mtime-negative", pax(("mtime", "-1.5")) + f("a"))
case("08-mtime-2-33", pax(("mtime", (1 << 33) + 1)) + f("a"))

# --- 9: one over the other --------------------------------------------------

case("09-duplicate", f("a", b"old") + f("a", b"new"))
case("09-file-over-directory", d("d") + d("d/e") + f("d/e/x"), f("d"))
case("09-directory-over-symlink", d("r") + f("r/x") + s("l", "r"), d("l") + f("l/y"))
case("09-directory-over-file", f("a"), d("a") + f("a/x"))
case("09-parent-is-a-file", f("a") + f("a/b"))

# --- must pass --------------------------------------------------------------

case("pass-file-over-symlink", f("t") + s("l", "t"), f("l"))
case("pass-usrmerge", d("usr") + d("usr/bin") + s("bin", "usr/bin"), f("bin/x"))
case("pass-hard-link-across", f("a"), h("b", "a"))
case("pass-opaque-again", f("d/a"), f("d/.wh..wh..opq") + f("d/b"), f("d/.wh..wh..opq") + f("d/c"))
case("pass-pax-name-300", pax_name("p" * 150 + "/" + "q" * 149))
case("pass-systemd-name", f("system-systemd\\x2dcryptsetup.slice"))
case("pass-not-utf8", f(b"\xff\xfe\x80"))
case("pass-sparse-5-gib", pax(("GNU.sparse.map", f"{5 * LIMIT_GIB - 1},1"), ("GNU.sparse.size", 5 * LIMIT_GIB)) + f("a"))
raw("pass-empty-blob", b"")
raw("pass-empty-gzip", gzip.compress(b""))
raw("pass-zeros-only", END * 10)
case("pass-gzip", f("a"), pack="gzip")
case("pass-zstd", f("a"), pack="zstd")
case("pass-xz", f("a"), pack="xz")
case("pass-bzip2", f("a"), pack="bzip2")


def packed(blob, how):
    if how == "gzip":
        return gzip.compress(blob, 9, mtime=0)
    if how == "bzip2":
        return bz2.compress(blob)
    if how:
        return subprocess.run([how, "-q", "-c"], input=blob, stdout=subprocess.PIPE, check=True).stdout
    return blob


def main():
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, (layers, how) in CASES.items():
        for i, blob in enumerate(layers):
            last = i == len(layers) - 1
            (out / f"{name}.{i}.tar").write_bytes(packed(blob, how if last else None))


main()
