"""Files named on the command line are the host's."""

import io
import os
import tarfile

import pytest

from marks import x86, DOCKER, on


@pytest.fixture
def box(vm):
    """A stopped container: cp works with it too, and starting one takes long."""
    vm.ok("create", "--name", "box", "busybox", "sh", "-c", "cat /tmp/*")
    yield "box"
    vm.ok("rm", "-f", "box")


def members(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {m.name.removeprefix("./"): m for m in tar}


@x86
def test_cp_of_a_file_in_and_out(vm, box, scratch):
    data = os.urandom(100_000)
    (scratch / "in file").write_bytes(data)
    (scratch / "in file").chmod(0o751)
    vm.ok("cp", "in file", f"{box}:/tmp/name", cwd=scratch)
    vm.ok("cp", f"{box}:/tmp/name", "out", cwd=scratch)
    assert (scratch / "out").read_bytes() == data
    assert (scratch / "out").stat().st_mode & 0o777 == 0o751


@x86
def test_cp_of_a_directory_in_and_out(vm, box, scratch):
    tree = scratch / "tree"
    (tree / "sub" / "empty").mkdir(parents=True)
    (tree / ".hidden").write_text("hidden")
    (tree / "sub" / "link").symlink_to("../.hidden")
    vm.ok("cp", "tree", f"{box}:/tmp/copy", cwd=scratch)
    vm.ok("cp", f"{box}:/tmp/copy", "back", cwd=scratch)
    assert (scratch / "back" / ".hidden").read_text() == "hidden"
    assert os.readlink(scratch / "back" / "sub" / "link") == "../.hidden"
    assert (scratch / "back" / "sub" / "empty").is_dir()
    # into a directory that is there: below its name; with "/.": only the contents
    vm.ok("cp", f"{box}:/tmp/copy", "back", cwd=scratch)
    assert (scratch / "back" / "copy" / ".hidden").exists()
    vm.ok("cp", "tree/.", f"{box}:/srv", cwd=scratch)
    assert ".hidden" in members(vm.ok("cp", f"{box}:/srv/.hidden", "-").out)


@x86
def test_cp_with_a_tar_on_the_streams(vm, box):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as t:
        info = tarfile.TarInfo("given")
        info.size = 5
        t.addfile(info, io.BytesIO(b"tar\0\n"))
    vm.ok("cp", "-", f"{box}:/tmp", data=tar.getvalue())
    out = members(vm.ok("cp", f"{box}:/tmp/given", "-").out)
    assert out["given"].size == 5


@x86
def test_cp_of_what_is_missing(vm, box, scratch):
    r = vm.run("cp", f"{box}:/no-such-file", "out", cwd=scratch)
    assert r.status != 0 and "no-such-file" in r.said, r
    r = vm.run("cp", f"{box}:/bin/busybox", "missing/dir/", cwd=scratch)
    assert r.status != 0, r
    assert not list(scratch.iterdir())


@x86
def test_environment_from_a_file_and_from_the_caller(vm, scratch):
    (scratch / "env").write_text("# no variable\nFROM_FILE=a  b\nNAMED_IN_FILE\n")
    r = vm.ok("run", "--rm", "--env-file", "env", "-e", "NAMED", "-e", "HOME", "-e", "UNSET",
              "busybox", "sh", "-c",
              'echo "$FROM_FILE|$NAMED_IN_FILE|$NAMED|$HOME|${UNSET-unset}"', cwd=scratch,
              env={"NAMED": "x \"y\" $z", "NAMED_IN_FILE": "w", "PATH": os.environ["PATH"]})
    assert r.text == f'a  b|w|x "y" $z|{vm.env["HOME"]}|unset\n'


@x86
def test_cidfile_is_the_hosts(vm, scratch):
    vm.ok("run", "-d", "--rm", "--cidfile", "cid", "busybox", "sleep", "1000", cwd=scratch)
    cid = (scratch / "cid").read_text().strip()
    assert cid in vm.ok("ps", "-q", "--no-trunc").text.split()
    # it is never overwritten, as with docker
    r = vm.run("run", "--cidfile", "cid", "busybox", "true", cwd=scratch)
    assert r.status == 125 and "cid" in r.said, r
    vm.ok("kill", cid)


@on(DOCKER)
def test_a_missing_image_of_a_cidfile_run_leaves_no_file(vm, scratch):
    r = vm.run("run", "--pull=never", "--cidfile", "cid", "no-such-image:1", cwd=scratch)
    assert r.status == 125 and not list(scratch.iterdir()), r


@x86
def test_build_takes_its_context_from_here(vm, scratch):
    (scratch / "context" / "sub").mkdir(parents=True)
    (scratch / "context" / "sub" / "given").write_text("from the host\n")
    (scratch / "context" / "secret").write_text("not for the image\n")
    (scratch / "context" / ".dockerignore").write_text("secret\n")
    (scratch / "recipe").write_text(
        "FROM busybox\nCOPY . /in\nRUN ls -a /in >/list\nCMD cat /in/sub/given /list\n")
    vm.ok("build", "-q", "-t", "built:1", "-f", "recipe", "context", cwd=scratch)
    r = vm.ok("run", "--rm", "built:1")
    assert r.text == "from the host\n.\n..\n.dockerignore\nsub\n"
