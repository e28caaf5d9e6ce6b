# SPDX-License-Identifier: Apache-2.0
"""The ticket reaches the paper: three duplex copies by lp are the same sheets by RAW, LPR and IPP, and by the server."""

import os
import tempfile
import unittest

from cups import Cups
from router import Router, entry, upstream
from running import Device, Pages, client, source

MODEL = "TASKalfa 6052ci"


class TicketReachesPaper(unittest.TestCase):
    def print_by(self, protocol, kind, through):
        """What comes out where: a Kyocera device by one protocol, or the server's queue."""
        folder = tempfile.mkdtemp(prefix="printrouter-documents-")
        os.chmod(folder, 0o755)
        self.addCleanup(client, ["rm", "-rf", folder])
        document = os.path.join(folder, "two.ps")
        with open(document, "wb") as out:
            out.write(Pages(2))
        os.chmod(document, 0o644)
        formats = ["application/postscript"]
        server = Device(self, "--server", "--port", "ipp:0", "--no-snmp", "--on-arrival", "print")
        device = Device(self, "--port", protocol + ":0", "--no-snmp", "--model",
                        source("vendors/kyocera/devices/taskalfa-6052ci.json"))
        if through == "device":
            server.fault("refuse")
        router = Router(self, server=upstream(server, "ipp-1", formats=formats),
                        devices=[entry("copier", device, protocol + "-1", maker="Kyocera", model=MODEL)],
                        device_models=[source("vendors/kyocera/devices")], fallback={"target": {"printer": "copier"}})
        router.wait_server("down" if through == "device" else "up")
        if kind == "cups":
            cups = Cups(self)
            cups.add_queue("office", router.uri("ipp"))
            cups.wait_completed(cups.lp("office", document, "-n", "3", "-o", "sides=two-sided-long-edge"))
        else:
            router.cli("print", document, "--copies", "3", "--sides", "two-sided-long-edge")
        job = router.wait_job(lambda job: job["state"] in ("completed", "held", "unknown", "aborted"))
        self.assertEqual(job["state"], "completed", (job["reasons"], router.run("explain", str(job["id"])).stdout))
        printed = (device if through == "device" else server).wait_job(
            lambda record: record["state"] == "completed" and record["pages"] is not None)
        return job, printed

    def check_sheets(self, printed):
        self.assertEqual((printed["copies"], printed["sides"], printed["sheets"], printed["impressions"]),
                         (3, "two-sided-long-edge", 3, 6), printed["ticket"])
        self.assertEqual(printed["set_twice"], [])

    def test_by_lp(self):
        for protocol in ("raw", "lpr", "ipp"):
            with self.subTest(protocol=protocol):
                job, printed = self.print_by(protocol, "cups", "device")
                self.assertEqual(job["destination"], "copier")
                self.check_sheets(printed)

    def test_by_lp_through_the_server(self):
        _, printed = self.print_by("raw", "cups", "server")
        self.check_sheets(printed)

    def test_by_printrouter_print(self):
        _, printed = self.print_by("raw", "own", "device")
        self.check_sheets(printed)

    def test_what_a_port_loses_is_not_claimed(self):
        server = Device(self, "--server", "--port", "ipp:0", "--no-snmp")
        server.fault("refuse")
        device = Device(self, "--port", "raw:0", "--no-snmp")
        router = Router(self, server=upstream(server, "ipp-1", formats=["application/pdf"]), devices=[entry("copier", device, "raw-1")],
                        fallback={"target": {"printer": "copier"}, "ticket": "relaxed", "untested": "allow"})
        router.wait_server("down")
        with tempfile.NamedTemporaryFile(suffix=".pdf") as document:
            document.write(Pages(3, "pdf"))
            document.flush()
            os.chmod(document.name, 0o644)
            router.cli("print", document.name, "--copies", "2", "--sides", "two-sided-long-edge")
            router.wait_job(lambda job: job["state"] == "completed")
        printed = device.wait_job(lambda record: record["state"] == "completed")
        claim = [each["content"] for each in router.cli("ledger", "show") if each["kind"] == "claim"][0]
        self.assertEqual((printed["impressions"], printed["sheets"]), (3, 3))
        self.assertEqual((claim["pages_mono"], claim["sheets"], claim["copies"], claim["confidence"]), (3, 3, 1, "exact"))

    def test_an_ipp_device_that_cannot_is_asked_before_a_byte(self):
        # Nothing is known here of the device; it says itself that it prints black only.
        for ticket in ("exact", "relaxed"):
            with self.subTest(ticket=ticket):
                server = Device(self, "--server", "--port", "ipp:0", "--no-snmp")
                server.fault("refuse")
                device = Device(self, "--port", "ipp:0", "--no-snmp", "--mono")
                router = Router(self, server=upstream(server, "ipp-1", formats=["application/postscript"]),
                                devices=[entry("copier", device, "ipp-1")],
                                fallback={"target": {"printer": "copier"}, "ticket": ticket})
                router.wait_server("down")
                router.cli("print", "-", "--color-mode", "color", "--format", "application/postscript", stdin=Pages(1))
                job = router.wait_job(lambda job: job["state"] == ("held" if ticket == "exact" else "completed"))
                if ticket == "exact":
                    self.assertEqual(device.jobs(), [])
                    self.assertEqual(job["attempts"][-1]["outcome"]["reason"], "ticket-lost:print-color-mode")
                    self.assertIn("print-color-mode = color", job["reasons"][0]["en"])
                    explained = router.http("GET", "/v1/jobs/%d/explain" % job["id"])[1]["decision"]["candidates"][0]
                    self.assertIn("ticket-lost:print-color-mode",
                                  [reason["id"] for port in explained["ports"] for reason in port["reasons"]])
                else:
                    self.assertEqual(len(device.jobs()), 1)
                    self.assertIn("ticket-lost:print-color-mode", [reason["id"] for reason in job["reasons"]])


if __name__ == "__main__":
    unittest.main()
