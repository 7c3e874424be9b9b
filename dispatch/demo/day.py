"""The demonstration day: customers, shopkeepers and couriers, let loose on one house.

Decides who learns what from whom, and when the day is over.  How each behaves is
in ``storefront``, ``people`` and ``riders``; what their ways take, in ``world``; how it is
shown, in ``screen``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import httpx

from dispatch.core.civil import clock_text, instant_at, local_day, parse_instant
from dispatch.demo.agenda import Agenda
from dispatch.demo.diary import Diary, Tone
from dispatch.demo.orders import DAY, DemoOrder, Story
from dispatch.demo.pages import Browser
from dispatch.demo.people import Shopkeepers
from dispatch.demo.riders import Rider
from dispatch.demo.storefront import Answer, Storefront, Unanswered
from dispatch.demo.world import World
from dispatch.operations.ports import Ports
from dispatch.operations.report import DayReport, day_report
from dispatch.operations.waves import Wave, WaveState
from dispatch.slots.service_levels import Mode

Json = dict[str, Any]

#: Whatever is still open then stays open: the last shift ends long before.
_CLOSING_MIN: Final = 22 * 60
#: An idle courier's phone is looked at this often: real seconds, so that a day at any
#: speed asks the server equally often, but not more often than each minute of the town.
_LOOK_REAL_S: Final = 0.5
_LOOK_AT_LEAST: Final = timedelta(minutes=1)
#: States of a wave that nothing has come of yet.
_NOT_OVER: Final = (WaveState.OPEN, WaveState.RUNNING)
#: Real seconds between two reports of how things stand.
_REPORT_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Doors:
    """How the simulated people reach the house.

    client : makes a client of one person's own, with an own cookie jar
    links  : the personal link's path of each courier and merchant, by id
    wait   : waits that many real seconds, and returns True when it is time to end
    """

    client: Callable[[], httpx.Client]
    links: Mapping[str, str]
    wait: Callable[[float], bool]

    def browser(self, subject: str) -> Browser:
        """Return a fresh browser of the courier or merchant *subject*."""
        return Browser(self.client(), self.links[subject], self.wait)


class DemoDay:
    """One day of one town, to be lived through with ``live``."""

    def __init__(
        self,
        ports: Ports,
        orders: Sequence[DemoOrder],
        storefront: Storefront,
        doors: Doors,
        diary: Diary,
        seed: int,
    ) -> None:
        self.diary = diary
        self.storefront = storefront
        self._ports, self._doors, self._seed = ports, doors, seed
        self._agenda = Agenda(ports.clock, doors.wait)
        self._browsers: dict[str, Browser] = {}
        self._away: set[str] = set()
        self._known_waves: set[str] = set()
        self._shopkeepers = Shopkeepers(
            self._browser_of,
            self._agenda,
            diary,
            Random(f"{seed} shops"),
            posting_cut_off=ports.parameters.levels[Mode.STANDARD].posting_cut_off,
        )
        for order in orders:
            self._agenda.add(order.asked_at, lambda at, order=order: self._serve(order, at))  # type: ignore[misc]
        self._send_riders(instant_at(DAY, 0))

    def take_first(self, order: DemoOrder, answer: Answer) -> None:
        """Let an order that was placed before the doors opened take its course."""
        self._take(order, answer, order.asked_at)

    def live(self, look: Callable[[DayReport, Sequence[Wave]], None]) -> bool:
        """Live the day to its end; False when it was interrupted.

        look : shown how things stand, about twice a real second
        """

        clock, next_s, closed = self._ports.clock, 0.0, False

        def over() -> bool:
            nonlocal next_s, closed
            began_s = clock.stopwatch_s()
            if began_s >= next_s:
                report, waves = day_report(DAY, self._ports), self.waves()
                self._note_waves(waves)
                look(report, waves)
                closed = self._is_over(report, waves)
                # A report of a thousand orders takes a while: people come first.
                cost_s = clock.stopwatch_s() - began_s
                next_s = began_s + max(_REPORT_EVERY_S, 10 * cost_s)
            return closed

        return self._agenda.live(over)

    def waves(self) -> tuple[Wave, ...]:
        """The waves that were run or are running, in order."""
        with self._ports.store.reading() as tx:
            return tuple(sorted(tx.waves(DAY), key=lambda wave: wave.cut_off_at))

    def _is_over(self, report: DayReport, waves: Sequence[Wave]) -> bool:
        now = self._ports.clock.now()
        if now >= instant_at(DAY, _CLOSING_MIN):
            return True
        if self._agenda.errands or any(wave.state is WaveState.RUNNING for wave in waves):
            return False
        return not report.unexplained and all(line.why != "on_its_way" for line in report.lines)

    def _serve(self, order: DemoOrder, at: datetime) -> None:
        """One customer comes to the storefront."""
        try:
            self._take(order, self.storefront.order(order), at)
        except Unanswered as why:
            self.diary.note(at, f"{order.first_name} gets no answer ({why})", Tone.BAD)

    def _take(self, order: DemoOrder, answer: Answer, at: datetime) -> None:
        shops = " + ".join(
            self._ports.territory.merchant(line.merchant_id).name for line in order.lines
        )
        refused = f", {order.wish} refused: {answer.why}" if answer.why else ""
        if answer.booking is None or answer.option is None:
            asked = "only asks" if order.story is Story.ONLY_ASKS else "leaves"
            self.diary.note(at, f"{order.first_name} {asked} at {shops}{refused}")
            return
        # As booked, not as planned: a slow machine does not shorten the shop's time.
        at = parse_instant(answer.booking["created_at"])
        promise = _promise_text(answer.option)
        self.diary.note(at, f"{order.first_name} books {promise} from {shops}{refused}")
        if order.story is Story.NOT_AT_HOME:
            self._away.add(answer.booking["quote_id"])
        for shipment in answer.booking["shipments"]:
            shop = self._ports.territory.merchant(shipment["merchant_id"])
            self._shopkeepers.hear(order, shop, shipment, at)
        if order.story is Story.CANCELS:
            booking_id = answer.booking["id"]
            self._agenda.add(
                at + timedelta(minutes=order.patience_min),
                lambda when: self._cancel(order, booking_id, when),
            )

    def _cancel(self, order: DemoOrder, booking_id: str, at: datetime) -> None:
        try:
            done = self.storefront.cancel(booking_id)
        except Unanswered as why:
            self.diary.note(at, f"{order.first_name} gets no answer ({why})", Tone.BAD)
            return
        words = "cancels" if done else "would cancel, too late: the parcel has left"
        self.diary.note(at, f"{order.first_name} {words}")

    def _send_riders(self, at: datetime) -> None:
        pace = self._ports.clock.pace
        look_every = max(timedelta(seconds=_LOOK_REAL_S * pace), _LOOK_AT_LEAST)
        world = World(self._ports, self._seed)
        for courier in self._ports.territory.couriers.values():
            rider = Rider(
                courier.name,
                self._browser_of(courier.courier_id),
                self._agenda,
                self.diary,
                world.road(courier, Random(f"{self._seed} {courier.courier_id}")),
                away=self._away.__contains__,
                look_every=look_every,
            )
            self._agenda.add(max(at, self._ports.clock.now()), rider.look, errand=False)

    def _browser_of(self, subject: str) -> Browser:
        if subject not in self._browsers:
            self._browsers[subject] = self._doors.browser(subject)
        return self._browsers[subject]

    def _note_waves(self, waves: Sequence[Wave]) -> None:
        for wave in waves:
            # A rolling dispatch's next hand-out stands open until something leaves with it.
            if wave.wave_id in self._known_waves or wave.state in _NOT_OVER:
                continue
            self._known_waves.add(wave.wave_id)
            at = wave.published_at or wave.cut_off_at
            name = f"wave of {clock_text(wave.cut_off_at)}"
            if wave.error is not None:
                self.diary.note(at, f"{name}: the search failed: {wave.error}", Tone.BAD)
            elif wave.result is not None and wave.result.orders:
                self.diary.note(
                    at,
                    f"{name}: {wave.result.orders} orders in {wave.result.tours} tours, "
                    f"{wave.result.unserved} left out, solved in {wave.result.solve_s:.1f} s",
                )


def _promise_text(option: Json) -> str:
    """Return what was promised: ``express, 11:30-15:00, 4.90 EUR``."""
    if "promise" in option:
        start, end = (parse_instant(option["promise"][key]) for key in ("start", "end"))
        when = f"{clock_text(start)}-{clock_text(end)}"
        if local_day(start) != DAY:
            when = f"{local_day(start)} {when}"
    elif "ready_at" in option:
        ready = parse_instant(option["ready_at"])
        day = "" if local_day(ready) == DAY else f"{local_day(ready)} "
        when = f"from {day}{clock_text(ready)}"
    else:
        when = "{first} to {last}".format(**option["delivery_dates"])
    return f"{option['mode']}, {when}, {option['price']['amount'] / 100:.2f} EUR,"
