"""The front door, and what all pages fetch: the town's lines and the map library.

Decides nothing about readers: their folders do.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from flask import Blueprint, Response, render_template, request, send_from_directory
from xstatic.pkg import leaflet

HOME_KINDS: Final = ("planner", "merchant", "courier", "tracking", "api")
#: Kinds with one door, which may go by the name of its kind.
_ONE_DOOR: Final = ("planner", "api")


@dataclass(frozen=True, slots=True)
class HomeLink:
    """One door shown on the front page of a demonstration.

    kind  : which group it stands in, one of ``HOME_KINDS``
    label : a name such as "Léa" or "Au Bon Pain"; "" for the planner's or the API's only
            door: the page then says what it is, in the reader's language
    url   : where it leads, on this site
    """

    kind: str
    label: str
    url: str

    def __post_init__(self) -> None:
        if self.kind not in HOME_KINDS:
            raise ValueError(f"unknown kind {self.kind!r}; known: {', '.join(HOME_KINDS)}")
        if not self.label.strip() and (self.label or self.kind not in _ONE_DOOR):
            raise ValueError(f"the link to {self.url!r} has no label")
        if not self.url.startswith("/") or self.url.startswith("//"):
            raise ValueError(f"not an address on this site: {self.url!r}")


#: Asked at each visit: a demonstration's doors change as its day goes on.
HomeLinks = Callable[[], Sequence[HomeLink]]


def no_links() -> Sequence[HomeLink]:
    """Return no door: outside a demonstration everybody has a link of their own."""
    return ()


def blueprint(map_geojson: bytes, home_links: HomeLinks) -> Blueprint:
    """Return ``/``, ``/carte.geojson`` and ``/static/leaflet/…``, and the shared templates."""
    pages = Blueprint("home", __name__, template_folder="templates")
    packed = gzip.compress(map_geojson, mtime=0)
    etag = sha256(map_geojson).hexdigest()[:16]

    @pages.get("/")
    def index() -> str:
        links = home_links()
        groups = [(kind, [link for link in links if link.kind == kind]) for kind in HOME_KINDS]
        return render_template("home.html", groups=[group for group in groups if group[1]])

    @pages.get("/carte.geojson")
    def town_lines() -> Response:
        response = Response(map_geojson, mimetype="application/geo+json")
        response.vary.add("Accept-Encoding")
        # A quarter of the bytes, on a phone with bad signal.
        if request.accept_encodings["gzip"] > 0:
            response.set_data(packed)
            response.content_encoding = "gzip"
        response.set_etag(etag)
        response.cache_control.public = True
        response.cache_control.max_age = 3600
        response.make_conditional(request)
        return response

    @pages.get("/static/leaflet/<path:filename>")
    def map_library(filename: str) -> Response:
        return send_from_directory(leaflet.BASE_DIR, filename, max_age=86_400)

    return pages
