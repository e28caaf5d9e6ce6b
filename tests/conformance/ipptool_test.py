# SPDX-License-Identifier: Apache-2.0
"""Debian's ipptool suites and CUPS' own driverless queue against the ipp plugin's listener, in a host of its own."""

import os
import unittest

from ipp_samples import SUITES, IppSuites, read
from private_cups import PrivateCups
from running import Program, wait_until

HOST = os.environ["PRINTROUTER_IPP_HOST"]
PLUGIN = os.environ["PRINTROUTER_IPP_PLUGIN"]


class Listener(IppSuites):
    formats = ()

    def setUp(self):
        super().setUp()
        self.jobs = os.path.join(self.folder, "jobs")
        os.mkdir(self.jobs)
        self.host = Program(self, [HOST, PLUGIN, self.jobs, *self.formats])
        self.uri = "ipp://localhost:%d/ipp/print" % self.host.ready["port"]

    def job(self, number):
        """Document and attributes of a committed job, as soon as they are there."""
        path = os.path.join(self.jobs, str(number))
        wait_until(lambda: os.path.exists(path + ".attributes"), 30, "job %d is committed" % number)
        return read(path + ".doc"), read(path + ".attributes").decode()


class Suites(Listener, unittest.TestCase):
    def test_compressed_documents(self):
        for suite in ("print-job-gzip.test", "print-job-deflate.test"):
            count, text = self.ipptool(os.path.join(SUITES, suite), "2.0", "-d", "filetype=application/pdf")
            self.assertEqual((count["PASS"], count["FAIL"]), (1, 0), text)
        for number in (1, 2):
            self.assertEqual(self.job(number)[0], read(self.sample("document-a4.pdf")))

    def test_driverless_queue_prints_with_its_ticket(self):
        cups = PrivateCups(self)
        cups.everywhere("router", self.uri)
        cups.client(["lp", "-d", "router", "-n", "3", "-o", "sides=two-sided-long-edge", "-o", "media=A4", "-t",
                     "Quarterly report", self.sample("document-a4.pdf")])
        document, attributes = self.job(1)
        cups.wait_idle("router")
        self.assertTrue(document.startswith(b"%PDF-"), document[:20])
        for line in ("copies=3", 'sides="two-sided-long-edge"', 'media="iso_a4_210x297mm"',
                     'job-name="Quarterly report"', 'document-format="application/pdf"'):
            self.assertIn(line, attributes)


class WithoutPdf(Listener, unittest.TestCase):
    formats = ("image/pwg-raster", "image/jpeg")
    test_ipp_1_1 = test_ipp_2_0 = test_ipp_everywhere = test_to_the_end = test_our_negative_cases = None

    def test_driverless_queue_sends_raster(self):
        cups = PrivateCups(self)
        cups.everywhere("router", self.uri)
        cups.client(["lp", "-d", "router", self.sample("document-a4.pdf")])
        document, attributes = self.job(1)
        cups.wait_idle("router")
        self.assertEqual(document[:4], b"RaS2")  # PWG 5102.4 section 4.2
        self.assertIn('document-format="image/pwg-raster"', attributes)


if __name__ == "__main__":
    unittest.main()
