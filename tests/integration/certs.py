"""A certificate authority of the tests' own, by openssl."""

import re
import subprocess


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True)


class Authority:
    """Makes certificates below `place`; its own is `self.ca`."""

    def __init__(self, place, name="an authority of the tests"):
        place.mkdir(parents=True, exist_ok=True)
        self.place = place
        self.ca, self.key = place / "ca.crt", place / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key, "-out",
                self.ca, "-days", "2", "-subj", f"/CN={name}")

    def issue(self, name, hosts="DNS:localhost,IP:127.0.0.1", expired=False):
        """The certificate and the key of a server, as two files."""
        crt, key = self.place / f"{name}.crt", self.place / f"{name}.key"
        request, ext = self.place / f"{name}.csr", self.place / f"{name}.ext"
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        ext.write_text(f"subjectAltName={hosts}\n")
        days = ["-days", "2"]
        if expired:
            version = re.search(r" (\d+)\.(\d+)", openssl("version").stdout)
            # openssl 3.4 wants it said in full, older ones cannot
            new = (int(version[1]), int(version[2])) >= (3, 4)
            days = (["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"]
                    if new else ["-days", "-1"])
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.key,
                "-CAcreateserial", *days, "-extfile", ext, "-out", crt)
        return crt, key
