# SPDX-License-Identifier: Apache-2.0
"""What the tests of raw and lpr against foreign peers share: intake and delivery around one plugin."""

import os
import shutil
import tempfile
import unittest

from running import Program, client, wait_until

HOST = os.environ["PRINTROUTER_PROTOCOL_HOST"]
FOLDER = os.environ["PRINTROUTER_PLUGIN_FOLDER"]


class Peers(unittest.TestCase):
    protocol = ""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="printrouter-peers-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def receiver(self):
        self.jobs = os.path.join(self.folder, "jobs")
        os.mkdir(self.jobs)
        host = Program(self, [HOST, "receive", FOLDER, self.protocol, self.jobs])
        return host.ready["port"]

    def job(self, number):
        """(state, attribute lines, documents) of the n-th job, as soon as it is there."""
        base = os.path.join(self.jobs, str(number))
        wait_until(lambda: os.path.exists(base + ".attributes"), 20, "job %d has arrived" % number)
        with open(base + ".attributes", encoding="utf-8") as text:
            lines = text.read().splitlines()
        documents = []
        for name in [base + ".doc"] + [base + "-%d.doc" % i for i in range(2, 100)]:
            if not os.path.exists(name):
                break
            with open(name, "rb") as document:
                documents.append(document.read())
        return lines[0], lines[1:], documents

    def send(self, port, document, **keys):
        """The outcome of a sender's session, as one line: action | text | the device's words."""
        path = os.path.join(self.folder, "document")
        with open(path, "wb") as out:
            out.write(document)
        words = ["%s=%s" % (key.replace("_", "-"), value) for key, value in keys.items()]
        return client([HOST, "send", FOLDER, self.protocol, port, path] + words).stdout.decode().strip()
