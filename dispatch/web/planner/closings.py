"""Every shop's exceptional closings, as the planner makes them and takes them back.

Parses, calls one operation, renders.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from dispatch.operations.access import PageKind
from dispatch.operations.closures import closures_ahead
from dispatch.operations.ports import Ports
from dispatch.web.closings import EVERYONE, Draft, changed, frame, name_of, rows
from dispatch.web.doors import reader
from dispatch.web.planner import words


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/fermetures`` on *pages*."""

    @pages.get("/fermetures")
    @reader(PageKind.PLANNER)
    def closings() -> str:
        return _page(Draft(), ports)

    @pages.post("/fermetures")
    @reader(PageKind.PLANNER)
    def change_closings() -> ResponseReturnValue:
        return changed(request.form.get("who", ""), lambda draft: _page(draft, ports), ports)

    del closings, change_closings


def _page(draft: Draft, ports: Ports) -> str:
    shops = sorted(ports.territory.merchants.values(), key=lambda shop: shop.name.casefold())
    return render_template(
        "planner/closings.html",
        rows=rows(closures_ahead(ports), ports),
        draft=draft,
        shops=shops,
        everyone=EVERYONE,
        name_of=lambda merchant_id: name_of(merchant_id, ports),
        mode_word=lambda mode: words.word("mode", mode),
        **frame(ports),
    )
