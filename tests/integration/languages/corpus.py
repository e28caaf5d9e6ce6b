# SPDX-License-Identifier: Apache-2.0
"""Documents with known truth, and what Debian's drivers make of them."""
import os
import subprocess
from typing import NamedTuple

A4, A3, LETTER = (595, 842), (842, 1191), (612, 792)

TEXT = "/Helvetica findfont 20 scalefont setfont 72 %d moveto (page %d) show\n"
GREY_BOX = "0.5 setgray 100 300 200 100 rectfill 0 setgray\n"
RGB_GREY = "0.5 0.5 0.5 setrgbcolor 100 300 200 100 rectfill 0 setgray\n"
RGB_BLACK = "0 0 0 setrgbcolor 100 300 200 100 rectfill 72 200 moveto (black) show\n"
RED_BOX = "1 0 0 setrgbcolor 100 300 200 100 rectfill 0 setgray\n"
# 8 x 8 pixels of red, green and blue that differ; and the same in greys.
COLOUR_IMAGE = ("gsave 100 300 translate 200 200 scale 8 8 8 [8 0 0 -8 0 8] {<" + "ff8000" * 64 + ">} false 3 colorimage grestore\n")
GREY_IMAGE = ("gsave 100 300 translate 200 200 scale 8 8 8 [8 0 0 -8 0 8] {<" + "404040909090ffffff" * 21 + "404040"
              + ">} false 3 colorimage grestore\n")


class Page(NamedTuple):
    size: tuple
    body: str
    colour: bool


def page(number, *extra, size=A4, text=True):
    body = TEXT % (size[1] - 100, number) if text else ""
    return Page(size, body + "".join(extra), RED_BOX in extra or COLOUR_IMAGE in extra)


def documents():
    """name -> its pages: the truth of count, sizes and colour by construction."""
    return {
        "one": [page(1)],
        "two": [page(1), page(2, GREY_BOX)],
        "blank": [page(1, text=False), page(2), page(3, text=False)],
        "grey": [page(1, GREY_BOX), page(2, RGB_GREY), page(3, GREY_IMAGE)],
        "rgb-black": [page(1, RGB_BLACK), page(2, RGB_BLACK)],
        "images": [page(1, COLOUR_IMAGE), page(2, GREY_IMAGE), page(3, COLOUR_IMAGE)],
        "sizes": [page(1), page(2, size=A3), page(3, RED_BOX, size=LETTER), page(4)],
        "hundred": [page(n, RED_BOX) if n == 57 else page(n) for n in range(1, 101)],
        "all-colour": [page(n, RED_BOX) for n in range(1, 6)],
    }


def large():
    return {"two-thousand": [page(n, RED_BOX) if n == 1234 else page(n) for n in range(1, 2001)]}


def postscript(pages, title="A test", user="anna"):
    """DSC-conforming PostScript of these pages."""
    out = [f"%!PS-Adobe-3.0\n%%Title: ({title})\n%%For: ({user})\n%%Pages: {len(pages)}\n%%EndComments\n"]
    for number, one in enumerate(pages, 1):
        width, height = one.size
        out.append(f"%%Page: {number} {number}\n<</PageSize [{width} {height}]>> setpagedevice\n{one.body}showpage\n")
    return "".join(out) + "%%EOF\n"


def gs(device, source, out, *options):
    subprocess.run(["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", f"-sDEVICE={device}", *options, "-o", out, source], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)


def inkcov(source):
    """For each page whether Ghostscript finds colour on it: RGB greys come out as equal parts of three inks."""
    lines = subprocess.run(["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=inkcov", "-dUseFastColor=true", "-r36", "-o", "-",
                            source], check=True, capture_output=True, text=True, timeout=600).stdout.splitlines()
    inks = [line.split()[:3] for line in lines if "CMYK" in line]
    return [not cyan == magenta == yellow for cyan, magenta, yellow in inks]


# name -> (Ghostscript device, options, suffix, prints colour)
SRGB, GREY = ("-dcupsColorSpace=19", "-dcupsBitsPerColor=8"), ("-dcupsColorSpace=18", "-dcupsBitsPerColor=8")
DRIVERS = {
    "ljet4": ("ljet4", ["-r75"], "pcl", False),
    "ljet4d": ("ljet4d", ["-r75"], "pcl", False),
    "ljetplus": ("ljetplus", ["-r75"], "pcl", False),
    "cljet5c": ("cljet5c", ["-r75"], "pcl", True),
    "cdj550": ("cdj550", ["-r100"], "pcl", True),
    "pxlmono": ("pxlmono", ["-r150"], "pxl", False),
    "pxlcolor": ("pxlcolor", ["-r150"], "pxl", True),
    "pxlcolor-delta": ("pxlcolor", ["-r150", "-dCompressMode=3"], "pxl", True),
    "lj5gray": ("lj5gray", ["-r75"], "pxl", False),
    "pwg-srgb": ("pwgraster", ["-r72", *SRGB], "pwg", True),
    "pwg-grey": ("pwgraster", ["-r72", *GREY], "pwg", False),
    "pwg-bit": ("pwgraster", ["-r72"], "pwg", False),
    "urf-srgb": ("urf", ["-r72", *SRGB], "urf", True),
    "urf-grey": ("urf", ["-r72", *GREY], "urf", False),
}


def make(folder, name, pages, drivers=None, options=()):
    """Writes the document and each driver's output; answers [(driver, file, colour truth a page)]."""
    source = os.path.join(folder, name + ".ps")
    with open(source, "w", encoding="ascii") as file:
        file.write(postscript(pages))
    made = []
    for driver in drivers or DRIVERS:
        device, own_options, suffix, in_colour = DRIVERS[driver]
        out = os.path.join(folder, f"{name}.{driver}.{suffix}")
        gs(device, source, out, *own_options, *options)
        made.append((driver, out, [one.colour and in_colour for one in pages]))
    return made


def make_cups(folder, name, pages):
    """The same by CUPS' own filters; a driver that halftones greys may make colour of them: truth None."""
    source, pdf = os.path.join(folder, name + ".ps"), os.path.join(folder, name + ".pdf")
    with open(source, "w", encoding="ascii") as file:
        file.write(postscript(pages))
    gs("pdfwrite", source, pdf)
    subprocess.run(["ppdc", "-d", folder, "/usr/share/cups/drv/sample.drv"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)
    colour, mono = [one.colour for one in pages], [False] * len(pages)
    ways = [("rastertohp deskjet", ["-p", folder + "/deskjet.ppd", "-m", "printer/test"], None),
            ("rastertohp laserjet", ["-p", folder + "/laserjet.ppd", "-m", "printer/test"], mono),
            ("pxlcolor.ppd", ["-p", "/usr/share/ppd/cupsfilters/pxlcolor.ppd", "-m", "printer/test"], colour),
            ("pwg-raster", ["-m", "image/pwg-raster"], colour)]
    made = []
    for number, (way, options, truth) in enumerate(ways):
        out = os.path.join(folder, f"{name}.cups{number}")
        with open(out, "wb") as file:
            subprocess.run(["/usr/sbin/cupsfilter", *options, "-e", pdf], check=True, stdout=file, stderr=subprocess.DEVNULL, timeout=300)
        made.append((way, out, truth))
    return made
