# SPDX-License-Identifier: Apache-2.0
"""Plugins that crash, loop, eat memory, or reach out of the sandbox: each ends with `unknown`, soon, and says why."""
import os
import tempfile
import time
import unittest

from analysing import analyse, one

CULPRITS = os.environ["PRINTROUTER_CULPRITS"]
SANDBOX = not os.environ.get("PRINTROUTER_SANITIZE")


class Worker(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.document = os.path.join(self.folder.name, "document.txt")
        with open(self.document, "w", encoding="ascii") as file:
            file.write("a line of text\n" * 20)

    def ask(self, fault):
        return one(self.document, plugins=os.path.join(CULPRITS, fault))

    def unknown(self, fault, why):
        begun = time.monotonic()
        code, (answer,) = analyse(self.document, plugins=os.path.join(CULPRITS, fault))
        self.assertLess(time.monotonic() - begun, 40)
        self.assertIsNone(answer["pages"], answer)
        self.assertEqual(answer["confidence"]["pages"], "unknown")
        self.assertRegex(answer["why"], why)
        self.assertEqual(code, 7)

    def test_a_plugin_without_fault_is_believed(self):
        answer = self.ask("none")
        self.assertEqual((answer["pages"], answer["confidence"]["pages"]), (3, "exact"))

    def test_crash(self):
        self.unknown("crash", "crashed")

    def test_endless_loop(self):
        self.unknown("loop", "CPU time|takes longer")

    @unittest.skipUnless(SANDBOX, "a sanitizer's runtime has no limit of memory")
    def test_memory_without_end(self):
        self.unknown("memory", "more memory")

    @unittest.skipUnless(SANDBOX, "a sanitizer's runtime needs more system calls")
    def test_forbidden_system_calls(self):
        for fault in ("open", "socket", "fork", "exec"):
            with self.subTest(fault):
                self.unknown(fault, "forbidden system call")

    def test_ends_itself_without_an_answer(self):
        self.unknown("exit", "crashed")

    def test_exception(self):
        self.unknown("throw", "failed")

    def test_numbers_and_words_out_of_range(self):
        self.assertIsNone(self.ask("negative")["pages"])
        self.assertIsNone(self.ask("colour")["color_pages"])
        self.assertIsNone(self.ask("confidence")["pages"])
        self.assertLessEqual(len(self.ask("text")["title"]), 1024)

    def test_no_plugin_for_it(self):
        code, (answer,) = analyse(self.document, plugins=self.folder.name)
        self.assertEqual((code, answer["pages"]), (7, None))
        self.assertIn("no plugin reads text/plain", answer["why"])

    def test_files_that_are_none(self):
        code, answers = analyse(self.folder.name, os.path.join(self.folder.name, "nothing"), "/dev/null")
        self.assertEqual(code, 1)
        self.assertTrue(all("error" in answer for answer in answers), answers)


if __name__ == "__main__":
    unittest.main()
