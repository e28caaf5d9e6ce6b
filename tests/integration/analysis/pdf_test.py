# SPDX-License-Identifier: Apache-2.0
"""PDFs of every kind that Debian's tools make, and by hand where the truth must be known. What is said to be exact
agrees with Ghostscript, page by page; damaged ones are never exact."""
import os
import subprocess
import tempfile
import unittest
import zlib

import made_pdf
from analysing import content, ghostscript, ink, one
from made_pdf import BLOCK, FONT, TEXT, image, stream

FUNCTION = b"<</FunctionType 2/Domain[0 1]/C0[%s]/C1[%s]/N 1>>"
SPACES = (b"/ColorSpace<</Spot[/Separation/Spot/DeviceCMYK" + FUNCTION % (b"0 0 0 0", b"0 1 1 0") +
          b"]/Black[/Separation/Black/DeviceCMYK" + FUNCTION % (b"0 0 0 0", b"0 0 0 1") +
          b"]/Grey[/Separation/Other/DeviceGray" + FUNCTION % (b"1", b"0") +
          b"]/None[/Separation/None/DeviceCMYK" + FUNCTION % (b"0 0 0 0", b"1 1 1 1") +
          b"]/Cal[/CalRGB<</WhitePoint[.9505 1 1.089]>>]/Lab[/Lab<</WhitePoint[.9505 1 1.089]>>]>>"
          b"/ExtGState<</Half<</ca .5>>/Gone<</ca 0>>/Multiply<</BM/Multiply>>/Difference<</BM/Difference>>>>"
          b"/Shading<</Grey<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 500 500]/Function" +
          FUNCTION % (b"0 0 0", b"1 1 1") + b"/Extend[true true]>>/Colour<</ShadingType 2/ColorSpace/DeviceRGB"
          b"/Coords[0 0 500 500]/Function" + FUNCTION % (b"0 0 0", b"1 0 1") + b"/Extend[true true]>>>>")
ROW = bytes(i // 3 % 256 for i in range(64 * 64 * 3))
MIXED = bytes(i * 7 % 256 for i in range(64 * 64 * 3))
PALETTE = b"[/Indexed/DeviceRGB 3<000000 808080 ffffff ff0000>]"
OBJECTS = [image(ROW, 64, 64, b"/DeviceRGB"), image(MIXED, 64, 64, b"/DeviceRGB"),
           image(bytes([0x1b] * 16 * 64), 64, 64, PALETTE, 2), image(bytes([0x06] * 16 * 64), 64, 64, PALETTE, 2),
           stream(b"1 0 0 rg 0 0 10 10 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 10 10]/Resources<<>>"),
           stream(b"0.4 g 0 0 10 10 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 10 10]/Resources<<>>"
                  b"/Group<</S/Transparency/CS/DeviceRGB>>"),
           stream(b"0 1 0 rg 0 0 5 5 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 10 10]/XStep 10/YStep 10/Resources<<>>"),
           stream(b"9 Do", b"/Type/XObject/Subtype/Form/BBox[0 0 10 10]/Resources<</XObject<</Do 10 0 R>>>>")]
RESOURCES = (SPACES + b"/XObject<</G 3 0 R/C 4 0 R/P 5 0 R/Q 6 0 R/F 7 0 R/T 8 0 R/L 10 0 R>>/Pattern<</Tile 9 0 R>>" + FONT)
PAGES = {
    "blank": b"", "black text": TEXT, "RGB grey": b".5 .5 .5 rg " + TEXT, "RGB black": b"0 0 0 rg " + TEXT,
    "red text": b"1 0 0 rg " + TEXT, "black ink": b"0 0 0 1 k " + TEXT, "colour set, nothing painted": b"1 0 0 rg\n",
    "outside the page": b"1 0 0 rg 700 10 50 50 re f", "white over it": b"1 0 0 rg" + BLOCK + b"1 g 0 0 595 842 re f",
    "clipped away": b"q 0 0 50 50 re W n 1 0 0 rg" + BLOCK + b"Q", "blue line": b"0 0 1 RG 10 10 m 200 200 l S",
    "invisible text": b"1 0 0 rg BT 3 Tr /F1 24 Tf 72 600 Td (Hi) Tj ET", "coloured blanks": b"1 0 0 rg BT /F1 24 Tf 72 600 Td (  ) Tj ET",
    "white on white": b"1 1 1 rg" + BLOCK, "cyan stroke": b".9 0 0 0 K 10 10 m 300 300 l S",
    "inline grey": b"q 100 0 0 100 50 50 cm BI /W 2 /H 2 /BPC 8 /CS /RGB ID \x10\x10\x10EI \x20\x20\x30\x30\x30\x40\x40\x40 EI Q",
    "inline colour": b"q 100 0 0 100 50 50 cm BI /W 2 /H 2 /BPC 8 /CS /RGB ID \xff\x10\x10\x20\x20\x20\x30\x30\x30\x40\x40\x40 EI Q",
    "grey RGB image": b"q 200 0 0 200 50 50 cm /G Do Q", "colour image": b"q 200 0 0 200 50 50 cm /C Do Q",
    "palette": b"q 200 0 0 200 50 50 cm /P Do Q", "grey of a palette": b"q 200 0 0 200 50 50 cm /Q Do Q",
    "spot": b"/Spot cs 1 scn" + BLOCK, "spot without ink": b"/Spot cs 0 scn" + BLOCK, "black separation": b"/Black cs 1 scn" + BLOCK,
    "grey separation": b"/Grey cs .5 scn" + BLOCK, "no separation": b"/None cs 1 scn" + BLOCK,
    "calibrated grey": b"/Cal cs .5 .5 .5 scn" + BLOCK, "calibrated red": b"/Cal cs 1 0 0 scn" + BLOCK,
    "half transparent red": b"/Half gs 1 0 0 rg" + BLOCK, "wholly transparent": b"/Gone gs 1 0 0 rg" + BLOCK,
    "multiplied": b"/Multiply gs 1 0 0 rg" + BLOCK, "difference of greys": b"/Difference gs .5 g" + BLOCK,
    "grey shading": b"/Grey sh", "colour shading": b"/Colour sh", "red form": b"q 20 0 0 20 50 50 cm /F Do Q",
    "grey transparency group": b"q 20 0 0 20 50 50 cm /T Do Q", "form that calls itself": b"/L Do",
    "pattern": b"/Pattern cs /Tile scn" + BLOCK, "colour behind q": b"q 1 0 0 rg Q" + BLOCK,
}


class Pdf(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def agrees(self, file):
        """Where colours are said to be exact, Ghostscript sees the same."""
        answer, seen = one(file), ink(file)
        self.assertEqual(answer["pages"], len(seen), answer)
        if answer["confidence"]["color_pages"] == "exact":
            self.assertEqual(answer["color_pages"], sum(seen), (file, answer, seen))
            self.assertEqual(answer["color_pages"] + answer["mono_pages"], answer["pages"])
        return answer

    def test_each_way_of_colour(self):
        exact = 0
        for name, content in PAGES.items():
            with self.subTest(name):
                answer = self.agrees(made_pdf.write(self.path("one.pdf"), [content], OBJECTS, RESOURCES))
                self.assertEqual(answer["confidence"]["pages"], "exact")
                exact += answer["confidence"]["color_pages"] == "exact"
        # Honesty is cheap if nothing is ever said.
        self.assertGreaterEqual(exact, len(PAGES) * 3 // 4)

    def test_one_colour_page_among_many(self):
        answer = self.agrees(made_pdf.write(self.path("many.pdf"), [TEXT] * 60 + [b"1 0 0 rg " + TEXT] + [TEXT] * 39))
        self.assertEqual((answer["pages"], answer["color_pages"], answer["confidence"]["color_pages"]), (100, 1, "exact"))

    def test_what_other_programs_make_of_it(self):
        plain = made_pdf.write(self.path("plain.pdf"), [TEXT, b"1 0 0 rg " + TEXT, b".5 g " + TEXT])
        for name, options in {"object streams": ["--object-streams=generate"], "linearized": ["--linearize"],
                              "owner password": ["--encrypt", "", "secret", "256", "--print=none", "--"],
                              "RC4": ["--allow-weak-crypto", "--encrypt", "", "secret", "128", "--"],
                              "uncompressed": ["--qdf"]}.items():
            with self.subTest(name):
                made = self.path("made.pdf")
                subprocess.run(["qpdf", *options, plain, made], check=True)
                answer = self.agrees(made)
                self.assertEqual((answer["pages"], answer["confidence"]["pages"]), (3, "exact"), answer)
                self.assertEqual((answer["color_pages"], answer["confidence"]["color_pages"]), (1, "exact"), answer)
        with self.subTest("pdfwrite"):
            ghostscript("-sDEVICE=pdfwrite", "-o", self.path("gs.pdf"), plain)
            self.assertEqual(self.agrees(self.path("gs.pdf"))["color_pages"], 1)

    def test_a_password_for_reading(self):
        plain = made_pdf.write(self.path("plain.pdf"), [TEXT])
        subprocess.run(["qpdf", "--encrypt", "user", "owner", "256", "--", plain, self.path("locked.pdf")], check=True)
        answer = one(self.path("locked.pdf"))
        self.assertIsNone(answer["pages"])
        self.assertIn("password", answer["why"])

    def test_damage_is_never_exact(self):
        whole = content(made_pdf.write(self.path("plain.pdf"), [TEXT] * 5))
        for name, data in {"cut off": whole[:len(whole) // 2], "cut off in the table": whole[:-60],
                           "table at the wrong place": whole.replace(b"startxref\n", b"startxref\n1"),
                           "only a header": b"%PDF-1.4\n", "empty tree": whole.replace(b"/Kids[", b"/Kidz[")}.items():
            with self.subTest(name):
                with open(self.path("bad.pdf"), "wb") as file:
                    file.write(data)
                answer = one(self.path("bad.pdf"))
                self.assertNotEqual(answer["confidence"]["pages"], "exact", answer)
                if name.startswith("cut off"):
                    self.assertIsNone(answer["pages"], answer)

    def test_a_count_that_lies(self):
        answer = one(made_pdf.write(self.path("lies.pdf"), [TEXT] * 3, count=50))
        self.assertEqual(answer["pages"], 3)
        self.assertEqual(answer["confidence"]["pages"], "estimate")

    def test_paper(self):
        for box, entries, media in ((b"[0 0 595 842]", b"", "iso_a4_210x297mm"), (b"[0 0 842 1191]", b"", "iso_a3_297x420mm"),
                                    (b"[0 0 842 1191]", b"/CropBox[0 0 595 842]", "iso_a4_210x297mm"),
                                    (b"[0 0 842 595]", b"/Rotate 90", "iso_a4_210x297mm"),
                                    (b"[0 0 297.5 421]", b"/UserUnit 2", "iso_a4_210x297mm"),
                                    (b"[0 0 612 792]", b"", "na_letter_8.5x11in")):
            with self.subTest(box + entries):
                answer = one(made_pdf.write(self.path("paper.pdf"), [TEXT], box=box, page_entries=entries))
                self.assertEqual((answer["media"], answer["confidence"]["media"]), (media, "exact"))

    def test_title(self):
        answer = one(made_pdf.write(self.path("title.pdf"), [TEXT], info=b"<</Title(Annual \\(report\\))>>"))
        self.assertEqual(answer["title"], "Annual (report)")

    def test_pages_only(self):
        file = made_pdf.write(self.path("quick.pdf"), [b"1 0 0 rg " + TEXT] * 20)
        answer = one(file, options=["--pages-only"])
        self.assertEqual((answer["pages"], answer["confidence"]["pages"], answer["color_pages"]), (20, "exact", None))

    def test_hostile_ones_end(self):
        packed = b"0" * (100 << 20)
        for _ in range(2):
            packed = zlib.compress(packed)
        whole = content(made_pdf.write(self.path("plain.pdf"), [TEXT]))
        nested = b"%PDF-1.4\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
        cases = {"bomb": None, "loop in the tree": whole.replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]"), "nested arrays": nested}
        self.assertIn(b"/Kids[2 0 R]", cases["loop in the tree"])
        for name, data in cases.items():
            with self.subTest(name):
                file = self.path("hostile.pdf")
                if data is None:
                    made_pdf.write(file, [b"/B Do"], [stream(packed, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Filter[/FlateDecode/FlateDecode]")],
                                   b"/XObject<</B 3 0 R>>")
                else:
                    with open(file, "wb") as opened:
                        opened.write(data)
                answer = one(file)
                self.assertNotEqual(answer["confidence"]["color_pages"], "exact", answer)


if __name__ == "__main__":
    unittest.main()
