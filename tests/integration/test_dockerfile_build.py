"""Dockerfiles built in our own VM, without a network: the base image is
brought into the builds' instance first.  What comes out is looked at as an
archive, layer by layer."""

import json
import subprocess
import tarfile

import pytest

import vc

TOOL = vc.ROOT / "build" / "tools" / "dockerfile_build"
RECIPE = """\
# syntax of the engine's own BuildKit: no other is fetched
FROM busybox AS first
ARG GREETING
ARG FROM_ENV
COPY . /in
RUN --mount=type=secret,id=file,target=/file --mount=type=secret,id=env,target=/env \
    { uname -m; echo "$GREETING|$FROM_ENV"; cat /file /env; ls -a /in; } >/made
FROM busybox AS last
COPY --from=first /made /made
ENV STAGE=last
FROM busybox AS plain
ENV STAGE=plain
"""


class Builds:
    """The instance of one architecture's builds, and a context."""

    def __init__(self, arch):
        self.arch = arch
        self.base = vc.STATE / "builds"
        self.state = self.base / f"build-{arch}"
        self.tool = vc.Tool("vdkr", arch, options=["-I", f"build-{arch}"])
        self.tool.env["VDKR_STATE_DIR"] = str(self.base)
        self.tool.state = self.state
        self.work = vc.STATE / f"work-{arch}"
        (self.work / "context" / "sub").mkdir(parents=True)
        (self.work / "out").mkdir()
        self.write("context/sub/file", "data\n")
        self.write("context/secret", "not for the image\n")
        self.write("context/.dockerignore", "secret\n")
        self.write("Recipe", RECIPE)
        self.write("token", "of a file\n")

    def write(self, name, text):
        (self.work / name).write_text(text)

    def start(self, *words, file="Recipe", target="", out="out", env=(), **popen):
        words = [TOOL, self.arch, file, "context", out, "vdkr", target, *words]
        return vc.Call(words, cwd=self.work, env={**self.tool.env, **dict(env)}, **popen)

    def build(self, *words, data=None, **kw):
        if data is not None:
            kw["stdin"] = subprocess.PIPE
        return self.start(*words, **kw).end(data)

    def full(self, target="last"):
        return self.build("arg=GREETING=a  b=c", "arg=FROM_ENV", "secret=id=file,src=token",
                          "secret=id=env,env=TOKEN", target=target,
                          env={"FROM_ENV": "of env", "TOKEN": "of env\n"})

    def image(self):
        """Its configuration, and the files of its layers, later ones first."""
        with tarfile.open(self.work / "out" / "image.tar") as archive:
            def read(name):
                return archive.extractfile(name)

            (entry,) = json.load(read("manifest.json"))
            assert not entry["RepoTags"], "a name would be another one each time"
            files = {}
            for name in entry["Layers"]:
                with tarfile.open(fileobj=read(name)) as layer:
                    for m in layer:
                        files[m.name] = layer.extractfile(m).read() if m.isreg() else None
            return json.load(read(entry["Config"])), files


@pytest.fixture(scope="module", params=["x86_64", "aarch64"])
def builds(request):
    b = Builds(request.param)
    b.tool.ok("vimport", vc.sample(b.arch), "busybox:latest")
    yield b
    b.tool.stop()


@pytest.fixture
def resident(builds):
    """The same with its VM running, whatever came before."""
    builds.tool.ok("memres", "start")
    return builds


def test_arguments_secrets_stages_and_context(resident):
    builds = resident
    r = builds.full().ok()
    assert r.text == "out/image.tar\n", "stdout carries nothing of the build"
    assert "RUN" in r.said and "of a file" not in r.said
    config, files = builds.image()
    assert config["architecture"] == vc.OCI_ARCH[builds.arch]
    assert "STAGE=last" in config["config"]["Env"]
    assert files["made"].decode() == (
        f"{builds.arch}\na  b=c|of env\nof a file\nof env\n.\n..\n.dockerignore\nsub\n")
    assert not any(name.startswith("in") for name in files), "of a stage left behind"
    # BuildKit has it still: the very same image
    before = builds.image()
    assert "CACHED" in builds.full().ok().said
    assert builds.image() == before
    assert len(builds.tool.images()) == 1, "only the base stays"


@pytest.mark.parametrize("builds", ["aarch64"], indirect=True)
def test_dockerfile_on_stdin(resident):
    builds = resident
    builds.build(file="-", data=b"FROM busybox\nENV A=b\nCOPY sub /in\n").ok()
    config, files = builds.image()
    assert "A=b" in config["config"]["Env"] and files["in/file"] == b"data\n"


@pytest.mark.parametrize("builds", ["aarch64"], indirect=True)
def test_a_build_that_fails_says_where(resident):
    builds = resident
    builds.write("Bad", "FROM busybox\nRUN echo of the build; exit 9\n")
    (builds.work / "out" / "image.tar").write_text("of before")
    r = builds.build(file="Bad")
    assert r.status == 1 and r.out == b"", r
    assert "of the build" in r.said and "exit code: 9" in r.said, r
    assert r.said.splitlines()[-1].startswith("dockerfile_build: Dockerfile 'Bad': ")
    assert [p.name for p in (builds.work / "out").iterdir()] == ["image.tar"]
    assert (builds.work / "out" / "image.tar").read_text() == "of before"


@pytest.mark.parametrize("builds", ["aarch64"], indirect=True)
def test_without_a_vm_one_comes_and_goes(builds):
    builds.tool.stop()
    # what is wrong with the command is found before one is started
    r = builds.build("secret=id=x,src=no-such-file")
    assert r.status == 1 and "no-such-file" in r.said and r.seconds < 5, r
    # two share it, and whoever is first does not take it from the other
    builds.write("Other", "FROM busybox\nCOPY sub /in\nENV A=b\n")
    (builds.work / "out2").mkdir()
    other = builds.start(file="Other", out="out2")
    assert "CACHED" in builds.full().ok().said, "the cache outlives the VM"
    other.end().ok()
    assert "made" in builds.image()[1] and (builds.work / "out2" / "image.tar").exists()
    assert not builds.tool.qemus() and not builds.tool.monitors()
    assert vc.check_disk(builds.state) == ""


@pytest.mark.parametrize("builds", ["aarch64"], indirect=True)
def test_dockerfile2gondolin_makes_a_disk_of_it(resident):
    words = [vc.BIN / "dockerfile2gondolin", "--builder", "vdkr", "--file", "Recipe",
             "--context", "context", "--platform", "linux/arm64", "--out", "disk",
             "--target", "last", "--build-arg", "GREETING=a  b=c", "--build-arg", "FROM_ENV",
             "--secret", "id=file,src=token", "--secret", "id=env,env=TOKEN"]
    env = {**resident.tool.env, "FROM_ENV": "of env", "TOKEN": "of env\n"}
    r = vc.Call(words, cwd=resident.work, env=env).end().ok()
    result = json.loads(r.text)
    assert (result["command"], result["platform"]) == ("dockerfile2gondolin", "linux/arm64")
    made = subprocess.run(["/usr/sbin/debugfs", "-R", "cat /made",
                           resident.work / "disk" / "rootfs.ext4"],
                          capture_output=True, text=True, check=True).stdout
    assert made.startswith("aarch64\na  b=c|of env\nof a file\nof env\n"), made
