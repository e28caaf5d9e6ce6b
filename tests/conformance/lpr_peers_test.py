# SPDX-License-Identifier: Apache-2.0
"""The lpr plugin against Debian's LPD programs: rlpr, rlpq, rlprm and CUPS' lpd backend as clients, cups-lpd and the
device simulator as servers."""

import unittest

from inetd import Inetd
from private_cups import PrivateCups
from protocol_peers import Peers
from running import Device, Pages, client, wait_until

UUID = "01234567-89ab-cdef-0123-456789abcdef"


class Clients(Peers):
    protocol = "lpr"

    def rlpr(self, port, *arguments, stdin=b"", program="rlpr"):
        return client([program, "-H127.0.0.1", "--port=%d" % port, "--no-bind", *arguments], stdin=stdin)

    def test_rlpr(self):
        port = self.receiver()
        sent = self.rlpr(port, "-Poffice", "-JReport", stdin=Pages(2))
        self.assertEqual(sent.returncode, 0, sent.stderr)
        state, attributes, documents = self.job(1)
        self.assertEqual((state, documents), ("committed", [Pages(2)]))
        self.assertIn('queue="office"', attributes)
        self.assertIn('job-name="Report"', attributes)
        self.assertTrue([line for line in attributes if line.startswith("requesting-user-name=")], attributes)

    def test_rlpr_with_copies_and_two_files(self):
        port = self.receiver()
        paths = []
        for name, text in (("one", b"first"), ("two", b"second")):
            paths.append(self.folder + "/" + name)
            with open(paths[-1], "wb") as out:
                out.write(text)
        sent = self.rlpr(port, "-Poffice", "-#3", *paths)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        arrived = []
        number = 1
        while sum(len(job[2]) for job in arrived) < 2:
            arrived.append(self.job(number))
            number += 1
        self.assertEqual([document for job in arrived for document in job[2]], [b"first", b"second"])
        for state, attributes, _ in arrived:
            self.assertEqual(state, "committed")
            self.assertIn("copies=3", attributes)

    def test_rlpr_to_a_queue_that_does_not_exist(self):
        port = self.receiver()
        self.assertNotEqual(self.rlpr(port, "-Pnowhere", stdin=b"text").returncode, 0)

    def test_rlpq_and_rlprm(self):
        port = self.receiver()
        shown = self.rlpr(port, "-Poffice", program="rlpq")
        self.assertIn(b"active  anna        7       report", shown.stdout)
        shown = self.rlpr(port, "-Poffice", "-l", program="rlpq")
        self.assertIn(b"[job 7 localhost]", shown.stdout)
        removed = self.rlpr(port, "-Poffice", "7", program="rlprm")
        self.assertIn(b"job 7 dequeued", removed.stdout)
        self.assertIn("job-id=7", self.job(1)[1])

    def test_cups_lpd_backend_in_each_of_its_modes(self):
        port = self.receiver()
        cups = PrivateCups(self)
        for number, options in enumerate(("", "?order=data,control", "?mode=stream"), 1):
            cups.queue("office%d" % number, "lpd://127.0.0.1:%d/office%s" % (port, options))
            path = self.folder + "/job%d" % number
            with open(path, "wb") as out:
                out.write(Pages(number))
            cups.client(["lp", "-d", "office%d" % number, "-t", "Quarterly", "-n", "2", "-o", "raw", path])
            state, attributes, documents = self.job(number)
            self.assertEqual(state, "committed", options)
            self.assertIn('job-name="Quarterly"', attributes)
            self.assertIn(Pages(number), documents[0], options)
            cups.wait_idle("office%d" % number)


class Servers(Peers):
    protocol = "lpr"

    def test_cups_lpd(self):
        device = Device(self, "--port", "raw:0")
        cups = PrivateCups(self)
        cups.queue("office", "socket://127.0.0.1:%d" % device.port("raw-1"))
        lpd = Inetd(self, ["/usr/lib/cups/daemon/cups-lpd", "-n"], cups.environment)
        for title in ("known length", "with copies"):
            said = self.send(lpd.port, Pages(2), queue="office", title=title, uuid=UUID)
            self.assertIn("done delivered acknowledged", said)
        wait_until(lambda: len(device.jobs()) == 2 and all(job["state"] == "completed" for job in device.jobs()), 30,
                   "both jobs are printed")
        self.assertEqual(device.document(1), Pages(2))
        self.assertIn("done rejected queue-refused", self.send(lpd.port, b"x", queue="nowhere"))
        self.assertIn("done delivered queue-accepts", self.send(lpd.port, b"", queue="office", operation="probe"))
        self.assertIn("done rejected query-unsupported",
                      self.send(lpd.port, b"", queue="office", operation="query", uuid=UUID))

    def test_simulator_takes_user_title_uuid_and_copies(self):
        device = Device(self, "--port", "lpr:0:queue=office")
        said = self.send(device.port("lpr-1"), Pages(2), queue="office", user="anna", title="Quarterly", uuid=UUID,
                         copies=3)
        self.assertIn("done delivered acknowledged", said)
        job = device.wait_job()
        self.assertEqual((job["user"], job["copies"], job["pages"], job["complete"]), ("anna", 3, 2, True))
        self.assertEqual(job["title"], "Quarterly " + UUID)
        self.assertEqual(device.document(job["id"]), Pages(2))

    def test_simulator_takes_an_unknown_length(self):
        device = Device(self, "--port", "lpr:0")
        self.assertIn("done delivered acknowledged", self.send(device.port("lpr-1"), Pages(2), size="unknown"))
        job = device.wait_job()
        self.assertTrue(job["complete"])
        self.assertEqual(device.document(job["id"]), Pages(2))

    def outcome_with(self, expected, fault, document=Pages(1), **keys):
        with self.subTest(fault=fault, **keys):
            device = Device(self, "--port", "lpr:0")
            device.fault(**fault)
            said = self.send(device.port("lpr-1"), document, timeout=1500, **keys)
            self.assertTrue(said.startswith("done " + expected), said)
            device.clear_faults()

    def test_faults_leave_the_outcome_that_is_known(self):
        large = b"%!PS\n" + b"x" * 16_000_000  # more than socket buffers take: the break comes before the last byte has left
        self.outcome_with("unknown no-receipt", {"kind": "swallow-ack"})
        self.outcome_with("unknown no-receipt", {"kind": "swallow-ack", "at": "data"})
        self.outcome_with("unknown no-receipt", {"kind": "swallow-ack", "at": "data"}, discards=1)
        self.outcome_with("not-sent no-answer", {"kind": "swallow-ack", "at": "command"})
        self.outcome_with("unknown broke-off", {"kind": "reset", "after_bytes": 1000}, large)
        self.outcome_with("not-sent broke-off", {"kind": "reset", "after_bytes": 1000}, large, discards=1)
        self.outcome_with("unknown no-receipt", {"kind": "stall", "after_bytes": 1000}, large)
        self.outcome_with("not-sent", {"kind": "reset-at-accept"})
        self.outcome_with("not-sent no-answer", {"kind": "blackhole"})
        self.outcome_with("not-sent connect-refused", {"kind": "refuse"})
        self.outcome_with("rejected queue-refused", {"kind": "lpr-nack", "at": "command"})
        self.outcome_with("rejected data-file-refused", {"kind": "lpr-nack", "at": "data"})
        self.outcome_with("rejected control-file-refused", {"kind": "lpr-nack", "at": "control"})


if __name__ == "__main__":
    unittest.main()
