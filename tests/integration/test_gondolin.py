"""Converted images as guests of the real Gondolin."""

import base64
import hashlib
import io
import json
import os
import tarfile

import pytest

import gondolin
import layouts
import vc

ARCH = os.uname().machine
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def b64(data):
    return base64.b64encode(data).decode()


def out_of(step):
    return base64.b64decode(step["out"])


def image(place, files, config):
    """A layout of one image for this machine, with files (name -> bytes)."""
    (place / "blobs" / "sha256").mkdir(parents=True)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as t:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            t.addfile(entry, io.BytesIO(data))
    layer = layouts.add_blob(place, tar.getvalue(), LAYER)
    about = {"architecture": vc.OCI_ARCH[ARCH], "os": "linux", "config": config,
             "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
    config = layouts.add_blob(place, json.dumps(about).encode(), CONFIG)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                "layers": [layer]}
    entry = layouts.add_blob(place, json.dumps(manifest).encode(), MANIFEST)
    return layouts.layout(place, [entry], ())


def busybox():
    """The sample's program, which is linked statically."""
    manifest = json.loads(layouts.blob(ARCH, layouts.manifest_of(ARCH)).read_text())
    for layer in manifest["layers"]:
        with tarfile.open(layouts.blob(ARCH, layer)) as tar:
            for member in tar:
                if member.isreg() and member.name.endswith("/busybox"):
                    return tar.extractfile(member).read()
    raise AssertionError("no busybox in the sample")


class Guest:
    """A converted image and a home for Gondolin."""

    def __init__(self, place, *source):
        self.dir = place / "guest"
        self.home = place / "home"
        self.said = gondolin.convert(self.dir, *source).ok()

    def command(self, *args, **kw):
        return gondolin.command(*args, home=self.home, guest=self.dir, **kw)

    def drive(self, *steps, mounts=None):
        what = {"mounts": mounts or {}, "list": steps}
        return gondolin.drive(what, home=self.home, guest=self.dir)


@pytest.fixture(scope="module", autouse=True)
def installed():
    gondolin.install()


@pytest.fixture(scope="module")
def place():
    return vc.STATE / "gondolin"


@pytest.fixture(scope="module")
def guest(place):
    """The busybox sample."""
    yield Guest(place / "busybox", "--oci-layout", vc.sample(ARCH))
    assert not gondolin.left_over(place)


@pytest.fixture(scope="module")
def tools_free(place):
    """An image without a shell, with an /init of its own."""
    source = image(place / "source", {"busybox": busybox(), "init": b"#!/busybox\n"},
                   {"Env": ["WHOSE=the image's", "PATH=/nowhere"], "Cmd": ["/busybox"]})
    return Guest(place / "tools-free", "--oci-layout", source)


def test_documents(guest):
    said = json.loads(guest.said.out)
    assert said["command"] == "oci2gondolin"
    assert said["mode"] == "assets"
    for name in said["files"]:
        assert os.path.exists(name), name
    manifest = json.loads((guest.dir / "manifest.json").read_text())
    for asset, name in manifest["assets"].items():
        data = (guest.dir / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == manifest["checksums"][asset]
    meta = json.loads((guest.dir / "meta.json").read_text())
    assert ".vcontainer/agent" in meta["runtimeInjection"]["injectedFiles"]


def test_gondolin_verifies_it(guest):
    r = guest.command("build", "--verify", guest.dir).ok()
    assert "verified" in r.text


def test_exec(guest):
    r = guest.command("exec", "--", "/bin/busybox", "echo", "hello").ok()
    assert r.text == "hello\n"


def test_exit_code_and_grown_disk(guest):
    r = guest.command("exec", "--rootfs-size", "700M", "--", "/bin/sh", "-c",
                      "df -m / | tail -n 1 | awk '{ print $2 }'; exit 7")
    assert r.status == 7, r
    assert int(r.text) > 600


def test_no_shell_in_the_image(tools_free):
    r = tools_free.command("exec", "--", "/busybox", "sh", "-c", "echo $WHOSE $PATH; ls /")
    lines = r.ok().text.split("\n")
    assert lines[0] == "the image's /nowhere:/.vcontainer/bin"
    assert "bin" not in lines and "busybox" in lines
    r = tools_free.command("exec", "--", "/busybox", "cat", "/.vcontainer/image-init")
    assert r.ok().text == "#!/busybox\n"


BIG = bytes((i * 7 + i // 256) % 256 for i in range(1_000_003))


def sh(script, **kw):
    return {"do": "exec", "argv": ["/bin/sh", "-c", script], **kw}


@pytest.fixture(scope="module")
def results(guest, place):
    """What many steps in one VM came to, by name."""
    shared = place / "shared"
    shared.mkdir()
    (shared / "from-host").write_bytes(BIG)
    for i in range(300):
        (shared / f"{i}-{'x' * (i % 50)}").touch()
    steps = {
        "streams": sh("echo out; echo err >&2; exit 7"),
        "signal": sh("kill -TERM $$"),
        "missing": {"do": "exec", "argv": ["/no/such"]},
        "environment": sh("pwd; echo $A", cwd="/tmp", env=["A=b  c"]),
        "stdin": {"do": "exec", "argv": ["/bin/cat"], "stdin": b64(BIG)},
        "together": {"do": "together",
                     "steps": [sh(f"sleep 0.{i}; echo {i}") for i in range(8)]},
        "much": sh("dd if=/dev/zero bs=1M count=8 2>/dev/null"),
        "terminal": {"do": "terminal", "rows": 33, "cols": 77,
                     "argv": ["/bin/sh", "-c", "read x; stty size; echo got $x; exit 3"],
                     "input": b64(b"hello\n")},
        "mount-read": sh("md5sum < /work/from-host; ls /work | wc -l"),
        "mount-write": sh("set -e; mkdir /work/d; cp /work/from-host /work/d/copy;"
                          "echo long > /work/t; echo s > /work/t; mv /work/t /work/d/t;"
                          "ln -s t /work/d/link; rm /work/0-; cat /work/d/link"),
        "write": {"do": "write", "path": "/etc/written", "data": b64(BIG)},
        "read": {"do": "read", "path": "/etc/written"},
        "remove": {"do": "remove", "path": "/etc/written"},
        "read-missing": {"do": "read", "path": "/etc/written"},
        "network": sh("ip addr show eth0 | grep -o 'inet [0-9.]*'; ip route | head -n 1;"
                      "grep -c nameserver /etc/resolv.conf"),
        "trust": sh("grep -c BEGIN $SSL_CERT_FILE"),
        # it reads before it answers: an answer's end ends the connection
        "serve": sh("nc -l -p 8080 -e sh -c 'read x; echo $x > /tmp/got; echo yes' & "
                    "until netstat -ltn | grep -q :8080; do sleep 0.1; done"),
        "connect": {"do": "connect", "port": 8080, "data": b64(b"question\n")},
        "got": sh("cat /tmp/got"),
    }
    came = guest.drive(*steps.values(), mounts={"/work": str(shared)})
    return shared, dict(zip(steps, came))


def test_streams_and_code(results):
    r = results[1]["streams"]
    assert (out_of(r), base64.b64decode(r["err"]), r["code"]) == (b"out\n", b"err\n", 7)
    r = results[1]["signal"]
    assert (r["signal"], r["code"]) == (15, 143)
    assert results[1]["missing"]["code"] == 127
    assert out_of(results[1]["environment"]) == b"/tmp\nb c\n"


def test_stdin_and_output_in_bulk(results):
    assert out_of(results[1]["stdin"]) == BIG
    assert out_of(results[1]["much"]) == bytes(8 << 20)


def test_several_at_once(results):
    assert [out_of(r) for r in results[1]["together"]] == [b"%d\n" % i for i in range(8)]


def test_terminal(results):
    r = results[1]["terminal"]
    assert "33 77\r\ngot hello\r\n" in r["out"]
    assert r["code"] == 3


def test_mount(results):
    shared, came = results
    digest = hashlib.md5(BIG).hexdigest().encode()
    assert out_of(came["mount-read"]).split() == [digest, b"-", b"301"]
    assert came["mount-write"]["code"] == 0, came["mount-write"]
    assert out_of(came["mount-write"]) == b"s\n"
    assert (shared / "d" / "copy").read_bytes() == BIG
    assert (shared / "d" / "t").read_text() == "s\n"
    assert os.readlink(shared / "d" / "link") == "t"
    assert not (shared / "0-").exists() and not (shared / "t").exists()


def test_files(results):
    came = results[1]
    assert "error" not in came["write"] and "error" not in came["remove"]
    assert base64.b64decode(came["read"]["value"]) == BIG
    assert "No such file" in came["read-missing"]["error"]


def test_network(results):
    lines = out_of(results[1]["network"]).decode().split("\n")
    assert lines[0].startswith("inet 192.168.127.")
    assert lines[1].startswith("default via 192.168.127.1")
    assert int(lines[2]) >= 1
    assert int(out_of(results[1]["trust"])) >= 1


def test_connection_to_a_service(results):
    came = results[1]
    assert came["connect"] == "yes\n"
    assert out_of(came["got"]) == b"question\n"
