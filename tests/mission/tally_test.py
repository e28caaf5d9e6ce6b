# SPDX-License-Identifier: Apache-2.0
"""The demo's tally, with sinks made by hand: it must see what is lost and what came out twice."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

HERE = os.path.join(os.environ.get("PRINTROUTER_SOURCE") or os.path.join(os.path.dirname(__file__), "..", ".."),
                    "samples", "fallback")
sys.path.insert(0, HERE)
import documents  # noqa: E402
import tally  # noqa: E402

A, B = "PRD7N001", "PRD7N002"


class Sinks(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="tally-")
        self.addCleanup(shutil.rmtree, self.root)
        for sink in ("server", "device", "other"):
            os.mkdir(os.path.join(self.root, sink))
        self.files = 0
        self.clients({A: 0})

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def put(self, sink, data, name=None):
        self.files += 1
        with open(self.path(sink, name or "job-%06d.prn" % self.files), "wb") as file:
            file.write(data)

    def clients(self, exits):
        with open(self.path("clients.jsonl"), "w", encoding="utf-8") as file:
            for marker, code in exits.items():
                file.write(json.dumps({"marker": marker, "client": "lp", "exit": code}) + "\n")

    def waiting(self, *jobs):
        with open(self.path("jobs.json"), "w", encoding="utf-8") as file:
            json.dump(jobs, file)

    def count(self, **more):
        return tally.tally([self.path("clients.jsonl")], [self.path("server")], [self.path("device"), self.path("other")],
                           **more)

    def expect(self, result, **sets):
        for name in ("lost", "printed_twice", "by_server", "by_fallback"):
            self.assertEqual(result[name], sets.get(name, set()), name)


class Complete(Sinks):
    def test_every_kind_is_found_once(self):
        for kind in documents.MIME:
            with self.subTest(kind):
                self.setUp()
                self.put("device", documents.make(kind, A, A + " letter", pages=3, size=5000))
                self.expect(self.count(), by_fallback={A})

    def test_at_the_server(self):
        self.put("server", documents.make("ps", A, A))
        self.expect(self.count(), by_server={A})

    def test_wrapped_in_other_bytes(self):
        self.put("device", b"\x1b%-12345X@PJL SET COPIES=1\r\n" + documents.make("pcl", A, A) + b"\x1b%-12345X")
        self.expect(self.count(), by_fallback={A})

    def test_gzip(self):
        self.put("device", gzip.compress(documents.make("txt", A, A)))
        self.expect(self.count(), by_fallback={A})

    def test_pdf_whose_streams_were_compressed(self):
        page = zlib.compress(b"%" + A.encode() + b"-BEGIN\n0 g\n%" + A.encode() + b"-END\n")
        self.put("device", b"%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode >>\nstream\n" + page +
                 b"\nendstream\nendobj\n%%EOF\n")
        self.expect(self.count(), by_fallback={A})

    def test_logs_beside_the_documents_are_no_copies(self):
        self.put("device", documents.make("ps", A, A))
        self.put("device", (A + "-BEGIN " + A + "-END").encode(), "jobs.jsonl")
        self.expect(self.count(), by_fallback={A})


class Lost(Sinks):
    def test_nowhere(self):
        self.expect(self.count(), lost={A})

    def test_not_accepted_is_not_lost(self):
        self.clients({A: 1})
        self.expect(self.count())

    def test_partial_at_a_device(self):
        for kind in documents.MIME:
            with self.subTest(kind):
                self.setUp()
                self.put("device", documents.make(kind, A, A, size=9000)[:6000])
                self.expect(self.count(), lost={A})

    def test_pdf_without_its_last_bytes(self):
        self.put("device", documents.make("pdf", A, A)[:-5])
        self.expect(self.count(), lost={A})

    def test_partial_at_the_server(self):
        self.put("server", documents.make("ps", A, A, size=9000)[:6000])
        self.expect(self.count(), lost={A})

    def test_waiting_with_a_reason_is_not_lost(self):
        self.waiting({"title": A + " letter", "state": "held", "reasons": [{"id": "x"}]})
        result = self.count(waiting=[self.path("jobs.json")])
        self.expect(result)
        self.assertEqual((result["waiting"], result["unknown"]), ({A}, set()))

    def test_unknown_with_a_reason_is_not_lost(self):
        self.waiting({"title": A, "state": "unknown", "reasons": [{"id": "x"}]})
        result = self.count(waiting=[self.path("jobs.json")])
        self.expect(result)
        self.assertEqual((result["waiting"], result["unknown"]), (set(), {A}))

    def test_waiting_without_a_reason_is_lost(self):
        self.waiting({"title": A, "state": "held", "reasons": []})
        self.expect(self.count(waiting=[self.path("jobs.json")]), lost={A})

    def test_completed_but_nowhere_is_lost(self):
        self.waiting({"title": A, "state": "completed", "reasons": [{"id": "x"}]})
        self.expect(self.count(waiting=[self.path("jobs.json")]), lost={A})


class Twice(Sinks):
    def test_two_devices(self):
        self.put("device", documents.make("ps", A, A))
        self.put("other", documents.make("ps", A, A))
        self.expect(self.count(), by_fallback={A}, printed_twice={A})

    def test_server_and_device(self):
        self.put("server", documents.make("ps", A, A))
        self.put("device", documents.make("ps", A, A))
        self.expect(self.count(), by_server={A}, by_fallback={A}, printed_twice={A})

    def test_two_in_one_file(self):
        self.put("device", documents.make("ps", A, A) * 2)
        self.expect(self.count(), by_fallback={A}, printed_twice={A})

    def test_a_partial_copy_counts(self):
        self.put("device", documents.make("ps", A, A, size=9000)[:6000])
        self.put("other", documents.make("ps", A, A, size=9000))
        self.expect(self.count(), by_fallback={A}, printed_twice={A})

    def test_two_partial_copies(self):
        for sink in ("device", "other"):
            self.put(sink, documents.make("ps", A, A, size=9000)[:6000])
        self.expect(self.count(), lost={A}, printed_twice={A})

    def test_what_the_server_discards_is_no_copy(self):
        self.put("server", documents.make("ps", A, A, size=9000)[:6000])
        self.put("device", documents.make("ps", A, A, size=9000))
        self.expect(self.count(), by_fallback={A})

    def test_also_of_one_that_was_not_accepted(self):
        self.clients({A: 1})
        self.put("device", documents.make("ps", A, A))
        self.put("other", documents.make("ps", A, A))
        self.expect(self.count(), by_fallback={A}, printed_twice={A})

    def test_two_documents_are_two(self):
        self.clients({A: 0, B: 0})
        self.put("device", documents.make("ps", A, A))
        self.put("device", documents.make("ps", B, B))
        self.expect(self.count(), by_fallback={A, B})


class Screen(Sinks):
    def test_questions_and_refusals(self):
        self.clients({A: 0, B: 0})
        with open(self.path("screen"), "w", encoding="utf-8") as file:
            file.write("?? Job 1 »%s letter«: where?\n   1) Lobby\n!! Job 2 »%s«: fallback is off\n** Job 3 »PRD7N003«\n"
                       % (A, B))
        result = self.count(screen=[self.path("screen")])
        self.assertEqual((result["asked"], result["refused"]), ({A}, {B}))


class Program(Sinks):
    def run_it(self, *more):
        done = subprocess.run([sys.executable, os.path.join(HERE, "tally.py"), "--clients", self.path("clients.jsonl"),
                               "--server", self.path("server"), "--device", self.path("device"), *more],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stdout

    def test_exit_codes(self):
        code, out = self.run_it()
        self.assertEqual((code, json.loads(out)["lost"]), (1, 1))
        self.put("device", documents.make("ps", A, A))
        code, out = self.run_it()
        self.assertEqual((code, json.loads(out)["jobs"], json.loads(out)["by_fallback"]), (0, 1, 1))
        self.assertEqual(self.run_it("--waiting", self.path("none"))[0], 2)

    def test_it_uses_nothing_of_the_driver(self):
        with open(os.path.join(HERE, "tally.py"), encoding="utf-8") as file:
            imported = {line.split()[1] for line in file if line.startswith(("import ", "from "))}
        self.assertLessEqual(imported, set(sys.stdlib_module_names))


if __name__ == "__main__":
    unittest.main()
