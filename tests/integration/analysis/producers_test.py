# SPDX-License-Identifier: Apache-2.0
"""The corpus of documents with known truth as other producers write it: cairo, CUPS' N-up filter, mutool, LibreOffice.
What is said to be exact is the truth, and Ghostscript's; PostScript is never exact by its own word."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "languages"))
import corpus  # noqa: E402
from analysing import ink, one  # noqa: E402

NUMBER_UP = "/usr/lib/cups/filter/pdftopdf"
# Ten pages of a text document: black, a red word on the fourth, none of it on paper of another size.
WORDS = "The quick brown fox jumps over the lazy dog and counts each page it leaves."
LETTER = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2"
  xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
  xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:mimetype="application/vnd.oasis.opendocument.text">
 <office:automatic-styles>
  <style:style style:name="next" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/></style:style>
  <style:style style:name="red" style:family="text"><style:text-properties fo:color="#ff0000"/></style:style>
 </office:automatic-styles>
 <office:body><office:text>%s</office:text></office:body>
</office:document>
"""


class Producers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="producers-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_tool(self, *command, out=None, env=None):
        target = open(out, "wb") if out else subprocess.DEVNULL
        try:
            subprocess.run(command, check=True, stdout=target, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=300,
                           env=dict(os.environ, HOME=self.folder, **(env or {})))
        finally:
            if out:
                target.close()
        return out

    def pdf(self, name, pages):
        with open(self.path(name + ".ps"), "w", encoding="ascii") as file:
            file.write(corpus.postscript(pages))
        corpus.gs("pdfwrite", self.path(name + ".ps"), self.path(name + ".pdf"))
        return self.path(name + ".pdf")

    def check(self, file, truth):
        """`truth`: a page a flag, coloured. Answers whether the colours were said to be exact."""
        answer, seen = one(file), ink(file)
        self.assertEqual(len(seen), len(truth), file)
        self.assertEqual((answer["pages"], answer["confidence"]["pages"]), (len(truth), "exact"), answer)
        if answer["confidence"]["color_pages"] != "exact":
            return False
        self.assertEqual((answer["color_pages"], answer["mono_pages"]), (sum(seen), len(seen) - sum(seen)), (answer, seen))
        self.assertEqual(answer["color_pages"], sum(truth), answer)
        return True

    def each_document(self, make):
        """Nearly all colours must be told, or saying nothing would pass."""
        sure = 0
        documents = corpus.documents()
        for name, pages in documents.items():
            with self.subTest(document=name):
                sure += self.check(make(self.pdf(name, pages)), [page.colour for page in pages])
        self.assertGreaterEqual(sure, len(documents) - 1)

    def test_cairo(self):
        self.each_document(lambda pdf: self.run_tool("pdftocairo", "-pdf", pdf, self.path("cairo.pdf")) or self.path("cairo.pdf"))

    @unittest.skipUnless(shutil.which("gs"), "Ghostscript is not installed")
    def test_cairo_postscript_is_exact_by_ghostscript(self):
        pages = corpus.documents()["images"]
        self.run_tool("pdftocairo", "-ps", self.pdf("images", pages), self.path("cairo.ps"))
        self.assertTrue(self.check(self.path("cairo.ps"), [page.colour for page in pages]))

    @unittest.skipUnless(os.path.exists(NUMBER_UP), "cups-filters' pdftopdf is not there")
    def test_number_up(self):
        for name in ("images", "hundred", "grey"):
            pages = corpus.documents()[name]
            source = self.pdf(name, pages)
            for number in (2, 4, 9):
                with self.subTest(document=name, number_up=number):
                    out = self.run_tool(NUMBER_UP, "1", "anna", name, "1", "number-up=%d" % number, source, out=self.path("up.pdf"),
                                        env={"CONTENT_TYPE": "application/pdf", "FINAL_CONTENT_TYPE": "application/pdf"})
                    sheets = [pages[at:at + number] for at in range(0, len(pages), number)]
                    self.assertTrue(self.check(out, [any(page.colour for page in sheet) for sheet in sheets]))

    @unittest.skipUnless(shutil.which("mutool"), "mupdf-tools is not installed")
    def test_mutool(self):
        self.each_document(lambda pdf: self.run_tool("mutool", "clean", "-gggg", "-z", pdf, self.path("mu.pdf")) or self.path("mu.pdf"))

    @unittest.skipUnless(shutil.which("soffice"), "LibreOffice is not installed")
    def test_libreoffice(self):
        for count, red in ((1, ()), (10, (4,)), (100, (1, 50, 100))):
            with self.subTest(pages=count):
                body = "".join("<text:p%s>%s</text:p>" % (' text:style-name="next"' if number > 1 else "",
                               '<text:span text:style-name="red">%s</text:span>' % WORDS if number in red else WORDS)
                               for number in range(1, count + 1))
                with open(self.path("letter.fodt"), "w", encoding="utf-8") as file:
                    file.write(LETTER % body)
                self.run_tool("soffice", "--headless", "--convert-to", "pdf", "--outdir", self.folder, self.path("letter.fodt"))
                self.assertTrue(self.check(self.path("letter.pdf"), [number in red for number in range(1, count + 1)]))


if __name__ == "__main__":
    unittest.main()
