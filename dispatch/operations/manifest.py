"""The courier's day: today's stops in order, with what is needed at each door and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from dispatch.core.civil import local_day
from dispatch.core.errors import StreetsUnavailable
from dispatch.core.ids import CourierId, TourId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.fleet.couriers import Courier, shifts_on
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.proofs import asked_at
from dispatch.operations.standing import forecast_manifest, tours_of
from dispatch.operations.transfer import holder_of, is_transfer
from dispatch.operations.waiting import place_told
from dispatch.orders.doubts import Doubt
from dispatch.orders.shipments import Shipment
from dispatch.tracking.news import News
from dispatch.tracking.proofs import Asked
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour
from dispatch.tracking.waiting import Waiting


@dataclass(frozen=True, slots=True)
class ManifestStop:
    """One stop as the courier reads it.

    who, phone, address : the shop, the courier who hands over, or the customer; a
                          customer's are given only while the stop is open
    order_ref   : short code that shop, courier and customer share
    codes       : what to say at the counter, one per parcel (pickups)
    promised_by : end of the promise (drops)
    doubts      : what is not sure about the place (drops)
    asks        : which proofs of the handover are asked for (drops)
    """

    tour_id: TourId
    stop: Stop
    who: str
    phone: str
    address: str
    note: str
    place: Place
    order_ref: str
    codes: tuple[str, ...]
    parcels: int
    weight_g: int
    prepared: bool
    promised: TimeWindow | None
    doubts: tuple[Doubt, ...] = ()
    asks: Asked = Asked()

    @property
    def kind(self) -> str:
        """``pickup`` at a shop, ``transfer`` from another courier, ``drop`` or ``return``."""
        return "transfer" if is_transfer(self.stop) else self.stop.kind.value


@dataclass(frozen=True, slots=True)
class CourierDay:
    """What the courier's page shows, at ``now``.

    leave_at : when to leave for the next stop; None: now, or there is none
    unread   : what changed and was not read yet, by tour
    waiting  : where to wait, having nothing to do, and of which tour; None: nowhere better
    """

    courier: Courier
    day: date
    now: datetime
    shifts: tuple[TimeWindow, ...]
    stops: tuple[ManifestStop, ...]
    path: tuple[tuple[float, float], ...]
    leave_at: datetime | None = None
    unread: tuple[tuple[TourId, News], ...] = ()
    waiting: tuple[TourId, Waiting] | None = None

    @property
    def open_stops(self) -> tuple[ManifestStop, ...]:
        return tuple(item for item in self.stops if not item.stop.over)

    @property
    def next_stop(self) -> ManifestStop | None:
        return next(iter(self.open_stops), None)


def courier_day(courier_id: CourierId, ports: Ports) -> CourierDay:
    """Return the published stops of the courier's tours today.  Raises ``NotFound``."""
    ports = as_learnt(ports)
    courier = ports.territory.courier(courier_id)
    now = ports.clock.now()
    day = local_day(now)
    with ports.store.reading() as tx:
        everybodys = tours_of(tx, day, ports)
        tours = [tour for tour in everybodys if tour.courier_id == courier.courier_id]
        stops = tuple(_item(t, stop, everybodys, tx, ports) for t in tours for stop in t.manifest)
    open_places = [item.place for item in stops if not item.stop.over]
    over = [item.place for item in stops if item.stop.over]
    here = over[-1] if over else courier.start
    return CourierDay(
        courier=courier,
        day=day,
        now=now,
        shifts=shifts_on(courier, day),
        stops=stops,
        path=way([here, *open_places], courier.vehicle.kind.value, ports),
        leave_at=_leave_at(tours, now, ports),
        unread=tuple((t.tour_id, t.unread) for t in tours if t.unread is not None),
        waiting=next(((t.tour_id, told) for t in tours if (told := place_told(t, now))), None),
    )


def _leave_at(tours: Sequence[Tour], now: datetime, ports: Ports) -> datetime | None:
    """When the forecast has the courier set off, if that is still ahead."""
    for tour in tours:
        try:
            forecast = forecast_manifest(tour, now, ports)
        except StreetsUnavailable:
            return None
        for stop, timing in forecast[:1]:
            waiting = stop.departed_at is None and stop.state is StopState.OPEN
            return timing.depart_at if waiting and timing.depart_at > now else None
    return None


def way(places: list[Place], profile: str, ports: Ports) -> tuple[tuple[float, float], ...]:
    """Return the (lat, lon) points of the road through *places*, for a map.

    Empty when nobody tells it: a day can be worked without its line.
    """
    points: list[tuple[float, float]] = []
    try:
        for start, end in pairwise(places):
            points += ports.streets.path(start, end, profile)
    except StreetsUnavailable:
        return ()
    return tuple(points)


def _item(
    tour: Tour, stop: Stop, everybodys: Sequence[Tour], tx: Transaction, ports: Ports
) -> ManifestStop:
    shipments = [tx.shipment(shipment_id) for shipment_id in stop.shipment_ids]
    ref = short_ref(stop.quote_id)
    if stop.kind is not StopKind.DROP:
        who, phone, address = _giver(stop, everybodys, ports)
        return ManifestStop(
            tour.tour_id,
            stop,
            who,
            phone,
            address,
            "",
            stop.place,
            ref,
            tuple(s.handover_code for s in shipments),
            len(shipments),
            stop.load[0],
            stop.kind is StopKind.RETURN or all(s.prepared_at is not None for s in shipments),
            None,
        )
    booking = tx.booking_of_quote(stop.quote_id)
    private = stop.over
    return ManifestStop(
        tour.tour_id,
        stop,
        "" if private else booking.customer.name,
        "" if private else booking.customer.phone,
        "" if private else booking.deliver_to.address,
        "" if private else booking.note or booking.deliver_to.note,
        stop.place,
        ref,
        (),
        len(shipments),
        stop.load[0],
        True,
        _promised(shipments),
        () if private else booking.deliver_to.doubts,
        Asked() if private else asked_at(booking, tx, ports),
    )


def _giver(stop: Stop, everybodys: Sequence[Tour], ports: Ports) -> tuple[str, str, str]:
    """Name, phone and address of the shop, or of the courier who hands the parcels over."""
    if stop.merchant_id is not None:
        merchant = ports.territory.merchant(stop.merchant_id)
        return merchant.name, merchant.phone, merchant.address
    holder = holder_of(stop, everybodys)
    if holder is None:
        return "", "", ""
    courier = ports.territory.courier(holder)
    return courier.name, courier.phone, ""


def _promised(shipments: list[Shipment]) -> TimeWindow | None:
    return shipments[0].promise.window if shipments else None


def short_ref(quote_id: str) -> str:
    """Return the order's code for people: the last five letters of its quote, in capitals."""
    return quote_id[-5:].upper()
