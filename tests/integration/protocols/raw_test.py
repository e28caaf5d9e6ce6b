# SPDX-License-Identifier: Apache-2.0
"""The daemon's RAW listener with netcat, and RAW upstreams with their faults."""

import os
import socket
import struct
import subprocess
import unittest

from private_cups import PrivateCups
from router import Router, final, upstream
from running import Device, Pages, client, held_port, wait_until
from wire import pjl_job, read_all, send_raw

TIMEOUTS = {"answer_timeout": "500ms", "progress_timeout": "1500ms", "close_timeout": "1500ms"}


def raw_server(device, **facts):
    # Whether a RAW upstream lives is asked elsewhere: here at the simulator's control port.
    probe = {"protocol": "tcp", "port": int(device.ready["control"]["url"].rsplit(":", 1)[1])}
    return upstream(device, "raw-1", probe=probe, **facts)


class Clients(unittest.TestCase):
    def test_netcat_in_and_out(self):
        server = Device(self, "--server", "--port", "raw:0")
        router = Router(self, server=raw_server(server, on_arrival="hold", truncated="discards"))
        document = pjl_job(Pages(3), b'@PJL JOB NAME="Quarterly"\r\n')
        client(["nc", "-N", "127.0.0.1", router.port("raw")], stdin=document, check=True)
        job = router.wait_job()
        self.assertEqual((job["title"], job["outcome"]), ("Quarterly", "delivered"))
        self.assertEqual(server.document(server.wait_job()["id"]), document)

    def test_our_end_is_a_promise_that_survives_a_kill(self):
        router = Router(self)
        for _ in range(5):
            self.assertEqual(read_all(send_raw(router.port("raw"), Pages(1))), b"")
        router.kill()
        router.start()
        self.assertEqual(len(router.jobs()), 5)

    def test_cups_socket_backend(self):
        router = Router(self)
        cups = PrivateCups(self)
        cups.queue("raw", router.uri("raw"))
        path = os.path.join(router.folder, "job")
        with open(path, "wb") as out:
            out.write(Pages(1))
        cups.client(["lp", "-d", "raw", "-o", "raw", path])
        wait_until(router.jobs, 20, "the job is there")
        cups.wait_idle("raw")

    def test_reset_is_no_job_to_print_and_http_is_none_at_all(self):
        server = Device(self, "--server", "--port", "raw:0")
        router = Router(self, server=raw_server(server))
        connection = send_raw(router.port("raw"), b"%!PS" + b"x" * 100_000, half_close=False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        with self.assertRaises(OSError):
            if read_all(send_raw(router.port("raw"), b"POST / HTTP/1.1\r\n\r\n", half_close=False)) == b"":
                raise AssertionError("an orderly end for a browser")
        client(["nc", "-N", "127.0.0.1", router.port("raw")], stdin=Pages(1), check=True)
        router.wait_job(lambda job: job["state"] == "completed")
        self.assertEqual([server.document(job["id"]) for job in server.jobs()], [Pages(1)])


class Upstreams(unittest.TestCase):
    def outcome(self, expected, fault, document=Pages(1), **facts):
        with self.subTest(fault=fault, **facts):
            server = Device(self, "--port", "raw:0")
            router = Router(self, server=raw_server(server, **facts), timeouts=TIMEOUTS)
            server.fault(**fault)
            read_all(send_raw(router.port("raw"), document, timeout=20))
            router.wait_job(lambda job: job["outcome"] == expected)
            server.clear_faults()
            router.stop()

    def test_swallowed_end_is_unknown(self):
        self.outcome("unknown", {"kind": "swallow-ack", "jobs": 1}, truncated="discards")

    def test_reset_in_the_document(self):
        # More than any socket buffer takes: the break must come before the last byte has left.
        large = b"%!PS\n" + b"x" * 32_000_000
        self.outcome("unknown", {"kind": "reset", "after_bytes": 1000, "jobs": 1}, large)
        self.outcome("delivered", {"kind": "reset", "after_bytes": 1000, "jobs": 1}, large, truncated="discards")

    def test_stall_is_unknown(self):
        self.outcome("unknown", {"kind": "stall", "after_bytes": 1000, "jobs": 1}, b"%!PS\n" + b"x" * 8_000_000)

    def test_netcat_as_server(self):
        port = held_port(self)
        alive = Device(self, "--port", "raw:0")
        with subprocess.Popen(["nc", "-l", "-d", "127.0.0.1", str(port)], stdout=subprocess.PIPE) as listener:
            probe = raw_server(alive)["probe"]
            router = Router(self, server={"protocol": "raw", "host": "127.0.0.1", "port": port, "probe": probe})
            wait_until(lambda: subprocess.run(["ss", "-Hltn", "sport", "= %d" % port], capture_output=True,
                                              check=True).stdout, 10, "netcat listens")
            client(["nc", "-N", "127.0.0.1", router.port("raw")], stdin=Pages(2), check=True)
            self.assertEqual(router.wait_job(final)["outcome"], "delivered")
            self.assertEqual(listener.stdout.read(), Pages(2))


if __name__ == "__main__":
    unittest.main()
