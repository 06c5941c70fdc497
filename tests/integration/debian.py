"""A real image: Debian unpacked from its packages, with a second and a third
layer that change, hide and replace, put together by umoci."""

import io
import subprocess
import tarfile

import vc

MAKE = vc.ROOT / "tests" / "integration" / "make-debian"
MTIME = 1700000000


def entry(tar, name, kind=tarfile.REGTYPE, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(data)
    info.mtime = fields.pop("mtime", MTIME)
    info.mode = fields.pop("mode", 0o755 if kind == tarfile.DIRTYPE else 0o644)
    for key, value in fields.items():
        setattr(info, key, value)
    tar.addfile(info, io.BytesIO(data))


def odd_layer(path):
    """Whatever a layer may hold that is not a plain file of root's."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        entry(tar, "srv/", tarfile.DIRTYPE)
        entry(tar, "srv/none", data=b"nobody may", mode=0)
        entry(tar, "srv/owned", data=b"x" * 5000, uid=4294967294, gid=70000)
        entry(tar, "srv/nano", data=b"ns", pax_headers={"mtime": "1700000001.123456789"})
        entry(tar, "srv/old", data=b"", pax_headers={"mtime": "-3600"})
        entry(tar, "srv/suid", data=b"#!", mode=0o6755)
        entry(tar, "srv/sticky/", tarfile.DIRTYPE, mode=0o1777)
        entry(tar, "srv/null", tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666)
        entry(tar, "srv/disk", tarfile.BLKTYPE, devmajor=259, devminor=300)
        entry(tar, "srv/pipe", tarfile.FIFOTYPE)
        entry(tar, "srv/abs", tarfile.SYMTYPE, linkname="/etc/passwd", mode=0o777)
        entry(tar, "srv/long", tarfile.SYMTYPE, linkname="x" * 200, mode=0o777)
        entry(tar, "srv/cap", data=b"\x7fELF", mode=0o755, pax_headers={
            "SCHILY.xattr.user.note": "a b=c",
            "SCHILY.xattr.security.capability":
                "\x01\x00\x00\x02\x00\x04\x00\x00" + "\x00" * 12})
        entry(tar, "srv/hard", tarfile.LNKTYPE, linkname="srv/owned")
        entry(tar, "srv/system-systemd\\x2dcryptsetup.slice", data=b"unit")
        entry(tar, "srv/" + "n" * 255, data=b"long name")
        entry(tar, "srv/" + "/".join(["d" * 100] * 3) + "/deep", data=b"300 bytes")
        entry(tar, "srv/gone", data=b"hidden later")
        entry(tar, "srv/dir/", tarfile.DIRTYPE)
        entry(tar, "srv/dir/a", data=b"hidden by opaque")
        entry(tar, "srv/link", tarfile.SYMTYPE, linkname="dir", mode=0o777)
    return path


def change_layer(path):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        entry(tar, "srv/.wh.gone")
        entry(tar, "srv/dir/", tarfile.DIRTYPE, mode=0o750)
        entry(tar, "srv/dir/b", data=b"stays")
        entry(tar, "srv/dir/.wh..wh..opq")
        entry(tar, "srv/link/c", data=b"through the link")  # lands in srv/dir
        entry(tar, "srv/abs", data=b"a file now")
        entry(tar, "usr/share/.wh.doc")
        entry(tar, "bin/ours", data=b"#!/bin/sh\necho ours\n", mode=0o755)  # bin is a link
        entry(tar, "srv/again", tarfile.LNKTYPE, linkname="srv/nano")
        entry(tar, "etc/hostname", data=b"deb\n")
    return path


def umoci(*words):
    subprocess.run(["umoci", *map(str, words)], check=True, capture_output=True)


def debian(place, arch):
    """The layout `place`/oci with the image 'deb' for the architecture."""
    place.mkdir(parents=True)
    subprocess.run([MAKE, arch, place], check=True, capture_output=True)
    layout = place / "oci"
    image = f"{layout}:deb"
    umoci("init", "--layout", layout)
    umoci("new", "--image", image)
    umoci("config", "--image", image, f"--architecture={vc.OCI_ARCH[arch]}",
          "--os=linux", "--config.cmd=/bin/bash", "--config.env=LANG=C.UTF-8",
          "--config.env=PATH=/usr/local/bin:/usr/bin:/bin", "--created=2024-01-02T03:04:05Z",
          "--no-history")
    for layer in (place / "root.tar", odd_layer(place / "odd.tar"),
                  change_layer(place / "change.tar")):
        umoci("raw", "add-layer", "--image", image, "--no-history", layer)
        layer.unlink()
    return layout
