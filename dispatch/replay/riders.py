"""Couriers of a replayed day: they drive the manifest they have, and say what happened.

Decides when things happen on the road, by what ``world`` says that they take.  When to set
out, and where to, is the house's own word: the next stop of the tour, and its departure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Broken
from dispatch.core.ids import CourierId, QuoteId, ShipmentId
from dispatch.operations.depart import announce_departures
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report
from dispatch.operations.seen import forecast_manifest, position_of
from dispatch.operations.standing import tours_of
from dispatch.operations.waiting import agree, place_told
from dispatch.orders.failures import FailureReason
from dispatch.replay.day import DayOrder
from dispatch.replay.journal import Journal
from dispatch.replay.offline import Phones
from dispatch.replay.world import World
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: A courier waits this long at a counter, then goes on without the parcel.
_AT_COUNTER: Final = timedelta(minutes=30)
#: How long one rings at a door where nobody opens.
_RINGING: Final = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop that is over: from setting out to having left.

    order     : its number
    begun_at  : when both sides were there; ``ended_at`` where they never were
    arrived_at: at the counter or the door, parking included
    way_m, grams : metres of the way, and its CO2e
    failed    : why, when it did
    """

    order: int
    kind: StopKind
    courier_id: CourierId
    left_at: datetime
    arrived_at: datetime
    begun_at: datetime
    ended_at: datetime
    way_m: int
    grams: float
    failed: str | None = None

    def __post_init__(self) -> None:
        if not self.left_at <= self.arrived_at <= self.begun_at <= self.ended_at:
            raise ValueError(f"order {self.order} was visited against time: {self}")


@dataclass(frozen=True, slots=True)
class Moved:
    """A way to where a courier without work was told to wait.

    way_s, way_m, grams : seconds and metres of it, and its CO2e
    """

    courier_id: CourierId
    left_at: datetime
    way_s: int
    way_m: int
    grams: float


@dataclass(slots=True)
class _Errand:
    """The stop a courier has left for, or stands at; ``over_at`` once there."""

    stop_id: str
    left_at: datetime
    arrives_at: datetime
    way_m: int
    begun_at: datetime | None = None
    over_at: datetime | None = None
    failed: FailureReason | None = None


class Riders:
    """All couriers of a day.

    phones    : which of them have a signal
    order_of  : the order behind a quote that was booked
    packed_at : when the last of some parcels is on its counter
    """

    def __init__(
        self,
        world: World,
        ports: Ports,
        journal: Journal,
        *,
        phones: Phones,
        order_of: Mapping[QuoteId, DayOrder],
        packed_at: Callable[[tuple[ShipmentId, ...]], datetime],
    ) -> None:
        self._world, self._ports, self._journal = world, ports, journal
        self._phones, self._order_of, self._packed_at = phones, order_of, packed_at
        self._errands: dict[str, _Errand] = {}
        self._next_since: dict[str, tuple[str, datetime]] = {}
        self.visits: list[Visit] = []
        self.moves: list[Moved] = []

    def next_at(self) -> datetime | None:
        """Return when something happens on the road next, as the tours are now."""
        instants = [self._phones.next_at(), *(self._next_of(tour) for tour in self._tours())]
        return min((at for at in instants if at is not None), default=None)

    def act(self) -> None:
        """Do what is due, each courier at most one thing."""
        now = self._ports.clock.now()
        if caught_up := self._phones.catch_up():
            self._journal.note(now, "catches_up", facts=caught_up)
        announce_departures(self._ports)
        self._phones.leave()
        for tour in self._tours():
            at = self._next_of(tour)
            if at is not None and at <= now:
                self._happen(tour)

    def _tours(self) -> tuple[Tour, ...]:
        """The tours as they are; couriers see at once where they are to go next."""
        now = self._ports.clock.now()
        with self._ports.store.reading() as tx:
            tours = self._phones.as_seen(tours_of(tx, local_day(now), self._ports))
        for tour in tours:
            stop = tour.next_stop
            if stop is not None and self._next_since.get(tour.tour_id, ("",))[0] != stop.stop_id:
                self._next_since[tour.tour_id] = stop.stop_id, now
        return tours

    def _next_of(self, tour: Tour) -> datetime | None:
        stop, now = tour.next_stop, self._ports.clock.now()
        if stop is None:
            return now if self._is_told_to_wait(tour) else None
        if stop.state is StopState.OPEN and stop.departed_at is None:
            self._errands.pop(tour.tour_id, None)
            timing = forecast_manifest(tour, now, as_learnt(self._ports))[0][1]
            return max(now, timing.depart_at)
        errand = self._errand(tour, stop)
        return max(now, errand.arrives_at if errand.over_at is None else errand.over_at)

    def _errand(self, tour: Tour, stop: Stop) -> _Errand:
        """The courier's errand to *stop*; a new one when the present one is another stop's."""
        known = self._errands.get(tour.tour_id)
        if known is not None and known.stop_id == stop.stop_id:
            return known
        here, free_at = position_of(tour)
        # Nobody left for a stop before it was the next one, whatever the forecast makes of it.
        since = self._next_since[tour.tour_id][1]
        left_at = max(stop.departed_at or free_at, free_at, since)
        courier = self._ports.territory.courier(tour.courier_id)
        way_s, way_m, setup_s = 0, 0, 0
        if here != stop.place:
            setup_s = stop.setup_s
            found_s = self._world.way_s(courier, here, stop.place, self._name(stop), left_at)
            if found_s is None:
                raise Broken(f"tour {tour.tour_id} has a stop that no road leads to")
            way_s = found_s
            kind = courier.vehicle.kind.value
            way_m = int(self._ports.streets.distances_m([here], kind, to=[stop.place])[0, 0])
        arrives_at = left_at + timedelta(seconds=way_s + setup_s)
        errand = _Errand(stop.stop_id, left_at, arrives_at, way_m)
        self._errands[tour.tour_id] = errand
        return errand

    def _happen(self, tour: Tour) -> None:
        """Arrive, or be done, and tell."""
        stop = tour.next_stop
        if stop is None:
            self._go_and_wait(tour)
            return
        if stop.state is StopState.OPEN and stop.departed_at is None:
            return
        errand = self._errand(tour, stop)
        if errand.over_at is None:
            self._tell(tour, stop, FactKind.ARRIVED, errand.arrives_at)
            self._stand(stop, errand)
            return
        kind = FactKind.DONE if errand.failed is None else FactKind.FAILED
        self._tell(tour, stop, kind, errand.over_at, errand.failed)
        self._remember(tour, stop, errand)
        del self._errands[tour.tour_id]

    def _is_told_to_wait(self, tour: Tour) -> bool:
        told = place_told(tour, self._ports.clock.now())
        return (
            told is not None and told.agreed_at is None and self._phones.has_signal(tour.courier_id)
        )

    def _go_and_wait(self, tour: Tour) -> None:
        """Agree, and go: it takes what the streets say, and is driven beside all other ways."""
        now = self._ports.clock.now()
        told = place_told(tour, now)
        if told is None:
            return
        here, _ = position_of(tour)
        agree(tour.tour_id, told.near, now, tour.courier_id, self._ports)
        courier = self._ports.territory.courier(tour.courier_id)
        kind, name = courier.vehicle.kind.value, f"wait {tour.tour_id} {len(self.moves)}"
        way_s = self._world.way_s(courier, here, told.place, name, now)
        way_m = int(self._ports.streets.distances_m([here], kind, to=[told.place])[0, 0])
        grams = way_m * courier.vehicle.g_co2e_per_km / 1000
        self.moves.append(Moved(tour.courier_id, now, way_s or 0, way_m, grams))
        self._journal.note(now, "waits", courier=tour.courier_id, near=told.near)

    def _stand(self, stop: Stop, errand: _Errand) -> None:
        """Decide how long the courier stands there, and what comes of it."""
        there_at, order = errand.arrives_at, self._order_of[stop.quote_id]
        stay_s = self._world.stay_s(stop, flat=order.flat, name=self._name(stop))
        stay = timedelta(seconds=stay_s)
        if stop.kind is StopKind.DROP:
            opens_at = min(stop.windows, key=lambda window: window.opens_at).opens_at
            errand.begun_at = max(there_at, opens_at)
            if order.absent:
                errand.failed, stay = FailureReason.NOT_AT_HOME, _RINGING
            errand.over_at = errand.begun_at + stay
            return
        grace = timedelta(seconds=self._ports.parameters.service_times.grace_s)
        packed_at = self._packed_at(stop.shipment_ids)
        if there_at > stop.windows[-1].closes_at + grace:
            errand.failed = FailureReason.MERCHANT_CLOSED
            errand.begun_at = errand.over_at = there_at + timedelta(minutes=1)
        elif packed_at > there_at + _AT_COUNTER:
            errand.failed = FailureReason.NOT_READY
            errand.begun_at = errand.over_at = there_at + _AT_COUNTER
        else:
            errand.begun_at = max(there_at, packed_at)
            errand.over_at = errand.begun_at + stay

    def _tell(
        self,
        tour: Tour,
        stop: Stop,
        kind: FactKind,
        at: datetime,
        reason: FailureReason | None = None,
    ) -> None:
        told = None if reason is None else reason.value
        report = Report(
            f"{stop.stop_id}/{kind}", tour.tour_id, stop.stop_id, kind, at, told, stop.place
        )
        self._phones.tell(report, tour.courier_id)
        self._journal.note(
            at, kind.value, courier=tour.courier_id, stop=stop.stop_id, reason=told or "-"
        )

    def _remember(self, tour: Tour, stop: Stop, errand: _Errand) -> None:
        if errand.begun_at is None or errand.over_at is None:
            raise Broken(f"stop {stop.stop_id} is over before it began")
        vehicle = self._ports.territory.courier(tour.courier_id).vehicle
        self.visits.append(
            Visit(
                order=self._order_of[stop.quote_id].number,
                kind=stop.kind,
                courier_id=tour.courier_id,
                left_at=errand.left_at,
                arrived_at=errand.arrives_at,
                begun_at=errand.begun_at,
                ended_at=errand.over_at,
                way_m=errand.way_m,
                grams=errand.way_m * vehicle.g_co2e_per_km / 1000,
                failed=None if errand.failed is None else errand.failed.value,
            )
        )

    def _name(self, stop: Stop) -> str:
        """What a stop is called in every policy's world: ``7:1``, and ``7:1r2`` the second time."""
        return f"{self._order_of[stop.quote_id].number}:{stop.stop_id.partition(':')[2]}"
