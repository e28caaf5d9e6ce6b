#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the language plugins say of documents whose truth is known. One wrong `exact` fails."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus  # noqa: E402
import edge_cases  # noqa: E402

DRIVER = os.environ["PRINTROUTER_LANGUAGE_DRIVER"]
PLUGINS = os.environ["PRINTROUTER_PLUGINS"]


def analyse(files, *options):
    run = subprocess.run([DRIVER, "--plugins", PLUGINS, *options, *files], capture_output=True, text=True, timeout=300)
    if run.returncode != 0:
        raise AssertionError(f"language_driver ended with {run.returncode}: {run.stderr[-2000:]}")
    return [json.loads(line) for line in run.stdout.splitlines()]


class Documents(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="languages-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path


class EdgeCases(Documents):
    def check(self, name, said, confidence, pages, fields):
        got = (said.get("pages_confidence", "unknown"), said.get("pages"))
        self.assertEqual(got, (confidence, pages), f"{name}: {said}")
        if confidence != edge_cases.EXACT:
            self.assertTrue(said.get("why"), f"{name}: no word on why")
        for field, wanted in fields.items():
            grade, value = wanted if isinstance(wanted, tuple) else (edge_cases.EXACT, wanted)
            self.assertEqual((said.get(field + "_confidence"), said.get(field)), (grade, value), f"{name}, {field}: {said}")
        # The parts of an exact whole add up.
        if said.get("color_pages_confidence") == said.get("pages_confidence") == "exact":
            self.assertEqual(said["color_pages"] + said["mono_pages"], said["pages"], name)

    def test_each(self):
        for language, cases in edge_cases.BY_LANGUAGE.items():
            files = [self.write(f"{number}.bin", content) for number, (_, content, *_) in enumerate(cases)]
            for piece in ("65536", "1", "7"):
                for (name, content, *wanted), said in zip(cases, analyse(files, "--language", language, "--piece", piece)):
                    with self.subTest(language=language, case=name, piece=piece):
                        self.check(name, said, *wanted)

    def test_recognised(self):
        for name, content, language in edge_cases.RECOGNISED:
            (said,) = analyse([self.write("recognised.bin", content)])
            self.assertEqual((said["language"], said.get("pages")), (language, None), name)
            self.assertTrue(said["why"], name)


class Corpus(Documents):
    # Where the drivers' output leaves the last word to the device. DeskJet drivers end a blank page with a reset.
    LEFT_TO_THE_DEVICE = {("blank", "cdj550")}

    def check(self, name, pages, made):
        for (driver, file, colour), said in zip(made, analyse([file for _, file, _ in made])):
            with self.subTest(document=name, driver=driver):
                truth = {"pages": len(pages), "color_pages": sum(colour), "mono_pages": len(pages) - sum(colour)}
                for field, value in truth.items():
                    if said.get(field + "_confidence") == "exact":
                        self.assertEqual(said[field], value, f"a wrong exact: {said}")
                    elif (name, driver) not in self.LEFT_TO_THE_DEVICE:
                        self.fail(f"{field} is not exact: {said}")

    def test_drivers(self):
        for name, pages in corpus.documents().items():
            self.check(name, pages, corpus.make(self.folder, name, pages))

    def test_cups_filters(self):
        pages = corpus.documents()["images"]
        made = corpus.make_cups(self.folder, "images", pages)
        self.check("images", pages, [(driver, file, colour) for driver, file, colour in made if colour is not None])
        (said,) = analyse([file for _, file, colour in made if colour is None])
        self.assertEqual((said["pages"], said["pages_confidence"]), (len(pages), "exact"), said)
        # Greys in dots of three inks: coloured for a printer, perhaps not for a reader. Nothing to be sure of.
        self.assertEqual((said["color_pages"], said["color_pages_confidence"]), (len(pages), "estimate"), said)

    def test_two_thousand_pages(self):
        for name, pages in corpus.large().items():
            self.check(name, pages, corpus.make(self.folder, name, pages, ["ljet4", "pxlcolor", "urf-srgb"], ["-r75"]))

    def test_truth_agrees_with_ghostscript(self):
        pages = [page for document in corpus.documents().values() for page in document]
        source = self.write("all.ps", corpus.postscript(pages).encode())
        pdf = os.path.join(self.folder, "all.pdf")
        corpus.gs("pdfwrite", source, pdf)
        self.assertEqual(corpus.inkcov(pdf), [page.colour for page in pages])

    def test_sizes(self):
        made = corpus.make(self.folder, "sizes", corpus.documents()["sizes"], ["ljet4", "pxlcolor", "pwg-srgb", "urf-srgb"])
        for (driver, _, _), said in zip(made, analyse([file for _, file, _ in made])):
            with self.subTest(driver=driver):
                self.assertEqual(said["media"], "iso_a4_210x297mm iso_a3_297x420mm na_letter_8.5x11in")
                self.assertEqual(said["media_confidence"], "exact")

    def test_copies_and_duplex(self):
        pages = corpus.documents()["two"]
        for options, copies, sides in ((["-dNumCopies=3"], 3, "one-sided"), (["-dDuplex=true"], None, "two-sided-long-edge"),
                                       (["-dDuplex=true", "-dTumble=true"], None, "two-sided-short-edge")):
            made = corpus.make(self.folder, "two", pages, ["ljet4d", "pxlcolor", "pwg-srgb"], options)
            for (driver, _, _), said in zip(made, analyse([file for _, file, _ in made])):
                with self.subTest(driver=driver, options=options):
                    if copies:
                        self.assertEqual((said["copies"], said["copies_confidence"]), (copies, "exact"), said)
                    elif driver != "ljet4d" or "-dTumble=true" not in options:  # which says long edge either way
                        self.assertEqual((said["sides"], said["sides_confidence"]), (sides, "exact"), said)
                    self.assertEqual((said["pages"], said["pages_confidence"]), (2, "exact"), said)

    def test_postscript(self):
        for name in ("one", "two", "hundred", "sizes"):
            pages = corpus.documents()[name]
            source = self.write(name + ".ps", corpus.postscript(pages).encode())
            files = [source, os.path.join(self.folder, name + ".ps2"), os.path.join(self.folder, name + ".cairo.ps")]
            corpus.gs("ps2write", source, files[1])
            corpus.gs("pdfwrite", source, os.path.join(self.folder, name + ".pdf"))
            subprocess.run(["pdftocairo", "-ps", os.path.join(self.folder, name + ".pdf"), files[2]], check=True, timeout=60)
            for said in analyse(files):
                self.assertEqual((said.get("pages"), said.get("pages_confidence")), (len(pages), "estimate"), said)

    def test_damaged(self):
        """Cut short and with bytes flipped: bounded, no crash, and the same in any pieces (the driver checks)."""
        made = corpus.make(self.folder, "images", corpus.documents()["images"],
                           ["ljet4", "cljet5c", "cdj550", "pxlcolor", "pxlcolor-delta", "pwg-srgb", "urf-srgb"])
        files = [file for _, file, _ in made] + [self.write("edge.bin", case[1]) for case in edge_cases.PCL[-8:]]
        (said,) = analyse(files, "--damage", "7")
        self.assertGreater(said["tried"], 100)


if __name__ == "__main__":
    unittest.main()
