"""A registry on the loopback: Debian's docker-registry."""

import re
import subprocess

import vc

CONFIG = """version: 0.1
log: {{level: info}}
storage:
  filesystem: {{rootdirectory: {place}/data}}
http:
  addr: "127.0.0.1:0"
"""
TLS = "  tls: {{certificate: {}, key: {}}}\n"
AUTH = "auth: {{htpasswd: {{realm: tests, path: {}}}}}\n"


class Registry:
    """Serves until it is closed, on a port the kernel chose; with `tls`, a
    certificate and a key, by https, and with `users`, a file of htpasswd, to
    them only."""

    def __init__(self, place, tls=None, users=None):
        place.mkdir(parents=True)
        config = place / "config.yml"
        config.write_text(CONFIG.format(place=place) + (TLS.format(*tls) if tls else "") +
                          (AUTH.format(users) if users else ""))
        log = place / "log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(["docker-registry", "serve", config],
                                            stdout=out, stderr=out)

        def port():
            return re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text())

        assert vc.wait_until(port, 30), log.read_text()
        self.port = int(port()[1])
        # as the guest sees it
        self.name = f"10.0.2.2:{self.port}"

    def push(self, arch, name):
        subprocess.run(["skopeo", "copy", "-q", "--dest-tls-verify=false",
                        f"oci:{vc.sample(arch)}", f"docker://127.0.0.1:{self.port}/{name}"],
                       check=True, capture_output=True)

    def close(self):
        self.process.kill()
        self.process.wait()
