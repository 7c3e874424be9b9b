"""The merchant's board and its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.core.errors import Conflict, Invalid, NotFound, TooManyTries
from dispatch.core.ids import MerchantId
from dispatch.operations.access import PageKind
from dispatch.operations.board import merchant_board
from dispatch.operations.parcels import label_of
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.web import proofs
from dispatch.web.doors import link, reader
from dispatch.web.merchant import closings, counter, lateness
from dispatch.web.merchant.doorsteps import doorsteps, posted, received_by
from dispatch.web.words import _, clock


@dataclass(frozen=True, slots=True)
class _Slip:
    """A press that could not be done.  ``at``: the shipment it is told beside, or ``page``."""

    at: str
    message: str


def blueprint(ports: Ports) -> Blueprint:
    """Return ``/commerce``, its parcels' buttons and labels, and its closings, on *ports*."""
    pages = Blueprint("merchant", __name__, url_prefix="/commerce")

    @pages.get("")
    @reader(PageKind.MERCHANT)
    def board() -> str:
        return _page(ports)

    @pages.post("/envois/<shipment_id>")
    @reader(PageKind.MERCHANT)
    def press(shipment_id: str) -> ResponseReturnValue:
        what = _act(request.form.get("act", ""))
        code = "".join(request.form.get("code", "").split())
        by = request.form.get("by", "")
        merchant_id = MerchantId(link().subject)
        try:
            act(what, shipment_id, merchant_id, ports, code=code, by=by)
        except Invalid:
            said = _("Ce n’est pas le code de ce colis. Vérifiez-le avec le client.")
            return _page(ports, _Slip(shipment_id, said)), 422
        except TooManyTries as why:
            said = _(
                "Trop de codes faux : attendez %(clock)s, puis redemandez le code au client.",
                clock=clock(datetime.fromisoformat(str(why.facts["retry_at"]))),
            )
            return _page(ports, _Slip(shipment_id, said)), 429
        except Conflict:
            said = _("Ce colis a changé d’état entre-temps : rien n’a été modifié.")
            return _page(ports, _Slip("page", said)), 409
        return redirect(url_for(".board", _anchor=f"envoi-{shipment_id}"), 303)

    @pages.get("/envois/<shipment_id>/etiquette.pdf")
    @reader(PageKind.MERCHANT)
    def label(shipment_id: str) -> Response:
        pdf = label_of(shipment_id, link().subject, ports)
        if pdf is None:
            raise NotFound(f"no label of shipment {shipment_id}")
        headers = {
            "Content-Disposition": f'inline; filename="etiquette-{shipment_id}.pdf"',
            # A name and an address: no shared computer keeps them.
            "Cache-Control": "no-store",
        }
        return Response(pdf, mimetype="application/pdf", headers=headers)

    closings.hang(pages, ports)
    lateness.hang(pages, ports)
    proofs.hang(pages, PageKind.MERCHANT, lambda: MerchantId(link().subject), ports)
    return pages


def _act(text: str) -> Act:
    """Return the button named *text*.  Raises ``NotFound`` for any other."""
    try:
        return Act(text)
    except ValueError:
        raise NotFound(f"no button {text!r}; known: {', '.join(Act)}") from None


def _page(ports: Ports, slip: _Slip | None = None) -> str:
    view = merchant_board(MerchantId(link().subject), ports)
    return render_template(
        "merchant/board.html",
        view=view,
        counter=counter.counter(view),
        doorsteps=doorsteps(view, ports),
        received_by=received_by(view, ports),
        posted=posted(view, ports),
        with_labels=ports.carrier is not None,
        slip=slip,
        acts=counter.acts,
        may_be_late=lateness.may_be_late,
        late_minutes=lateness.MINUTES,
        label=counter.label,
        mode_word=counter.mode_word,
        state_word=counter.state_word,
        went_word=counter.went_word,
    )
