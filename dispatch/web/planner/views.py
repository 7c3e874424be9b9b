"""The planner's page: the day at a glance, and the one button that closes a wave now."""

from __future__ import annotations

from datetime import date, timedelta
from time import sleep
from typing import Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.core.civil import local_day
from dispatch.core.errors import DispatchError, StreetsUnavailable
from dispatch.operations.access import PageKind
from dispatch.operations.door_pins import corrections
from dispatch.operations.holds import holds_of
from dispatch.operations.learnt import as_learnt
from dispatch.operations.left_out import words_on
from dispatch.operations.missed import missed_on
from dispatch.operations.overdue import overdue, overdue_today
from dispatch.operations.overview import Lane, planner_day
from dispatch.operations.ports import Ports
from dispatch.operations.questions import questions
from dispatch.operations.run_wave import give_out_standing, request_wave
from dispatch.operations.steady import streets_state
from dispatch.operations.waves import Wave, WaveState
from dispatch.operations.weather import is_wet, may_be_said
from dispatch.web import proofs
from dispatch.web.doors import acting, reader
from dispatch.web.live import stream
from dispatch.web.planner import (
    claims,
    closings,
    crew,
    devices,
    door_pins,
    left_out,
    missed,
    notices,
    reach,
    risks,
    streets,
    times,
    townmap,
    trail,
    weather,
    words,
)
from dispatch.web.planner.explained import explained, number, percent
from dispatch.web.planner.figures import OUTCOMES, figures
from dispatch.web.planner.timeline import Legs, numbered, order_ref, promise_end, status, timeline
from dispatch.web.words import _

#: Far enough for any plan, near enough that a slip of the keyboard is told.
_FARTHEST_DAYS: Final = 400
#: How long a page waits for the wave it asked for: a usual search, and a little more.
#: ``WAVE_PATIENCE_S`` in the application's configuration says otherwise.
WAVE_PATIENCE_S: Final = 8.0
_LOOK_EVERY_S: Final = 0.1


def blueprint(ports: Ports) -> Blueprint:
    """Return ``/planification`` and ``/planification/vagues`` on *ports*."""
    pages = Blueprint("planner", __name__, url_prefix="/planification")

    @pages.get("")
    @reader(PageKind.PLANNER)
    def day() -> ResponseReturnValue:
        asked, mistake = _asked_day(local_day(ports.clock.now()))
        page = _page(asked, ports, mistake)
        return (page, 400) if mistake else page

    @pages.post("/vagues")
    @reader(PageKind.PLANNER)
    def run_now() -> ResponseReturnValue:
        try:
            wave = _handed_out(acting(ports))
        except DispatchError as why:
            flash(_("La vague n’a pas abouti : %(why)s", why=words.trouble(why.code)), "error")
        else:
            flash(_told(wave), "warning" if wave.error else "success")
        return redirect(url_for(".day"), 303)

    stream(pages, PageKind.PLANNER)
    claims.hang(pages, ports)
    closings.hang(pages, ports)
    weather.hang(pages, ports)
    crew.hang(pages, ports)
    proofs.hang(pages, PageKind.PLANNER, lambda: None, ports)
    devices.hang(pages, ports)
    door_pins.hang(pages, ports)
    missed.hang(pages, ports)
    left_out.hang(pages, ports)
    risks.hang(pages, ports)
    times.hang(pages, ports)
    streets.hang(pages, ports)
    reach.hang(pages, ports)
    trail.hang(pages, ports)
    notices.hang(pages, ports)
    return pages


def _page(asked: date, ports: Ports, mistake: str | None) -> str:
    state = streets_state(ports)
    ports = as_learnt(ports)
    view = planner_day(asked, ports)
    is_today = asked == local_day(view.now)
    indexes = townmap.courier_indexes(view)
    return render_template(
        "planner/day.html",
        view=view,
        mistake=mistake,
        is_today=is_today,
        is_wet=is_wet(asked, ports),
        may_rain=may_be_said(asked, ports),
        overdue=overdue((lane.tour for lane in view.lanes), ports) if is_today else None,
        yesterday=asked - timedelta(days=1),
        tomorrow=asked + timedelta(days=1),
        figures=figures(view),
        holds=holds_of(asked, ports),
        crew=crew.crew(view),
        shop_named=lambda shop: ports.territory.merchant(shop).name,
        left_out=words_on(asked, ports),
        left_out_buttons=left_out.BUTTONS,
        missed=missed_on(asked, ports),
        missed_buttons=missed.BUTTONS,
        causes=crew.CAUSES,
        outcomes=OUTCOMES,
        at_risk=risks.risks(ports) if is_today else (),
        percent_of=risks.percent_of,
        courier_name=lambda courier_id: risks.courier_name(courier_id, ports),
        remedy_text=lambda remedy, item: risks.remedy_text(remedy, item, ports),
        remedy_button=lambda remedy: risks.button(remedy, ports),
        remedy_fields=risks.fields,
        timeline=timeline(view, legs_on(ports)),
        streets=state,
        corrections=corrections(ports),
        questions=questions(asked, ports),
        told=words.told,
        doubted=words.doubted,
        proof_word=proofs.kind_word,
        numbers=numbered(view),
        indexes=indexes,
        couriers={lane.tour.courier_id: lane.courier for lane in view.lanes},
        town_map=townmap.town_map(view),
        parameters=explained(view),
        bindings=lambda refusal: words.bindings(refusal, ports),
        by_hand=_by_hand,
        letter=townmap.letter,
        look=townmap.look,
        group=townmap.style_group,
        number=number,
        percent=percent,
        order_ref=order_ref,
        promise_end=promise_end,
        sentence=words.sentence,
        status=status,
        trouble=words.trouble,
        way_out=lambda way: words.way_out(way, view.lanes),
        why=words.why,
        word=words.word,
    )


def legs_on(ports: Ports) -> Legs:
    """Return how many seconds each leg of a lane takes on the streets of *ports*."""

    def legs_s(lane: Lane) -> list[int]:
        places = [lane.tour.start, *(item.stop.place for item in lane.stops)]
        try:
            matrix = ports.streets.durations_s(places, lane.courier.vehicle.kind.value)
        except StreetsUnavailable:
            return [0] * (len(places) - 1)  # no bar is drawn; the page says why
        return [int(matrix[n, n + 1]) for n in range(len(places) - 1)]

    return legs_s


def _asked_day(today: date) -> tuple[date, str | None]:
    """Return the day of ``?jour=``, or today with a sentence about what is wrong with it."""
    text = request.args.get("jour", "")
    if not text:
        return today, None
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today, _("« %(text)s » n’est pas une date : écrivez 2026-11-24.", text=text)
    if abs((asked - today).days) > _FARTHEST_DAYS:
        return today, _("Le %(text)s est trop loin : voici aujourd’hui.", text=text)
    return asked, None


def _handed_out(ports: Ports) -> Wave:
    """Hand out as things stand where nobody else would; else let the jobs process do it."""
    if overdue_today(ports) is not None:
        return give_out_standing(ports)
    return _finished(request_wave(ports), ports)


def _finished(wave: Wave, ports: Ports) -> Wave:
    """Give the jobs process a moment to run *wave*; return it as far as it is by then.

    The search itself never runs here: it would keep every quote of this process waiting.
    """
    patience_s = current_app.config.get("WAVE_PATIENCE_S", WAVE_PATIENCE_S)
    give_up_s = ports.clock.stopwatch_s() + patience_s
    while wave.state in (WaveState.OPEN, WaveState.RUNNING):
        with ports.store.reading() as tx:
            wave = tx.wave(wave.wave_id)
        if ports.clock.stopwatch_s() >= give_up_s:
            break
        sleep(_LOOK_EVERY_S)
    return wave


def _told(wave: Wave) -> str:
    """What a wave did, in one sentence."""
    if wave.state in (WaveState.OPEN, WaveState.RUNNING):
        return _("La vague est demandée : elle sera distribuée dans quelques secondes.")
    result = wave.result
    if wave.error and (result is None or result.kept_standing):
        return _(
            "Le calcul n’a pas donné de plan valable : "
            "les tournées en place sont remises aux livreurs."
        )
    if result is None or result.orders == 0:
        return _("Vague publiée : il n’y avait aucune commande à répartir.")
    return _(
        "Vague publiée : commandes %(orders)s, tournées %(tours)s, sans tournée %(unserved)s.",
        orders=result.orders,
        tours=result.tours,
        unserved=result.unserved,
    )


def _by_hand(wave: Wave) -> bool:
    """True for a wave outside the timetable."""
    return not wave.wave_id.startswith(f"w_{wave.day:%Y%m%d}_")
