# SPDX-License-Identifier: Apache-2.0
"""The daemon's LPR listener with foreign clients, and LPR upstreams with their faults."""

import os
import socket
import unittest

from inetd import Inetd
from private_cups import PrivateCups
from router import Router, final, upstream
from running import Device, Pages, client, wait_until
from wire import lpr_print

TIMEOUTS = {"answer_timeout": "500ms", "progress_timeout": "1500ms", "close_timeout": "1500ms"}


def waiting(router):
    return [job for job in router.jobs() if not final(job)]


class Clients(unittest.TestCase):
    def rlpr(self, router, *arguments, stdin=b"", program="rlpr"):
        return client([program, "-H127.0.0.1", "--port=%d" % router.port("lpr"), "--no-bind",
                       "-P" + router.listener("lpr")["queue"], *arguments], stdin=stdin)

    def test_rlpr_to_the_servers_queue(self):
        server = Device(self, "--server", "--port", "lpr:0:queue=office")
        router = Router(self, server=upstream(server, "lpr-1", on_arrival="hold", truncated="discards"))
        sent = self.rlpr(router, "-JReport", stdin=Pages(2))
        self.assertEqual(sent.returncode, 0, sent.stderr)
        job = router.wait_job()
        self.assertEqual((job["title"], job["state"], job["outcome"]), ("Report", "completed", "delivered"))
        arrived = server.wait_job()
        self.assertEqual(server.document(arrived["id"]), Pages(2))
        self.assertIn(job["uuid"], arrived["title"])

    def test_rlpr_to_a_queue_that_does_not_exist(self):
        router = Router(self)
        sent = client(["rlpr", "-H127.0.0.1", "--port=%d" % router.port("lpr"), "--no-bind", "-Pnowhere"],
                      stdin=Pages(1))
        self.assertNotEqual(sent.returncode, 0)
        self.assertEqual(router.jobs(), [])

    def test_rlpq_and_rlprm_see_and_remove_what_waits(self):
        router = Router(self)
        self.assertEqual(self.rlpr(router, "-JReport", stdin=Pages(1)).returncode, 0)
        job = wait_until(lambda: waiting(router), 10, "the job waits")[0]
        self.assertIn("Report", self.rlpr(router, program="rlpq").stdout.decode())
        self.assertIn("Report", self.rlpr(router, "-l", program="rlpq").stdout.decode())
        removed = self.rlpr(router, str(job["id"]), program="rlprm").stdout.decode()
        self.assertIn("job %d dequeued" % job["id"], removed)
        wait_until(lambda: not waiting(router), 10, "the job is gone")
        self.assertIn("no entries", self.rlpr(router, program="rlpq").stdout.decode())

    def test_several_files_of_one_request_are_several_jobs(self):
        server = Device(self, "--server", "--port", "lpr:0:queue=office")
        router = Router(self, server=upstream(server, "lpr-1"))
        paths = []
        for name in ("one", "two", "three"):
            paths.append(os.path.join(router.folder, name))
            with open(paths[-1], "wb") as out:
                out.write(b"%!PS " + name.encode())
        sent = self.rlpr(router, *paths)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        wait_until(lambda: len([job for job in router.jobs() if job["outcome"] == "delivered"]) == 3, 20,
                   "three jobs are delivered")
        self.assertEqual(sorted(server.document(job["id"]) for job in server.jobs()),
                         [b"%!PS one", b"%!PS three", b"%!PS two"])

    def test_several_data_files_before_their_control_file(self):
        router = Router(self)
        control = b"Hdesk\nPanna\nJletters\nfdfA001desk\nNone\nfdfB001desk\nNtwo\n"
        parts = [b"\2" + router.listener("lpr")["queue"].encode() + b"\n", b"\0033 dfA001desk\n", b"abc\0",
                 b"\0034 dfB001desk\n", b"defg\0", b"\2%d cfA001desk\n" % len(control), control + b"\0"]
        with socket.create_connection(("127.0.0.1", router.port("lpr")), timeout=10) as connection:
            for part in parts:
                self.assertEqual([job for job in waiting(router) if job["state"] != "incoming"], [])
                connection.sendall(part)
                self.assertEqual(connection.recv(1), b"\0", part)
            self.assertEqual(sorted(job["title"] for job in waiting(router)), ["letters: one", "letters: two"])

    def test_cups_lpd_backend_in_each_of_its_modes(self):
        router = Router(self)
        cups = PrivateCups(self)
        for number, options in enumerate(("", "?order=data,control", "?mode=stream"), 1):
            cups.queue("office%d" % number, router.uri("lpr") + options)
            path = os.path.join(router.folder, "job%d" % number)
            with open(path, "wb") as out:
                out.write(Pages(number))
            cups.client(["lp", "-d", "office%d" % number, "-t", "Quarterly %d" % number, "-o", "raw", path])
            cups.wait_idle("office%d" % number)
            wait_until(lambda: "Quarterly %d" % number in [job["title"] for job in router.jobs()], 20,
                       "the job of " + options)

    def test_acknowledged_jobs_survive_a_kill(self):
        router = Router(self)
        queue = router.listener("lpr")["queue"]
        for number in range(6):
            lpr_print(router.port("lpr"), Pages(1), title="job %d" % number, number=number, queue=queue,
                      data_first=number % 2 == 0, size=0 if number == 5 else None)
        router.kill()
        router.start()
        self.assertEqual(sorted(job["title"] for job in router.jobs()), ["job %d" % number for number in range(6)])

    def test_large_document_with_its_count_and_without(self):
        server = Device(self, "--server", "--port", "lpr:0:queue=office")
        router = Router(self, server=upstream(server, "lpr-1"))
        document = b"%!PS\n" + os.urandom(8_000_000)
        for number, size in enumerate((None, 0)):
            lpr_print(router.port("lpr"), document, queue=router.listener("lpr")["queue"], number=number, size=size)
        wait_until(lambda: len(server.jobs()) == 2 and len([job for job in router.jobs() if final(job)]) == 2, 20,
                   "both are delivered")
        for job in server.jobs():
            self.assertTrue(server.document(job["id"]) == document)


class Upstreams(unittest.TestCase):
    def outcome(self, expected, fault, document=Pages(1), **facts):
        with self.subTest(fault=fault, **facts):
            server = Device(self, "--server", "--port", "lpr:0:queue=office")
            router = Router(self, server=upstream(server, "lpr-1", **facts), timeouts=TIMEOUTS)
            server.fault(**fault)
            lpr_print(router.port("lpr"), document, queue=router.listener("lpr")["queue"])
            router.wait_job(lambda job: job["outcome"] == expected)
            server.clear_faults()
            copies = [server.document(job["id"]) for job in server.jobs() if job["complete"]]
            router.stop()
            return copies

    def test_swallowed_acknowledgement_is_unknown_and_never_sent_again(self):
        copies = self.outcome("unknown", {"kind": "swallow-ack", "jobs": 1}, on_arrival="print")
        self.assertEqual(copies, [Pages(1)])

    def test_reset_in_the_document(self):
        large = b"%!PS\n" + b"x" * 16_000_000  # more than socket buffers take: the break comes before the last byte has left
        self.outcome("unknown", {"kind": "reset", "after_bytes": 1000, "jobs": 1}, large, truncated="prints")
        self.outcome("delivered", {"kind": "reset", "after_bytes": 1000, "jobs": 1}, large, truncated="discards")

    def test_refusal_is_rejected(self):
        self.outcome("rejected", {"kind": "lpr-nack", "at": "data", "jobs": 1})
        self.outcome("rejected", {"kind": "lpr-nack", "at": "control", "jobs": 1})

    def test_server_that_is_silent_before_the_document_gets_the_job_when_it_is_back(self):
        self.outcome("delivered", {"kind": "swallow-ack", "at": "command", "jobs": 1})

    def test_cups_lpd_takes_a_job(self):
        device = Device(self, "--port", "raw:0")
        cups = PrivateCups(self)
        cups.queue("office", "socket://127.0.0.1:%d" % device.port("raw-1"))
        lpd = Inetd(self, ["/usr/lib/cups/daemon/cups-lpd", "-n"], cups.environment)
        router = Router(self, server={"protocol": "lpr", "host": "127.0.0.1", "port": lpd.port, "queue": "office"})
        lpr_print(router.port("lpr"), Pages(2), queue=router.listener("lpr")["queue"])
        self.assertEqual(router.wait_job()["outcome"], "delivered")
        self.assertEqual(device.document(device.wait_job()["id"]), Pages(2))


if __name__ == "__main__":
    unittest.main()
