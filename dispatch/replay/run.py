"""A day lived again from its first order to its last doorbell, as fast as the machine can.

Decides only whose turn it is: what happens earliest happens next; at one instant the weather,
the road, then counters, customers, what goes wrong, and last the policy, who then knows all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from dispatch.adapters.town import OpenTown
from dispatch.core.civil import day_window
from dispatch.core.errors import Broken
from dispatch.core.ids import QuoteId, ShipmentId
from dispatch.core.windows import seconds_between
from dispatch.operations.parameters import Parameters
from dispatch.operations.past_orders import History
from dispatch.operations.ports import Ports
from dispatch.operations.report import DayReport, day_report
from dispatch.operations.standing import tours_of
from dispatch.operations.statements import Outcome, outcomes
from dispatch.replay.churn import Churn, churn_between
from dispatch.replay.customers import Customers, Taken
from dispatch.replay.day import Day, DayOrder
from dispatch.replay.journal import Journal, digest, event_lines
from dispatch.replay.mishaps import Mishaps, Wrong
from dispatch.replay.offline import Phones
from dispatch.replay.plugs import STEPS, SimulatedClock, replay_ports
from dispatch.replay.policies import Policy
from dispatch.replay.riders import Moved, Riders, Visit
from dispatch.replay.shops import Shops
from dispatch.replay.weather import WeatherWord
from dispatch.replay.world import Habits, World, world_of
from dispatch.tracking.tours import Stop, Tour

#: A policy that wants to act so often within one instant never ends.
_AT_ONE_INSTANT: Final = 100


@dataclass(frozen=True, slots=True)
class Lived:
    """A day that is over: everything a figure can be made of.

    moves     : ways to where couriers without work were told to wait
    report    : what became of every shipment
    shifts    : every courier's tour, as empty as it was in the morning
    booked    : express orders with their stops, pickups first, as they were booked
    packed_at : when the shops really had them
    wrong     : what went wrong besides
    sold      : what was said of each express promise, and whether it was kept
    """

    day: Day
    taken: tuple[Taken, ...]
    visits: tuple[Visit, ...]
    moves: tuple[Moved, ...]
    report: DayReport
    churn: Churn
    shifts: tuple[Tour, ...]
    booked: tuple[tuple[DayOrder, tuple[Stop, ...]], ...]
    packed_at: Mapping[ShipmentId, datetime]
    wrong: Wrong
    sold: tuple[Outcome, ...]
    journal: tuple[str, ...]

    @property
    def shift_s(self) -> int:
        """Seconds of all couriers' shifts."""
        spans = (tour.shift for tour in self.shifts)
        return sum(seconds_between(span.opens_at, span.closes_at) for span in spans)

    @property
    def digest(self) -> str:
        """The same for two runs in which the same happened."""
        return digest(self.journal)


class Turn(Protocol):
    """Somebody things happen to."""

    def next_at(self) -> datetime | None: ...
    def act(self) -> None: ...


def live(
    day: Day,
    town: OpenTown,
    parameters: Parameters,
    policy: Policy,
    *,
    habits: Habits | None = None,
    steps: int = STEPS,
    history: History | None = None,
    weather_said: bool = True,
) -> Lived:
    """Live *day* in *town* under *policy* and return what happened.

    habits  : what roads and doors take; default: ``world``'s, which are made up
    steps   : of the search, each time it is asked
    history : how the town ordered before; None: nobody knows
    weather_said : a planner says in the morning of a wet day that it is one

    The same arguments return the same, on any machine.  Raises ``Invalid`` when the day has a
    shop that the town has not, and ``Broken`` when the policy never ends.
    """
    span = day_window(day.day)
    ports = replay_ports(town, parameters, span.opens_at, steps=steps, history=history)
    world = world_of(day, ports.streets, parameters.service_times, habits)
    life = _Life(day, world, policy, ports, weather_said=weather_said)
    life.until(span.closes_at)
    return life.lived()


class _Life:
    """Everybody of one day, and whose turn it is."""

    def __init__(
        self, day: Day, world: World, policy: Policy, ports: Ports, *, weather_said: bool
    ) -> None:
        self._day, self._policy, self._ports = day, policy, ports
        self._journal = Journal()
        self._order_of: dict[QuoteId, DayOrder] = {}
        self._customers = Customers(day.orders, ports, self._journal)
        self._shops = Shops(ports, self._journal)
        self._weather = WeatherWord(day, ports, self._journal, said=weather_said)
        self._mishaps = Mishaps(day, ports, self._shops, self._journal)
        self._riders = Riders(
            world,
            ports,
            self._journal,
            phones=Phones(day.mishaps, ports),
            order_of=self._order_of,
            packed_at=self._shops.packed_at,
        )
        self._shifts, self._churn = self._tours(), Churn()
        self._booked: list[tuple[DayOrder, tuple[Stop, ...]]] = []
        self._acts, self._last_at = 0, ports.clock.now()

    def until(self, ends_at: datetime) -> None:
        """Live until nothing is to come before *ends_at*."""
        clock = self._ports.clock
        if not isinstance(clock, SimulatedClock):
            raise Broken("a day is lived again on a clock that can be set")
        turns: tuple[Turn, ...] = (
            *(self._weather, self._riders, self._shops, self._customers, self._mishaps),
        )
        while True:
            waiting = [(at, n) for n, turn in enumerate(turns) if (at := turn.next_at())]
            if (at := self._policy.due(self._ports)) is not None:
                waiting.append((max(at, clock.now()), len(turns)))
            if not waiting or min(waiting)[0] >= ends_at:
                clock.move_to(ends_at - timedelta(seconds=1))
                return
            at, n = min(waiting)
            clock.move_to(at)
            if n == len(turns):
                self._release(at)
                continue
            turns[n].act()
            if turns[n] is self._customers:
                self._hear(self._customers.taken[-1])

    def _hear(self, taken: Taken) -> None:
        if taken.quote_id is not None and taken.parcels:
            self._order_of[taken.quote_id] = taken.order
            self._shops.hear(taken)
            self._mishaps.hear(taken)
            stops = (stop for tour in self._tours() for stop in tour.stops)
            mine = tuple(stop for stop in stops if stop.quote_id == taken.quote_id)
            self._booked.append((taken.order, mine))

    def _release(self, at: datetime) -> None:
        self._acts = self._acts + 1 if at == self._last_at else 1
        self._last_at = at
        if self._acts > _AT_ONE_INSTANT:
            raise Broken(f"the policy acts again and again at {at}")
        before = self._tours()
        self._policy.release(self._ports)
        after = self._tours()
        self._churn += churn_between(before, after)
        given = sum(len(tour.manifest) for tour in after) - sum(len(t.manifest) for t in before)
        self._journal.note(at, "releases", stops=given)

    def _tours(self) -> tuple[Tour, ...]:
        with self._ports.store.reading() as tx:
            return tours_of(tx, self._day.day, self._ports)

    def lived(self) -> Lived:
        taken = tuple(self._customers.taken)
        names = [parcel.shipment_id for one in taken for parcel in one.parcels]
        events = event_lines(names, self._ports)
        with self._ports.store.reading() as tx:
            ended = outcomes(self._day.day, tx, self._ports.clock.now())
        return Lived(
            day=self._day,
            taken=taken,
            visits=tuple(self._riders.visits),
            moves=tuple(self._riders.moves),
            report=day_report(self._day.day, self._ports),
            churn=self._churn,
            shifts=self._shifts,
            booked=tuple(self._booked),
            packed_at=self._shops.all_packed_at(),
            wrong=self._mishaps.wrong,
            sold=tuple(one for one in ended if isinstance(one, Outcome)),
            journal=(*self._journal.lines, *events),
        )
