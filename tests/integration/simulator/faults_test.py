# SPDX-License-Identifier: Apache-2.0
"""Faults that are switched while the simulator runs, and what its peers see of them."""

import socket
import time
import unittest

from running import ControlError, Device, Pages, client, wait_until
from wire import lpr_print, pjl_job, raw_print, read_all, send_raw


def ended(job):
    return job["state"] in ("completed", "cancelled", "aborted")


class Connections(unittest.TestCase):
    def test_refuse_and_back_on_the_same_port(self):
        device = Device(self, "--port", "raw:0", "--port", "raw:0")
        device.fault("refuse", port="raw-1")
        with self.assertRaises(ConnectionRefusedError):
            send_raw(device.port("raw-1"), b"x")
        raw_print(device.port("raw-2"), b"others go on\n")
        device.clear_faults()
        raw_print(device.port("raw-1"), b"hello\n")
        wait_until(lambda: [job["outcome"] for job in device.jobs()] == ["printed", "printed"])

    def test_refuse_the_next_two(self):
        device = Device(self, "--port", "raw:0")
        device.fault("refuse", jobs=2)
        for _ in range(2):
            with self.assertRaises(ConnectionError):
                read_all(send_raw(device.port("raw-1"), b"x"))
        raw_print(device.port("raw-1"), b"third\n")

    def test_blackhole_accepts_and_says_nothing(self):
        device = Device(self, "--port", "ipp:0")
        fault = device.fault("blackhole", port="ipp-1")
        with socket.create_connection(("127.0.0.1", device.port("ipp-1")), timeout=0.3) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with self.assertRaises(socket.timeout):
                connection.recv(1)
            device.control("DELETE", "/faults/%d" % fault)
            connection.settimeout(5)
            with self.assertRaises(ConnectionResetError):
                connection.recv(1)
        client(["ipptool", "-t", device.uri("ipp-1"), "get-printer-attributes.test"], check=True)

    def test_blackhole_that_thaws(self):
        device = Device(self, "--port", "raw:0")
        device.fault("blackhole", then="serve")
        connection = send_raw(device.port("raw-1"), b"late\n")
        self.assertEqual(device.jobs(), [])
        device.clear_faults()
        read_all(connection)
        self.assertEqual(device.wait_job(ended)["outcome"], "printed")

    def test_blackhole_syn(self):
        device = Device(self, "--port", "raw:0")
        device.fault("blackhole-syn")
        with self.assertRaises(socket.timeout):
            socket.create_connection(("127.0.0.1", device.port("raw-1")), timeout=0.5).close()
        device.clear_faults()
        raw_print(device.port("raw-1"), b"hello\n")


class InTheMiddle(unittest.TestCase):
    def test_reset_after_exactly_so_many_bytes(self):
        device = Device(self, "--port", "raw:0")
        device.fault("reset", port="raw-1", after_bytes=300000, jobs=1)
        data = b"line of text\n" * 100000
        with self.assertRaises(ConnectionError):
            read_all(send_raw(device.port("raw-1"), data))
        job = device.wait_job(ended)
        self.assertEqual((job["bytes"], job["outcome"], job["complete"]), (300000, "printed-partial", False))
        self.assertEqual(device.document(job["id"]), data[:300000])

    def test_reset_of_ipp_counts_document_bytes(self):
        device = Device(self, "--port", "ipp:0", "--truncated", "discards")
        device.fault("reset", after_bytes=60, jobs=1)
        path = device.output + "/one.ps"
        with open(path, "wb") as file:
            file.write(Pages(1))
        client(["ipptool", "-T", "3", "-f", path, device.uri("ipp-1"), "print-job.test"])
        job = device.wait_job(lambda one: one["id"] == 1 and ended(one))
        self.assertEqual((job["bytes"], job["outcome"]), (60, "incomplete"))

    def test_stall_then_go_on(self):
        device = Device(self, "--port", "raw:0")
        device.fault("stall", after_bytes=5, then="serve")
        connection = send_raw(device.port("raw-1"), b"0123456789\n")
        wait_until(lambda: [job["bytes"] for job in device.jobs()] == [5])
        device.clear_faults()
        read_all(connection)
        self.assertEqual(device.wait_job(ended)["bytes"], 11)

    def test_slow(self):
        device = Device(self, "--port", "raw:0")
        device.fault("slow", bytes_per_second=20000)
        start = time.monotonic()
        raw_print(device.port("raw-1"), b"x" * 10000)
        self.assertGreater(time.monotonic() - start, 0.4)
        self.assertEqual(device.wait_job(ended)["bytes"], 10000)


class Acknowledgements(unittest.TestCase):
    def check_silent(self, device, connection):
        self.assertEqual(device.wait_job(ended)["outcome"], "printed")
        connection.settimeout(0.3)
        with self.assertRaises(socket.timeout):
            connection.recv(1)
        device.clear_faults()
        connection.settimeout(5)
        with self.assertRaises(ConnectionResetError):
            connection.recv(1)
        connection.close()

    def test_raw_fin(self):
        device = Device(self, "--port", "raw:0")
        device.fault("swallow-ack", port="raw-1", jobs=1)
        self.check_silent(device, send_raw(device.port("raw-1"), b"hello\n"))

    def test_lpr_octet(self):
        for data_first in (False, True):
            device = Device(self, "--port", "lpr:0")
            device.fault("swallow-ack", jobs=1)
            with self.assertRaises((socket.timeout, ConnectionError)):
                lpr_print(device.port("lpr-1"), b"hello\n", data_first=data_first, timeout=0.5)
            self.assertEqual(device.wait_job(ended)["outcome"], "printed")
            lpr_print(device.port("lpr-1"), b"again\n", data_first=data_first)

    def test_ipp_answer(self):
        device = Device(self, "--port", "ipp:0")
        device.fault("swallow-ack", jobs=1)
        path = device.output + "/one.ps"
        with open(path, "wb") as file:
            file.write(Pages(1))
        failed = client(["ipptool", "-T", "1", "-tf", path, device.uri("ipp-1"), "print-job.test"])
        self.assertNotEqual(failed.returncode, 0)
        self.assertEqual(device.wait_job(lambda job: job["id"] == 1 and ended(job))["outcome"], "printed")

    def test_lpr_refusals(self):
        device = Device(self, "--port", "lpr:0")
        for at, stage in (("command", "queue"), ("control", "control file"), ("data", "data file")):
            device.fault("lpr-nack", at=at, jobs=1)
            with self.assertRaisesRegex(AssertionError, "^%s refused" % stage):
                lpr_print(device.port("lpr-1"), b"hello\n")
        self.assertEqual(device.counters()["life"], 0)

    def test_ipp_and_http_status(self):
        device = Device(self, "--port", "ipp:0")
        device.fault("ipp-status", status="client-error-not-authorized", message="no credit", jobs=1)
        path = device.output + "/one.ps"
        with open(path, "wb") as file:
            file.write(Pages(1))
        said = client(["ipptool", "-tvf", path, device.uri("ipp-1"), "print-job.test"])
        self.assertIn(b"client-error-not-authorized (no credit)", said.stdout)
        device.fault("http-status", status=503, jobs=1)
        said = client(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                       "http://127.0.0.1:%d/" % device.port("ipp-1")])
        self.assertEqual(said.stdout, b"503")
        device.fault("not-accepting")
        said = client(["ipptool", "-tvf", path, device.uri("ipp-1"), "print-job.test"])
        self.assertIn(b"server-error-not-accepting-jobs", said.stdout)


class Engine(unittest.TestCase):
    def test_paper_out(self):
        device = Device(self, "--port", "ipp:0")
        path = device.output + "/two.ps"
        with open(path, "wb") as file:
            file.write(Pages(2))
        device.fault("paper-out")
        client(["ipptool", "-tf", path, device.uri("ipp-1"), "print-job.test"], check=True)
        device.wait_job(lambda job: job["state"] == "processing-stopped")
        shown = client(["ipptool", "-tv", device.uri("ipp-1"), "get-printer-attributes.test"]).stdout
        self.assertIn(b"printer-state-reasons (keyword) = media-empty-error", shown)
        bits = client(["snmpget", "-v2c", "-cpublic", "-OQxv", "127.0.0.1:%d" % device.snmp_port,
                       "1.3.6.1.2.1.25.3.5.1.2.1"], env={"MIBS": ""}, check=True).stdout
        self.assertEqual(bits.split(), [b'"40', b'"'])
        device.clear_faults()
        self.assertEqual(device.wait_job(ended)["outcome"], "printed")

    def test_cancelled_at_the_panel_after_a_page(self):
        device = Device(self, "--port", "raw:0")
        device.fault("panel-cancel", after_pages=2, jobs=1)
        raw_print(device.port("raw-1"), Pages(5))
        job = device.wait_job(ended)
        self.assertEqual((job["outcome"], job["impressions_done"], job["impressions"]), ("cancelled-at-panel", 2, 5))
        self.assertEqual(device.counters()["life"], 2)

    def test_printing_takes_its_time(self):
        device = Device(self, "--port", "raw:0", "--ms-per-page", "100")
        raw_print(device.port("raw-1"), Pages(20))
        device.wait_job(lambda job: job["state"] == "processing" and job["impressions_done"] >= 2)
        device.control("POST", "/jobs/1/cancel")
        job = device.wait_job(ended)
        self.assertEqual(job["state"], "cancelled")
        self.assertLess(job["impressions_done"], 20)

    def test_pjl_answers(self):
        device = Device(self, "--port", "raw:0", "--port", "raw:0:name=mute")
        questions = b"\x1b%-12345X@PJL\r\n@PJL ECHO ready? 17\r\n@PJL INFO STATUS\r\n@PJL INFO PAGECOUNT\r\n\x1b%-12345X"
        said = raw_print(device.port("raw-1"), questions)
        self.assertIn(b"@PJL ECHO ready? 17\r\n\f", said)
        self.assertIn(b"CODE=10001", said)
        self.assertIn(b"PAGECOUNT=0", said)
        self.assertEqual(device.jobs(), [])
        said = raw_print(device.port("raw-1"), pjl_job(Pages(2), b"@PJL USTATUS JOB=ON\r\n@PJL USTATUS PAGE=ON\r\n",
                                                       b"@PJL JOB NAME=\"two\"\r\n") +
                         b"@PJL ECHO end 4711\r\n\x1b%-12345X")
        for part in (b"@PJL ECHO end 4711", b"@PJL USTATUS PAGE\r\n2\r\n", b"END\r\nNAME=\"two\"\r\nPAGES=2\r\n"):
            self.assertIn(part, said)


class Control(unittest.TestCase):
    def test_errors_name_the_field(self):
        device = Device(self, "--port", "raw:0")
        for body, word in (({"fault": "fire"}, "fault"), ({"fault": "slow"}, "bytes_per_second"),
                           ({"fault": "reset", "after": 3}, "after"), ({"fault": "refuse", "jobs": 0}, "jobs")):
            with self.assertRaises(ControlError) as caught:
                device.control("POST", "/faults", body)
            self.assertEqual(caught.exception.status, 400)
            self.assertIn('\\"%s\\"' % word, caught.exception.body)
        self.assertEqual(device.control("GET", "/faults"), [])

    def test_strangers_are_refused(self):
        device = Device(self, "--port", "raw:0")
        said = client(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: evil.example",
                       device.ready["control"]["url"] + "/jobs"])
        self.assertEqual(said.stdout, b"403")

    def test_sigterm_ends_it_although_connections_are_open(self):
        device = Device(self, "--port", "raw:0", "--port", "ipps:0")
        device.fault("blackhole")
        held = [socket.create_connection(("127.0.0.1", device.port(name))) for name in ("raw-1", "ipps-1") * 3]
        self.assertEqual(device.stop(), 0)
        for connection in held:
            connection.close()


if __name__ == "__main__":
    unittest.main()
