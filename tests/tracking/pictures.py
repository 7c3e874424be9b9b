"""The smallest pictures that are pictures, and what a phone adds to them."""

from __future__ import annotations

import struct
import zlib

_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\x34" + b"\xff\xd9"
WHERE = b"Exif\x00\x00GPS 44.5 0.16"


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg(*extra: bytes) -> bytes:
    """A JPEG's frame with *extra* segments where phones put theirs."""
    tables = segment(0xDB, bytes(65)) + segment(0xC0, bytes(9))
    return b"\xff\xd8" + segment(0xE0, b"JFIF\x00") + b"".join(extra) + tables + _SCAN


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*extra: bytes) -> bytes:
    """One black pixel, with *extra* chunks before it."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + pixel + chunk(b"IEND", b"")
