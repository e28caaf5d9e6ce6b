# SPDX-License-Identifier: Apache-2.0
"""Small documents with known truth. EXACT: must be said exactly so; LIKELY: an estimate of this; UNKNOWN: no count."""
import struct

EXACT, LIKELY, UNKNOWN = "exact", "estimate", "unknown"
ESC = b"\x1b"
A4_TEXT = b"\x1bE\x1b&l26A\x1b&l0O\x1b&l6D"  # paper, orientation, six lines an inch: nothing is left to the device


def lines(count, text=b"line"):
    return b"".join(b"%s %d\r\n" % (text, n) for n in range(count))


def raster(data, *before):
    return b"\x1b*t75R" + b"".join(before) + b"\x1b*r1A" + b"".join(b"\x1b*b%dW%s" % (len(row), row) for row in data) + b"\x1b*rB"


def macro(number, text):
    return b"\x1b&f%dY\x1b&f0X" % number + text + b"\x1b&f1X"


RGB_PIXELS = b"\x1b*v6W\x00\x03\x00\x08\x08\x08"
GREY_ROW, RED_ROW = b"\x40\x40\x40" * 30, b"\x40\x40\x40" * 29 + b"\xff\x00\x00"

PCL = [
    # name, document, confidence, pages, further fields (value alone: said exactly)
    ("nothing at all", b"", EXACT, 0, {}),
    ("an empty job", b"\x1bE\x1bE", EXACT, 0, {}),
    ("an empty job with settings", b"\x1bE\x1b&l26A\x1b&l1S\x1b&l3X\x1b*p0x0Y\r\n\x1bE", EXACT, 0, {}),
    ("one page of text", b"\x1bEHello\x0c\x1bE", EXACT, 1, {}),
    ("a last page without form feed", b"\x1bEone\x0ctwo\x1bE", EXACT, 2, {}),
    ("neither form feed nor reset", b"\x1bEone\x0ctwo", EXACT, 2, {}),
    ("nothing after the last form feed", b"\x1bEone\x0c\r\n\r\n\x1bE", EXACT, 1, {}),
    ("a blank page in between", b"\x1bEone\x0c\x0cthree\x0c\x1bE", EXACT, 3, {}),
    ("three copies", b"\x1bE\x1b&l3Xone\x0ctwo\x0c\x1bE", EXACT, 2, {"copies": 3}),
    ("copies that change on the way", b"\x1bE\x1b&l3Xone\x0c\x1b&l2Xtwo\x0c\x1bE", EXACT, 5, {"copies": 1}),
    ("duplex", b"\x1bE\x1b&l1S\x1b&l26Aone\x0ctwo\x0c\x1bE", EXACT, 2,
     {"sides": "two-sided-long-edge", "media": "iso_a4_210x297mm"}),
    ("duplex, short edge", b"\x1bE\x1b&l2Sone\x0c\x1bE", EXACT, 1, {"sides": "two-sided-short-edge"}),
    ("duplex, and a back left empty", b"\x1bE\x1b&l1Sone\x0c\x1b&a1Gtwo\x0c\x1bE", EXACT, 2,
     {"sides": (LIKELY, "two-sided-long-edge")}),
    ("mixed sizes", b"\x1bE\x1b&l26Aone\x0c\x1b&l27Atwo\x0c\x1bE", EXACT, 2, {"media": "iso_a4_210x297mm iso_a3_297x420mm"}),
    ("a size that its own", b"\x1bE\x1b&f5669i8504J\x1b&l101Aone\x0c\x1bE", EXACT, 1, {"media": "custom_200x300mm_200x300mm"}),
    ("combined sequences", b"\x1bE\x1b&l26a0o3x1Hone\x0c\x1bE", EXACT, 1, {"copies": 3, "media": "iso_a4_210x297mm"}),
    ("eject by paper source", b"\x1bEone\x1b&l0Htwo\x1b&l0H\x1bE", EXACT, 2, {}),
    ("paper source ejects nothing from an empty page", b"\x1bE\x1b&l1H\x1b&l1Hone\x0c\x1bE", EXACT, 1, {}),
    ("a new size ends a page", b"\x1bEone\x1b&l26Atwo\x0c\x1bE", EXACT, 2, {}),
    ("a new orientation ends a page", b"\x1bEone\x1b&l1Otwo\x0c\x1bE", EXACT, 2, {}),
    ("the same orientation ends none", b"\x1bEone\x1b&l0Otwo\x0c\x1bE", EXACT, 1, {}),
    ("64 lines fill an A4 page", A4_TEXT + lines(63) + b"last\x1bE", EXACT, 1, {}),
    ("65 lines overflow it", A4_TEXT + lines(65) + b"\x1bE", EXACT, 2, {}),
    ("200 lines on A4", A4_TEXT + lines(200) + b"\x1bE", EXACT, 4, {}),
    ("200 lines on letter", A4_TEXT.replace(b"26A", b"2A") + lines(200) + b"\x1bE", EXACT, 4, {}),
    ("180 lines on letter", A4_TEXT.replace(b"26A", b"2A") + lines(179) + b"last\x1bE", EXACT, 3, {}),
    ("landscape A4 takes 43 lines", b"\x1bE\x1b&l26A\x1b&l1O\x1b&l6D" + lines(43) + b"last\x1bE", EXACT, 2, {}),
    ("eight lines an inch", A4_TEXT + b"\x1b&l8D" + lines(85) + b"last\x1bE", EXACT, 2, {}),
    ("a text length of ten lines", A4_TEXT + b"\x1b&l10F" + lines(29) + b"last\x1bE", EXACT, 3, {}),
    ("a page's end left to the device", b"\x1bE" + lines(200) + b"\x1bE", LIKELY, 4, {}),
    ("no skip over the perforation", A4_TEXT + b"\x1b&l0L" + lines(66) + b"last\x1bE", EXACT, 1, {}),
    ("rows beyond the page", A4_TEXT + b"one\x1b&a+70Rtwo\x1bE", EXACT, 2, {}),
    ("no wrap: a long line is cut", A4_TEXT + b"x" * 10_000 + b"\x1bE", EXACT, 1, {}),
    ("wrapping 6,000 characters of 78 a line", A4_TEXT + b"\x1b(s0p10H\x1b&s0C" + b"x" * 6_000 + b"\x1bE", EXACT, 2, {}),
    ("wrapping in the device's own font", A4_TEXT + b"\x1b&s0C" + b"x" * 6_000 + b"\x1bE", LIKELY, 2, {}),
    ("carriage return is line feed too", A4_TEXT + b"\x1b&k1G" + b"x\r" * 70 + b"\x1bE", EXACT, 2, {}),
    ("blanks alone", b"\x1bE   \x1bE", LIKELY, 1, {}),
    ("raster data full of form feeds", b"\x1bE" + raster([b"\x0c" * 50] * 20) + b"\x0c\x1bE", EXACT, 1, {"color_pages": 0}),
    ("raster data full of resets", b"\x1bE" + raster([b"\x1bE\x0c" * 20] * 20) + b"\x0c\x1bE", EXACT, 1, {}),
    ("raster data in one sequence", b"\x1bE\x1b*t75R\x1b*r1A\x1b*b0m4w\x0c\x0c\x0c\x0c4W\x0c\x0c\x0c\x0c\x1b*rB\x0c\x1bE", EXACT, 1, {}),
    ("a raster page without form feed", b"\x1bE" + raster([b"\xff" * 8]) + b"\x1bE", EXACT, 1, {}),
    ("transparent data", b"\x1bE\x1b&p4X\x0c\x0c\x0c\x0c\x1bE", EXACT, 1, {}),
    ("a font download", b"\x1bE\x1b)s64W" + b"\x0c\x1bE" * 21 + b"\x0cone\x0c\x1bE", EXACT, 1, {}),
    ("a pattern download", b"\x1bE\x1b*c8W\x00\x01\x00\x08\x00\x08\x0c\x0c" + b"one\x0c\x1bE", EXACT, 1, {}),
    ("a macro defined, not run", b"\x1bE" + macro(1, b"one\x0c") + b"\x1bE", EXACT, 0, {}),
    ("a macro run twice", b"\x1bE" + macro(1, b"one\x0c") + b"\x1b&f1y2X\x1b&f1y2X\x1bE", EXACT, 2, {}),
    ("a macro called", b"\x1bE" + macro(1, b"\x1b&l4Xone\x0c") + b"\x1b&l2X\x1b&f1y3Xtwo\x0c\x1bE", EXACT, 6, {"copies": 1}),
    ("a macro with data", b"\x1bE" + macro(1, b"\x1b*b4W\x1b&f1" + b"\x0c") + b"\x1b&f1y2X\x1bE", EXACT, 1, {}),
    ("an overlay", b"\x1bE" + macro(1, b"logo") + b"\x1b&f1y4Xone\x0ctwo\x0c\x1bE", EXACT, 2, {}),
    ("a macro of the device's", b"\x1bE\x1b&f99y2Xone\x0c\x1bE", LIKELY, 1, {}),
    ("HP-GL/2", b"\x1bE\x1b%0BIN;SP1;PA0,0;PD100,100;LB\x0ctext\x03;\x1b%0A\x0c\x1bE", EXACT, 1, {"color_pages": 0}),
    ("HP-GL/2 alone on the page", b"\x1bE\x1b%0BSP1PA0,0PD100,100\x1b%0A\x1bE", EXACT, 1, {}),
    ("HP-GL/2 that draws nothing", b"\x1bE\x1b%0BIN;SP1;PU100,100;\x1b%0A\x1bE", EXACT, 0, {}),
    ("display functions", b"\x1bE\x1bY\x0c\x1bE\x0c\x1bZ\x0c\x1bE", EXACT, 1, {}),
    ("bytes after the language is left", b"\x1bEone\x0c\x1b%-12345Xtwo\x0c", EXACT, 1, {}),
    ("cut in raster data", b"\x1bEone\x0c\x1b*r1A\x1b*b4W\x00", UNKNOWN, None, {}),
    ("cut in a sequence", b"\x1bEone\x0c\x1b&l", UNKNOWN, None, {}),
    ("a macro without end", b"\x1bEone\x0c\x1b&f1y0Xtwo\x0c", UNKNOWN, None, {}),
    ("macros that run each other", b"\x1bE" + macro(1, b"\x1b&f1y2X" * 50) + b"\x1b&f1y2Xone\x0c\x1bE", EXACT, 1, {}),
    ("foreground red", b"\x1bE\x1b*r3U\x1b*v1Sred\x0cmore\x0c\x1b*v0Sblack\x0c\x1bE", EXACT, 3, {"color_pages": 2, "mono_pages": 1}),
    ("a colour palette, black used", b"\x1bE\x1b*r3Ublack\x0c\x1bE", EXACT, 1, {"color_pages": 0}),
    ("a palette entry of one's own", b"\x1bE" + RGB_PIXELS.replace(b"\x03\x00", b"\x01\x08") + b"\x1b*v255a0b0c9I\x1b*v9Sred\x0c\x1bE",
     EXACT, 1, {"color_pages": 1}),
    ("red, drawn grey", b"\x1bE\x1b&b1M\x1b*r3U\x1b*v1Sred\x0c\x1bE", EXACT, 1, {"color_pages": 0}),
    ("RGB raster of greys", b"\x1bE" + RGB_PIXELS + raster([GREY_ROW] * 5) + b"\x0c\x1bE", EXACT, 1, {"color_pages": 0}),
    ("RGB raster with one red pixel", b"\x1bE" + RGB_PIXELS + raster([GREY_ROW] * 5 + [RED_ROW]) + b"\x0c\x1bE", EXACT, 1,
     {"color_pages": 1}),
    ("three planes alike", b"\x1bE\x1b*r-3U\x1b*r1A\x1b*b2V\xf0\x0f\x1b*b2V\xf0\x0f\x1b*b2W\xf0\x0f\x1b*rC\x0c\x1bE", EXACT, 1,
     {"color_pages": 0}),
    ("three planes that differ by a dot", b"\x1bE\x1b*r-3U\x1b*r1A\x1b*b2V\xf0\x0f\x1b*b2V\xf0\x0f\x1b*b2W\xf0\x1f\x1b*rC\x0c\x1bE",
     EXACT, 1, {"color_pages": (LIKELY, 1)}),
    ("red of two planes", b"\x1bE\x1b*r-3U\x1b*r1A" + b"\x1b*b0V\x1b*b4V\xff\xff\xff\xff\x1b*b4W\xff\xff\xff\xff" * 9 + b"\x1b*rC\x0c\x1bE",
     EXACT, 1, {"color_pages": 1}),
    ("grey of dots that fall apart", b"\x1bE\x1b*r-3U\x1b*r1A" + b"\x1b*b4V\xcc\xcc\xcc\xcc\x1b*b4V\x66\x66\x66\x66\x1b*b4W\x33\x33\x33\x33" * 9
     + b"\x1b*rC\x0c\x1bE", EXACT, 1, {"color_pages": (LIKELY, 1)}),
]


def postscript(header, body, trailer="%%EOF\n"):
    return ("%!PS-Adobe-3.0\n" + header + "%%EndComments\n" + body + trailer).encode()


def ps_pages(count):
    return "".join(f"%%Page: {n} {n}\nshowpage\n" for n in range(1, count + 1))


PS = [
    ("structuring comments", postscript("%%Pages: 3\n%%Title: (My \\(own\\))\n%%For: anna\n", ps_pages(3)), LIKELY, 3, {}),
    ("at the end", postscript("%%Pages: (atend)\n", ps_pages(4), "%%Trailer\n%%Pages: 4\n%%EOF\n"), LIKELY, 4, {}),
    ("comments that lie of pages shown", postscript("%%Pages: 1\n", ps_pages(3)), UNKNOWN, None, {}),
    ("comments that lie of the program", postscript("%%Pages: 1\n", "%%Page: 1 1\nshowpage\nshowpage\nshowpage\n"), UNKNOWN, None, {}),
    ("comments that contradict each other", postscript("%%Pages: 2\n", ps_pages(2), "%%Trailer\n%%Pages: 3\n%%EOF\n"), UNKNOWN, None,
     {}),
    ("no comments", b"%!PS\n(a) show showpage\n(b) show showpage\n", LIKELY, 2, {}),
    ("no comments, no pages", b"%!PS\n1 2 add pop\n", UNKNOWN, None, {}),
    ("pages made in a loop", b"%!PS\n1 1 10 { pop showpage } for\n", UNKNOWN, None, {}),
    ("a loop behind comments", postscript("%%Pages: 2\n", "1 1 10 { pop showpage } for\n"), UNKNOWN, None, {}),
    ("a picture within", postscript("%%Pages: 1\n", "%%Page: 1 1\n%%BeginDocument: x.eps\n%%Pages: 7\n%%Page: 1 1\n%%Page: 2 2\n"
                                    "showpage\n%%EndDocument\nshowpage\n"), LIKELY, 1, {}),
    ("binary data within", postscript("%%Pages: 1\n", "%%Page: 1 1\n%%BeginData: 30 Binary Bytes\n" + "%%Page: 8 8\nshowpage\n"[:21]
                                      + "123456789\n%%EndData\nshowpage\n"), LIKELY, 1, {}),
    ("NumCopies", postscript("%%Pages: 1\n", "<</NumCopies 3>>setpagedevice\n" + ps_pages(1)), LIKELY, 1, {"copies": (LIKELY, 3)}),
    ("#copies", postscript("%%Pages: 1\n", "/#copies 4 def\n" + ps_pages(1)), LIKELY, 1, {"copies": (LIKELY, 4)}),
    ("duplex", postscript("%%Pages: 2\n", "<</Duplex true /Tumble true>>setpagedevice\n" + ps_pages(2)), LIKELY, 2,
     {"sides": (LIKELY, "two-sided-short-edge")}),
    ("duplex as a feature", postscript("%%Pages: 2\n", "%%BeginFeature: *Duplex DuplexNoTumble\n%%EndFeature\n" + ps_pages(2)), LIKELY, 2,
     {"sides": (LIKELY, "two-sided-long-edge")}),
    ("media", postscript("%%Pages: 1\n%%DocumentMedia: A3 842 1191 0 () ()\n%%+ A4 595 842 0 () ()\n", ps_pages(1)), LIKELY, 1,
     {"media": (LIKELY, "iso_a3_297x420mm iso_a4_210x297mm")}),
    ("black ink alone", postscript("%%Pages: 1\n%%DocumentProcessColors: Black\n", ps_pages(1)), LIKELY, 1, {"color_pages": (LIKELY, 0)}),
    ("carriage returns for lines", postscript("%%Pages: 2\n", ps_pages(2)).replace(b"\n", b"\r"), LIKELY, 2, {}),
    ("no line end at the end", b"%!PS\nshowpage", LIKELY, 1, {}),
]


def xl(*parts, binding=b")"):
    return binding + b" HP-PCL XL;2;0;Comment\n" + b"".join(parts)


def u8(value, attribute):
    return bytes([0xc0, value, 0xf8, attribute])


def u16(value, attribute, order="<"):
    return b"\xc1" + struct.pack(order + "H", value) + bytes([0xf8, attribute])


XL_SESSION = u8(0, 134) + b"\xd1\x58\x02\x58\x02\xf8\x89" + b"\x41"
XL_PAGE, XL_END_PAGE, XL_END = u8(2, 37) + u8(0, 52) + b"\x43", b"\x44", b"\x42"
XL_RGB = u8(2, 3) + b"\x6a"
XL_BOX = b"\xe1" + struct.pack("<4H", 1, 1, 9, 9) + b"\xf8\x42" + b"\xa0"


def xl_brush(red, green, blue):
    return b"\xc8\xc0\x03" + bytes([red, green, blue]) + b"\xf8\x0b" + b"\x63"


def xl_image(data, width, height, compression=0):
    return (u8(0, 100) + u8(2, 98) + u16(width, 108) + u16(height, 107) + b"\xb0" + u8(0, 109) + u16(height, 99)
            + u8(compression, 101) + b"\xb1\xfa" + struct.pack("<I", len(data)) + data + b"\xb2")


XL = [
    ("no pages", xl(XL_SESSION, XL_END), EXACT, 0, {}),
    ("one page", xl(XL_SESSION, XL_PAGE, XL_END_PAGE, XL_END), EXACT, 1,
     {"color_pages": 0, "sides": "one-sided", "media": "iso_a4_210x297mm"}),
    ("three copies", xl(XL_SESSION, XL_PAGE, u16(3, 49), XL_END_PAGE, XL_END), EXACT, 1, {"copies": 3}),
    ("copies that differ", xl(XL_SESSION, XL_PAGE, u16(3, 49), XL_END_PAGE, XL_PAGE, u16(2, 49), XL_END_PAGE, XL_END), EXACT, 5,
     {"copies": 1}),
    ("duplex", xl(XL_SESSION, u8(2, 37) + u8(1, 53) + b"\x43", XL_END_PAGE, XL_END), EXACT, 1, {"sides": "two-sided-long-edge"}),
    ("a size of its own", xl(XL_SESSION, b"\xd1" + struct.pack("<HH", 2000, 3000) + b"\xf8\x2f" + u8(2, 48) + b"\x43", XL_END_PAGE,
                             XL_END), EXACT, 1, {"media": "custom_200x300mm_200x300mm"}),
    ("grey and red", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_brush(9, 9, 9), XL_BOX, XL_END_PAGE, XL_PAGE, XL_RGB, xl_brush(255, 0, 0), XL_BOX,
                        XL_END_PAGE, XL_END), EXACT, 2, {"color_pages": 1}),
    ("red that paints nothing", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_brush(255, 0, 0), XL_END_PAGE, XL_END), EXACT, 1,
     {"color_pages": 0}),
    ("an image of greys", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_image(b"\x05" * 12 * 4, 4, 4), XL_END_PAGE, XL_END), EXACT, 1,
     {"color_pages": 0}),
    ("an image with one green pixel", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_image(b"\x05" * 46 + b"\x09\x05", 4, 4), XL_END_PAGE, XL_END),
     EXACT, 1, {"color_pages": 1}),
    ("row padding is no colour", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_image(b"\x05\x05\x05\xff" * 4, 1, 4), XL_END_PAGE, XL_END), EXACT, 1,
     {"color_pages": 0}),
    ("a run-length image", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_image(b"\xf5\x05\xf6\x05\x00\x07" * 2, 4, 4, 1), XL_END_PAGE, XL_END), EXACT,
     1, {"color_pages": 1}),
    ("an image full of operators", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_image(b"\x43\x44\x42" * 16, 4, 4), XL_END_PAGE, XL_END), EXACT, 1,
     {"color_pages": 1}),
    ("a JPEG image", xl(XL_SESSION, XL_PAGE, XL_RGB, xl_image(b"\xff\xd8" * 24, 4, 4, 2), XL_END_PAGE, XL_END), EXACT, 1,
     {"color_pages": (LIKELY, 1)}),
    ("high byte first", xl(u8(0, 134) + b"\xd1\x02\x58\x02\x58\xf8\x89" + b"\x41", XL_PAGE, u16(3, 49, ">"), XL_END_PAGE, XL_END,
                           binding=b"("), EXACT, 1, {"copies": 3}),
    ("in ASCII", xl(b"BeginSession\n", binding=b"'"), UNKNOWN, None, {}),
    ("cut in a page", xl(XL_SESSION, XL_PAGE), UNKNOWN, None, {}),
    ("cut between pages", xl(XL_SESSION, XL_PAGE, XL_END_PAGE), LIKELY, 1, {}),
    ("a tag that is none", xl(XL_SESSION, XL_PAGE, b"\xfe", XL_END_PAGE, XL_END), UNKNOWN, None, {}),
    ("a stream that runs", xl(XL_SESSION, XL_PAGE, b"\xc8\xc0\x01a\xf8\x8b\x5e", XL_END_PAGE, XL_END), LIKELY, 1, {}),
]


def urf_page(width, height, line, bits=24, space=1, duplex=1):
    return bytes([bits, space, duplex, 4]) + bytes(8) + struct.pack(">III", width, height, 72) + bytes(8) + line


def urf(count, *pages):
    return b"UNIRAST\0" + struct.pack(">I", count) + b"".join(pages)


GREY_LINES, RED_LINES = b"\x63\x80", b"\x62\x80\x00\x09\xff\x00\x00\x80"
URF_GREY, URF_RED = urf_page(595, 100, GREY_LINES), urf_page(595, 100, RED_LINES)
URF = [
    ("a header that says 0 pages", urf(0, URF_GREY, URF_RED), EXACT, 2, {"color_pages": 1, "mono_pages": 1}),
    ("a header that is right", urf(2, URF_GREY, URF_RED), EXACT, 2, {}),
    ("a header that says too few", urf(1, URF_GREY, URF_RED), EXACT, 2, {}),
    ("a header that says too many", urf(3, URF_GREY, URF_RED), LIKELY, 2, {}),
    ("no pages", urf(0), EXACT, 0, {}),
    ("duplex", urf(0, urf_page(595, 842, b"\xff\x80\xff\x80\xff\x80\x49\x80", duplex=3)), EXACT, 1,
     {"sides": "two-sided-long-edge", "media": "iso_a4_210x297mm"}),
    ("cut in a page", urf(0, URF_GREY, URF_GREY[:-1]), UNKNOWN, None, {}),
    ("more lines than the page has", urf(0, urf_page(595, 10, GREY_LINES)), UNKNOWN, None, {}),
    ("a line longer than the page is wide", urf(0, urf_page(4, 1, b"\x00\x7f\x00\x00\x00")), UNKNOWN, None, {}),
]


def pwg_page(lines_, width=8, height=2, bits=24, space=19, copies=1, duplex=0, tumble=0, order=0):
    header = bytearray(1796)
    header[:9] = b"PwgRaster"
    for at, value in ((272, duplex), (276, 72), (280, 72), (340, copies), (368, tumble), (372, width), (376, height), (384, 8),
                      (388, bits), (392, width * bits // 8), (396, order), (400, space)):
        struct.pack_into(">I", header, at, value)
    name = b"iso_a4_210x297mm"
    header[1732:1732 + len(name)] = name
    return bytes(header) + lines_


PWG_GREY, PWG_RED = pwg_page(b"\x01\x07\x80\x80\x80"), pwg_page(b"\x00\x07\x80\x80\x80" b"\x00\xfe\x01\x01\x01\x02\x02\x02\xff\x00\x00"
                                                                b"\x04\x00\x00\x00")
PWG = [
    ("grey and red", b"RaS2" + PWG_GREY + PWG_RED, EXACT, 2, {"color_pages": 1, "media": "iso_a4_210x297mm", "copies": 1}),
    ("copies and duplex", b"RaS2" + pwg_page(b"\x01\x07\0\0\0", copies=3, duplex=1, tumble=1), EXACT, 1,
     {"copies": 3, "sides": "two-sided-short-edge"}),
    ("no pages", b"RaS2", EXACT, 0, {}),
    ("CMYK black", b"RaS2" + pwg_page(b"\x01\x07\0\0\0\xff", bits=32, space=6), EXACT, 1, {"color_pages": 0}),
    ("CMYK with cyan", b"RaS2" + pwg_page(b"\x01\x07\1\0\0\xff", bits=32, space=6), EXACT, 1, {"color_pages": 1}),
    ("a colour space of the device's own", b"RaS2" + pwg_page(b"\x01\x07\0\0\0", space=50), EXACT, 1, {"color_pages": (LIKELY, 1)}),
    ("cut in a page", b"RaS2" + PWG_GREY + PWG_GREY[:-1], UNKNOWN, None, {}),
    ("a page header that is none", b"RaS2" + PWG_GREY + bytes(1796), UNKNOWN, None, {}),
    ("planes apart", b"RaS2" + pwg_page(b"\x01\x07\0\0\0", order=2), UNKNOWN, None, {}),
]


def jpeg(components, end=b"\xff\xd9"):
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 8 + 3 * components, 8, 1, 1, components) + bytes(3 * components)
    return b"\xff\xd8\xff\xe0\x00\x04\xff\xd9" + frame + b"\xff\xda\x00\x04\x00\x00\x12\xff\x00\xff\xd0\x34" + end


JPEG = [
    ("grey", jpeg(1), EXACT, 1, {"color_pages": 0, "mono_pages": 1}),
    ("coloured", jpeg(3), EXACT, 1, {"color_pages": (LIKELY, 1)}),
    ("cut", jpeg(3, b""), UNKNOWN, None, {}),
]
TEXT = [
    ("two lines", b"one\ntwo\n", LIKELY, 1, {"color_pages": (LIKELY, 0)}),
    ("form feeds", b"one\n\x0ctwo\n\x0c", LIKELY, 2, {}),
    ("130 lines", b"line\n" * 130, LIKELY, 3, {}),
]
RECOGNISED = [
    ("PRESCRIBE", b"!R! FPAT 1;EXIT;\n", "application/x-prescribe"),
    ("XPS", b"PK\x03\x04" + bytes(26) + b"FixedDocSeq.fdseq", "application/oxps"),
    ("TIFF", b"II*\0" + bytes(8), "image/tiff"),
    ("ESC/P", b"\x1b@\x1bP one\r\n\x0c", "application/x-escp"),
]
BY_LANGUAGE = {
    "application/vnd.hp-PCL": PCL,
    "application/postscript": PS,
    "application/vnd.hp-PCLXL": XL,
    "image/urf": URF,
    "image/pwg-raster": PWG,
    "image/jpeg": JPEG,
    "text/plain": TEXT,
}
