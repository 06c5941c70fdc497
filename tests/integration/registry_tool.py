"""The registry client by itself: build/tools/registry_fetch."""

import json

import vc

PROGRAM = vc.ROOT / "build" / "tools" / "registry_fetch"


class Client:
    """With a home and a cache of its own below `place`."""

    def __init__(self, place, *options):
        self.place = place
        self.cache = place / "cache"
        self.home = place / "home"
        self.home.mkdir()
        self.options = list(options)
        self.env = vc.clean_environment(self.home)
        for name in ("REGISTRY_AUTH_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy",
                     "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            self.env.pop(name, None)

    def words(self, *more):
        return [str(PROGRAM), "--cache-dir", str(self.cache), *self.options,
                *map(str, more)]

    def start(self, *more, **popen):
        return vc.Call(self.words(*more), env=self.env, **popen)

    def run(self, *more):
        return self.start(*more).end()

    def fetch(self, *more):
        """What came of a fetch that has to succeed."""
        return json.loads(self.run(*more).ok().text)

    def refused(self, *more, status=3):
        """What is said when it has to fail."""
        r = self.run(*more)
        assert r.status == status, r
        assert not r.out, r
        return r.said

    def blob(self, digest):
        return self.cache / "blobs" / digest.replace(":", "/")

    def partial(self, digest):
        return self.cache / "partial" / digest.replace(":", "-")

    def blobs(self):
        return sorted(p.name for p in (self.cache / "blobs" / "sha256").iterdir())

    def leftovers(self):
        return [p.name for p in (self.cache / "partial").iterdir()]
