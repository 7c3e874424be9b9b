"""Encoded polylines, as OSRM and Valhalla send the shape of a road.

Decides nothing: the format is Google's "Encoded Polyline Algorithm Format", with six
decimals instead of five.  Fifteen lines: the package of that name would be one more to
watch for the same fifteen.
"""

from __future__ import annotations

Points = tuple[tuple[float, float], ...]


def decoded(text: str, *, decimals: int = 6) -> Points:
    """Return the ``(lat, lon)`` points of *text*; a point is not repeated twice in a row.

    Raises ``ValueError`` for a text that is cut short or has a character of no polyline.
    """
    values: list[int] = []
    number = shift = 0
    for letter in text:
        chunk = ord(letter) - 63
        if not 0 <= chunk < 64:
            raise ValueError(f"{letter!r} is no character of a polyline")
        number |= (chunk & 31) << shift
        shift += 5
        if chunk < 32:  # the last five bits of this number; its lowest bit is the sign
            values.append(~(number >> 1) if number & 1 else number >> 1)
            number = shift = 0
    if shift or len(values) % 2:
        raise ValueError("a polyline that is cut short")
    lat = lon = 0
    points: list[tuple[float, float]] = []
    for north, east in zip(values[::2], values[1::2], strict=True):
        lat, lon = lat + north, lon + east
        if north or east or not points:
            points.append((lat / 10**decimals, lon / 10**decimals))
    return tuple(points)
