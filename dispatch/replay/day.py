"""One day as it comes to us: who asks for what, when, from which door, and what then happens.

Decides what is a well-formed day, generated or recorded, and that it holds nothing about
people but where a parcel went.  What we promise, and who brings it, is lived anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dispatch.core.civil import local_day
from dispatch.core.places import Place
from dispatch.slots.service_levels import Mode

#: Nobody packs a parcel more than a day late.
_LATEST_S = 86_400


class Origin(StrEnum):
    """Where a day comes from."""

    GENERATED = "generated"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class DayLine:
    """What is bought from one merchant.

    late_s : how much later than the shop's usual pace it is packed; negative: sooner
    told   : the shop says so when it should be ready, if it is late by more than a few minutes
    """

    merchant_id: str
    items_value_cents: int
    weight_g: int
    volume_cm3: int
    cold: bool = False
    late_s: int = 0
    told: bool = False

    def __post_init__(self) -> None:
        if not self.merchant_id:
            raise ValueError("a line has no merchant_id")
        for name in ("items_value_cents", "weight_g", "volume_cm3"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: {getattr(self, name)}")
        if not -_LATEST_S <= self.late_s <= _LATEST_S:
            raise ValueError(f"late_s is more than a day: {self.late_s}")


@dataclass(frozen=True, slots=True)
class DayOrder:
    """One customer, who would like to have it brought today.

    number   : 1 for the first of the day; orders are numbered as they come
    place    : the door; no address and no name
    flat     : the door is one of a shared house
    wants_at : when the customer means to be at home; None: as soon as possible
    otherwise: how else it would be taken; None: the customer leaves
    absent   : nobody opens when the courier rings
    cancels_at : when the customer does not want it any more; None: never
    """

    number: int
    asked_at: datetime
    place: Place
    lines: tuple[DayLine, ...]
    flat: bool = False
    wants_at: datetime | None = None
    otherwise: Mode | None = None
    absent: bool = False
    cancels_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError(f"order {self.number} buys from nobody")
        shops = [line.merchant_id for line in self.lines]
        if len(set(shops)) < len(shops):
            raise ValueError(f"order {self.number} has a shop twice: {shops}")
        for name in ("asked_at", "wants_at", "cancels_at"):
            instant = getattr(self, name)
            if instant is not None and instant.utcoffset() != timedelta(0):
                raise ValueError(f"order {self.number}: {name} is not UTC: {instant}")
        if self.place.label:
            raise ValueError(f"order {self.number}: a door has no name here")
        if self.otherwise is Mode.EXPRESS:
            raise ValueError(f"order {self.number}: express is no way out of express")


class MishapKind(StrEnum):
    """What happens to a courier.

    BREAKDOWN : the day is over: others take the rest over
    OFFLINE   : the phone has no signal: the courier goes on, and tells later what happened
    """

    BREAKDOWN = "breakdown"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Mishap:
    """``until``: when the phone has a signal again; None for a breakdown."""

    kind: MishapKind
    courier_id: str
    at: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        if (self.until is None) is not (self.kind is MishapKind.BREAKDOWN):
            raise ValueError(f"a phone is offline until some time, and nothing else: {self.kind}")
        if self.until is not None and self.until <= self.at:
            raise ValueError(f"a phone is offline until {self.until}, from {self.at}")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one town; orders in order of asking, all on the local day *day*.

    rain : the whole day: what that does to roads is ``world``'s
    mishaps : of couriers, each at most one
    seed : of the generator, and of what roads and doors do when the day is lived
    """

    day: date
    town: str
    orders: tuple[DayOrder, ...]
    origin: Origin = Origin.GENERATED
    rain: bool = False
    seed: int = 0
    mishaps: tuple[Mishap, ...] = ()

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed is negative: {self.seed}")
        if [order.number for order in self.orders] != list(range(1, len(self.orders) + 1)):
            raise ValueError("orders are numbered 1, 2, 3, … in their order")
        asked = [order.asked_at for order in self.orders]
        if asked != sorted(asked):
            raise ValueError("orders are in order of asking")
        couriers = [mishap.courier_id for mishap in self.mishaps]
        if len(set(couriers)) < len(couriers):
            raise ValueError(f"a courier has one mishap a day: {couriers}")
        for order in self.orders:
            if local_day(order.asked_at) != self.day:
                raise ValueError(f"order {order.number} is not asked on {self.day}")
