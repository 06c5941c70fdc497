"""Debian's docker-registry with TLS, by an authority of the test's own, and
basic authentication."""

import re
import subprocess

import vc

CONFIG = """version: 0.1
log: {{level: info}}
storage:
  filesystem: {{rootdirectory: {place}/data}}
http:
  addr: "127.0.0.1:0"
  tls: {{certificate: {place}/server.crt, key: {place}/server.key}}
auth:
  htpasswd: {{realm: test, path: {place}/htpasswd}}
"""
USER, PASSWORD = "tester", "s3cret word"


def run(*words, **kw):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, **kw)


def make_certificates(place):
    """ca.crt, and server.{crt,key} for localhost signed by it."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "2", "-subj", "/CN=test authority", "-keyout", place / "ca.key",
        "-out", place / "ca.crt")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=localhost", "-keyout", place / "server.key", "-out", place / "csr")
    (place / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("openssl", "x509", "-req", "-in", place / "csr", "-CA", place / "ca.crt", "-CAkey",
        place / "ca.key", "-CAcreateserial", "-days", "2", "-extfile", place / "ext",
        "-out", place / "server.crt")


class SecureRegistry:
    def __init__(self, place):
        place.mkdir(parents=True)
        self.ca = place / "ca.crt"
        make_certificates(place)
        words = run("htpasswd", "-Bbn", USER, PASSWORD).stdout
        (place / "htpasswd").write_bytes(words)
        (place / "config.yml").write_text(CONFIG.format(place=place))
        log = place / "log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", place / "config.yml"], stdout=out, stderr=out)

        def port():
            return re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text())

        assert vc.wait_until(port, 30), log.read_text()
        self.name = f"localhost:{port()[1]}"

    def push(self, source, name):
        run("skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds",
            f"{USER}:{PASSWORD}", source, f"docker://{self.name}/{name}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
