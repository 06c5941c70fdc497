"""Images in every form, made from the busybox samples."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile

import vc

INDEX = "application/vnd.oci.image.index.v1+json"
PACKERS = {"plain": None, "gzip": ["gzip"], "zstd": ["zstd", "-q"], "xz": ["xz", "-0"]}


def manifest_of(arch):
    """The sample's one manifest, as its index describes it."""
    [entry] = json.loads((vc.sample(arch) / "index.json").read_text())["manifests"]
    return entry


def layout(place, manifests, arches=("x86_64",)):
    """A layout with these manifests in its index, on one line as skopeo and
    buildx write it, and the blobs of these samples."""
    for arch in arches:
        shutil.copytree(vc.sample(arch) / "blobs", place / "blobs", dirs_exist_ok=True)
    (place / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
    (place / "index.json").write_text(json.dumps(index, separators=(",", ":")))
    return place


def add_blob(place, data, media_type):
    """A blob with its digest as its name; its descriptor."""
    digest = hashlib.sha256(data).hexdigest()
    (place / "blobs" / "sha256" / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


def without_name(entry):
    return {k: v for k, v in entry.items() if k != "annotations"}


def flat_index(place):
    """Defect 32: both architectures in one index."""
    entries = [without_name(manifest_of(a)) for a in ("aarch64", "x86_64")]
    return layout(place, entries, ("aarch64", "x86_64"))


def nested_index(place):
    """Defect 33: an index whose one entry is an index, as buildx makes it."""
    flat_index(place)
    inner = (place / "index.json").read_bytes()
    entry = add_blob(place, inner, INDEX)
    entry["annotations"] = {"org.opencontainers.image.ref.name": "nested"}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
    (place / "index.json").write_text(json.dumps(index))
    return place


def two_images(place):
    """One layout, two names for its image."""
    entries = []
    for name in ("one", "two"):
        entry = manifest_of("x86_64")
        entry["annotations"] = {"org.opencontainers.image.ref.name": name}
        entries.append(entry)
    return layout(place, entries)


def pack(source, target, packer="plain"):
    """A tar of a directory's contents, packed."""
    with tarfile.open(target, "w") as tar:
        for child in sorted(source.iterdir()):
            tar.add(child, child.name)
    if PACKERS[packer]:
        with open(target, "rb") as plain, open(f"{target}.packed", "wb") as packed:
            subprocess.run([*PACKERS[packer], "-c"], stdin=plain, stdout=packed, check=True)
        shutil.move(f"{target}.packed", target)
    return target


def docker_archive(target, name, arch="x86_64"):
    """As docker save writes it; made by skopeo."""
    subprocess.run(["skopeo", "copy", "-q", "--override-arch", vc.OCI_ARCH[arch],
                    f"oci:{vc.sample(arch)}", f"docker-archive:{target}:{name}"],
                   check=True, capture_output=True)
    return target


def legacy_archive(target, name, arch="x86_64"):
    """As docker saved it before 1.10: two layers, the upper one by hand.
    Nothing writes these any more."""
    lower, upper = "a" * 64, "b" * 64
    manifest = json.loads(blob(arch, manifest_of(arch)).read_text())
    config = json.loads(blob(arch, manifest["config"]).read_text())
    [layer] = manifest["layers"]
    top = {"id": upper, "parent": lower, "created": "2014-12-31T22:23:56.9Z",
           "architecture": config["architecture"], "os": "linux",
           "config": config.get("config", {}), "Size": 1}
    made_from = io.BytesIO()
    with tarfile.open(fileobj=made_from, mode="w") as tar:
        add_bytes(tar, "made-from", b"two layers\n")
    repository, tag = name.split(":")
    with tarfile.open(target, "w") as tar:
        for ident, text, data in [(upper, top, made_from.getvalue()),
                                  (lower, {"id": lower}, blob(arch, layer).read_bytes())]:
            add_bytes(tar, f"{ident}/VERSION", b"1.0")
            add_bytes(tar, f"{ident}/json", json.dumps(text).encode())
            add_bytes(tar, f"{ident}/layer.tar", data)
        add_bytes(tar, "repositories", json.dumps({repository: {tag: upper}}).encode())
    return target


def add_bytes(tar, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def rootfs(place, arch="x86_64"):
    """The sample's file system, unpacked."""
    manifest = blob(arch, manifest_of(arch))
    for layer in json.loads(manifest.read_text())["layers"]:
        with tarfile.open(blob(arch, layer)) as tar:
            tar.extractall(place)
    (place / "etc" / "made-from").write_text("a root file system\n")
    return place


def blob(arch, descriptor):
    return vc.sample(arch) / "blobs" / descriptor["digest"].replace(":", "/")


def broken_layer(place):
    """One byte of the layer is another: its digest is wrong."""
    layout(place, [manifest_of("x86_64")])
    manifest = json.loads(blob("x86_64", manifest_of("x86_64")).read_text())
    path = place / "blobs" / manifest["layers"][0]["digest"].replace(":", "/")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return place


def missing_blob(place):
    layout(place, [manifest_of("x86_64")])
    manifest = json.loads(blob("x86_64", manifest_of("x86_64")).read_text())
    (place / "blobs" / manifest["config"]["digest"].replace(":", "/")).unlink()
    return place


def truncated(source, target):
    data = source.read_bytes()
    target.write_bytes(data[: len(data) // 2])
    return target
