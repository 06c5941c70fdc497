#!/usr/bin/python3
"""oci2vm against inflating alone and against skopeo + umoci + mke2fs or
mksquashfs: seconds, processor seconds and peak memory, medians of BENCH_RUNS
(3), as a table and in build/bench-convert.json.

Two images of this host's own files: one of many (30 000 and more) and one of
large files, gzip and zstd, three layers each.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import vc  # pylint: disable=wrong-import-position

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
PLACE = vc.ROOT / "build" / "bench-images"
RESULTS = vc.ROOT / "build" / "bench-convert.json"
LAYERS = 3
MANY, LARGE = 33000, 600 << 20


def files_of_host():
    for top in ("/usr/share", "/usr/lib", "/usr/include", "/usr/bin"):
        for at, _, names in os.walk(top):
            for name in names:
                path = Path(at) / name
                if path.is_file() and not path.is_symlink():
                    yield path


def choose(kind):
    """Files of the host: many small ones, or large ones."""
    if kind == "many":
        found = [p for p in files_of_host() if p.stat().st_size < 64 << 10]
        # other names for more of them, if the host has not enough
        copies = -(-MANY // len(found))
        return [(f"copy{i}{p}", p) for i in range(copies) for p in found][:MANY]
    large = sorted(files_of_host(), key=lambda p: -p.stat().st_size)
    chosen, total = [], 0
    while total < LARGE:
        p = large[len(chosen) % len(large)]
        chosen.append((f"{len(chosen)}/{p.name}", p))
        total += p.stat().st_size
    return chosen


def make_image(kind, compression):
    """A layout with three layers of those files; their blobs, plain tars."""
    place = PLACE / f"{kind}-{compression}"
    layout, tars = place / "oci", []
    if not layout.exists():
        place.mkdir(parents=True)
        files = choose(kind)
        share = -(-len(files) // LAYERS)
        subprocess.run(["umoci", "init", "--layout", place / "plain"], check=True)
        subprocess.run(["umoci", "new", "--image", f"{place}/plain:x"], check=True)
        for i in range(LAYERS):
            tars.append(place / f"{i}.tar")
            with tarfile.open(tars[-1], "w", format=tarfile.PAX_FORMAT) as tar:
                for name, path in files[i * share:(i + 1) * share]:
                    tar.add(path, name, recursive=False)
            subprocess.run(["umoci", "raw", "add-layer", "--image", f"{place}/plain:x",
                            tars[-1]], check=True, capture_output=True)
            tars[-1].unlink()
        subprocess.run(["skopeo", "copy", "-q", "--dest-compress-format", compression,
                        f"oci:{place}/plain:x", f"oci:{layout}:x"], check=True)
        shutil.rmtree(place / "plain")
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads((layout / "blobs/sha256" /
                           index["manifests"][0]["digest"][7:]).read_text())
    return layout, [layout / "blobs/sha256" / d["digest"][7:] for d in manifest["layers"]]


def measure(*commands):
    """Commands one after the other; a list in a command's place: at once."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, peak = time.monotonic(), 0
    for command in commands:
        group = command if isinstance(command[0], list) else [command]
        running = [subprocess.Popen([str(w) for w in c], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE) for c in group]
        for p in running:
            words = p.stderr.read()
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
            assert p.returncode == 0, (p.args, words)
            peak = max(peak, usage.ru_maxrss / 1024)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": time.monotonic() - began, "cpu": cpu, "peak_mb": peak}


def empty(path):
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True) if path.is_file() else None
    return path


def cases(layout, blobs, compression):
    """(what, commands)"""
    program = {"gzip": "gzip", "zstd": "zstd"}[compression]
    inflate = [[program, "-dc", b] for b in blobs]
    yield "inflate, one by one", inflate
    halves = [["sh", "-c", 'for f; do "$0" -dc "$f"; done', program, *map(str, blobs[i::2])]
              for i in range(2)]
    yield "inflate, two at once", [halves]
    ours = [vc.BIN / "oci2vm", "--oci-layout", layout, "--vm", "none", "--force"]
    out = PLACE / "out"
    yield "oci2vm ext4", [[*ours, "--out", out / "ext4"]]
    yield "oci2vm squashfs", [[*ours, "--fs", "squashfs", "--compression", "zstd:3", "--out",
                               out / "squashfs"]]
    bundle = empty(PLACE / "bundle")
    unpack = ["umoci", "unpack", "--image", f"{layout}:x", bundle]
    yield "umoci unpack + mke2fs", [
        unpack, ["mke2fs", "-q", "-F", "-t", "ext4", "-d", bundle / "rootfs",
                 empty(PLACE / "theirs.ext4"), "2G"]]
    yield "mksquashfs of the tree", [
        ["mksquashfs", bundle / "rootfs", empty(PLACE / "theirs.squashfs"), "-quiet",
         "-no-progress", "-comp", "zstd", "-Xcompression-level", "3"]]


def bench(kind, compression):
    layout, blobs = make_image(kind, compression)
    found = {}
    for _ in range(RUNS):
        for what, commands in cases(layout, blobs, compression):
            found.setdefault(what, []).append(measure(*commands))
    return {what: {key: {"median": statistics.median(r[key] for r in runs),
                         "min": min(r[key] for r in runs),
                         "max": max(r[key] for r in runs)} for key in runs[0]}
            for what, runs in found.items()}


def show(name, rows):
    print(f"\n{name}: median seconds (least-most), processor seconds, peak MB")
    for what, row in rows.items():
        s = row["seconds"]
        print(f"  {what:26} {s['median']:7.2f} ({s['min']:.2f}-{s['max']:.2f})"
              f" {row['cpu']['median']:7.2f} {row['peak_mb']['median']:7.0f}")

    def ratio(a, b):
        return rows[a]["seconds"]["median"] / rows[b]["seconds"]["median"]

    print(f"  ext4 to inflating: {ratio('oci2vm ext4', 'inflate, one by one'):.2f}"
          f" one by one, {ratio('oci2vm ext4', 'inflate, two at once'):.2f} two at once;"
          f" umoci + mke2fs to ext4: {ratio('umoci unpack + mke2fs', 'oci2vm ext4'):.1f};"
          f" squashfs to mksquashfs: {ratio('oci2vm squashfs', 'mksquashfs of the tree'):.2f}")


def main():
    results = {}
    for kind in ("many", "large"):
        for compression in ("gzip", "zstd"):
            name = f"{kind} files, {compression}"
            results[name] = bench(kind, compression)
            show(name, results[name])
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    shutil.rmtree(PLACE)


main()
