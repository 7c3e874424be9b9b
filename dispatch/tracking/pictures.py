"""A picture from a phone: what it really is, without what it says about the phone.

Decides by the first bytes, never by what the sender calls it.  Of a JPEG every application
segment (EXIF with the position, thumbnails, maker notes) and comment is cut out, of a PNG
every text; the picture itself is not touched.
"""

from __future__ import annotations

from typing import Final

from dispatch.core.errors import Invalid

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"

_JPEG_BEGINS: Final = b"\xff\xd8"
_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
#: APP1 to APP15 and COM.  APP0 says how the pixels are meant, and nothing else.
_CUT: Final = frozenset({*range(0xE1, 0xF0), 0xFE})
#: Start of scan: from here on it is the picture.
_SCAN: Final = 0xDA
#: Chunks that draw, or say how (PNG, third edition, section 5).
_DRAWING: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB"})


def cleaned(data: bytes) -> tuple[str, bytes]:
    """Return the picture's media type, and the picture without what is not to be seen of it.

    Raises ``Invalid`` (``reason``: ``not_a_picture``) for anything but a whole JPEG or PNG.
    """
    if data.startswith(_JPEG_BEGINS):
        return JPEG, _clean_jpeg(data)
    if data.startswith(_PNG_BEGINS):
        return PNG, _clean_png(data)
    raise _not_a_picture("it begins like neither a JPEG nor a PNG")


def _clean_jpeg(data: bytes) -> bytes:
    kept, at = [data[:2]], 2
    while True:
        if len(data) < at + 4 or data[at] != 0xFF:
            raise _not_a_picture("a JPEG breaks off before its picture")
        marker = data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end < at + 4 or end > len(data):
            raise _not_a_picture("a segment of a JPEG ends outside of it")
        if marker == _SCAN:
            return b"".join((*kept, data[at:]))
        if marker not in _CUT:
            kept.append(data[at:end])
        at = end


def _clean_png(data: bytes) -> bytes:
    kept, at = [_PNG_BEGINS], len(_PNG_BEGINS)
    while True:
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if len(data) < at + 12 or end > len(data):
            raise _not_a_picture("a PNG breaks off before its end")
        name = data[at + 4 : at + 8]
        if name in _DRAWING:
            kept.append(data[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end


def _not_a_picture(why: str) -> Invalid:
    return Invalid(why, field="picture", reason="not_a_picture")
