"""A converted image boots: by 'run', which tests/tools/boot.c is for here, and
by QEMU alone.  The disks are made from the busybox samples."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import tarfile

import pytest

import tmux
import vc

BOOT = vc.ROOT / "build" / "tools" / "boot"
ARCHES = ("x86_64", "aarch64")
PROFILE = {"x86_64": ["-machine", "q35"],
           "aarch64": ["-machine", "virt", "-cpu", "max,pauth-impdef=on"]}
CONSOLE = {"x86_64": "ttyS0", "aarch64": "ttyAMA0"}


def busybox(arch, place):
    """The sample's root file system as a directory."""
    index = json.loads((vc.sample(arch) / "index.json").read_text())

    def blob(entry):
        return vc.sample(arch) / "blobs" / entry["digest"].replace(":", "/")

    manifest = json.loads(blob(index["manifests"][0]).read_text())
    for layer in manifest["layers"]:
        with tarfile.open(blob(layer)) as tar:
            tar.extractall(place)
    return place


def make_disk(fs, root, path):
    if fs == "ext4":
        words = ["/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-E",
                 "lazy_itable_init=0", "-d", root, path, "32M"]
    elif fs == "squashfs":
        words = ["mksquashfs", root, path, "-quiet", "-no-progress"]
    else:
        words = ["mkfs.erofs", "--quiet", path, root]
    subprocess.run(words, check=True, capture_output=True)


class Image:
    """What a conversion leaves, and calls of it."""

    def __init__(self, place, arch="x86_64", fs="ext4", change=None, command=(), user="",
                 workdir="/", env=(), stop=""):
        self.arch = arch
        self.place = place
        place.mkdir(parents=True)
        root = busybox(arch, place.parent / f"{place.name}.root")
        if change:
            change(root)
        self.disk = place / f"rootfs.{fs}"
        make_disk(fs, root, self.disk)
        shutil.rmtree(root)
        words = ["-u", user, "-w", workdir, "-s", stop, *[w for e in env for w in ("-e", e)]]
        subprocess.run([BOOT, "assets", arch, vc.GUEST / arch, place, fs, *words, "--",
                        *command], check=True)
        self.manifest = {
            "version": 1,
            "assets": {"kernel": "kernel", "initramfs": "initramfs",
                       "rootfs": self.disk.name},
            "config": {"arch": arch},
            "runtime": {"entrypoint": [], "cmd": list(command), "env": list(env),
                        "workdir": workdir, "user": user},
        }
        self.write()
        self.tmp = place / "tmp"
        self.tmp.mkdir()
        self.env = {**vc.clean_environment(place), "TMPDIR": str(self.tmp)}

    def write(self, **changes):
        (self.place / "manifest.json").write_text(json.dumps({**self.manifest, **changes}))

    def words(self, *command):
        return [str(BOOT), "run", str(self.place), *(["--", *command] if command else [])]

    def start(self, *command, **popen):
        return vc.Call(self.words(*command), env=self.env, **popen)

    def run(self, *command, data=None):
        """To its end, after which nothing is left."""
        pipe = {} if data is None else {"stdin": subprocess.PIPE}
        r = self.start(*command, **pipe).end(data)
        assert self.left() == [], r
        return r

    def sh(self, script, status=0):
        r = self.run("sh", "-c", script)
        assert r.status == status, r
        return r.text

    def left(self):
        return [p.name for p in self.tmp.iterdir()]

    def digest(self):
        return hashlib.sha256(self.disk.read_bytes()).hexdigest()


@pytest.fixture
def image(scratch):
    """Makes images below the test's directory."""
    made = []

    def make(**kw):
        made.append(Image(scratch / f"image{len(made)}", **kw))
        return made[-1]

    return make


@pytest.mark.parametrize("arch", ARCHES)
def test_command_status_and_streams(image, arch):
    i = image(arch=arch, command=["sh", "-c", "uname -m; echo no >&2; exit 7"])
    before = i.digest()
    r = i.run()
    assert (r.status, r.text, r.said) == (7, f"{arch}\n", "no\n"), r
    assert i.run("true").status == 0
    assert i.run("sh", "-c", "kill -TERM $$").status == 143
    data = os.urandom(3_000_000)
    r = i.run("cat", data=data)
    assert r.status == 0 and r.out == data
    # what is written is there, and gone with the VM
    assert i.sh("echo kept > /new && cat /new && sync") == "kept\n"
    assert i.sh("ls /new", 1) == ""
    assert i.digest() == before


@pytest.mark.parametrize("fs", ["squashfs", "erofs"])
def test_read_only_root_can_be_written_to(image, fs):
    assert image(fs=fs).sh("echo x > /bin/new; cat /bin/new; grep ' / ' /proc/mounts") \
        .startswith("x\nroot / overlay rw")


def test_environment_directory_and_user_are_as_dockers(image):
    def people(root):
        (root / "etc/passwd").write_text("root:x:0:0::/root:\nann:x:1000:50::/home/ann:/x\n")
        (root / "etc/group").write_text("root:x:0:\nstaff:x:50:\nwheel:x:10:bob,ann\n"
                                        "video:x:44:annie,ann,x\n")

    i = image(change=people, user="ann", workdir="/srv/new/place", env=["A=b c", "U=ü"],
              command=["sh", "-c", "id; pwd; echo $HOME $PATH; env; stat -c '%u %a' . ..; "
                                   "echo to-fd > /dev/stdout"])
    text = i.run().ok().text.replace("(", " ").replace(")", " ")
    assert "uid=1000 ann  gid=50 staff  groups=10 wheel ,44 video" in text
    assert "/srv/new/place\n/home/ann /usr/local/sbin:/usr/local/bin:/usr/sbin:" in text
    assert "\nA=b c\n" in text and "\nU=ü\n" in text and "\nHOSTNAME=oci2vm\n" in text
    assert text.endswith("0 755\n0 755\nto-fd\n")
    for user, said in (("nobody-here", "no matching entries in passwd file"),
                       ("ann:nogroup-here", "no matching entries in group file"),
                       ("4294967296", "out of range"), ("0:99999999999999999999", "range")):
        i.write(runtime={**i.manifest["runtime"], "user": user})
        r = i.run("true")
        assert r.status == 125 and said in r.said, r
    i.write(runtime={**i.manifest["runtime"], "user": "65534:65534"})
    assert i.sh("id -u; id -g; echo $HOME") == "65534\n65534\n/\n"


def test_what_cannot_be_run(image):
    i = image()
    r = i.run("no-such-thing")
    assert r.status == 127 and "executable file not found in $PATH" in r.said, r
    assert i.run("/no/such/thing").status == 127
    assert i.run("/etc/passwd").status == 126
    r = i.run()
    assert r.status == 2 and "names no command" in r.said, r
    i.write(runtime={**i.manifest["runtime"], "workdir": "/proc/self/fd/3"})
    r = i.run("true")
    assert r.status != 0 and "working directory" in r.said, r


def test_signals_are_relayed_and_term_is_the_images_stop_signal(image):
    i = image(stop="SIGUSR1")
    for sig, status in ((signal.SIGTERM, 33), (signal.SIGINT, 44)):
        call = i.start("sh", "-c", "trap 'exit 33' USR1; trap 'exit 44' INT; echo up; "
                                   "while :; do sleep 0.1; done")
        call.read_until(b"up\n", 60)
        call.kill(sig)
        assert call.end().status == status
        assert i.left() == []


def test_terminal(image, scratch):
    i = image()
    t = tmux.Terminal(scratch / "t", i.env)
    t.type(f"B() {{ {' '.join(i.words('sh'))}; }}")
    t.expect("host> $")
    t.says("B", r"/ # ")
    assert t.says("echo size $(stty size) $TERM", r"size (\d+ \d+) (\w+)") == ["31 97", "xterm"]
    t.says("sh -c 'echo go$((1+1)); exec sleep 1000'", r"go2\r\n")
    t.keys("C-c")
    t.expect("/ # ", 20)
    t.type("exit 5")
    t.expect("host> $")
    assert t.says("echo status $?", r"status (\d+)") == ["5"]
    t.close()


def only_a_program(root):
    """As distroless as can be: no directory, no shell, no file but one."""
    program = (root / "bin" / "busybox").read_bytes()
    for entry in root.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    (root / "cat").write_bytes(program)
    (root / "cat").chmod(0o755)


@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.parametrize("fs", ["ext4", "squashfs"])
def test_root_without_directories(image, arch, fs):
    i = image(arch=arch, fs=fs, change=only_a_program, command=["/cat", "/etc/hosts"])
    assert i.run().ok().text.startswith("127.0.0.1 localhost\n")


def test_links_of_the_image_lead_nowhere_else(image):
    def links(root):
        (root / "etc/resolv.conf").symlink_to("../run/nowhere/resolv.conf")
        (root / "etc/hosts").symlink_to("/dev/vda")
        (root / "etc/hostname").write_text("its-own\n")
        shutil.rmtree(root / "run")
        (root / "run").symlink_to("/etc")

    i = image(change=links)
    assert i.sh("cat /etc/resolv.conf; hostname; readlink /etc/hosts; readlink /run; ls /etc") == \
        "nameserver 10.0.2.3\nits-own\n/dev/vda\n/etc\n" \
        "group\nhostname\nhosts\npasswd\nresolv.conf\n"


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_a_mount_point_that_is_a_link_is_refused_with_words(image, name):
    def link(root):
        shutil.rmtree(root / name)
        (root / name).symlink_to("/etc")

    r = image(change=link).run("true")
    assert r.status == 1 and f"the image's '/{name}' is no directory" in r.said, r


def test_own_run_directory_stays(image):
    def run(root):
        (root / "run/own").mkdir(parents=True)

    assert image(change=run).sh("ls /run; touch /run/x && ls /run") == "own\nown\nx\n"


def test_network_reaches_out(image):
    # the user network's own name server answers, if only that it does not know
    assert "10.0.2.2" in image().sh("ip route; ping -c 1 -W 5 10.0.2.2 >/dev/null && echo up")


def test_end_of_qemu_is_noticed_and_leaves_nothing(image):
    i = image()
    call = i.start("sh", "-c", "echo up; exec sleep 1000")
    call.read_until(b"up\n", 60)
    [pid] = vc.qemus(i.tmp)
    os.kill(pid, signal.SIGKILL)
    r = call.end()
    assert r.status == 125 and "ended by signal 9" in r.said and i.left() == [], r


def test_end_of_the_client_or_the_monitor_leaves_nothing(image):
    i = image()
    for victim in ("client", "monitor"):
        call = i.start("sh", "-c", "echo up; exec sleep 1000")
        call.read_until(b"up\n", 60)
        watch = [vc.Watch(p) for p in vc.qemus(i.tmp) + vc.monitors(i.tmp)]
        if victim == "client":
            call.kill(signal.SIGKILL)
        else:
            watch[1].kill()
        assert call.end().status != 0
        assert all(w.gone(20) for w in watch)
        assert vc.wait_until(lambda: i.left() == [], 20)


def test_hostile_manifest(image, scratch):
    i = image()
    secret = scratch / "secret"
    secret.write_bytes(b"x" * 4096)
    (i.place / "link.ext4").symlink_to(secret)
    assets = i.manifest["assets"]
    for changes, said in (
            ({"assets": {**assets, "rootfs": "../secret"}}, "not the name of a file"),
            ({"assets": {**assets, "rootfs": str(secret)}}, "not the name of a file"),
            ({"assets": {**assets, "rootfs": "link.ext4"}}, "not a regular file"),
            ({"assets": {**assets, "kernel": ""}}, "not the name of a file"),
            ({"assets": {"rootfs": assets["rootfs"]}}, "it has no kernel"),
            ({"config": {"arch": "../x"}}, "'config.arch'"),
            ({"version": 2}, "version 2"),
            ({"runtime": {"cmd": "sh"}}, "'cmd'"),
            ({"runtime": {"cmd": ["a\0b"]}}, "NUL"),
            ({"runtime": {"workdir": "x"}}, "absolute")):
        i.write(**changes)
        r = i.run("true")
        assert r.status in (1, 6) and said in r.said, r
    # a base of another kind is not waited for
    i.write(assets={**assets, "initramfs": "kernel"})
    r = i.run("true")
    assert r.status == 1 and "--vm qemu" in r.said and r.seconds < 20, r
    # a disk that names another file as its data is not opened
    disk = i.place / "rootfs.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b",
                    str(secret), disk], check=True)
    i.write(assets={**assets, "rootfs": disk.name})
    r = i.run("true")
    assert r.status == 1 and "has to stand alone" in r.said, r


def test_qcow2_disk(image):
    i = image()
    disk = i.place / "rootfs.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", i.disk, disk], check=True)
    i.write(assets={**i.manifest["assets"], "rootfs": disk.name})
    before = disk.read_bytes()
    assert i.sh("echo x > /y; cat /y") == "x\n"
    assert disk.read_bytes() == before


@pytest.mark.parametrize("arch", ARCHES)
def test_qemu_alone_runs_the_command_on_its_console(image, arch):
    i = image(arch=arch, command=["sh"], user="nobody")
    words = [f"qemu-system-{arch}", *PROFILE[arch], "-m", "512", "-kernel", i.place / "kernel",
             "-initrd", i.place / "initramfs", "-append", f"console={CONSOLE[arch]} quiet",
             "-drive", f"file={i.disk},if=virtio,format=raw", "-nic", "user,model=virtio",
             "-nographic"]
    call = vc.Call(["timeout", "120", *map(str, words)], stdin=subprocess.PIPE)
    call.read_until(b"$ ", 100)
    # a session of its own, with the console as its terminal: a key is a signal
    for typed, answer in (("id -u; tty\n", f"65534\r\n/dev/{CONSOLE[arch]}\r\n"),
                          ("sh -c 'echo go$((1+1)); exec sleep 1000'\n", "go2\r\n"),
                          ("\x03", "/ $ "),
                          ("ip addr show; touch /tmp/kept; echo at$?\n", "at0\r\n")):
        call.seen = b""
        call.process.stdin.write(typed.encode())
        call.read_until(answer.encode(), 60)
    assert b"inet 10.0.2.15/24" in call.seen
    r = call.end(b"exit 9\n")
    assert b"\nvcontainer: the command ended with status 9\r" in r.out.replace(b"\r\r", b"\r"), r
    # the disk is this one's own: it keeps what was written, in a sound state
    check = subprocess.run(["/usr/sbin/e2fsck", "-fn", i.disk], capture_output=True, check=False)
    assert check.returncode == 0, check
    listed = subprocess.run(["/usr/sbin/debugfs", "-R", "ls -p /tmp", i.disk],
                            capture_output=True, check=True)
    assert b"/kept/" in listed.stdout
