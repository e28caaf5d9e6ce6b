# SPDX-License-Identifier: Apache-2.0
"""Pages of real documents: what Ghostscript wrote, other programs must count; and framing that is seldom used."""

import gzip
import hashlib
import json
import socket
import struct
import unittest

from running import Device, Pages, client, source
from wire import lpr_print, pjl_job, raw_print


def made_by_ghostscript(kind, pages, *options):
    return client(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-r72", "-sDEVICE=" + kind, *options,
                   "-sOutputFile=-", "-"], stdin=Pages(pages), check=True).stdout


def ipp_print_job(uri, document, *groups):
    def attribute(tag, name, value):
        return bytes([tag]) + struct.pack(">H", len(name)) + name + struct.pack(">H", len(value)) + value
    message = b"\x01\x01" + struct.pack(">HI", 2, 1) + b"\x01"
    message += attribute(0x47, b"attributes-charset", b"utf-8")
    message += attribute(0x48, b"attributes-natural-language", b"en")
    message += attribute(0x45, b"printer-uri", uri.encode())
    message += attribute(0x42, b"requesting-user-name", b"anna")
    for tag, name, value in groups:
        message += attribute(tag, name, value)
    return message + b"\x03" + document


class Languages(unittest.TestCase):
    def setUp(self):
        self.device = Device(self, "--port", "raw:0")

    def printed(self, data):
        raw_print(self.device.port("raw-1"), data)
        number = len(self.device.jobs())
        return self.device.wait_job(lambda job: job["id"] == number and job["outcome"] == "printed")

    def test_counted_by_other_programs(self):
        for data, form, source in (
                (Pages(3, "pdf"), "application/pdf", "qpdf"), (Pages(3), "application/postscript", "ghostscript"),
                (made_by_ghostscript("ps2write", 3), "application/postscript", "ghostscript"),
                (made_by_ghostscript("pwgraster", 3), "image/pwg-raster", "libcups"),
                (b"one\ftwo\fthree\n", "text/plain", "text")):
            for wrapped in (data, pjl_job(data)):
                job = self.printed(wrapped)
                self.assertEqual((job["pages"], job["format"], job["pages_source"]), (3, form, source))

    def test_raster_carries_its_ticket(self):
        job = self.printed(made_by_ghostscript("pwgraster", 3, "-dDuplex=true"))
        self.assertEqual((job["pages"], job["sides"], job["sheets"]), (3, "two-sided-long-edge", 2))

    def test_pcl_by_truth(self):
        pcl, pxl = made_by_ghostscript("ljet4", 4), made_by_ghostscript("pxlmono", 5)
        self.assertIsNone(self.printed(pcl)["pages"])
        self.device.control("POST", "/truth", {hashlib.sha256(pcl).hexdigest(): 4,
                                               "MARKER-5": {"pages": 5, "copies": 2, "sides": "two-sided-short-edge"}})
        job = self.printed(pcl)
        self.assertEqual((job["pages"], job["pages_source"]), (4, "truth"))
        job = self.printed(pjl_job(pxl, b"@PJL COMMENT MARKER-5\r\n", language=b"PCLXL"))
        self.assertEqual((job["pages"], job["copies"], job["sheets"]), (5, 2, 6))

    def test_two_documents_in_one_stream(self):
        job = self.printed(pjl_job(Pages(2)) + pjl_job(Pages(3, "pdf"), language=b"PDF"))
        self.assertEqual((job["pages"], job["pages_source"]), (5, "ghostscript+qpdf"))

    def test_copies_in_postscript(self):
        job = self.printed(Pages(3).replace(b"\n", b"\n<< /NumCopies 2 /Duplex true >> setpagedevice\n", 1))
        self.assertEqual((job["copies"], job["sides"], job["sheets"]), (2, "two-sided-long-edge", 4))

    def test_a_broken_document_prints_nothing(self):
        job = self.printed(b"%PDF-1.4\nnot really\n")
        self.assertIsNone(job["pages"])
        self.assertTrue(job["pages_source"].startswith("failed: qpdf"), job["pages_source"])
        self.assertEqual(self.device.counters()["life"], 0)

    def test_uuid_inside(self):
        uuid = "0b8f3c1e-5a53-4c28-9a6e-6a3d4b1f0c11"
        job = self.printed(pjl_job(Pages(1), b'@PJL JOB NAME="urn:uuid:%s"\r\n' % uuid.encode()))
        self.assertEqual(job["uuid"], uuid)


class Framing(unittest.TestCase):
    def test_lpr_in_both_orders_and_without_length(self):
        device = Device(self, "--port", "lpr:0")
        lpr_print(device.port("lpr-1"), Pages(1), title="control first")
        lpr_print(device.port("lpr-1"), Pages(1), title="data first", data_first=True)
        lpr_print(device.port("lpr-1"), Pages(1), title="no length", size=0)
        device.wait_job(lambda job: job["id"] == 3 and job["outcome"] == "printed")
        self.assertEqual([(job["title"], job["complete"], job["bytes"]) for job in device.jobs()],
                         [(title, True, len(Pages(1))) for title in ("control first", "data first", "no length")])

    def test_lpr_without_control_file_is_incomplete(self):
        device = Device(self, "--port", "lpr:0", "--truncated", "discards")
        with socket.create_connection(("127.0.0.1", device.port("lpr-1")), timeout=5) as connection:
            for part in (b"\x02lp\n", b"\x036 dfA001desk\n", b"hello\n\0"):
                connection.sendall(part)
                self.assertEqual(connection.recv(1), b"\0")
        job = device.wait_job(lambda one: one["state"] == "aborted")
        self.assertEqual((job["complete"], job["outcome"]), (False, "incomplete"))

    def test_lpq_and_lprm(self):
        device = Device(self, "--port", "lpr:0", "--on-arrival", "hold")
        lpr_print(device.port("lpr-1"), Pages(1), title="waiting", user="anna")
        listed = client(["rlpq", "-H127.0.0.1", "--port=%d" % device.port("lpr-1"), "--no-bind", "-Plp"]).stdout
        self.assertIn(b"waiting", listed)
        for agent, state in ((b"berta", "held"), (b"anna", "cancelled")):
            with socket.create_connection(("127.0.0.1", device.port("lpr-1")), timeout=5) as connection:
                connection.sendall(b"\x05lp " + agent + b" 1\n")
                self.assertEqual(connection.recv(1), b"\0")
            self.assertEqual(device.jobs()[0]["state"], state)

    def test_http_body_coded_chunked_and_asked_for(self):
        device = Device(self, "--port", "ipp:0")
        url = "http://127.0.0.1:%d/ipp/print" % device.port("ipp-1")
        plain = ipp_print_job(device.uri("ipp-1"), Pages(2))
        packed = ipp_print_job(device.uri("ipp-1"), gzip.compress(Pages(2)), (0x44, b"compression", b"gzip"))
        for body, headers in ((plain, ()), (plain, ("Transfer-Encoding: chunked",)), (plain, ("Expect: 100-continue",)),
                              (gzip.compress(plain), ("Content-Encoding: gzip",)),
                              (packed, ("Transfer-Encoding: chunked", "Expect: 100-continue"))):
            options = [word for header in headers for word in ("-H", header)]
            said = client(["curl", "-sS", "--data-binary", "@-", "-H", "Content-Type: application/ipp", *options, url],
                          stdin=body, check=True).stdout
            self.assertEqual(said[2:4], b"\0\0", headers)
        device.wait_job(lambda job: job["id"] == 5 and job["outcome"] == "printed")
        self.assertEqual({job["sha256"] for job in device.jobs()}, {hashlib.sha256(Pages(2)).hexdigest()})

    def test_what_is_set_twice_shows(self):
        model = source("vendors/kyocera/devices/taskalfa-6052ci.json")
        for arguments, copies in (((), 3), (("--model", model), 9)):
            device = Device(self, "--port", "ipp:0", *arguments)
            wrapped = pjl_job(Pages(1), b"@PJL SET COPIES=3\r\n")
            body = ipp_print_job(device.uri("ipp-1"), b"")[:-1] + b"\x02\x21\0\x06copies\0\x04\0\0\0\x03\x03" + wrapped
            client(["curl", "-sS", "--data-binary", "@-", "-H", "Content-Type: application/ipp",
                    "http://127.0.0.1:%d/ipp/print" % device.port("ipp-1")], stdin=body, check=True)
            job = device.wait_job()
            self.assertEqual((job["set_twice"], job["copies"]), (["copies"], copies))

    def test_damaged_compression_is_refused(self):
        device = Device(self, "--port", "ipp:0")
        body = ipp_print_job(device.uri("ipp-1"), b"\x1f\x8b\x08\0nonsense", (0x44, b"compression", b"gzip"))
        said = client(["curl", "-sS", "--data-binary", "@-", "-H", "Content-Type: application/ipp",
                       "http://127.0.0.1:%d/ipp/print" % device.port("ipp-1")], stdin=body, check=True).stdout
        self.assertEqual(said[2:4], b"\x04\x10")  # client-error-compression-error
        self.assertEqual(device.wait_job()["outcome"], "compression-error")

    def test_log_tells_the_same(self):
        device = Device(self, "--port", "raw:0")
        raw_print(device.port("raw-1"), Pages(2))
        job = device.wait_job()
        with open(device.ready["job_log"], encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual([line["event"] for line in lines], ["received", "processing", "ended"])
        self.assertEqual({key: lines[-1][key] for key in job}, job)


if __name__ == "__main__":
    unittest.main()
