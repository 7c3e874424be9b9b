"""A page of plain text as a PDF: what the made-up post prints on its labels.

Decides nothing.  PDF 1.4 with one page and one of the fonts every reader has (ISO 32000-1,
7.5 and 9.6.2); letters outside Latin-1 become question marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: A6, in points: what Colissimo calls 10x15.
_SIZE: Final = "298 420"


def one_page(lines: Sequence[str]) -> bytes:
    """Return a PDF of one page that says *lines*, from the top."""
    said = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in lines)
    text = b"BT /F1 12 Tf 16 TL 24 380 Td\n" + said + b"ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_SIZE}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n" % len(text) + text + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    starts = []
    for number, content in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for start in starts:
        out += b"%010d 00000 n \n" % start
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def _escaped(line: str) -> bytes:
    plain = line.encode("latin-1", "replace")
    for letter in (b"\\", b"(", b")"):
        plain = plain.replace(letter, b"\\" + letter)
    return plain
