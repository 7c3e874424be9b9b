"""Couriers as robots: read the tour on their own page, ride it, say what happened.

Decides when things happen: ways and stays take what the simulated town says
(``demo.world``), and now and then nobody is at home.  Where to go next is always what
the page says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from dispatch.core.civil import local_text, parse_instant
from dispatch.core.places import Place
from dispatch.demo.agenda import Agenda
from dispatch.demo.diary import Diary, Tone
from dispatch.demo.pages import Browser
from dispatch.demo.world import Road, Way
from dispatch.orders.failures import FailureReason
from dispatch.tracking.facts import FactKind

Json = dict[str, Any]

#: A courier waits this long at a counter for a parcel that nobody has declared ready,
#: then takes what is there.
_AT_COUNTER: Final = timedelta(minutes=30)
_ASK_AGAIN: Final = timedelta(minutes=1)
#: How long one rings at a door where nobody opens.
_RINGING: Final = timedelta(minutes=3)


@dataclass(slots=True)
class _Visit:
    """The courier's present errand: one stop, met for the *turn*-th time.

    way        : the ride there
    arrives_at : once on the way; no new plan makes it longer or shorter
    """

    tour_id: str
    stop_id: str
    turn: int
    way: Way
    arrives_at: datetime | None = None
    leave_at: datetime | None = None


class Rider:
    """One courier.

    away       : True for an order, by quote id, whose customer is not at home
    look_every : how long, on the town's clock, an idle courier leaves the phone alone
    """

    def __init__(
        self,
        name: str,
        browser: Browser,
        agenda: Agenda,
        diary: Diary,
        road: Road,
        *,
        away: Callable[[str], bool],
        look_every: timedelta,
    ) -> None:
        self._name, self._browser = name, browser
        self._agenda, self._diary, self._road = agenda, diary, road
        self._away, self._look_every = away, look_every
        self._visit: _Visit | None = None
        self._turns: Counter[str] = Counter()

    def look(self, at: datetime) -> None:
        """Look at the phone, do what is due, and come back to it later."""
        try:
            again_at = self._step(at)
        except httpx.HTTPError as why:
            self._diary.note(at, f"{self._name}'s phone has no answer ({why})", Tone.BAD)
            again_at = at + self._look_every
        self._agenda.add(again_at, self.look, errand=False)

    def _step(self, at: datetime) -> datetime:
        """Do at most one thing; return when to look again."""
        found = next(_open_stops(self._browser.read_json("/livreur/etat.json")), None)
        if found is None:
            self._visit = None
            return at + self._look_every
        tour_id, stop = found
        visit = self._meet(tour_id, stop)
        if visit.leave_at is None:
            arrives_at = visit.arrives_at or _arrival(stop, visit.way)
            if at >= parse_instant(stop["eta_at"]) - timedelta(seconds=visit.way.forecast_s):
                visit.arrives_at = arrives_at
            if arrives_at > at:
                # Sooner than that: until then a wave may send the courier elsewhere.
                return min(arrives_at, at + self._look_every)
            return self._arrive(stop, visit, arrives_at)
        if visit.leave_at > at:
            return visit.leave_at
        if self._must_wait(stop, visit, at):
            return at + _ASK_AGAIN
        return self._leave(stop, visit, at)

    def _meet(self, tour_id: str, stop: Json) -> _Visit:
        """The errand for the page's next stop; a new one when it is not the present one."""
        if self._visit is None or self._visit.stop_id != stop["stop_id"]:
            stop_id = stop["stop_id"]
            self._turns[stop_id] += 1
            self._visit = _Visit(
                tour_id,
                stop_id,
                self._turns[stop_id],
                self._road.way_to(_place(stop)),
            )
        return self._visit

    def _arrive(self, stop: Json, visit: _Visit, at: datetime) -> datetime:
        if not self._tell(visit, FactKind.ARRIVED, at):
            return at + self._look_every
        self._road.arrive(_place(stop))
        halt = timedelta(seconds=self._road.stay_s(stop))
        visit.leave_at = at + (_RINGING if self._nobody_opens(stop) else halt)
        return visit.leave_at

    def _must_wait(self, stop: Json, visit: _Visit, at: datetime) -> bool:
        if stop["kind"] != "pickup" or stop["prepared"] or visit.leave_at is None:
            return False
        return at < visit.leave_at + _AT_COUNTER

    def _leave(self, stop: Json, visit: _Visit, at: datetime) -> datetime:
        ref = stop["order_ref"]
        if self._nobody_opens(stop):
            if self._tell(visit, FactKind.FAILED, at, FailureReason.NOT_AT_HOME):
                self._diary.note(at, f"{self._name} rings in vain, order {ref} goes back", Tone.BAD)
        elif self._tell(visit, FactKind.DONE, at) and stop["kind"] == "drop":
            late_s = (at - parse_instant(stop["promised"]["end"])).total_seconds()
            when = f"{int(late_s // 60) + 1} min late" if late_s > 0 else "on time"
            tone = Tone.BAD if late_s > 0 else Tone.GOOD
            self._diary.note(at, f"{self._name} delivers order {ref}, {when}", tone)
        return at

    def _nobody_opens(self, stop: Json) -> bool:
        return stop["kind"] == "drop" and self._away(stop["stop_id"].rpartition(":")[0])

    def _tell(
        self, visit: _Visit, kind: FactKind, at: datetime, reason: FailureReason | None = None
    ) -> bool:
        """Report one fact; False when it is not in the tour as it was told.

        Its id is made from the visit: told twice after a lost answer, it counts once.
        """
        fact = {
            "fact_id": f"{visit.stop_id}/{kind.value}/{visit.turn}",
            "tour_id": visit.tour_id,
            "stop_id": visit.stop_id,
            "kind": kind.value,
            "at_device": local_text(at),
        } | ({"reason": reason.value} if reason else {})
        (result,) = self._browser.send_json("/livreur/faits", {"facts": [fact]})["results"]
        if result["status"] == "ok":
            return True
        # The page knows better: somebody else pressed the button, or the order is cancelled.
        self._diary.note(at, f"{self._name} is told {result['code']}", Tone.BAD)
        self._visit = None
        return False


def _open_stops(day: Json) -> Iterator[tuple[str, Json]]:
    for tour in day["tours"]:
        for stop in tour["stops"]:
            if stop["state"] not in ("done", "failed"):
                yield tour["tour_id"], stop


def _place(stop: Mapping[str, Any]) -> Place:
    return Place(stop["place"]["lat"], stop["place"]["lon"])


def _arrival(stop: Mapping[str, Any], way: Way) -> datetime:
    """When the bell rings: as forecast but for the ride, and never before the window opens."""
    at = parse_instant(stop["eta_at"]) + timedelta(seconds=way.takes_s - way.forecast_s)
    for window in stop["windows"]:
        if at < parse_instant(window["end"]):
            return max(at, parse_instant(window["start"]))
    return at
