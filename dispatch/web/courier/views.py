"""The courier's pages: the day, one button per thing that happens, and the same as JSON.

Parses, calls one operation, renders.  A page's form and a phone's queue of facts end
in the same operation.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from dispatch.core.civil import local_text
from dispatch.core.errors import Invalid
from dispatch.core.ids import CourierId
from dispatch.operations.access import PageKind
from dispatch.operations.courier_news import read_news
from dispatch.operations.manifest import CourierDay, courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.timetable import next_release
from dispatch.operations.waiting import agree
from dispatch.orders.failures import AT_DROP, AT_PICKUP, AT_RETURN
from dispatch.tracking.door_pins import MOST_INEXACT_M
from dispatch.web.courier import proofs, words
from dispatch.web.courier.messages import MOST_AT_ONCE, Message, take
from dispatch.web.courier.state import map_of, state_of
from dispatch.web.doors import link, reader
from dispatch.web.live import stream
from dispatch.web.words import _

_STATIC = Path(__file__).parent.parent / "static"


def blueprint(ports: Ports) -> Blueprint:
    """Return ``/livreur`` and what belongs to it."""
    pages = Blueprint("courier", __name__, url_prefix="/livreur")

    @pages.get("")
    @reader(PageKind.COURIER)
    def day() -> str:
        today, next_wave_at = _today(ports)
        return render_template(
            "courier/day.html",
            day=today,
            now=today.now,
            next_wave_at=next_wave_at,
            rolling=ports.parameters.dispatching.is_rolling,
            map_data=map_of(today),
            reasons={"pickup": AT_PICKUP, "drop": AT_DROP, "return": AT_RETURN},
            reason_text=words.reason,
            next_step=words.next_step,
            doubt_text=words.doubt,
            exact_m=MOST_INEXACT_M,
            news_text=words.news,
            shop_named=lambda shop: ports.territory.merchant(shop).name,
            most_kb=ports.parameters.proof.most_kb,
            new_fact_id=lambda: ports.ids.new("fact"),
        )

    @pages.get("/etat.json")
    @reader(PageKind.COURIER)
    def state() -> Response:
        return jsonify(state_of(*_today(ports)))

    @pages.post("/arret")
    @reader(PageKind.COURIER)
    def tell() -> AnyResponse:
        courier_id = CourierId(link().subject)
        answers = [take(message, courier_id, ports) for message in proofs.words_of_form(ports)]
        answer = next((one for one in answers if one["status"] == "refused"), None)
        # Who stands at the door can still ask for the right code: nothing is handed over yet.
        answer = answer or take(_message_of_form(ports), courier_id, ports)
        if answer["status"] == "refused":
            flash(answer["message"], "error")
        else:
            flash(answer.get("message", _("C’est noté.")), "ok")
        return redirect("/livreur", 303)

    @pages.post("/nouvelle")
    @reader(PageKind.COURIER)
    def read_it() -> AnyResponse:
        tour_id, news_id = request.form.get("tour_id", ""), request.form.get("news_id", "")
        read_news(tour_id, news_id, ports.clock.now(), CourierId(link().subject), ports)
        return redirect("/livreur", 303)

    @pages.post("/attente")
    @reader(PageKind.COURIER)
    def go_and_wait() -> AnyResponse:
        tour_id, near = request.form.get("tour_id", ""), request.form.get("near", "")
        agree(tour_id, near, ports.clock.now(), CourierId(link().subject), ports)
        return redirect("/livreur", 303)

    @pages.post("/faits")
    @reader(PageKind.COURIER)
    def tell_many() -> Response:
        courier_id = CourierId(link().subject)
        return jsonify(results=[take(raw, courier_id, ports) for raw in _facts_of_body()])

    stream(pages, PageKind.COURIER)

    @pages.get("/sw.js")
    def worker() -> Response:
        response = send_from_directory(_STATIC, "courier_worker.js", max_age=0)
        # By default a worker only looks after what lies below its own folder.
        response.headers["Service-Worker-Allowed"] = "/livreur"
        return response

    proofs.hang(pages, ports)
    return pages


def _today(ports: Ports) -> tuple[CourierDay, datetime | None]:
    """The courier's day, and when the next wave is handed out."""
    today = courier_day(CourierId(link().subject), ports)
    with ports.store.reading() as tx:
        return today, next_release(tx, today.now, ports)


def _message_of_form(ports: Ports) -> Message:
    """The plain form's fact: it happened now, by our clock.  Raises ``Invalid``."""
    form = request.form
    try:
        return Message.model_validate(
            {
                # Two buttons of one form are two facts; two taps on one button are one.
                "fact_id": f"{form.get('fact_id', '')}-{form.get('kind', '')}",
                "tour_id": form.get("tour_id", ""),
                "stop_id": form.get("stop_id", ""),
                "kind": form.get("kind", ""),
                "at_device": local_text(ports.clock.now()),
                "reason": form.get("reason") or None,
            }
        )
    except ValidationError as error:
        field = str((*error.errors()[0]["loc"], "reason")[0])
        raise Invalid(f"{field} is missing or wrong", field=field) from None


def _facts_of_body() -> list[object]:
    """The list under ``facts``.  Raises ``Invalid``."""
    body = request.get_json()
    facts = body.get("facts") if isinstance(body, dict) else None
    if not isinstance(facts, list):
        raise Invalid('send {"facts": [...]}', field="facts")
    if len(facts) > MOST_AT_ONCE:
        raise Invalid(f"at most {MOST_AT_ONCE} facts at once, not {len(facts)}", field="facts")
    return facts
