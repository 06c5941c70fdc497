"""A registry in a thread, that serves what a test gives it and misbehaves as
the test says; and images made for it.
"""

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import random
import re
import socket
import ssl
import tarfile
import threading

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(media_type, data, **more):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data), **more}


def layer(number, size=1000):
    """A packed tar with one file that does not pack, and its diff_id."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        member = tarfile.TarInfo(f"file{number}")
        member.size = size
        tar.addfile(member, io.BytesIO(random.Random(number).randbytes(size)))
    return gzip.compress(plain.getvalue(), 1, mtime=0), digest_of(plain.getvalue())


class Image:
    """manifest, config and layers as bytes, by digest in `blobs`."""

    def __init__(self, sizes=(1000,), arch="amd64", manifest_type=MANIFEST):
        packed = [layer(i, size) for i, size in enumerate(sizes)]
        self.layers = [data for data, _ in packed]
        config = {"architecture": arch, "os": "linux", "config": {},
                  "rootfs": {"type": "layers", "diff_ids": [d for _, d in packed]}}
        self.config = json.dumps(config).encode()
        self.type = manifest_type
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": manifest_type,
            "config": descriptor(CONFIG, self.config),
            "layers": [descriptor(LAYER, data) for data in self.layers],
        }).encode()
        self.digest = digest_of(self.manifest)

    def serve(self, registry, tag="latest"):
        registry.manifests[tag] = (self.type, self.manifest)
        registry.manifests[self.digest] = (self.type, self.manifest)
        for data in (self.config, *self.layers):
            registry.blobs[digest_of(data)] = data
        return self


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, data=b"", **headers):
        """Header names with '_' for '-'; Content_Length=None: none is sent."""
        headers.setdefault("Content_Length", str(len(data)))
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def respond(self):
        registry = self.server.registry
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length).decode()
        registry.seen.append((self.path, dict(self.headers), self.body))
        for rule in registry.rules:
            if re.search(rule.pattern, self.path) and rule.times != 0:
                rule.times -= 1
                if rule.act(self) is not False:
                    return
        registry.serve(self)

    def do_GET(self):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.respond()

    do_POST = do_HEAD = do_GET


class Rule:
    def __init__(self, pattern, act, times):
        self.pattern, self.act, self.times = pattern, act, times


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that does not want our certificate is no news


class HostileRegistry:
    """With `tls`, a certificate and a key, it speaks https."""

    def __init__(self, tls=None):
        self.manifests = {}  # tag or digest -> media type, bytes
        self.blobs = {}
        self.rules = []
        self.seen = []  # path, headers, body of each request
        self.ranges = True
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.registry = self
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.name = f"localhost:{self.port}"
        self.url = f"{'https' if tls else 'http'}://{self.name}"
        self.stopped = threading.Event()  # ends answers that never end
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self):
        self.stopped.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def on(self, pattern, act, times=-1):
        """act(handler) answers requests whose path matches, `times` of them;
        returning False leaves it to the next rule."""
        self.rules.append(Rule(pattern, act, times))

    def asked(self, pattern):
        return [s for s in self.seen if re.search(pattern, s[0])]

    def serve(self, h):
        found = re.fullmatch(r"/v2/[a-z0-9/]+/(manifests|blobs)/([^/?]+)", h.path)
        if found and found[1] == "manifests" and found[2] in self.manifests:
            media_type, data = self.manifests[found[2]]
            h.answer(200, data, Content_Type=media_type,
                     Docker_Content_Digest=digest_of(data))
        elif found and found[1] == "blobs" and found[2] in self.blobs:
            self.serve_blob(h, self.blobs[found[2]])
        else:
            error = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            h.answer(404, json.dumps(error).encode())

    def serve_blob(self, h, data):
        wanted = re.fullmatch(r"bytes=(\d+)-", h.headers.get("Range") or "")
        if wanted and self.ranges:
            start = int(wanted[1])
            h.answer(206, data[start:],
                     Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            h.answer(200, data, Content_Type="application/octet-stream")


def drop(h):
    """Ends the connection there and then."""
    h.wfile.flush()
    with contextlib.suppress(OSError):
        h.connection.shutdown(socket.SHUT_RDWR)
    h.close_connection = True
