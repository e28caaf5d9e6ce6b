# SPDX-License-Identifier: Apache-2.0
"""The raw plugin against netcat, CUPS' socket backend and the device simulator."""

import socket
import struct
import subprocess
import unittest

from private_cups import PrivateCups
from protocol_peers import Peers
from running import Device, Pages, client, held_port, wait_until
from wire import pjl_job, read_all, send_raw

UUID = "01234567-89ab-cdef-0123-456789abcdef"


class Clients(Peers):
    protocol = "raw"

    def test_netcat(self):
        port = self.receiver()
        client(["nc", "-N", "127.0.0.1", port], stdin=Pages(3), check=True)
        self.assertEqual(self.job(1), ("committed", [], [Pages(3)]))

    def test_title_from_pjl(self):
        port = self.receiver()
        document = pjl_job(Pages(1), b'@PJL JOB NAME="Quarterly report"\r\n')
        client(["nc", "-N", "127.0.0.1", port], stdin=document, check=True)
        self.assertEqual(self.job(1), ("committed", ['job-name="Quarterly report"'], [document]))

    def test_cups_socket_backend(self):
        port = self.receiver()
        cups = PrivateCups(self)
        cups.queue("raw", "socket://127.0.0.1:%d" % port)
        path = self.folder + "/job"
        with open(path, "wb") as out:
            out.write(Pages(2))
        cups.client(["lp", "-d", "raw", "-o", "raw", path])
        self.assertEqual(self.job(1)[2], [Pages(2)])
        cups.wait_idle("raw")

    def test_our_end_comes_after_the_job_is_safe(self):
        port = self.receiver()
        connection = send_raw(port, b"%!PS")
        self.assertEqual(read_all(connection), b"")
        self.assertEqual(self.job(1)[0], "committed")

    def test_reset_keeps_an_incomplete_job_and_browsers_are_refused(self):
        port = self.receiver()
        connection = send_raw(port, b"%!PS" + b"x" * 100_000, half_close=False)
        wait_until(lambda: subprocess.run(["ss", "-Htn", "sport", "= %d" % connection.getsockname()[1]],
                                          capture_output=True, check=True).stdout.split()[2] == b"0",
                   10, "the document is acknowledged")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        self.assertEqual(self.job(1)[0], "incomplete")
        with self.assertRaises(ConnectionError):
            connection = send_raw(port, b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", half_close=False)
            if read_all(connection) == b"":
                raise AssertionError("an orderly end for a browser")


class Servers(Peers):
    protocol = "raw"

    def test_netcat_as_printer(self):
        port = held_port(self)
        with subprocess.Popen(["nc", "-l", "-d", "127.0.0.1", str(port)], stdout=subprocess.PIPE) as listener:
            said = []

            def sent():
                said.append(self.send(port, Pages(2)))
                return "connect-refused" not in said[-1]

            wait_until(sent, 10, "netcat listens")
            self.assertIn("done delivered closed-by-peer", said[-1])
            self.assertEqual(listener.stdout.read(), Pages(2))

    def test_netcat_that_shuts_its_side_first_gives_no_receipt(self):
        port = held_port(self)
        with open(self.folder + "/printed", "wb") as out, \
                subprocess.Popen(["nc", "-l", "-N", "127.0.0.1", str(port)], stdin=subprocess.DEVNULL, stdout=out):
            said = []

            def sent():
                said.append(self.send(port, b"%!PS\n" + b"x" * 20_000_000))
                return "connect-refused" not in said[-1]

            wait_until(sent, 10, "netcat listens")
        self.assertIn("done unknown closed-early", said[-1])

    def test_simulator(self):
        device = Device(self, "--port", "raw:0")
        self.assertIn("done delivered closed-by-peer", self.send(device.port("raw-1"), Pages(2)))
        self.assertEqual(device.document(device.wait_job()["id"]), Pages(2))

    def test_back_channel_confirms_the_pages_the_device_counted(self):
        device = Device(self, "--port", "raw:0")
        said = self.send(device.port("raw-1"), Pages(3), back_channel=1, uuid=UUID)
        self.assertIn("done delivered(confirmed 3) job-ended", said)
        self.assertEqual(device.wait_job()["pages"], 3)

    def test_back_channel_hears_a_cancel_at_the_panel(self):
        device = Device(self, "--port", "raw:0")
        device.fault("panel-cancel", after_pages=1)
        said = self.send(device.port("raw-1"), Pages(3), back_channel=1, uuid=UUID)
        self.assertIn("done cancelled cancelled-at-device", said)

    def test_probes(self):
        device = Device(self, "--port", "raw:0")
        self.assertIn("done delivered connected", self.send(device.port("raw-1"), b"", operation="probe"))
        said = self.send(device.port("raw-1"), b"", operation="probe", back_channel=1)
        self.assertIn("done delivered answered", said)
        # While the connection is open the device cannot know that no job follows.
        wait_until(lambda: device.jobs() == [], 10, "a probe leaves no job")

    def outcome_with(self, expected, fault, document=Pages(1), timeout=1500, **keys):
        with self.subTest(fault=fault, **keys):
            device = Device(self, "--port", "raw:0")
            device.fault(**fault)
            said = self.send(device.port("raw-1"), document, timeout=timeout, **keys)
            self.assertTrue(said.startswith("done " + expected), said)
            device.clear_faults()

    def test_faults_leave_the_outcome_that_is_known(self):
        large = b"%!PS\n" + b"x" * 16_000_000  # more than socket buffers take: the break comes before the last byte has left
        self.outcome_with("unknown no-receipt", {"kind": "swallow-ack"})
        self.outcome_with("unknown no-receipt", {"kind": "swallow-ack"}, discards=1)
        self.outcome_with("unknown broke-off", {"kind": "reset", "after_bytes": 1000}, large)
        self.outcome_with("not-sent broke-off", {"kind": "reset", "after_bytes": 1000}, large, discards=1)
        self.outcome_with("unknown no-", {"kind": "stall", "after_bytes": 1000}, large)
        self.outcome_with("not-sent connect-refused", {"kind": "refuse"})
        self.outcome_with("delivered(confirmed 1) job-ended", {"kind": "slow", "bytes_per_second": 2000},
                          timeout=20000, back_channel=1, uuid=UUID)


if __name__ == "__main__":
    unittest.main()
