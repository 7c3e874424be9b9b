"""A shop's own exceptional closings: coming ones, a new one, one taken back.

Parses, calls one operation, renders.  What the town closes together is shown, and is the
planner's to take back.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from dispatch.core.ids import MerchantId
from dispatch.operations.access import PageKind
from dispatch.operations.closures import closures_ahead
from dispatch.operations.ports import Ports
from dispatch.web.closings import Draft, changed, frame, rows
from dispatch.web.doors import link, reader
from dispatch.web.merchant.counter import mode_word


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/commerce/fermetures`` on *pages*."""

    @pages.get("/fermetures")
    @reader(PageKind.MERCHANT)
    def closings() -> str:
        return _page(Draft(), ports)

    @pages.post("/fermetures")
    @reader(PageKind.MERCHANT)
    def change_closings() -> ResponseReturnValue:
        mine = link().subject
        return changed(mine, lambda draft: _page(draft, ports), ports, of=mine)

    del closings, change_closings


def _page(draft: Draft, ports: Ports) -> str:
    mine = MerchantId(link().subject)
    ahead = tuple(one for one in closures_ahead(ports) if one.closes(mine))
    return render_template(
        "merchant/closings.html",
        merchant=ports.territory.merchant(mine),
        rows=rows(ahead, ports, of=mine),
        draft=draft,
        mode_word=mode_word,
        **frame(ports),
    )
