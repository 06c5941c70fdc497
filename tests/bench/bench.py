#!/usr/bin/python3
"""How long the things take that users wait for, emulated, for both tools and
both architectures: median and spread of BENCH_RUNS (5) runs, as a table and in
build/bench.json.  BENCH_VMS="vdkr-x86_64 ..." measures only those.

One VM at a time, nothing else running: compare ratios, not machines.
"""

import json
import os
import shutil
import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import vc  # pylint: disable=wrong-import-position

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
ALL = "vdkr-x86_64 vdkr-aarch64 vpdmn-x86_64 vpdmn-aarch64"
NAMES = os.environ.get("BENCH_VMS", ALL).split()
RESULTS = vc.ROOT / "build" / "bench.json"
sizes = {}  # VM -> bytes that its memory takes on the disk when suspended


def measure_stopped(vm):
    """What needs no VM: what starting the program itself costs."""
    yield "--help", vm.ok("--help")
    yield "vconfig", vm.ok("vconfig")


def measure_running(vm):
    yield "images", vm.ok("images")
    yield "run --rm busybox true", vm.ok("run", "--rm", "busybox", "true")


def measure(vm):
    """One run: (what, result) as they come."""
    yield from measure_stopped(vm)
    yield "first boot", vm.ok("memres", "start")
    vm.ok("vimport", vc.sample(vm.arch), "busybox:latest")
    vm.ok("run", "--rm", "busybox", "true")  # the first one also loads modules
    yield from measure_running(vm)
    yield "memres suspend", vm.ok("memres", "suspend")
    sizes.setdefault(vm.state.name, []).append((vm.state / "ram.img").stat().st_blocks * 512)
    yield "images, suspended", vm.ok("images")
    yield "memres stop", vm.ok("memres", "stop")
    yield "boot with images", vm.ok("memres", "start")
    vm.ok("memres", "stop")


def bench(name):
    """All runs of one VM: {what: [seconds]}."""
    seconds = {}
    for _ in range(RUNS):
        vm = vc.Tool(*name.split("-"), directory=vc.STATE / name)
        try:
            for what, result in measure(vm):
                seconds.setdefault(what, []).append(round(result.seconds, 4))
        finally:
            vm.stop()
            shutil.rmtree(vm.state, ignore_errors=True)
    return seconds


def row(name, what, values):
    middle = statistics.median(values)
    return f"{name:15} {what:24} {middle:8.3f} {min(values):8.3f} {max(values):8.3f}"


def main():
    vc.STATE.mkdir(parents=True)
    print(f"{'VM':15} {'what':24} {'median s':>8} {'min':>8} {'max':>8}   ({RUNS} runs)")
    results = {}
    try:
        for name in NAMES:
            results[name] = bench(name)
            for what, values in results[name].items():
                print(row(name, what, values), flush=True)
            memory = [round(n / 1e6, 1) for n in sizes[name]]
            print(row(name, "ram.img, MB", memory), flush=True)
    finally:
        vc.reap()
        shutil.rmtree(vc.STATE)
    RESULTS.write_text(json.dumps({"runs": RUNS, "seconds": results,
                                   "ram_bytes": sizes}, indent=1) + "\n")


if __name__ == "__main__":
    main()
