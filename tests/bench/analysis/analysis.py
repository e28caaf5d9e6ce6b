#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast documents are counted, beside the tools that others count with, in one run.

    analysis.py [--pages 2000] [--rounds 5] [--seconds 1] [--json FILE]

PDF: whole processes, start included, medians of the wall clock (ms): `printrouter analyse --pages-only` against qpdf,
pdfinfo and mutool, and `printrouter analyse`, which tells colours too, against Ghostscript's inkcov. Other languages: megabytes of document a second of processor
time, from memory, one core, through the plugin's own table (tests/integration/languages/language_driver); pkpgcounter
beside them where it is installed. Programs are those of PRINTROUTER_BIN (default build/release/bin). A figure below its
goal is printed as such, with exit 0; a document that cannot be made or read ends with exit 1."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("PRINTROUTER_SOURCE") or os.path.abspath(os.path.join(HERE, "..", "..", ".."))
BIN = os.environ.get("PRINTROUTER_BIN") or os.path.join(SOURCE, "build", "release", "bin")
BUILD = os.path.dirname(BIN)
sys.path.insert(0, os.path.join(SOURCE, "tests", "integration", "languages"))
import corpus  # noqa: E402

TEXT = "".join(f"40 {y} moveto (The quick brown fox jumps over the lazy dog and counts each page it leaves) show\n" for y in
               range(60, 780, 12))
RAMP = ("gsave 60 300 translate 460 300 scale 64 64 8 [64 0 0 -64 0 64] {<" + "".join(f"{v:02x}{v:02x}{v:02x}" for v in range(0, 256, 4))
        * 64 + ">} false 3 colorimage grestore\n")
SRGB = ["-dcupsColorSpace=19", "-dcupsBitsPerColor=8", "-r200"]
# language, Ghostscript device and options, goal in MB/s
STREAMS = [
    ("PCL 5e", "ljet4", ["-r300"], 300),
    ("PCL 5c, pixels", "cljet5c", ["-r150"], 300),
    ("PCL 5c, planes", "cdj550", ["-r150"], 300),
    ("PCL XL, mono", "pxlmono", ["-r600"], 300),
    ("PCL XL, colour", "pxlcolor", ["-r600"], 300),
    ("PCL XL, delta rows", "pxlcolor", ["-r600", "-dCompressMode=3"], 300),
    ("PWG raster, sRGB", "pwgraster", SRGB, 500),
    ("Apple raster, sRGB", "urf", SRGB, 500),
]


def pages(count):
    font = "/Times-Roman findfont 11 scalefont setfont\n"
    return [corpus.Page(corpus.A4, font + TEXT + (RAMP if n % 4 == 0 else "") + (corpus.RED_BOX if n % 20 == 10 else ""), n % 20 == 10)
            for n in range(count)]


def wall(command):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
    return (time.monotonic() - start) * 1e3


def pdf_rows(folder, count, rounds):
    """Round by round, so that what else the machine does falls on all alike."""
    source, pdf = os.path.join(folder, "doc.ps"), os.path.join(folder, "doc.pdf")
    with open(source, "w", encoding="ascii") as file:
        file.write(corpus.postscript([corpus.page(n, corpus.RED_BOX) if n % 20 == 10 else corpus.page(n) for n in range(count)]))
    corpus.gs("pdfwrite", source, pdf)
    inkcov = ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=inkcov", "-dUseFastColor=true", "-o", "-", pdf]
    ours = os.path.join(BIN, "printrouter")
    commands = {"printrouter analyse --pages-only": [ours, "analyse", "--pages-only", pdf], "printrouter analyse": [ours, "analyse", pdf],
                "qpdf --show-npages": ["qpdf", "--show-npages", pdf], "pdfinfo": ["pdfinfo", pdf], "mutool info": ["mutool", "info", pdf],
                "gs inkcov": inkcov, "pkpgcounter": ["pkpgcounter", pdf]}
    times = {name: [] for name, command in commands.items() if shutil.which(command[0])}
    for number in range(rounds):
        for name, taken in times.items():
            if number == 0 or name not in ("gs inkcov", "pkpgcounter"):
                taken.append(wall(commands[name]))
    rows = [{"what": name, "pages": count, "ms": round(statistics.median(times[name]), 1)} if name in times
            else {"what": name, "missing": True} for name in commands]
    by_name = {row["what"]: row.get("ms") for row in rows}
    fastest = min(ms for name, ms in by_name.items() if ms and name in ("qpdf --show-npages", "pdfinfo", "mutool info"))
    rows[0]["goal_ms"] = round(fastest + 5, 1)
    rows[1]["goal_ms"] = round(by_name["gs inkcov"] / 20, 1)
    return rows


def stream_rows(folder, seconds):
    driver, plugins = os.path.join(BUILD, "tests", "language_driver"), os.path.join(BUILD, "lib", "printrouter", "plugins")
    source = os.path.join(folder, "stream.ps")
    with open(source, "w", encoding="ascii") as file:
        file.write(corpus.postscript(pages(60)))
    rows = []
    for name, device, options, goal in STREAMS:
        out = os.path.join(folder, device)
        corpus.gs(device, source, out, *options)
        said = json.loads(subprocess.run([driver, "--plugins", plugins, "--bench", str(seconds), out], check=True, capture_output=True,
                                         text=True).stdout)
        row = {"what": name, "bytes": said["bytes"], "mb_per_s": round(said["mb_per_s"]), "goal": goal}
        if shutil.which("pkpgcounter"):
            row["pkpgcounter_mb_per_s"] = round(said["bytes"] / 1e3 / wall(["pkpgcounter", out]), 1)
        rows.append(row)
        os.unlink(out)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="analysis-") as folder:
        result = {"pdf": pdf_rows(folder, args.pages, args.rounds), "streams": stream_rows(folder, args.seconds)}
    print(f"PDF of {args.pages} pages, a process each")
    for row in result["pdf"]:
        below = f"   above its goal of {row['goal_ms']} ms" if row.get("goal_ms", row.get("ms", 0)) < row.get("ms", 0) else ""
        print(f"  {row['what']:<34}" + ("not installed" if "missing" in row else f"{row['ms']:>10.1f} ms{below}"))
    print("From memory, on one core")
    for row in result["streams"]:
        below = "" if row["mb_per_s"] >= row["goal"] else f"   below its goal of {row['goal']}"
        print(f"  {row['what']:<34}{row['mb_per_s']:>10} MB/s of {row['bytes'] / 1e6:.1f} MB{below}")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
