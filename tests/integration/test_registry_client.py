"""The registry client against a registry that misbehaves, and a real one."""

import base64
import fcntl
import json
import os
import signal
import stat
import struct
import subprocess
import time

import pytest

import hostile_registry as hostile
import vc
from certs import Authority
from hostile_registry import HostileRegistry, Image, digest_of, drop
from registry import Registry
from registry_tool import Client

MIB = 1 << 20
F_OFD_SETLK = 37  # fcntl(2); Python has no name for it


@pytest.fixture(name="authority", scope="module")
def the_authority():
    return Authority(vc.STATE / "authority")


@pytest.fixture(name="tls", scope="module")
def the_certificate(authority):
    return authority.issue("localhost")


@pytest.fixture(name="served")
def the_registry(tls):
    with HostileRegistry(tls) as registry:
        yield registry


@pytest.fixture(name="client")
def the_client(scratch, authority):
    return Client(scratch, "--ca", authority.ca, "--retries", "0")


def challenge(value):
    return lambda h: h.answer(401, b"{}", WWW_Authenticate=value)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def auth_file(path, host, user, password):
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    path.write_text(json.dumps({"auths": {host: {"auth": secret}}}))
    return path


# --- as it should be -------------------------------------------------------


def test_an_image_and_its_blobs(served, client):
    image = Image(sizes=(1000, 2 * MIB, 5)).serve(served)
    got = client.fetch(f"{served.name}/a/b")
    assert got["name"] == f"{served.name}/a/b:latest"
    assert got["digest"] == image.digest
    parts = [image.manifest, image.config, *image.layers]
    assert got["blobs"] == {digest_of(d): len(d) for d in parts}
    [entry] = got["index"]["manifests"]
    assert entry["digest"] == image.digest
    assert entry["annotations"] == {
        "org.opencontainers.image.ref.name": f"{served.name}/a/b:latest"}
    assert client.leftovers() == []
    assert stat.S_IMODE(client.cache.stat().st_mode) == 0o700
    agents = {s[1]["User-Agent"] for s in served.seen}
    assert len(agents) == 1 and agents.pop().startswith("vcontainer/")


def test_what_is_in_the_cache_is_not_fetched_again(served, client):
    image = Image(sizes=(1000, 1000)).serve(served)
    client.fetch(f"{served.name}/x")
    first = len(served.seen)
    assert client.fetch(f"{served.name}/x")["digest"] == image.digest
    # the tag only: it may have moved
    assert [s[0] for s in served.seen[first:]] == ["/v2/x/manifests/latest"]
    client.fetch(f"{served.name}/x@{image.digest}")
    assert len(served.seen) == first + 1


def test_the_platform_is_chosen_before_layers_are_fetched(served, client):
    ours, other = Image(arch="amd64"), Image(sizes=(5000,), arch="arm64")
    index = json.dumps({"schemaVersion": 2, "mediaType": hostile.INDEX, "manifests": [
        hostile.descriptor(i.type, i.manifest, platform={"os": "linux", "architecture": a})
        for i, a in ((other, "arm64"), (ours, "amd64"))]}).encode()
    for image in (ours, other):
        image.serve(served)
    served.manifests["multi"] = (hostile.INDEX, index)
    got = client.fetch(f"{served.name}/x:multi")
    assert got["digest"] == digest_of(index)
    assert got["index"]["manifests"][0]["digest"] == ours.digest
    assert not served.asked(digest_of(other.layers[0]))
    got = client.fetch("--arch", "aarch64", f"{served.name}/x:multi")
    assert got["index"]["manifests"][0]["digest"] == other.digest


def test_a_single_image_for_another_architecture(served, client):
    image = Image(arch="arm64").serve(served)
    said = client.refused(f"{served.name}/x")
    assert "arm64" in said and not served.asked(digest_of(image.layers[0])), said


def test_docker_schema_2_without_a_content_type(served, client):
    image = Image(manifest_type=hostile.DOCKER_MANIFEST).serve(served)
    served.on("manifests/latest", lambda h: h.answer(200, image.manifest))
    assert client.fetch(f"{served.name}/x")["digest"] == image.digest


def test_one_layer_twice(served, client):
    image = Image(sizes=(1000,))
    manifest = json.loads(image.manifest)
    manifest["layers"] *= 2
    config = json.loads(image.config)
    config["rootfs"]["diff_ids"] *= 2
    image.config = json.dumps(config).encode()
    manifest["config"] = hostile.descriptor(hostile.CONFIG, image.config)
    image.manifest = json.dumps(manifest).encode()
    image.digest = digest_of(image.manifest)
    image.serve(served)
    client.fetch(f"{served.name}/x")
    assert len(served.asked(digest_of(image.layers[0]))) == 1


# --- content that is not what it should be ---------------------------------


def test_a_layer_with_other_content(served, client):
    image = Image().serve(served)
    wanted = digest_of(image.layers[0])
    wrong = bytes(len(image.layers[0]))
    served.blobs[wanted] = wrong
    said = client.refused(f"{served.name}/x", status=4)
    assert wanted in said and digest_of(wrong) in said, said
    assert wanted[7:] not in client.blobs() and client.leftovers() == []
    served.blobs[wanted] = image.layers[0]
    client.fetch(f"{served.name}/x")


@pytest.mark.parametrize("length", ["with", "without"])
@pytest.mark.parametrize("by", [-10, 10])
def test_a_layer_of_another_length(served, client, by, length):
    image = Image().serve(served)
    [data] = image.layers
    other = data[:by] if by < 0 else data + bytes(by)
    extra = {} if length == "with" else {"Content_Length": None, "Connection": "close"}

    def answer(h):
        h.answer(200, other, **extra)
        drop(h)

    served.on("blobs/" + digest_of(data), answer)
    said = client.refused(f"{served.name}/x", status=4)
    assert "size mismatch" in said or f"only {len(other)} of {len(data)}" in said, said
    assert digest_of(data)[7:] not in client.blobs()


def test_a_body_shorter_than_its_own_header(served, client):
    image = Image(sizes=(100000,)).serve(served)
    [data] = image.layers

    def cut(h):
        h.answer(200, data[:5000], Content_Length=str(len(data)))
        drop(h)

    served.on("blobs/" + digest_of(data), cut)
    said = client.refused(f"{served.name}/x")
    assert "closed before all had come" in said and served.name in said, said
    assert client.partial(digest_of(data)).stat().st_size == 5000


def test_a_lying_digest_header(served, client):
    image = Image().serve(served)
    served.on("manifests/latest", lambda h: h.answer(
        200, image.manifest, Content_Type=image.type,
        Docker_Content_Digest="sha256:" + "0" * 64))
    assert "Docker-Content-Digest" in client.refused(f"{served.name}/x", status=4)


def test_a_manifest_that_is_not_the_digest_asked_for(served, client):
    image, other = Image().serve(served), Image(sizes=(7,))
    served.manifests[image.digest] = (other.type, other.manifest)
    said = client.refused(f"{served.name}/x@{image.digest}", status=4)
    assert image.digest in said and other.digest in said, said


def test_a_tag_that_moves_between_requests(served, client):
    image, later = Image().serve(served), Image(sizes=(7,))

    def move(h):
        later.serve(served)
        return False

    served.on("blobs/" + digest_of(image.config), move)
    assert client.fetch(f"{served.name}/x")["digest"] == image.digest
    assert client.fetch(f"{served.name}/x")["digest"] == later.digest


def test_a_manifest_of_100_mb_is_refused_before_it_is_read(served, client):
    sent = []

    def endless(h):
        h.answer(200, Content_Length=str(100 * MIB), Content_Type=hostile.MANIFEST)
        for _ in range(100):
            h.wfile.write(bytes(MIB))
            sent.append(1)

    served.on("manifests/latest", endless)
    said = client.refused(f"{served.name}/x", status=4)
    assert "4194304 at most" in said, said
    assert len(sent) < 50


def test_a_manifest_of_unknown_and_endless_length(served, client):
    sent = []

    def endless(h):
        h.answer(200, Content_Length=None, Content_Type=hostile.MANIFEST)
        while len(sent) < 100:
            h.wfile.write(bytes(MIB))
            sent.append(1)
        drop(h)

    served.on("manifests/latest", endless)
    assert "4194304 at most" in client.refused(f"{served.name}/x", status=4)
    assert len(sent) < 50


def test_a_document_that_is_manifest_and_index(served, client):
    image = Image().serve(served)
    both = dict(json.loads(image.manifest), manifests=[])
    served.manifests["latest"] = (image.type, json.dumps(both).encode())
    assert "an index and a manifest at once" in client.refused(f"{served.name}/x")


def test_a_layer_that_claims_more_than_the_disk(served, client):
    image = Image()
    manifest = json.loads(image.manifest)
    manifest["layers"][0]["size"] = 1 << 60
    image.manifest = json.dumps(manifest).encode()
    image.serve(served)
    assert "are free for the cache" in client.refused(f"{served.name}/x")


def test_digests_that_would_be_paths(served, client):
    image = Image()
    manifest = json.loads(image.manifest)
    for bad in ("sha256:../../../../x", "sha256:" + "A" * 64, "md5:" + "0" * 32):
        manifest["layers"][0]["digest"] = bad
        served.manifests["latest"] = (image.type, json.dumps(manifest).encode())
        served.blobs[digest_of(image.config)] = image.config
        assert "digest" in client.refused(f"{served.name}/x")
    assert not served.asked(r"\.\.|AAA|md5")


# --- faults that pass, and those that do not -------------------------------


def test_503_twice_and_then_all_is_well(served, scratch, authority):
    client = Client(scratch, "--ca", authority.ca, "--retries", "2")
    Image().serve(served)
    served.on("manifests/latest", lambda h: h.answer(503), times=2)
    client.fetch(f"{served.name}/x")
    assert len(served.asked("manifests/latest")) == 3


def test_503_for_ever(served, scratch, authority):
    client = Client(scratch, "--ca", authority.ca, "--retries", "1")
    served.on("manifests/latest", lambda h: h.answer(503))
    assert "status 503" in client.refused(f"{served.name}/x")
    assert len(served.asked("manifests/latest")) == 2


def test_429_says_when_to_come_back(served, scratch, authority):
    client = Client(scratch, "--ca", authority.ca, "--retries", "1")
    Image().serve(served)
    served.on("manifests/latest", lambda h: h.answer(429, Retry_After="2"), times=1)
    r = client.run(f"{served.name}/x").ok()
    assert r.seconds >= 2, "it did not wait as it was told"
    served.on("manifests/latest", lambda h: h.answer(429, Retry_After="3600"))
    said = client.refused(f"{served.name}/x")
    assert "rate limit" in said and "3600 seconds" in said, said


def test_404_names_the_image(served, client):
    said = client.refused(f"{served.name}/x:nope")
    assert "404" in said and f"{served.name}/x:nope" in said and "manifest unknown" in said


def test_a_server_that_stalls(served, client):
    image = Image(sizes=(100000,)).serve(served)
    [data] = image.layers

    def stall(h):
        h.answer(200, data[:1000], Content_Length=str(len(data)))
        h.wfile.flush()
        served.stopped.wait()

    served.on("blobs/" + digest_of(data), stall)
    began = time.monotonic()
    said = client.refused("--stall", "1", f"{served.name}/x")
    assert "stalled" in said and "1 seconds" in said, said
    assert time.monotonic() - began < 20


def test_a_server_that_never_answers(served, client):
    served.on("manifests", lambda h: served.stopped.wait())
    assert "stalled" in client.refused("--stall", "1", f"{served.name}/x")


def test_slow_is_not_stalled(served, client):
    image = Image().serve(served)

    def slow(h):
        h.answer(200, b"", Content_Length=str(len(image.manifest)), Content_Type=image.type)
        step = len(image.manifest) // 5 + 1
        for at in range(0, len(image.manifest), step):
            h.wfile.write(image.manifest[at:at + step])
            h.wfile.flush()
            served.stopped.wait(0.5)

    served.on("manifests/latest", slow)
    client.fetch("--stall", "2", f"{served.name}/x")


def test_huge_headers(served, client):
    def flood(h):
        h.send_response(200)
        for i in range(3000):
            h.send_header(f"X-{i}", "x" * 100)
        h.end_headers()

    served.on("manifests/latest", flood)
    assert "headers of more than" in client.refused(f"{served.name}/x")


def test_one_huge_header(served, client):
    served.on("manifests/latest", lambda h: h.answer(200, X="x" * 300000))
    said = client.refused(f"{served.name}/x")
    assert "header" in said, said


def test_nobody_there(client):
    with HostileRegistry() as gone:
        name = gone.name
    assert "connection refused" in client.refused(f"{name}/x")
    said = client.refused("no-such-host.invalid/x")
    assert "no such host 'no-such-host.invalid'" in said, said


def test_names_that_are_none(client):
    for name in ("UPPER", "a b", "x@sha256:1", "localhost:99999/x", "x:", "../x"):
        client.refused(name)


def test_a_digest_is_required(served, client):
    image = Image().serve(served)
    assert "has no digest" in client.refused("--require-digest", f"{served.name}/x", status=4)
    client.fetch("--require-digest", f"{served.name}/x@{image.digest}")


# --- resuming ---------------------------------------------------------------


def test_a_broken_connection_is_taken_up_where_it_broke(served, scratch, authority):
    client = Client(scratch, "--ca", authority.ca, "--retries", "3")
    image = Image(sizes=(300000,)).serve(served)
    [data] = image.layers

    def cut(h):
        start = int(h.headers["Range"][6:-1]) if "Range" in h.headers else 0
        part = data[start:start + 100000]
        if start:
            h.answer(206, part, Content_Length=str(len(data) - start),
                     Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            h.answer(200, part, Content_Length=str(len(data)))
        drop(h)

    served.on("blobs/" + digest_of(data), cut, times=2)
    client.fetch(f"{served.name}/x")
    asked = [s[1].get("Range") for s in served.asked(digest_of(data))]
    assert asked == [None, "bytes=100000-", "bytes=200000-"]


def fetch_killed_half_way(served, client, image):
    """Leaves a partial file of 200000 bytes."""
    data = image.layers[0]

    def half(h):
        h.answer(200, data[:200000], Content_Length=str(len(data)))
        h.wfile.flush()
        served.stopped.wait()

    served.on("blobs/" + digest_of(data), half, times=1)
    call = client.start(f"{served.name}/x")
    partial = client.partial(digest_of(data))
    vc.wait_until(lambda: partial.exists() and partial.stat().st_size == 200000, 60)
    call.kill(signal.SIGKILL)
    assert call.end().status == -signal.SIGKILL
    assert partial.stat().st_size == 200000
    return partial


@pytest.mark.parametrize("ranges", [True, False])
def test_a_killed_pull_is_taken_up_again(served, client, ranges):
    image = Image(sizes=(500000,)).serve(served)
    partial = fetch_killed_half_way(served, client, image)
    served.ranges = ranges
    client.fetch(f"{served.name}/x")
    assert not partial.exists()
    asked = [s[1].get("Range") for s in served.asked(digest_of(image.layers[0]))]
    assert asked == [None, "bytes=200000-"]


def test_a_partial_file_that_was_tampered_with(served, scratch, authority):
    client = Client(scratch, "--ca", authority.ca, "--retries", "1")
    image = Image(sizes=(500000,)).serve(served)
    partial = fetch_killed_half_way(served, client, image)
    with open(partial, "r+b") as f:
        f.write(b"something else")
    client.fetch(f"{served.name}/x")
    asked = [s[1].get("Range") for s in served.asked(digest_of(image.layers[0]))]
    assert asked == [None, "bytes=200000-", None]


def test_a_server_that_sends_another_range(served, scratch, authority):
    client = Client(scratch, "--ca", authority.ca, "--retries", "1")
    image = Image(sizes=(500000,)).serve(served)
    fetch_killed_half_way(served, client, image)
    data = image.layers[0]
    served.on("blobs/" + digest_of(data), lambda h: h.answer(
        206, data[100:], Content_Range=f"bytes 100-{len(data) - 1}/{len(data)}"), times=1)
    client.fetch(f"{served.name}/x")
    asked = [s[1].get("Range") for s in served.asked(digest_of(data))]
    assert asked == [None, "bytes=200000-", None]


def test_a_server_that_always_breaks_off_at_the_same_place(served, scratch, authority):
    client = Client(scratch, "--ca", authority.ca, "--retries", "2")
    image = Image(sizes=(3 * MIB,)).serve(served)
    [data] = image.layers

    def cut(h):
        h.answer(200, data[:2 * MIB], Content_Length=str(len(data)))
        drop(h)

    served.on("blobs/" + digest_of(data), cut)
    client.refused(f"{served.name}/x")
    # the second and the third brought nothing new
    assert len(served.asked(digest_of(data))) == 3


def test_a_partial_file_that_is_whole(served, client):
    image = Image().serve(served)
    [data] = image.layers
    client.refused("--offline", f"{served.name}/x")  # makes the directories
    client.partial(digest_of(data)).write_bytes(data)
    client.fetch(f"{served.name}/x")
    assert not served.asked(digest_of(data))


# --- the cache ---------------------------------------------------------------


@pytest.mark.parametrize("how", ["other bytes", "shorter", "longer"])
def test_a_corrupt_blob_is_fetched_again(served, client, how):
    image = Image(sizes=(5000, 6000)).serve(served)
    client.fetch(f"{served.name}/x")
    path = client.blob(digest_of(image.layers[0]))
    data = path.read_bytes()
    path.write_bytes({"other bytes": bytes(len(data)), "shorter": data[:-1],
                      "longer": data + b"x"}[how])
    served.seen.clear()
    r = client.run(f"{served.name}/x").ok()
    assert "is corrupt" in r.said
    assert len(served.asked(digest_of(image.layers[0]))) == 1
    assert not served.asked(digest_of(image.layers[1]))
    assert path.read_bytes() == data


def test_offline(served, client):
    image = Image().serve(served)
    name = f"{served.name}/x"
    assert "not in the cache" in client.refused("--offline", name)
    client.fetch(name)
    before = len(served.seen)
    served.close()
    assert client.fetch("--offline", name)["digest"] == image.digest
    assert client.fetch("--offline", f"{name}@{image.digest}")["digest"] == image.digest
    assert "not in the cache" in client.refused("--offline", f"{name}:other")
    client.blob(digest_of(image.layers[0])).unlink()
    assert "layer 1 of 1 is not in the cache" in client.refused("--offline", name)
    assert len(served.seen) == before


def test_two_at_once_fetch_each_layer_once(served, client):
    image = Image(sizes=(300000, 300001, 300002)).serve(served)
    go = []

    def wait_for_both(h):
        go.append(h)
        # both have read the manifest before either gets a layer
        vc.wait_until(lambda: len(served.asked("manifests/latest")) == 2, 60)
        return False

    served.on("blobs/" + digest_of(image.layers[0]), wait_for_both)
    calls = [client.start(f"{served.name}/x") for _ in range(2)]
    for call in calls:
        call.end().ok()
    for data in image.layers:
        assert len(served.asked(digest_of(data))) == 1
    assert client.leftovers() == []


def test_what_another_process_fetches_holds_up_nothing_else(served, client):
    image = Image(sizes=(1000, 1001)).serve(served)
    first, second = (digest_of(data) for data in image.layers)
    client.refused("--offline", f"{served.name}/x")  # makes the directories
    with open(client.partial(first), "wb") as other:
        # the first byte's lock: cache.h
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0)
        fcntl.fcntl(other, F_OFD_SETLK, lock)
        call = client.start(f"{served.name}/x")
        assert vc.wait_until(client.blob(second).exists, 60)
        assert not served.asked(first)
    call.end().ok()
    assert len(served.asked(first)) == 1


def test_collecting_spares_what_is_used(served, client):
    old, new = Image(sizes=(100000,)).serve(served, "old"), Image(sizes=(100001,))
    new.serve(served, "new")
    client.fetch(f"{served.name}/x:old")
    call = client.start("--hold", f"{served.name}/x:new", stdin=subprocess.PIPE)
    call.read_until(b"\n", 60)
    freed = int(client.run("--collect", "0").ok().text)
    assert freed == len(old.layers[0]) + len(old.config) + len(old.manifest)
    assert len(client.blobs()) == 3
    r = client.run("--remove", digest_of(new.layers[0]))
    assert r.status != 0 and "in use" in r.said, r
    # the name goes with what it stood for
    assert "not in the cache" in client.refused("--offline", f"{served.name}/x:old")
    call.end(b"").ok()
    client.run("--remove", digest_of(new.layers[0])).ok()
    assert int(client.run("--collect", "0").ok().text) > 0
    assert client.blobs() == []


def test_the_least_recently_used_go_first(served, client):
    for i, tag in enumerate(("a", "b", "c")):
        Image(sizes=(100000 + i,)).serve(served, tag)
        client.fetch(f"{served.name}/x:{tag}")
    # read again, 'a' is the youngest
    past = time.time() - 1000
    for n, path in enumerate(sorted((client.cache / "blobs" / "sha256").iterdir())):
        os.utime(path, (past - n, past - n))
    client.fetch("--offline", f"{served.name}/x:a")
    sizes = dict(line.split() for line in client.run("--list").ok().text.splitlines())
    assert len(sizes) == 9
    client.fetch("--offline", "--cache-max", "150000", f"{served.name}/x:a")
    client.refused("--offline", f"{served.name}/x:b")
    client.refused("--offline", f"{served.name}/x:c")
    client.fetch("--offline", f"{served.name}/x:a")


def test_a_cache_that_others_may_write_to(served, client):
    Image().serve(served)
    client.cache.mkdir(mode=0o700)
    client.cache.chmod(0o777)
    assert "others may write" in client.refused(f"{served.name}/x")


# --- TLS ----------------------------------------------------------------------


def test_an_unknown_authority(served, scratch):
    client = Client(scratch, "--retries", "0")
    Image().serve(served)
    said = client.refused(f"{served.name}/x")
    assert "unknown authority" in said and "--ca" in said, said
    client.fetch("--insecure", f"{served.name}/x")
    client.refused("--insecure-registry", "localhost", f"{served.name}/y")
    client.fetch("--insecure-registry", served.name, f"{served.name}/x")


def test_authorities_from_the_environment(served, scratch, authority):
    client = Client(scratch, "--retries", "0")
    Image().serve(served)
    client.env["SSL_CERT_FILE"] = str(authority.ca)
    client.fetch(f"{served.name}/x")


def test_an_extra_authority_does_not_replace_the_others(served, scratch, authority):
    other = Authority(scratch / "other", "another authority")
    client = Client(scratch, "--retries", "0", "--ca", other.ca)
    Image().serve(served)
    client.env["SSL_CERT_FILE"] = str(authority.ca)
    client.fetch(f"{served.name}/x")


@pytest.mark.parametrize("how", [
    ({"expired": True}, "has expired"),
    ({"hosts": "DNS:elsewhere.example"}, "for another host"),
])
def test_certificates_that_are_no_good(client, authority, how):
    options, words = how
    with HostileRegistry(authority.issue("bad", **options)) as served:
        assert words in client.refused(f"{served.name}/x")


def test_plain_http_only_when_told(client):
    with HostileRegistry() as served:
        Image().serve(served)
        assert "--plain-http" in client.refused(f"{served.name}/x")
        client.fetch("--plain-http", f"{served.name}/x")


# --- who we are -----------------------------------------------------------------


def want_basic(served, user="user", password="secret-word"):
    def check(h):
        if h.headers.get("Authorization") == basic(user, password):
            return False
        return challenge('Basic realm="r"')(h)

    served.on("/v2/", check)


def test_basic_from_an_auth_file(served, client):
    Image().serve(served)
    want_basic(served)
    assert "wants a login" in client.refused(f"{served.name}/x")
    good = auth_file(client.place / "good", served.name, "user", "secret-word")
    client.fetch("--authfile", good, f"{served.name}/x")
    bad = auth_file(client.place / "bad", served.name, "user", "wrong-word")
    said = client.refused("--authfile", bad, f"{served.name}/x")
    assert "check the user name and the password" in said, said
    assert "wrong-word" not in said and basic("user", "wrong-word") not in said


def test_basic_from_the_usual_places(served, client):
    Image().serve(served)
    want_basic(served)
    place = client.home / ".docker"
    place.mkdir()
    auth_file(place / "config.json", f"https://{served.name}/v1/", "user", "secret-word")
    client.fetch(f"{served.name}/x")
    (place / "config.json").unlink()
    client.refused(f"{served.name}/x")
    client.fetch("--creds", "user:secret-word", f"{served.name}/x")


def test_a_credential_helper(served, client):
    Image().serve(served)
    want_basic(served)
    programs = client.place / "bin"
    programs.mkdir()
    helper = programs / "docker-credential-tested"
    helper.write_text("#!/bin/sh\n"
                      f"read -r server; echo \"$@ $server\" >> {programs}/log\n"
                      'echo \'{"Username": "user", "Secret": "secret-word"}\'\n')
    helper.chmod(0o755)
    client.env["PATH"] = f"{programs}:{client.env['PATH']}"
    config = client.place / "config"
    config.write_text(json.dumps({"credHelpers": {served.name: "tested"}}))
    client.fetch("--authfile", config, f"{served.name}/x")
    assert (programs / "log").read_text() == f"get {served.name}\n"
    config.write_text(json.dumps({"credHelpers": {served.name: "../evil"}}))
    assert "helper's name" in client.refused("--authfile", config, f"{served.name}/x")


def token_server(served, realm, token="a-token", **more):
    """The registry wants a token of `realm`, which `served` gives."""
    def check(h):
        if h.headers.get("Authorization") == f"Bearer {token}":
            return False
        return challenge(f'Bearer realm="{realm}",service="the service",'
                         'scope="registry:catalog:*"')(h)

    served.on("^/v2/", check)
    served.on("^/token", lambda h: h.answer(
        200, json.dumps({"token": token, **more}).encode()))


def test_a_token_without_a_login(served, client):
    Image().serve(served)
    token_server(served, f"{served.url}/token")
    client.fetch(f"{served.name}/a/b")
    [(path, headers, _)] = served.asked("^/token")
    # the scope is ours, whatever it is that the challenge wants
    assert path == "/token?service=the%20service&scope=repository%3Aa%2Fb%3Apull"
    assert "Authorization" not in headers


def test_a_token_with_a_login_from_another_host(served, client, tls):
    with HostileRegistry(tls) as auth:
        Image().serve(served)
        token_server(served, f"{auth.url}/token")
        token_server(auth, "")
        client.fetch("--creds", "user:secret-word", f"{served.name}/x")
        [(_, headers, _)] = auth.asked("^/token")
        assert headers["Authorization"] == basic("user", "secret-word")
        # the registry itself gets the token only
        assert {s[1].get("Authorization") for s in served.seen} == {None, "Bearer a-token"}


def test_an_identity_token(served, client):
    Image().serve(served)
    token_server(served, f"{served.url}/token")
    config = client.place / "config"
    config.write_text(json.dumps({"auths": {served.name: {"identitytoken": "refresh+me"}}}))
    client.fetch("--authfile", config, f"{served.name}/x")
    [(path, headers, body)] = served.asked("^/token")
    assert path == "/token" and "Authorization" not in headers
    assert "grant_type=refresh_token" in body and "refresh_token=refresh%2Bme" in body


def test_a_token_server_that_refuses(served, client):
    served.on("^/token", lambda h: h.answer(401))
    token_server(served, f"{served.url}/token")
    said = client.refused("--creds", "user:secret-word", f"{served.name}/x")
    assert "check the user name" in said and "secret-word" not in said, said


def test_a_token_server_on_plain_http(served, client):
    with HostileRegistry() as auth:
        token_server(served, f"{auth.url}/token")
        said = client.refused("--creds", "user:secret-word", f"{served.name}/x")
        assert "plain http" in said, said
        assert not auth.seen


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a b", "", "x" * 100000, "\x7f"])
def test_tokens_that_are_none(served, client, token):
    token_server(served, f"{served.url}/token", token)
    assert "token" in client.refused(f"{served.name}/x")
    assert not any("X-Evil" in s[1] for s in served.seen)


def test_a_token_that_expires(served, client):
    image = Image().serve(served)
    tokens = iter("12345")
    now = [None]

    def give(h):
        now[0] = next(tokens)
        h.answer(200, json.dumps({"access_token": now[0]}).encode())

    def check(h):
        if now[0] and h.headers.get("Authorization") == f"Bearer {now[0]}":
            return False
        return challenge(f'Bearer realm="{served.url}/token"')(h)

    def expire(h):
        now[0] = None
        return False

    served.on("^/token", give)
    served.on("blobs/" + digest_of(image.layers[0]), expire, times=1)
    served.on("^/v2/", check)
    client.fetch(f"{served.name}/x")
    assert len(served.asked("^/token")) == 2


def test_a_token_that_is_never_good_enough(served, client):
    served.on("^/token", lambda h: h.answer(200, b'{"token": "x"}'))
    served.on("^/v2/", challenge(f'Bearer realm="{served.url}/token"'))
    assert "no such image" in client.refused(f"{served.name}/x")
    assert len(served.asked("^/token")) == 1


# --- redirects --------------------------------------------------------------------


def test_a_redirect_to_another_host_keeps_no_login(served, client, tls):
    with HostileRegistry(tls) as store:
        image = Image().serve(served)
        image.serve(store)
        want_basic(served)
        served.on("blobs/", lambda h: h.answer(307, Location=store.url + h.path))
        client.fetch("--creds", "user:secret-word", f"{served.name}/x")
        assert len(store.seen) == 2
        assert not any("Authorization" in s[1] for s in store.seen)


def test_a_second_redirect_there_does_not_get_it_either(served, client, tls):
    with HostileRegistry(tls) as store:
        image = Image().serve(served)
        image.serve(store)
        want_basic(served)
        served.on("blobs/", lambda h: h.answer(307, Location=store.url + h.path))
        store.on("x/blobs/", lambda h: h.answer(
            307, Location=h.path.replace("/x/", "/moved/")))
        client.fetch("--creds", "user:secret-word", f"{served.name}/x")
        assert len(store.asked("/moved/")) == 2
        assert not any("Authorization" in s[1] for s in store.seen)


def test_a_redirect_on_the_same_host_keeps_it(served, client):
    image = Image().serve(served)
    want_basic(served)
    served.on("x/blobs/", lambda h: h.answer(
        307, Location=h.path.replace("/x/", "/moved/")))
    client.fetch("--creds", "user:secret-word", f"{served.name}/x")
    for data in (image.config, *image.layers):
        [seen] = served.asked("/moved/blobs/" + digest_of(data))
        assert seen[1]["Authorization"] == basic("user", "secret-word")


def test_a_redirect_and_back_does_not_get_the_login_again(served, client, tls):
    with HostileRegistry(tls) as other:
        Image().serve(served)
        want_basic(served)
        served.on("x/blobs/", lambda h: h.answer(307, Location=other.url + h.path))
        other.on("", lambda h: h.answer(
            307, Location=served.url + h.path.replace("/x/", "/moved/")))
        client.refused("--creds", "user:secret-word", f"{served.name}/x")
        assert not any("Authorization" in s[1] for s in served.asked("/moved/"))


def test_a_redirect_down_to_http(served, client):
    with HostileRegistry() as plain:
        image = Image().serve(served)
        image.serve(plain)
        served.on("blobs/", lambda h: h.answer(307, Location=plain.url + h.path))
        assert "from https down to http" in client.refused(f"{served.name}/x")
        assert not plain.seen


def test_other_redirects_that_are_refused(served, client):
    for location, words in (("file:///etc/passwd", "URL"), ("", "URL"),
                            (f"https://user:word@{served.name}/", "user name"),
                            ("/v2/again", "more than 5 redirects")):
        served.rules.clear()
        served.on("^/v2", lambda h, to=location: h.answer(302, Location=to))
        said = client.refused(f"{served.name}/x")
        assert words in said or "redirects" in said, said


# --- mirrors ------------------------------------------------------------------------


@pytest.fixture(name="mirror")
def the_mirror(tls):
    with HostileRegistry(tls) as mirror:
        yield mirror


def test_a_mirror_comes_first(served, mirror, client):
    image = Image().serve(served)
    image.serve(mirror)
    client.fetch("--mirror", mirror.name, "--creds", "user:secret-word",
                 f"{served.name}/x")
    assert not served.seen and len(mirror.seen) == 3
    assert not any("Authorization" in s[1] for s in mirror.seen)


@pytest.mark.parametrize("fault", ["404", "500", "401", "gone", "corrupt", "cut"])
def test_the_registry_comes_after_the_mirror(served, mirror, client, fault):
    image = Image(sizes=(50000,)).serve(served)
    if fault in ("corrupt", "cut"):
        image.serve(mirror)
        [data] = image.layers
        mirror.blobs[digest_of(data)] = bytes(len(data))
    if fault == "cut":
        def cut(h):
            h.answer(200, data[:1000], Content_Length=str(len(data)))
            drop(h)

        mirror.on("blobs/" + digest_of(data), cut)
    elif fault == "gone":
        mirror.close()
    elif fault.isdigit() and fault != "404":
        mirror.on("", lambda h: h.answer(int(fault)))
    got = client.fetch("--mirror", mirror.name, f"{served.name}/x")
    assert got["digest"] == image.digest
    if fault == "cut":  # what came from there is good
        assert served.asked(digest_of(data))[0][1]["Range"] == "bytes=1000-"


# --- proxies ------------------------------------------------------------------------


def test_a_proxy_from_the_environment(client):
    with HostileRegistry() as proxy:
        image = Image().serve(proxy)
        proxy.on("^http://registry.invalid/", lambda h: setattr(
            h, "path", h.path.removeprefix("http://registry.invalid")) or False)
        client.env["http_proxy"] = proxy.url
        got = client.fetch("--plain-http", "registry.invalid/x")
        assert got["digest"] == image.digest


# --- a real registry -----------------------------------------------------------------


def test_a_real_registry_with_tls_and_a_login(scratch, authority, tls):
    layout = scratch / "layout"
    image = Image(sizes=(200000, 300000))
    (layout / "blobs" / "sha256").mkdir(parents=True)
    for data in (image.manifest, image.config, *image.layers):
        (layout / "blobs" / "sha256" / digest_of(data)[7:]).write_bytes(data)
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        hostile.descriptor(image.type, image.manifest)]}))
    users = scratch / "users"
    subprocess.run(["htpasswd", "-Bbc", users, "user", "secret-word"], check=True,
                   capture_output=True)
    certs = scratch / "certs"
    certs.mkdir()
    (certs / "ca.crt").write_bytes(authority.ca.read_bytes())
    registry = Registry(scratch / "registry", tls=tls, users=users)
    try:
        name = f"localhost:{registry.port}/a/b:1"
        subprocess.run(["skopeo", "copy", "-q", "--dest-cert-dir", certs, "--dest-creds",
                        "user:secret-word", f"oci:{layout}", f"docker://{name}"],
                       check=True, capture_output=True)
        client = Client(scratch, "--ca", authority.ca, "--retries", "0")
        login = auth_file(scratch / "auth.json", f"localhost:{registry.port}", "user",
                          "secret-word")
        got = client.fetch("--authfile", login, name)
        assert got["digest"] == image.digest
        assert client.blob(digest_of(image.layers[1])).read_bytes() == image.layers[1]
        assert "wants a login" in client.refused(name)
        assert "check the user" in client.refused("--creds", "user:wrong", name)
        missing = client.refused("--authfile", login, f"localhost:{registry.port}/a/b:2")
        assert "404" in missing, missing
    finally:
        registry.close()
