"""Merchants, tours and health, out.  A tour tells places and times, never names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from dispatch.api.models import LocalTime, Location, Model, SpanView, text_of
from dispatch.core.civil import local_text
from dispatch.core.places import Place
from dispatch.operations.ports import StreetsState
from dispatch.orders.merchants import Merchant
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import OwnDelivery
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour


def _location(place: Place) -> Location:
    return Location(lat=place.lat_deg, lon=place.lon_deg)


class OwnDeliveryView(Model):
    """The merchant's own van: how far, for how many cents, in which hours.

    It goes to ``communes`` (INSEE codes) and within ``radius_m``.  ``free_from``: a basket of
    that value is delivered free.
    """

    radius_m: int | None = None
    communes: list[str]
    fee: int
    free_from: int | None = None
    lead_min: int
    opening_hours: str


class MerchantView(Model):
    """A shop.  ``opening_hours``: OpenStreetMap syntax."""

    id: str
    name: str
    sector: str
    address: str
    location: Location
    phone: str
    opening_hours: str
    preparation_min: int
    modes: list[Mode]
    cold: bool
    own_delivery: OwnDeliveryView | None = None

    @classmethod
    def of(cls, merchant: Merchant) -> Self:
        shop = merchant.shop
        return cls(
            id=merchant.merchant_id,
            name=merchant.name,
            sector=merchant.sector,
            address=merchant.address,
            location=_location(merchant.place),
            phone=merchant.phone,
            opening_hours=shop.hours.text,
            preparation_min=shop.preparation_min,
            modes=sorted(shop.modes),
            cold=merchant.cold,
            own_delivery=shop.own_delivery and _own(shop.own_delivery, merchant),
        )


def _own(terms: OwnDelivery, merchant: Merchant) -> OwnDeliveryView:
    return OwnDeliveryView(
        radius_m=terms.radius_m,
        communes=sorted(terms.communes),
        fee=merchant.own_delivery_fee_cents,
        free_from=merchant.own_delivery_free_from_cents,
        lead_min=terms.lead_min,
        opening_hours=terms.hours.text,
    )


class MerchantsView(Model):
    """Every merchant of the territory."""

    merchants: list[MerchantView]


class ToursQuery(Model):
    """``day``: a calendar day in the town."""

    day: Annotated[date, Field(examples=["2026-11-24"])]


class StopView(Model):
    """One halt.

    ``promised_until``: end of the promise; ``target_at``: when the plan meant service to begin;
    ``eta_at``: forecast of the same; ``eta_late_at``: by when service begins with a chance of
    90 %, as of now, where a courier has the stop still to do; ``held``: a quote's, not booked
    yet; ``published_at``: since when the courier has it.
    """

    id: str
    kind: StopKind
    merchant_id: str | None = None
    location: Location
    shipment_ids: list[str]
    state: StopState
    held: bool
    published_at: LocalTime | None = None
    target_at: LocalTime | None = None
    eta_at: LocalTime | None = None
    eta_late_at: LocalTime | None = None
    promised_until: LocalTime | None = None
    ended_at: LocalTime | None = None
    reason: str | None = None

    @classmethod
    def of(cls, stop: Stop, late_at: datetime | None = None) -> Self:
        return cls(
            id=stop.stop_id,
            kind=stop.kind,
            merchant_id=stop.merchant_id,
            location=_location(stop.place),
            shipment_ids=list(stop.shipment_ids),
            state=stop.state,
            held=stop.held_until is not None,
            published_at=text_of(stop.published_at),
            target_at=text_of(stop.target_at),
            eta_at=text_of(stop.eta_at),
            eta_late_at=text_of(late_at),
            promised_until=text_of(stop.promised_until),
            ended_at=text_of(stop.ended_at),
            reason=stop.reason,
        )


class TourView(Model):
    """One courier's shift; ``version`` grows with each change."""

    id: str
    courier_id: str
    shift: SpanView
    version: int
    stops: list[StopView]

    @classmethod
    def of(cls, tour: Tour, late_at: Mapping[str, datetime]) -> Self:
        return cls(
            id=tour.tour_id,
            courier_id=tour.courier_id,
            shift=SpanView.of(tour.shift),
            version=tour.version,
            stops=[StopView.of(stop, late_at.get(stop.stop_id)) for stop in tour.stops],
        )


class ToursView(Model):
    """The tours of one day."""

    day: Annotated[str, Field(json_schema_extra={"format": "date"})]
    tours: list[TourView]

    @classmethod
    def of(cls, day: date, tours: Sequence[Tour], late_at: Mapping[str, datetime]) -> Self:
        """``late_at``: by stop, when service begins there at the latest, nine times in ten."""
        return cls(day=day.isoformat(), tours=[TourView.of(tour, late_at) for tour in tours])


class StreetsView(Model):
    """Who tells the travel times.

    ``engine``: own, osrm or valhalla, as configured.  ``answering``: the engine that does;
    none: nobody.  ``since``: when the configured one fell silent, as this process saw it.
    """

    engine: str
    answering: str
    since: LocalTime | None = None


class HealthView(Model):
    """``now``: the clock of the house, ``pace`` times as fast as real time."""

    store: str
    now: LocalTime
    pace: float
    streets: StreetsView

    @classmethod
    def of(cls, now: datetime, pace: float, streets: StreetsState) -> Self:
        return cls(
            store="ok",
            now=local_text(now),
            pace=pace,
            streets=StreetsView(
                engine=streets.configured,
                answering=streets.answering,
                since=text_of(streets.since),
            ),
        )
