"""oci2vm: images to disks, exactly."""

import base64
import copy
import hashlib
import json
import os
import stat
import subprocess

import pytest

from certs import Authority
import debian
import listing
from registry import Registry
import vc

USER, PASSWORD = "tester", "s3cret word"
CLEAN_MTIME_BEFORE = 1750000000  # of what the image says; umoci's own are of today


@pytest.fixture(scope="module", name="debian_amd64")
def the_amd64_image():
    return debian.debian(vc.STATE / "debian-x86_64", "x86_64")


@pytest.fixture(scope="module", name="debian_arm64")
def the_arm64_image():
    return debian.debian(vc.STATE / "debian-aarch64", "aarch64")


@pytest.fixture(scope="module", name="unpacked")
def what_umoci_makes(debian_amd64):
    """Entry by entry; owners and devices only when root made it."""
    bundle = vc.STATE / "unpacked"
    words = [] if os.geteuid() == 0 else ["--rootless"]
    debian.umoci("unpack", *words, "--image", f"{debian_amd64}:deb", bundle)
    return listing.of_directory(bundle / "rootfs")


def oci2vm(*words, name="oci2vm", env=(), data=None, seconds=vc.PATIENCE):
    home = vc.STATE / "home"
    home.mkdir(exist_ok=True)
    call = vc.Call([str(vc.BIN / name), *map(str, words)],
                   env={**vc.clean_environment(home), **dict(env)},
                   **({} if data is None else {"stdin": subprocess.PIPE}))
    return call.end(data, seconds)


def comparable(entry, other):
    """What umoci cannot know is as the other has it."""
    if entry.kind == "d" and entry.mtime > CLEAN_MTIME_BEFORE:
        entry.mtime, entry.nanoseconds = other.mtime, other.nanoseconds
    if os.geteuid() != 0:
        entry.uid, entry.gid = other.uid, other.gid
        entry.xattrs.pop("user.rootlesscontainers", None)
        if "security.capability" in other.xattrs:
            entry.xattrs["security.capability"] = other.xattrs["security.capability"]
        if other.kind in "cb":
            entry.kind, entry.device, entry.size = other.kind, other.device, other.size
    return entry


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_ext4_is_what_umoci_unpacks(debian_amd64, unpacked, scratch):
    oci2vm("--oci-layout", debian_amd64, "--platform", "linux/amd64", "--vm", "none",
           "--out", scratch / "out").ok()
    image = scratch / "out" / "rootfs.ext4"
    check = subprocess.run(["/sbin/e2fsck", "-fn", image], capture_output=True, check=False)
    assert check.returncode == 0, check
    ours = listing.of_ext4(image)
    assert set(ours) == set(unpacked)
    for name, entry in ours.items():
        assert comparable(copy.deepcopy(unpacked[name]), entry) == entry, name
    # where umoci has today's
    assert ours["srv"].mtime == debian.MTIME
    assert ours["srv/dir"].mode == 0o750


def test_file_data_is_exact(debian_amd64, scratch):
    """Every file, by the check sums in the mtree, against umoci's."""
    oci2vm("--oci-layout", debian_amd64, "--platform", "amd64", "--vm", "none",
           "--out", scratch / "out", "--filelist", scratch / "mtree").ok()
    with_data = subprocess.run(
        ["debugfs", "-R", f"rdump / {scratch}", scratch / "out" / "rootfs.ext4"],
        capture_output=True, check=True)
    sums = {}
    for line in (scratch / "mtree").read_text().splitlines()[1:]:
        words = line.split(" ")
        fields = dict(w.partition("=")[::2] for w in words[1:])
        if "sha256digest" in fields:
            sums[words[0].encode().decode("unicode_escape").encode("latin-1")] = \
                fields["sha256digest"]
    assert len(sums) > 1000, with_data
    for name, want in sums.items():
        path = os.path.join(os.fsencode(scratch), name)
        if os.lstat(path).st_mode & stat.S_IFREG and os.access(path, os.R_OK):
            with open(path, "rb") as f:
                assert hashlib.sha256(f.read()).hexdigest() == want, name


def test_squashfs_is_what_umoci_unpacks(debian_amd64, unpacked, scratch):
    oci2vm("--oci-layout", f"{debian_amd64}:deb", "--platform", "linux/amd64", "--vm",
           "none", "--fs", "squashfs", "--out", scratch / "out").ok()
    bundle = scratch / "same"
    words = [] if os.geteuid() == 0 else ["--rootless"]
    debian.umoci("unpack", *words, "--image", f"{debian_amd64}:deb", bundle)
    subprocess.run(["mksquashfs", bundle / "rootfs", scratch / "theirs", "-quiet",
                    "-no-progress"], check=True, capture_output=True)
    ours = listing.of_squashfs(scratch / "out" / "rootfs.squashfs")
    theirs = listing.of_squashfs(scratch / "theirs")
    assert set(ours) == set(theirs)
    for name, entry in ours.items():
        dated = unpacked[name].mtime < CLEAN_MTIME_BEFORE or entry[0] != "d"
        if os.geteuid() == 0:
            keep = slice(0, 6)
        else:  # what an ordinary user's umoci leaves of it
            keep = slice(0, 2)
        if entry[1] == "---------" or os.geteuid() == 0 or entry[0] in "-dl":
            assert entry[keep] == theirs[name][keep], name
        assert entry[7] == theirs[name][7], name
        if dated and entry[0] in "-dl" and name != "srv/old":  # squashfs has no time before 1970
            assert entry[6] == theirs[name][6], name
    assert ours["srv/old"][6] == "1970-01-01 00:00"
    capability = subprocess.run(
        ["unsquashfs", "-n", "-q", "-d", scratch / "x", scratch / "out" / "rootfs.squashfs",
         "srv/cap"], capture_output=True, check=False)
    assert os.getxattr(scratch / "x" / "srv" / "cap", "user.note") == b"a b=c", capability


@pytest.mark.parametrize("fs", ["ext4", "squashfs"])
def test_same_input_same_bytes(debian_amd64, scratch, fs):
    for name in ("one", "two/deeper"):
        oci2vm("--oci-layout", debian_amd64, "--platform", "linux/amd64", "--fs", fs,
               "--out", scratch / name, env={"SOURCE_DATE_EPOCH": "1700000000"}).ok()
    names = sorted(p.name for p in (scratch / "one").iterdir())
    assert names == ["initramfs", "kernel", "manifest.json", "meta.json", f"rootfs.{fs}"]
    for name in names:
        one, two = (digest(scratch / d / name) for d in ("one", "two/deeper"))
        assert one == two, name
    oci2vm("verify", scratch / "one").ok()
    with open(scratch / "one" / f"rootfs.{fs}", "r+b") as f:
        f.seek(5000)
        f.write(b"x")
    wrong = oci2vm("verify", scratch / "one")
    assert wrong.status == 4 and f"rootfs.{fs}" in wrong.said


def run_in(place, *words, data=None):
    return oci2vm("run", "--no-kvm", place, "--", *words, data=data)


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_pull_convert_and_run(request, scratch, arch):
    layout = request.getfixturevalue(f"debian_{arch}")
    authority = Authority(scratch / "ca")
    (scratch / "users").write_bytes(subprocess.run(
        ["htpasswd", "-Bbn", USER, PASSWORD], check=True, capture_output=True).stdout)
    registry = Registry(scratch / "registry", authority.issue("registry"), scratch / "users")
    name = f"localhost:{registry.port}"
    try:
        subprocess.run(
            ["skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds",
             f"{USER}:{PASSWORD}", f"oci:{layout}:deb", f"docker://{name}/debian:x"],
            check=True, capture_output=True)
        secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        auth = scratch / "auth.json"
        auth.write_text(json.dumps({"auths": {name: {"auth": secret}}}))
        out = scratch / "out"
        r = oci2vm("--image", f"{name}/debian:x", "--ca", authority.ca, "--authfile", auth,
                   "--platform", f"linux/{arch}", "--out", out, "--cache-dir",
                   scratch / "cache").ok()
        assert PASSWORD not in r.said
    finally:
        registry.close()
    before = digest(out / "rootfs.ext4")
    assert b"PRETTY_NAME=\"Debian" in run_in(out, "cat", "/etc/os-release").ok().out
    r = run_in(out, "bash", "-c", 'echo "a  b"; echo err >&2; exit 7')
    assert (r.out, r.status) == (b"a  b\n", 7) and b"err\n" in r.err
    data = bytes(range(256)) * 1000
    assert run_in(out, "cat", data=data).ok().out == data
    assert digest(out / "rootfs.ext4") == before


def test_nothing_is_left_of_a_failure_and_the_old_result_stays(debian_amd64, scratch):
    broken = scratch / "broken"
    subprocess.run(["cp", "-a", debian_amd64, broken], check=True)
    [big] = [p for p in (broken / "blobs" / "sha256").iterdir() if p.stat().st_size > 1 << 20]
    with open(big, "r+b") as f:
        f.seek(1 << 20)
        f.write(b"not what was there")
    out = scratch / "out"
    words = ("--platform", "linux/amd64", "--vm", "none", "--out", out)
    r = oci2vm("--oci-layout", broken, *words)
    assert r.status == 4 and "layer 1 of 3" in r.said and "digest" in r.said, r
    assert not out.exists()
    oci2vm("--oci-layout", debian_amd64, *words).ok()
    before = {p.name: digest(p) for p in out.iterdir()}
    r = oci2vm("--oci-layout", debian_amd64, *words)
    assert r.status == 5 and "--force" in r.said, r
    r = oci2vm("--oci-layout", broken, *words, "--force")
    assert r.status == 4
    assert {p.name: digest(p) for p in out.iterdir()} == before
    oci2vm("--oci-layout", debian_amd64, *words, "--force").ok()


@pytest.mark.parametrize("words, status, says", [
    ((), 2, "no source"),
    (("--image", "Bad/Name"), 3, "Bad/Name"),
    (("--oci-layout", "/does/not/exist"), 3, "/does/not/exist"),
    (("--image", "a", "--oci-tar", "b"), 2, "more than one source"),
    (("--oci-tar", "x", "--fs", "ntfs"), 2, "ntfs"),
    (("--oci-tar", "x", "--platform", "linux/riscv64"), 2, "riscv64"),
    # nothing is accepted and then ignored
    (("--oci-tar", "x", "--agent", "none"), 2, "--vm gondolin"),
    (("--oci-tar", "x", "--vm", "none", "--cmdline", "quiet"), 2, "--cmdline"),
    (("--oci-tar", "x", "--compression", "xz"), 2, "squashfs"),
    (("--oci-tar", "x", "--fs", "squashfs", "--label", "x"), 2, "--label"),
    (("--oci-tar", "x", "--fs", "squashfs", "--free", "1G"), 2, "--free"),
    (("--oci-tar", "x", "--progress", "loud"), 2, "plain"),
])
def test_bad_calls(scratch, words, status, says):
    r = oci2vm(*words, "--out", scratch / "out")
    assert r.status == status and says in r.said, r
    assert r.said.count("\n") == 1 and not (scratch / "out").exists(), r


def test_customised(debian_amd64, scratch):
    (scratch / "file").write_text("ours")
    (scratch / "key").write_text("ssh-ed25519 AAAA x\n")
    out = scratch / "out"
    oci2vm("--oci-layout", debian_amd64, "--platform", "linux/amd64", "--vm", "none",
           "--copy", f"{scratch}/file:/opt/new/file:0600:5:6", "--delete", "/srv/dir",
           "--hostname", "box", "--ssh-key", scratch / "key", "--env", "A=1",
           "--entrypoint", '["/bin/ours"]', "--workdir", "/srv", "--out", out).ok()
    have = listing.of_ext4(out / "rootfs.ext4")
    file = have["opt/new/file"]
    assert (file.mode, file.uid, file.gid, file.size) == (0o600, 5, 6, 4)
    assert have["root/.ssh"].mode == 0o700 and have["root/.ssh/authorized_keys"].mode == 0o600
    assert "srv/dir" not in have
    runtime = json.loads((out / "meta.json").read_text())["runtime"]
    assert runtime["entrypoint"] == ["/bin/ours"] and not runtime["cmd"]
    assert "A=1" in runtime["env"] and "LANG=C.UTF-8" in runtime["env"]
    assert runtime["workdir"] == "/srv"


def test_inspect(debian_amd64):
    said = json.loads(oci2vm("inspect", "--oci-layout", debian_amd64, "--platform",
                             "linux/amd64").ok().out)
    assert said["platform"] == "linux/amd64" and len(said["layers"]) == 3
    assert said["runtime"]["cmd"] == ["/bin/bash"]


@pytest.mark.parametrize("form", ["tar", "dir", "gzip"])
def test_root_file_systems(scratch, form):
    root = scratch / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "tool").write_bytes(b"#!/bin/sh\n" * 1000)
    (root / "bin" / "tool").chmod(0o755)
    (root / "link").symlink_to("bin/tool")
    (root / "a b\\c").write_text("x")
    os.link(root / "a b\\c", root / "hard")
    source = ("--rootfs-dir", root)
    if form != "dir":
        subprocess.run(["tar", "-C", root, "--format=pax", *(["-z"] if form == "gzip" else []),
                        "-cf", scratch / "root.tar", "."], check=True)
        source = ("--rootfs-tar", scratch / "root.tar")
    oci2vm(*source, "--vm", "none", "--out", scratch / "out").ok()
    ours, theirs = listing.of_ext4(scratch / "out" / "rootfs.ext4"), listing.of_directory(root)
    assert ours == theirs
