# SPDX-License-Identifier: Apache-2.0
"""Documents that can be told apart wherever they come out: MARKER-BEGIN at the start, MARKER-END at the end.

    make("pdf", "PRD7N012", pages=2, size=40000) -> bytes

Kinds: pdf, ps, pcl (PCL 5 in PJL), pxl (PCL XL in PJL, by Ghostscript), pwg (PWG raster), txt, pjl-ps (PostScript in
PJL, names its job: for paths that carry no title), and pjl-hold (the same, to be kept until its owner is there).
In PDF the markers are comments of the first and the last page's content, which filters pass on or compress but do not
drop; in PCL XL of the PJL around it; in PWG raster they are pixels. `size` pads the middle of the document, so that a
broken copy has the beginning and lacks the end."""

import struct
import subprocess

UEL = b"\x1b%-12345X"
SUFFIX = {"pdf": "pdf", "ps": "ps", "pjl-ps": "prn", "pjl-hold": "prn", "pcl": "prn", "pxl": "prn", "pwg": "pwg", "txt": "txt"}
MIME = {"pdf": "application/pdf", "ps": "application/postscript", "pjl-ps": "application/octet-stream",
        "pjl-hold": "application/octet-stream",
        "pcl": "application/octet-stream", "pxl": "application/octet-stream", "pwg": "image/pwg-raster", "txt": "text/plain"}


def make(kind, marker, title, pages=1, size=0):
    begin, end = (marker + "-BEGIN").encode(), (marker + "-END").encode()
    return {"pdf": pdf, "ps": postscript, "pjl-ps": pjl_postscript, "pjl-hold": pjl_hold, "pcl": pcl, "pxl": pclxl,
            "pwg": pwg_raster, "txt": text}[kind](begin, end, title.encode("ascii", "replace"), pages, size)


def padding(size, start=b"% "):
    line = start + b"the quick brown fox jumps over the lazy dog " * 2 + b"\n"
    return line * (size // len(line))


def pdf(begin, end, title, pages, size):
    bodies = [b"BT /F1 20 Tf 72 700 Td (page %d of %s) Tj ET\n" % (n + 1, title) for n in range(pages)]
    bodies[0] = b"%" + begin + b"\n" + bodies[0]
    bodies[-1] += padding(size) + b"%" + end + b"\n"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(b"%d 0 R" % (4 + 2 * n)
                                                                             for n in range(pages))),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for number, body in enumerate(bodies):
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources "
                       b"<< /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body))
    objects.append(b"<< /Title (%s) >>" % title)
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number + 1, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % at
                                                                               for at in offsets)
    return out + b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, len(objects), start)


def postscript(begin, end, title, pages, size):
    out = b"%!PS-Adobe-3.0\n%%Title: " + title + b"\n%%%%Pages: %d\n%%" % pages + begin + b"\n"
    for number in range(pages):
        out += (b"%%%%Page: %d %d\n/Helvetica findfont 20 scalefont setfont 72 700 moveto (page %d of %s) show showpage\n"
                % (number + 1, number + 1, number + 1, title))
    return out + padding(size) + b"%" + end + b"\n%%EOF\n"


def pjl(language, title, document, more=b"", tail=b""):
    return (UEL + b"@PJL\r\n@PJL JOB NAME=\"" + title + b"\"\r\n@PJL SET JOBNAME=\"" + title + b"\"\r\n" + more +
            b"@PJL ENTER LANGUAGE=" + language + b"\r\n" + document + UEL + tail + b"@PJL EOJ\r\n" + UEL)


def pjl_postscript(begin, end, title, pages, size):
    return pjl(b"POSTSCRIPT", title, postscript(begin, end, title, pages, size))


def pjl_hold(begin, end, title, pages, size):
    return pjl(b"POSTSCRIPT", title, postscript(begin, end, title, pages, size), b"@PJL SET HOLD=ON\r\n")


def pcl(begin, end, title, pages, size):
    page = b"\x1b&a3R%s page %d\r\n"
    body = b"\x1bE" + begin + b"\r\n" + b"\x0c".join(page % (title, n + 1) for n in range(pages))
    return pjl(b"PCL", title, body + padding(size, b"") + end + b"\r\n\x0c\x1bE")


def pclxl(begin, end, title, pages, size):
    source = postscript(begin, end, title, pages, 0)
    done = subprocess.run(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pxlmono", "-sOutputFile=-", "-"],
                          input=source, stdout=subprocess.PIPE, check=True)
    stream = done.stdout[done.stdout.index(b") HP-PCL XL"):]  # without the PJL that Ghostscript puts around it
    stream = stream[:stream.rindex(UEL)] if UEL in stream else stream
    padded = padding(size, b"@PJL COMMENT ").replace(b"\n", b"\r\n")
    return pjl(b"PCLXL", title, stream, b"@PJL COMMENT " + begin + b"\r\n" + padded,
               b"@PJL\r\n@PJL COMMENT " + end + b"\r\n")


def pwg_raster(begin, end, title, pages, size):
    """PWG 5102.4: pages of 8 bit grey at 100 dpi; its first and its last line spell the markers."""
    width, height = 827, 1169
    out = b"RaS2"
    for number in range(pages):
        header = bytearray(1796)
        header[0:9] = b"PwgRaster"
        for offset, value in ((276, 100), (280, 100), (340, 1), (352, 595), (356, 842), (372, width), (376, height),
                              (384, 8), (388, 8), (392, width), (400, 18), (420, 1), (452, pages)):
            struct.pack_into(">I", header, offset, value)
        header[1732:1732 + 16] = b"iso_a4_210x297mm"
        white = bytes([127, 255]) * (width // 128) + bytes([width % 128 - 1, 255])

        def spelled(word):
            rest = width - 128
            return (bytes([0, 257 - 128]) + word.ljust(128)[:128] + bytes([127, 255]) * (rest // 128) +
                    bytes([rest % 128 - 1, 255]))
        above = ([begin] if number == 0 else []) + [title]
        if number == 0:
            above += [b"the quick brown fox jumps over the lazy dog"] * min(size // 140, 800)
        below = [end] if number == pages - 1 else []
        lines, left = b"".join(map(spelled, above)), height - len(above) - len(below)
        while left:
            repeat = min(left, 256)
            lines += bytes([repeat - 1]) + white
            left -= repeat
        lines += b"".join(map(spelled, below))
        out += bytes(header) + lines
    return out


def text(begin, end, title, pages, size):
    return (begin + b"\n" + b"\x0c".join(b"%s, page %d\n" % (title, n + 1) for n in range(pages)) + padding(size, b"") +
            end + b"\n")
