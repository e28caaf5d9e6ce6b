# SPDX-License-Identifier: Apache-2.0
"""PDFs written by hand, so that what is in them is known."""

FONT = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
TEXT = b"BT /F1 24 Tf 72 600 Td (Hello) Tj ET\n"
BLOCK = b" 100 100 200 200 re f\n"


def image(data, width, height, space, bits=8, more=b""):
    return (b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace %s/BitsPerComponent %d%s/Length %d>>stream\n%s\nendstream"
            % (width, height, space, bits, more, len(data), data))


def stream(data, entries=b""):
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


def write(file, pages, objects=(), resources=FONT, box=b"[0 0 595 842]", page_entries=b"", catalog=b"", info=b"", count=None):
    """`pages`: content streams. `objects` are numbered from 3 on."""
    made = [b"", b"", *objects]
    kids = []
    for content in pages:
        made.append(stream(content))
        made.append(b"<</Type/Page/Parent 2 0 R/MediaBox %s%s/Contents %d 0 R/Resources<<%s>>>>"
                    % (box, page_entries, len(made), resources))
        kids.append(b"%d 0 R" % len(made))
    made[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog
    made[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids) if count is None else count, b" ".join(kids))
    if info:
        made.append(info)
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(made, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(made) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(made) + 1, b"/Info %d 0 R" % len(made) if info else b"", table)
    with open(file, "wb") as f:
        f.write(out)
    return file
