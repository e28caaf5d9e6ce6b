# SPDX-License-Identifier: Apache-2.0
"""ipptool's suites against self.uri, for the listeners that several tests open."""

import os
import re
import shutil
import tempfile

from running import client

SUITES = "/usr/share/cups/ipptool"


def read(path):
    with open(path, "rb") as source:
        return source.read()


class IppSuites:
    """Mixed into a TestCase whose setUp sets self.uri."""

    suites = SUITES

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="printrouter-ipp-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)

    def sample(self, name, size="a4"):
        """A one-page document of this name in the test's folder."""
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            page = "%!\n/Helvetica findfont 40 scalefont setfont 72 500 moveto (conformance) show showpage\n"
            device = {"pdf": "pdfwrite", "ps": "ps2write", "jpg": "jpeggray" if name.startswith("gray") else "jpeg"}
            client(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sPAPERSIZE=" + size, "-r72",
                    "-sDEVICE=" + device[name.rsplit(".", 1)[1]], "-sOutputFile=" + path, "-"],
                   stdin=page.encode(), check=True)
        return path

    def ipptool(self, suite, version, *arguments):
        result = client(["ipptool", "-t", "-V", version, "-f", self.sample("document-a4.pdf"), *arguments, self.uri,
                         suite], timeout=120)
        text = result.stdout.decode(errors="replace")
        count = {word: len(re.findall(r"\[%s\]" % word, text)) for word in ("PASS", "SKIP", "FAIL")}
        return count, text + result.stderr.decode(errors="replace")

    def check_as_shipped(self, suite, version):
        """Without the sample documents of the CUPS sources each suite ends at the first of them."""
        count, text = self.ipptool(os.path.join(SUITES, suite), version)
        self.assertEqual(count["FAIL"], 0, text)
        self.assertGreaterEqual(count["PASS"], 30, text)
        self.assertLessEqual(count["SKIP"], 7, text)

    def test_ipp_1_1(self):
        self.check_as_shipped("ipp-1.1.test", "1.1")

    def test_ipp_2_0(self):
        self.check_as_shipped("ipp-2.0.test", "2.0")

    def test_ipp_everywhere(self):
        self.check_as_shipped("ipp-everywhere.test", "2.0")

    def test_to_the_end(self):
        """With sample documents made here, so that the suites run to their ends."""
        for name in ("ipp-1.1.test", "ipp-2.0.test"):
            shutil.copy(os.path.join(SUITES, name), self.folder)
        with open(os.path.join(SUITES, "ipp-everywhere.test"), encoding="utf-8") as source:
            head = source.read().split("# Test printing all sample documents")[0]
        suite = os.path.join(self.folder, "ipp-everywhere.test")
        with open(suite, "w", encoding="utf-8") as out:
            out.write(head)
        for kind in ("pdf", "ps"):
            self.sample("document-a4." + kind)
            self.sample("document-letter." + kind, "letter")
        self.sample("color.jpg")
        self.sample("gray.jpg")
        count, text = self.ipptool(suite, "2.0")
        self.assertEqual(count["FAIL"], 0, text)
        self.assertGreaterEqual(count["PASS"], 40, text)
        self.assertIn("PWG 5100.14 section 5.1/5.2 - Required Operations and Attributes", text)
        self.assertNotIn("cannot be read", text)

    def test_our_negative_cases(self):
        count, text = self.ipptool(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ipp_negative.test"), "2.0")
        self.assertEqual((count["FAIL"], count["SKIP"]), (0, 0), text)
        self.assertGreaterEqual(count["PASS"], 12, text)
