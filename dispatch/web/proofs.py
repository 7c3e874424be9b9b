"""Proofs of handovers as people look at them; the same for a shop and a planner.

Parses, calls one operation, renders.  Who sees which order is ``operations.proof_list``'s and
``operations.proofs``'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from dispatch.core.civil import local_day
from dispatch.core.errors import NotFound
from dispatch.core.ids import MerchantId
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.operations.proof_list import handovers
from dispatch.operations.proofs import picture_of
from dispatch.tracking.proofs import ProofKind
from dispatch.web.doors import reader
from dispatch.web.words import N_, _

WORDS: Final[Mapping[ProofKind, str]] = MappingProxyType(
    {
        ProofKind.NAME: N_("nom"),
        ProofKind.PIN: N_("code du client"),
        ProofKind.CODE: N_("code du colis"),
        ProofKind.PHOTO: N_("photo"),
        ProofKind.SIGNATURE: N_("signature"),
    }
)


def hang(
    pages: Blueprint, kind: PageKind, mine: Callable[[], MerchantId | None], ports: Ports
) -> None:
    """Put ``preuves`` and its pictures on *pages*.  *mine*: whose orders; None: everybody's."""

    @pages.get("/preuves")
    @reader(kind)
    def proofs_page() -> ResponseReturnValue:
        today = local_day(ports.clock.now())
        asked, mistake = _asked(today)
        page = render_template(
            "proofs.html",
            style=f"{kind.value}.css",
            handovers=handovers(asked, ports, merchant_id=mine()),
            day=asked,
            mistake=mistake,
            kind_word=kind_word,
            picture=f"{pages.name}.proof_picture",
            back=f"{pages.name}.{'board' if kind is PageKind.MERCHANT else 'day'}",
            keep_days=ports.parameters.retention.proofs_days,
        )
        return (page, 400) if mistake else page

    @pages.get("/preuves/<proof_id>")
    @reader(kind)
    def proof_picture(proof_id: str) -> Response:
        found = picture_of(proof_id, ports, merchant_id=mine())
        if found is None:
            raise NotFound(f"no picture of proof {proof_id}")
        # Somebody's door: no shared computer keeps it.
        headers = {"Cache-Control": "no-store", "Content-Disposition": "inline"}
        return Response(found.data, mimetype=found.content_type, headers=headers)

    del proofs_page, proof_picture


def kind_word(kind: ProofKind) -> str:
    """Return what people call a proof of *kind*."""
    return _(WORDS[kind])


def _asked(today: date) -> tuple[date, str]:
    """Return the day of ``?jour=``, or today with what is wrong with it."""
    text = request.args.get("jour", "")
    try:
        return (date.fromisoformat(text) if text else today), ""
    except ValueError:
        return today, _("« %(text)s » n’est pas une date : écrivez 2026-11-24.", text=text)
