# SPDX-License-Identifier: Apache-2.0
"""A certification authority for a test, made by openssl.

    authority = Authority(self)            # .file: its certificate (PEM)
    certificate, key = authority.issue()   # for 127.0.0.1 and localhost; .issue(key=key): the same key once more
    pin(certificate)                       # what "pins_sha256" wants, as docs/configuration.md says
"""

import hashlib
import os
import shutil
import subprocess
import tempfile

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl(*words, stdin=None):
    return subprocess.run(["openssl", *words], input=stdin, check=True, capture_output=True).stdout


def pin(certificate):
    public = openssl("x509", "-in", certificate, "-noout", "-pubkey")
    return hashlib.sha256(openssl("pkey", "-pubin", "-outform", "DER", stdin=public)).hexdigest()


class Authority:
    def __init__(self, test, name="Test CA"):
        self.folder = tempfile.mkdtemp(prefix="printrouter-ca-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        self.count = 0
        self.file = self.path("ca.pem")
        openssl("req", "-x509", *KEY, "-days", "2", "-subj", "/CN=" + name, "-keyout", self.path("ca.key"), "-out", self.file)

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, key=None):
        self.count += 1
        certificate, request = self.path("%d.pem" % self.count), self.path("%d.csr" % self.count)
        names = self.path("names")
        with open(names, "w", encoding="ascii") as out:
            out.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        if key:
            openssl("req", "-new", "-key", key, "-subj", "/CN=server", "-out", request)
        else:
            key = self.path("%d.key" % self.count)
            openssl("req", "-new", *KEY, "-subj", "/CN=server", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.path("ca.key"), "-CAcreateserial", "-days", "2",
                "-extfile", names, "-out", certificate)
        return certificate, key
