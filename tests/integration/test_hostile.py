"""Every hostile or odd layer of tests/hostile through the whole of oci2vm:
refused with words, status 4 and nothing left, or a clean file system."""

import bz2
import gzip
import hashlib
import json
import lzma
import subprocess
import sys

import pytest

import layouts
import vc

HERE = vc.ROOT / "tests" / "hostile"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def expectations():
    for line in (HERE / "layers.expect").read_text().splitlines():
        if line and not line.startswith("#"):
            yield (line.split(" ", 2) + [""])[:3]


@pytest.fixture(scope="module", name="layers")
def all_of_them():
    place = vc.STATE / "hostile-layers"
    subprocess.run([sys.executable, HERE / "make-layers.py", place], check=True)
    return place


def plain(data):
    """What is inside, as far as Python can tell."""
    inflate = {b"\x1f\x8b": gzip.decompress, b"BZ": bz2.decompress, b"\xfd7": lzma.decompress}
    if data[:4] == b"\x28\xb5\x2f\xfd":
        done = subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=False)
        return done.stdout
    try:
        return inflate.get(data[:2], bytes)(data)
    except (OSError, EOFError, lzma.LZMAError):
        return b""


def image(place, tars):
    (place / "blobs" / "sha256").mkdir(parents=True)
    blobs = [t.read_bytes() for t in tars]
    diff_ids = ["sha256:" + hashlib.sha256(plain(b)).hexdigest() for b in blobs]
    config = {"architecture": "amd64", "os": "linux",
              "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST,
                "config": layouts.add_blob(place, json.dumps(config).encode(), CONFIG),
                "layers": [layouts.add_blob(place, b, LAYER) for b in blobs]}
    entry = layouts.add_blob(place, json.dumps(manifest).encode(), MANIFEST)
    return layouts.layout(place, [entry], ())


@pytest.mark.parametrize("name,verdict,words", list(expectations()))
def test_layer(layers, scratch, name, verdict, words):
    tars = sorted(layers.glob(f"{name}.*.tar"), key=lambda p: int(p.suffixes[-2][1:]))
    assert tars, "no such case"
    out = scratch / "out"
    r = vc.Call([str(w) for w in (
        vc.BIN / "oci2vm", "--oci-layout", image(scratch / "oci", tars), "--platform",
        "linux/amd64", "--vm", "none", "--free", "1M", "--max-entries", 10000,
        "--max-ratio", 200, "--out", out)], env=vc.clean_environment(scratch)).end()
    if verdict == "refused":
        # of what cannot be inflated there is no diff_id to give: that is said then
        assert r.status == 4 and (words in r.said or "unpacked content: digest" in r.said), r
        assert r.said.count("\n") == 1 and "layer " in r.said and not out.exists(), r
        return
    r.ok()
    check = subprocess.run(["/sbin/e2fsck", "-fn", out / "rootfs.ext4"], capture_output=True,
                           check=False)
    assert check.returncode == 0, check
