# SPDX-License-Identifier: Apache-2.0
"""Our IPP sender against foreign printers: ippeveprinter, CUPS, and our own listener."""

import json
import os
import shutil
import tempfile
import unittest

from private_cups import PrivateCups
from private_dnssd import EvePrinter, PrivateDnssd
from raw_sink import RawSink
from running import Pages, Program, client, held_port, wait_until

SENDER = os.environ["PRINTROUTER_IPP_SENDER"]
HOST = os.environ["PRINTROUTER_IPP_HOST"]
PLUGIN = os.environ["PRINTROUTER_IPP_PLUGIN"]
UUID = "01234567-89ab-4def-8123-456789abcdef"


class Sender(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="printrouter-sender-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.small = self.document("small.ps", Pages(2))
        self.pdf = self.document("document.pdf", Pages(1, "pdf"))
        # Large enough for Create-Job and Send-Document, and for compression.
        self.large = self.document("large.ps", Pages(1) + b"% padding\n" * 60_000)

    def document(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    def run_sender(self, operation, port, path, *keys):
        result = client([SENDER, PLUGIN, operation, "localhost", port, path, *keys], check=True)
        return json.loads(result.stdout)

    def prints(self, port, path, file, format_, *keys):
        return self.run_sender("print", port, path, "file=" + file, "format=" + format_, "title=Report",
                               "uuid=" + UUID, "user=anna", *keys)


def read(path):
    with open(path, "rb") as source:
        return source.read()


class ToIppEvePrinter(Sender):
    def setUp(self):
        super().setUp()
        self.printer = EvePrinter(self, PrivateDnssd(self), "-2", "-c", "/bin/true", "-f",
                                  "application/pdf,application/postscript")

    def test_print_probe_and_query(self):
        port, path = self.printer.port, "/ipp/print"
        probe = self.run_sender("probe", port, path)
        self.assertEqual(probe["outcome"], "delivered accepting-jobs")
        self.assertIn("printer-state=3", probe["attributes"])
        self.assertEqual(self.run_sender("validate", port, path, "format=application/pdf")["outcome"],
                         "delivered successful-ok")
        done = self.prints(port, path, self.pdf, "application/pdf", "integer:copies=2",
                           "keyword:sides=two-sided-long-edge", "keyword:media=iso_a4_210x297mm")
        self.assertRegex(done["outcome"], r"^delivered(\(confirmed\))? successful-ok$")
        self.assertEqual(self.printer.documents(), [read(self.pdf)])
        by_id = wait_until(lambda: self.completed(port, path, "id=" + done["remote_job_id"]), 15, "completed")
        self.assertEqual(by_id["outcome"], "delivered(confirmed) job-found")
        by_uuid = self.run_sender("query", port, path, "uuid=" + UUID)
        self.assertEqual(by_uuid["remote_job_id"], done["remote_job_id"])
        stranger = self.run_sender("query", port, path, "uuid=ffffffff-89ab-4def-8123-456789abcdef")
        self.assertEqual(stranger["outcome"], "not-sent job-not-found")

    def completed(self, port, path, key):
        found = self.run_sender("query", port, path, key)
        return found if "job-state=9" in found.get("attributes", []) else None

    def test_large_unknown_length_compressed_over_tls(self):
        done = self.prints(self.printer.port, "/ipp/print", self.large, "application/postscript", "length=unknown",
                           "tls=1")
        # Confirmed: the printer was through with it before it answered.
        self.assertRegex(done["outcome"], r"^delivered(\(confirmed\))? successful-ok$")
        self.assertIn(read(self.large), self.printer.documents())
        log = self.printer.text()
        self.assertIn("Connection now encrypted", log)
        self.assertIn('compression="gzip"', log)
        self.assertIn("Send-Document successful-ok", log)

    def test_format_that_the_printer_does_not_take_costs_no_byte(self):
        done = self.prints(self.printer.port, "/no/such/path", self.pdf, "application/pdf")
        self.assertRegex(done["outcome"], "^rejected (http-404|client-error-not-found)$")
        self.assertEqual(self.printer.documents(), [])


class ToCups(Sender):
    def setUp(self):
        super().setUp()
        self.cups = PrivateCups(self)
        self.sink = RawSink(self)
        self.cups.queue("raw", self.sink.uri)  # no filters: what arrives is what we sent

    def test_print_confirm_and_query(self):
        port, path = self.cups.port, "/printers/raw"
        self.assertEqual(self.run_sender("probe", port, path)["outcome"], "delivered accepting-jobs")
        done = self.prints(port, path, self.small, "application/postscript")
        self.assertRegex(done["outcome"], "^delivered")
        self.cups.wait_idle("raw")
        wait_until(lambda: self.sink.documents, 10, "a document at the sink")
        self.assertEqual(self.sink.documents, [read(self.small)])
        by_id = self.run_sender("query", port, path, "id=" + done["remote_job_id"])
        self.assertRegex(by_id["outcome"], r"^delivered\(confirmed.*\) job-found$")
        by_uuid = self.run_sender("query", port, path, "uuid=" + UUID)
        self.assertEqual(by_uuid["remote_job_id"], done["remote_job_id"])
        self.assertTrue(any(UUID in line for line in by_uuid["attributes"] if line.startswith("job-uuid")),
                        by_uuid["attributes"])

    def test_large_compressed_job(self):
        done = self.prints(self.cups.port, "/printers/raw", self.large, "application/postscript", "length=unknown")
        self.assertRegex(done["outcome"], "^delivered")
        self.cups.wait_idle("raw")
        wait_until(lambda: self.sink.documents, 10, "a document at the sink")
        self.assertEqual(self.sink.documents, [read(self.large)])

    def test_tls_from_the_start_and_by_upgrade(self):
        for number, tls in enumerate(("1", "2"), 1):  # 2: RFC 2817
            done = self.prints(self.cups.port, "/printers/raw", self.small, "application/postscript", "tls=" + tls)
            self.assertRegex(done["outcome"], "^delivered", tls)
            wait_until(lambda: len(self.sink.documents) == number, 20, "a document at the sink")
            self.assertEqual(self.sink.documents[-1], read(self.small))

    def test_refusals(self):
        self.assertRegex(self.prints(self.cups.port, "/printers/none", self.pdf, "application/pdf")["outcome"],
                         "^rejected ")
        self.cups.client(["cupsreject", "raw"])
        self.assertEqual(self.run_sender("probe", self.cups.port, "/printers/raw")["outcome"],
                         "not-sent(busy) not-accepting-jobs")
        self.assertEqual(self.prints(self.cups.port, "/printers/raw", self.pdf, "application/pdf")["outcome"],
                         "not-sent(busy) not-accepting-jobs")
        self.assertEqual(self.run_sender("probe", held_port(self), "/printers/raw")["outcome"], "not-sent connect-refused")

    def test_cancel_a_held_job(self):
        self.cups.client(["cupsdisable", "raw"])
        for by_id in (True, False):
            done = self.prints(self.cups.port, "/printers/raw", self.small, "application/postscript")
            self.assertEqual(len(self.cups.active_jobs("raw")), 1)
            key = "id=" + done["remote_job_id"] if by_id else "uuid=" + UUID
            cancelled = self.run_sender("cancel", self.cups.port, "/printers/raw", key, "user=anna")
            self.assertEqual(cancelled["outcome"], "delivered cancelled")
            self.assertEqual(self.cups.active_jobs("raw"), [])


class ToOurListener(Sender):
    def test_both_sides_of_the_plugin_understand_each_other(self):
        jobs = os.path.join(self.folder, "jobs")
        os.mkdir(jobs)
        port = Program(self, [HOST, PLUGIN, jobs]).ready["port"]
        for number, (file, keys) in enumerate(((self.small, ()), (self.large, ("length=unknown",)), (self.large, ())), 1):
            done = self.prints(port, "/ipp/print", file, "application/postscript", "integer:copies=3",
                               "keyword:sides=two-sided-long-edge", "keyword:media=iso_a4_210x297mm",
                               "keyword:media-source=auto", *keys)
            self.assertEqual(done["outcome"], "delivered successful-ok", done)
            self.assertEqual(read(os.path.join(jobs, "%d.doc" % number)), read(file))
            attributes = read(os.path.join(jobs, "%d.attributes" % number)).decode()
            for line in ("copies=3", 'sides="two-sided-long-edge"', 'media="iso_a4_210x297mm"', UUID,
                         'requesting-user-name="anna"'):
                self.assertIn(line, attributes)


if __name__ == "__main__":
    unittest.main()
