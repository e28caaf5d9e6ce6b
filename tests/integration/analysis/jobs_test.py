# SPDX-License-Identifier: Apache-2.0
"""Jobs as drivers send them: PJL around documents, several documents in one job. The truth is known by construction."""
import os
import tempfile
import unittest

import made_pdf
from analysing import content, ghostscript, one
from made_pdf import TEXT

UEL = b"\x1b%-12345X"


def pjl(*lines, enter=None):
    text = b"".join(b"@PJL " + line + b"\r\n" for line in lines)
    return UEL + text + (b"@PJL ENTER LANGUAGE=" + enter + b"\r\n" if enter else b"")


class Jobs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.pdf = content(made_pdf.write(self.path("plain.pdf"), [TEXT, b"1 0 0 rg " + TEXT, TEXT]))

    def path(self, name):
        return os.path.join(self.folder, name)

    def job(self, *parts):
        with open(self.path("job"), "wb") as file:
            file.write(b"".join(parts))
        return one(self.path("job"))

    def says(self, answer, **expected):
        for name, value in expected.items():
            self.assertEqual((name, answer[name], answer["confidence"][name]), (name, *value), answer)

    def test_pjl_around_a_pdf(self):
        answer = self.job(pjl(b'JOB NAME="Report"', b"SET COPIES=2", b"SET DUPLEX=ON", b"SET BINDING=SHORTEDGE", b'SET USERNAME="anna"',
                              enter=b"PDF"), self.pdf, UEL, pjl(b"EOJ"), UEL)
        self.says(answer, pages=(3, "exact"), color_pages=(1, "exact"), copies=(2, "exact"), sheets=(4, "exact"),
                  sides=("two-sided-short-edge", "exact"), user=("anna", "exact"), title=("Report", "exact"))

    def test_grayscale_makes_every_page_mono(self):
        for line in (b"SET RENDERMODE=GRAYSCALE", b"SET COLORMODE=MONO", b"SET DATAMODE=GRAYSCALE"):
            with self.subTest(line):
                answer = self.job(pjl(line, enter=b"PDF"), self.pdf, UEL)
                self.says(answer, color_pages=(0, "exact"), mono_pages=(3, "exact"))

    def test_several_documents(self):
        answer = self.job(pjl(b"JOB", enter=b"PDF"), self.pdf, pjl(enter=b"PDF"), self.pdf, UEL, pjl(b"EOJ"), UEL)
        self.says(answer, pages=(6, "exact"), color_pages=(2, "exact"), copies=(1, "exact"))

    def test_copies_are_added_not_squared(self):
        answer = self.job(pjl(b"JOB", b"SET COPIES=3", enter=b"PDF"), self.pdf, pjl(b"EOJ"), pjl(b"JOB", enter=b"PDF"), self.pdf, UEL)
        self.says(answer, pages=(12, "exact"), copies=(1, "exact"))

    def test_settings_last_until_pjl_resets_them(self):
        answer = self.job(pjl(b"SET COPIES=2", enter=b"PDF"), self.pdf, pjl(enter=b"PDF"), self.pdf, UEL)
        self.says(answer, pages=(6, "exact"), copies=(2, "exact"))

    def test_pcl_sets_copies_itself(self):
        page = b"\x1bE\x1b&l%dXhello\x0c\x1bE"
        self.says(self.job(pjl(b"SET COPIES=2", enter=b"PCL"), page % 5, UEL), pages=(1, "exact"), copies=(5, "exact"))
        self.says(self.job(pjl(b"SET COPIES=2", enter=b"PCL"), b"\x1bEhello\x0c\x1bE", UEL), pages=(1, "exact"), copies=(2, "exact"))

    def test_copies_around_postscript_are_never_squared(self):
        ghostscript("-sDEVICE=ps2write", "-o", self.path("a.ps"), self.path("plain.pdf"))
        answer = self.job(pjl(b"SET COPIES=2", enter=b"POSTSCRIPT"), content(self.path("a.ps")), UEL)
        self.assertEqual((answer["pages"], answer["copies"]), (3, 2), answer)

    def test_ghostscript_makes_postscript_exact(self):
        loop = b"%!PS\n1 1 4 {pop .5 setgray 72 72 99 99 rectfill showpage} for 1 0 0 setrgbcolor 9 9 9 9 rectfill showpage\n"
        self.says(self.job(pjl(enter=b"POSTSCRIPT"), loop, UEL), pages=(5, "exact"), color_pages=(1, "exact"))

    def test_size_alone_keeps_no_postscript_from_being_exact(self):
        self.says(self.job(b"%!PS\n" + 40_000 * (b"%" + 998 * b"x" + b"\n") + b"9 9 9 9 rectfill showpage\n"), pages=(1, "exact"))

    def test_postscript_that_fails_or_talks_is_not_exact(self):
        for program in (b"%!PS\nshowpage no-such-word\n", b"%!PS\n(forged) = showpage\n"):
            with self.subTest(program):
                answer = self.job(program)
                self.assertNotEqual(answer["confidence"]["pages"], "exact")
                self.assertIn("it fails in Ghostscript, or writes among its answers", answer["why"])

    def test_postscript_that_never_ends_says_whose_time_was_up(self):
        answer = self.job(b"%!PS\n%%Pages: 1\n%%Page: 1 1\n{} loop showpage\n")
        self.assertNotEqual(answer["confidence"]["pages"], "exact")
        self.assertIn("Ghostscript was not through with it after 15 s", answer["why"])

    def test_an_empty_job(self):
        self.says(self.job(b""), pages=(0, "exact"), sheets=(0, "exact"))
        self.says(self.job(pjl(b"JOB"), pjl(b"EOJ"), UEL), pages=(0, "exact"))

    def test_a_mark_inside_binary_data_is_none(self):
        answer = self.job(self.pdf.replace(b"(Hello)", b"(" + UEL + b")"))
        self.assertNotEqual((answer["pages"], answer["confidence"]["pages"]), (1, "exact"), answer)

    def test_the_account_is_not_shown(self):
        answer = self.job(pjl(b'SET USERCODE="4711"', enter=b"PDF"), self.pdf, UEL)
        self.assertNotIn("account", answer)
        self.assertNotIn("4711", str(answer))


if __name__ == "__main__":
    unittest.main()
