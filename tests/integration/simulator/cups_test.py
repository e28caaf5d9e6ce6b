# SPDX-License-Identifier: Apache-2.0
"""CUPS itself as the simulator's client: what lp was asked for must be what the simulated engine makes of it."""

import unittest

from cups import Cups
from running import Device, Pages, client


def document(device, pages):
    path = device.output + "/document.pdf"
    with open(path, "wb") as file:
        file.write(Pages(pages, "pdf"))
    return path


class Queues(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = Device(cls, "--port", "ipp:0", "--port", "raw:0", "--port", "lpr:0")
        cls.cups = Cups(cls)

    def setUp(self):
        self.seen = len(self.device.jobs())

    @classmethod
    def addCleanup(cls, function, *arguments, **keywords):  # programs of the class end with the class
        cls.addClassCleanup(function, *arguments, **keywords)

    def printed(self, title):
        return self.device.wait_job(lambda job: job.get("title") == title and job["state"] == "completed")

    def test_driverless(self):
        self.cups.add_queue("driverless", self.device.uri("ipp-1"))
        job = self.cups.lp("driverless", document(self.device, 3), "-t", "three", "-n", "3", "-o",
                           "sides=two-sided-long-edge")
        self.cups.wait_completed(job)
        seen = self.printed("three")
        self.assertEqual((seen["protocol"], seen["pages"], seen["copies"], seen["sides"], seen["sheets"]),
                         ("ipp", 3, 3, "two-sided-long-edge", 6))

    def test_socket(self):
        self.cups.add_queue("socket", self.device.uri("raw-1"), "raw")
        self.cups.wait_completed(self.cups.lp("socket", document(self.device, 2)))
        job = self.device.wait_job(lambda one: one["protocol"] == "raw" and one["state"] == "completed")
        self.assertEqual((job["pages"], job["format"]), (2, "application/pdf"))

    def test_lpd(self):
        self.cups.add_queue("lpd", self.device.uri("lpr-1") + "?manual_copies=no", "raw")
        self.cups.wait_completed(self.cups.lp("lpd", document(self.device, 2), "-t", "by-lpd", "-n", "2"))
        job = self.device.wait_job(lambda one: one["protocol"] == "lpr" and one["state"] == "completed")
        self.assertEqual((job["pages"], job["copies"], job["user"]), (2, 2, "root"))

    def test_paper_out_is_seen_by_cups(self):
        self.cups.add_queue("empty", self.device.uri("ipp-1"))
        fault = self.device.fault("paper-out")
        job = self.cups.lp("empty", document(self.device, 1), "-t", "waits")
        self.device.wait_job(lambda one: one["state"] == "processing-stopped")
        self.assertFalse(self.cups.completed(job))
        self.device.control("DELETE", "/faults/%d" % fault)
        self.cups.wait_completed(job)
        self.printed("waits")


class DirectClient(unittest.TestCase):
    def test_lp_to_a_host(self):
        device = Device(self, "--port", "ipp:0:queue=printers/office")
        client(["lp", "-h", "127.0.0.1:%d" % device.port("ipp-1"), "-d", "office", "-t", "direct",
                document(device, 2)], check=True)
        job = device.wait_job(lambda one: one["state"] == "completed")
        self.assertEqual((job["pages"], job["title"]), (2, "direct"))

    def test_lpr_to_a_host(self):
        device = Device(self, "--port", "ipp:0:queue=printers/office")
        client(["lpr", "-H", "127.0.0.1:%d" % device.port("ipp-1"), "-P", "office", "-#", "2", document(device, 2)],
               check=True)
        job = device.wait_job(lambda one: one["state"] == "completed")
        self.assertEqual((job["pages"], job["copies"]), (2, 2))


if __name__ == "__main__":
    unittest.main()
