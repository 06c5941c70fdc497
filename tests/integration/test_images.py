"""Images in and out: every form, found out by content; nothing half made."""

import subprocess
import tarfile

import pytest

from marks import DOCKER, PODMAN, also, everywhere, on, x86
import layouts
import vc


def imported(vm, path, name):
    """vimport under a name; the image runs and is listed as that."""
    r = vm.ok("vimport", path, name)
    assert vm.has(name), r
    return r


@pytest.mark.parametrize("packer", layouts.PACKERS)
@x86
def test_vimport_of_an_oci_archive(vm, scratch, packer):
    archive = layouts.pack(vc.sample("x86_64"), scratch / "image", packer)
    imported(vm, archive, f"oci-{packer}:1")


@pytest.mark.parametrize("packer", ["plain", "zstd"])
@x86
def test_vimport_of_a_docker_archive(vm, scratch, packer):
    archive = layouts.docker_archive(scratch / "image", "from-docker:1")
    if packer != "plain":
        subprocess.run([*layouts.PACKERS[packer], "--rm", archive], check=True)
        archive = scratch / "image.zst"
    imported(vm, archive, f"docker-{packer}:1")


@x86
def test_vimport_of_an_archive_of_an_old_docker(vm, scratch):
    vm.ok("vimport", layouts.legacy_archive(scratch / "image", "of-2014:1"))
    assert vm.has("of-2014:1")
    r = vm.ok("run", "--rm", "of-2014:1", "cat", "/made-from")
    assert r.text == "two layers\n"


@x86
def test_vimport_takes_the_archives_own_name(vm, scratch):
    vm.ok("vimport", layouts.docker_archive(scratch / "image", "own-name:7"))
    assert vm.has("own-name:7")


@pytest.mark.parametrize("packer", ["plain", "gzip", "xz"])
@on(DOCKER)
def test_vimport_of_a_root_file_system_tar(vm, scratch, packer):
    root = layouts.rootfs(scratch / "root")
    imported(vm, layouts.pack(root, scratch / "root.tar", packer), f"tar-{packer}:1")


@x86
def test_vimport_of_a_root_file_system_directory(vm, scratch):
    imported(vm, layouts.rootfs(scratch / "root"), "directory:1")
    r = vm.ok("run", "--rm", "directory:1", "cat", "/etc/made-from")
    assert r.text == "a root file system\n"


@x86
def test_vimport_from_stdin(vm, scratch):
    archive = layouts.pack(vc.sample("x86_64"), scratch / "image", "gzip")
    vm.ok("vimport", "-", "stdin:1", data=archive.read_bytes())
    assert vm.has("stdin:1")


@everywhere
def test_defect_32_one_line_multi_arch_index(vm, scratch):
    r = imported(vm, layouts.flat_index(scratch), "flat:1")
    assert vc.OCI_ARCH[vm.arch] in r.said, "the platform that was taken is named"
    assert vm.ok("inspect", "--format", "{{.Architecture}}", "flat:1").text.strip() == (
        vc.OCI_ARCH[vm.arch])


@everywhere
def test_defect_33_nested_index(vm, scratch):
    imported(vm, layouts.nested_index(scratch), "nested:1")
    assert vm.ok("inspect", "--format", "{{.Architecture}}", "nested:1").text.strip() == (
        vc.OCI_ARCH[vm.arch])


@on(DOCKER)
def test_one_of_several_images_is_chosen_by_its_tag(vm, scratch):
    layout = layouts.two_images(scratch)
    vm.ok("vimport", f"{layout}:two", "chosen:1")
    assert vm.has("chosen:1")
    digest = layouts.manifest_of("x86_64")["digest"]
    vm.ok("vimport", f"{layout}@{digest}", "chosen:2")
    assert vm.has("chosen:2")
    r = vm.run("vimport", f"{layout}:three", "chosen:3")
    assert r.status != 0 and "three" in r.said and not vm.has("chosen:3"), r


# --- refused, and nothing has changed ----------------------------------------

@pytest.fixture
def unchanged(vm):
    """The images are the same before and after, byte by byte."""
    before = vm.images()
    stored = sorted(p.name for p in vm.state.iterdir())
    yield vm
    assert vm.images() == before
    assert sorted(p.name for p in vm.state.iterdir()) == stored


def refused(r, *words):
    assert r.status != 0 and r.out == b"" and r.said.count("\n") == 1, r
    for word in words:
        assert str(word) in r.said, r


@everywhere
def test_wrong_architecture(vm, unchanged):
    wrong = "aarch64" if vm.arch == "x86_64" else "x86_64"
    r = vm.run("vimport", vc.sample(wrong), "wrong:1")
    refused(r, vc.OCI_ARCH[wrong], f"--arch {wrong}")
    assert vm.arch in r.said or vc.OCI_ARCH[vm.arch] in r.said, r


@pytest.mark.parametrize("command", [("vimport",), ("load", "-i")])
@x86
def test_truncated_archive(vm, unchanged, scratch, command):
    whole = layouts.pack(vc.sample("x86_64"), scratch / "whole")
    cut = layouts.truncated(whole, scratch / "cut")
    refused(vm.run(*command, cut), cut)


@x86
def test_truncated_gzip_on_stdin(vm, unchanged, scratch):
    whole = layouts.pack(vc.sample("x86_64"), scratch / "whole", "gzip")
    r = vm.run("load", data=layouts.truncated(whole, scratch / "cut").read_bytes())
    refused(r)


@x86
def test_layer_with_another_digest(vm, unchanged, scratch):
    refused(vm.run("vimport", layouts.broken_layer(scratch), "broken:1"), "sha256:")


@x86
def test_missing_blob(vm, unchanged, scratch):
    refused(vm.run("vimport", layouts.missing_blob(scratch), "missing:1"))


@x86
def test_neither_image_nor_archive(vm, unchanged, scratch):
    (scratch / "letter").write_text("dear reader\n")
    refused(vm.run("vimport", scratch / "letter", "letter:1"), "letter")
    refused(vm.run("load", data=b""))


# --- load, save, export, import ----------------------------------------------

@x86
def test_load_from_a_file_relative_to_where_we_are(vm, scratch):
    layouts.docker_archive(scratch / "image.tar", "by-file:1")
    vm.ok("load", "-i", "image.tar", cwd=scratch)
    assert vm.has("by-file:1")


@x86
def test_defect_10_load_from_stdin(vm, scratch):
    archive = layouts.docker_archive(scratch / "image.tar", "by-stdin:1")
    vm.ok("load", data=archive.read_bytes())
    assert vm.has("by-stdin:1")


@x86
def test_save_to_a_file_is_what_save_prints(vm, scratch):
    vm.ok("save", "-o", "image.tar", "busybox", cwd=scratch)
    with tarfile.open(scratch / "image.tar") as tar:
        assert "manifest.json" in tar.getnames()
    printed = vm.ok("save", "busybox").out
    assert len(printed) == (scratch / "image.tar").stat().st_size


@x86
def test_save_where_it_cannot_be_written(vm, scratch):
    (scratch / "old").write_text("old")
    for target in (scratch / "missing" / "x.tar", scratch):
        r = vm.run("save", "-o", target, "busybox")
        assert r.status != 0 and str(target) in r.said, r
    r = vm.run("save", "-o", scratch / "old", "no-such-image:1")
    assert r.status != 0 and (scratch / "old").read_text() == "old", r
    assert [p.name for p in scratch.iterdir()] == ["old"], "something half made stayed"


@x86
def test_save_into_a_full_device_is_no_success(vm):
    r = vm.run("save", "-o", "/dev/full", "busybox")
    assert r.status != 0 and "No space left" in r.said, r
    with open("/dev/full", "wb") as full:
        r = vm.run("save", "busybox", stdout=full)
    assert r.status != 0, r


@x86
def test_export_and_import_bring_a_file_system_back(vm, scratch):
    vm.ok("run", "--name", "made", "busybox", "sh", "-c", "echo kept >/kept; chmod 640 /kept")
    vm.ok("export", "-o", "made.tar", "made", cwd=scratch)
    vm.ok("rm", "made")
    vm.ok("import", "made.tar", "made:1", cwd=scratch)
    r = vm.ok("run", "--rm", "made:1", "stat", "-c", "%a %n", "/kept")
    assert r.text == "640 /kept\n"


@x86
def test_export_to_stdout_and_import_from_stdin(vm):
    vm.ok("create", "--name", "piped", "busybox", "true")
    data = vm.ok("export", "piped").out
    vm.ok("rm", "piped")
    vm.ok("import", "-", "piped:1", data=data)
    assert vm.has("piped:1")


@on(DOCKER)
@also(PODMAN)
def test_docker_save_piped_into_podman_load(vm, other):
    vm.ok("tag", "busybox", "piped-over:1")
    save = vm.start("save", "piped-over:1")
    load = other.start("load", stdin=save.process.stdout)
    save.process.stdout.close()
    assert load.end().status == 0 and save.process.wait(60) == 0
    assert other.ok("run", "--rm", "piped-over:1", "echo", "a  b").text == "a  b\n"


@also(DOCKER)
@on(PODMAN)
def test_podman_save_piped_into_docker_load(vm, other):
    vm.ok("tag", "busybox", "docker.io/library/piped-back:1")
    archive = vm.ok("save", "docker.io/library/piped-back:1").out
    other.ok("load", data=archive)
    assert other.has("piped-back:1")
