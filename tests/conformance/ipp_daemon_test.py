# SPDX-License-Identifier: Apache-2.0
"""The daemon as IPP printer for Debian's ipptool suites, our negative cases and a driverless CUPS queue, and as IPP
client of the server behind it: the plugin's own listener in a host that knows nothing of the router."""

import os
import unittest

from ipp_samples import IppSuites, read
from private_cups import PrivateCups
from router import Router
from running import Program, client, source, wait_until

HOST = os.environ["PRINTROUTER_IPP_HOST"]
PLUGIN = os.environ["PRINTROUTER_IPP_PLUGIN"]
SAMPLE = source("tests/fuzz/corpus/ipp_decoder/print_job")  # a whole Print-Job message


class ThroughTheDaemon(IppSuites, unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.jobs = os.path.join(self.folder, "jobs")
        os.mkdir(self.jobs)
        server = Program(self, [HOST, PLUGIN, self.jobs])
        self.router = Router(self, server={"name": "office", "protocol": "ipp", "host": "127.0.0.1",
                                           "port": server.ready["port"], "queue": "/ipp/print"})
        self.uri = "ipp://localhost:%d/ipp/print" % self.router.port("ipp")

    def arrived(self, number):
        """Document and attributes of the server's job, as soon as they are there."""
        path = os.path.join(self.jobs, str(number))
        wait_until(lambda: os.path.exists(path + ".attributes"), 30, "job %d at the server; %s" % (number, self.router.log()))
        return read(path + ".doc"), read(path + ".attributes").decode()

    def test_cups_driverless_queue(self):
        cups = PrivateCups(self)
        cups.everywhere("router", self.uri)
        cups.client(["lp", "-d", "router", "-n", "3", "-o", "sides=two-sided-long-edge", "-o", "media=A4", "-t",
                     "Quarterly report", self.sample("document-a4.pdf")])
        document, attributes = self.arrived(1)
        cups.wait_idle("router")
        job = self.router.wait_job()
        self.assertEqual((job["title"], job["state"]), ("Quarterly report", "completed"))
        self.assertTrue(document.startswith(b"%PDF-"))
        for line in ("copies=3", 'sides="two-sided-long-edge"', 'media="iso_a4_210x297mm"', job["uuid"]):
            self.assertIn(line, attributes)

    def test_a_client_that_waits_with_everything_for_100_continue(self):
        with open(os.path.join(self.folder, "request"), "wb") as request:
            request.write(read(SAMPLE) + b"%PDF-1.4 " + b"x" * 2_000_000)
        for number, framing in enumerate(([], ["-H", "Transfer-Encoding: chunked"]), 1):
            done = client(["curl", "-s", "--expect100-timeout", "600", "-v", "-o", "/dev/null", "-H", "Content-Type: application/ipp", "-H",
                           "Expect: 100-continue", *framing, "--data-binary", "@" + request.name,
                           self.uri.replace("ipp:", "http:")], check=True)
            self.assertIn(b"< HTTP/1.1 100 Continue", done.stderr)
            self.assertIn(b"< HTTP/1.1 200 OK", done.stderr)
            self.assertEqual(len(self.arrived(number)[0]), 2_000_009)

    def test_documents_arrive_as_they_were(self):
        original = read(self.sample("document-a4.pdf"))
        for number, suite in enumerate(("print-job-gzip.test", "print-job-deflate.test", "print-job.test"), 1):
            count, text = self.ipptool(os.path.join(self.suites, suite), "2.0", "-d", "filetype=application/pdf")
            self.assertEqual((count["PASS"], count["FAIL"]), (1, 0), text)
            self.assertEqual(self.arrived(number)[0], original)


if __name__ == "__main__":
    unittest.main()
