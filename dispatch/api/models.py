"""The shapes every noun of the API shares: strict fields, money, spans of time, reasons.

Decides what is let in.  Lax pydantic reads ``false`` as 0.0 and ``0`` as a date;
the aliases here do not, and every model refuses a field it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, Self

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from dispatch.core.civil import local_text, parse_instant
from dispatch.core.money import Price
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal, Way, WayKind, explained
from dispatch.core.windows import TimeWindow
from dispatch.orders.doubts import Doubt


class Model(BaseModel):
    """Base of all: unknown fields are refused, and the JSON schema is worked out once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As pydantic's, remembered: flask-openapi asks for it at every request."""
        return _schema(cls, args, tuple(sorted(kwargs.items())))


@cache
def _schema(
    model: type[Model], args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]
) -> dict[str, Any]:
    return super(Model, model).model_json_schema(*args, **dict(kwargs))


def _day(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write a day as 2026-11-24")
    return date.fromisoformat(value)


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("write an instant as text: 2026-11-24T09:00+01:00")
    try:
        return parse_instant(value)
    except OverflowError:
        raise ValueError(f"{value!r} is out of the calendar") from None


def _whole(value: object) -> object:
    """In JSON 1200.0 is a whole number: some languages write every number so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        number = None
    # "Possible", not "valid": numbers kept for fiction belong in tests and demonstrations.
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValueError("not a phone number; write it as +33612345678")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE),
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=_ONE_LINE)]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_ONE_LINE)]
#: An id of ours, in a body.  In a path any text is let through: it names nothing, so 404.
Id = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_.:\-]+$")]
Phone = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_phone),
    Field(description="E.164, or a French national number", examples=["+33639980042"]),
]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
]
Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
Cents = Annotated[int, Field(strict=True, ge=0, le=10_000_00), BeforeValidator(_whole)]
Grams = Annotated[int, Field(strict=True, ge=0, le=1_000_000), BeforeValidator(_whole)]
CubicCentimetres = Annotated[int, Field(strict=True, ge=0, le=10_000_000), BeforeValidator(_whole)]
Flag = Annotated[bool, Field(strict=True)]
#: In: ISO 8601 with an offset; inside: UTC.
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
#: In: a local day, written as 2026-11-24.
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
#: Out: ISO 8601 with the Paris offset.
LocalTime = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class NoQuery(Model):
    """A query string that takes nothing: a misspelt parameter is an error here too."""


class Location(Model):
    """WGS 84 decimal degrees."""

    lat: Latitude
    lon: Longitude

    def place(self) -> Place:
        return Place(self.lat, self.lon)


class SpanView(Model):
    """From ``start`` until before ``end``."""

    start: LocalTime
    end: LocalTime

    @classmethod
    def of(cls, window: TimeWindow) -> Self:
        return cls(start=local_text(window.opens_at), end=local_text(window.closes_at))


class PriceLine(Model):
    """What a part of the price is for; cents, VAT included."""

    label: str
    amount: int


class Money(Model):
    """Whole cents, VAT included; ``vat_rate`` 0.2 is 20 %."""

    amount: int
    currency: str
    vat_rate: float
    amount_without_vat: int
    breakdown: list[PriceLine]

    @classmethod
    def of(cls, price: Price) -> Self:
        return cls(
            amount=price.amount_cents,
            currency=price.currency,
            vat_rate=price.vat_bp / 10_000,
            amount_without_vat=price.without_vat_cents,
            breakdown=[PriceLine(label=label, amount=cents) for label, cents in price.breakdown],
        )


class WayOut(Model):
    """One change that was tried, and makes the refused possible.

    ``at``: the instant that ``kind`` speaks of; ``mode``: of ``other_mode``; ``vehicle``: what
    one courier more would ride.
    """

    kind: WayKind
    at: LocalTime | None = None
    mode: str | None = None
    vehicle: str | None = None
    fr: str
    en: str

    @classmethod
    def of(cls, way: Way) -> Self:
        return cls(
            kind=way.kind,
            at=text_of(way.at),
            mode=way.mode,
            vehicle=way.vehicle,
            fr=way.fr,
            en=way.en,
        )


class Reason(Model):
    """Why not.

    ``binding`` names the limit that decided; ``unlock`` the nearest change that was
    tried and works, ``unlocks`` all that were, nearest first; ``away_m`` how far the doorstep
    is from the area, or from any street.
    """

    code: str
    binding: list[str]
    fr: str
    en: str
    unlock: dict[str, str] | None = None
    unlocks: list[WayOut] | None = None
    away_m: Annotated[int | None, Field(description="metres", ge=0)] = None

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        fr, en = explained(refusal)
        return cls(
            code=refusal.code,
            binding=list(refusal.binding),
            fr=fr,
            en=en,
            unlock=dict(refusal.unlock) or None,
            unlocks=[WayOut.of(way) for way in refusal.ways] or None,
            away_m=refusal.away_m,
        )


class QuoteWarning(Model):
    """Something to know about a doorstep that is delivered to.

    ``away_m``: metres from the door to the nearest street.
    """

    code: str
    fr: str
    en: str
    away_m: Annotated[int | None, Field(description="metres", ge=0)] = None

    @classmethod
    def each_of(cls, doubts: Sequence[Doubt]) -> list[Self] | None:
        """Return one for each of *doubts*; None, which is left out, when there is none."""
        told = [cls(code=one.code, fr=one.fr, en=one.en, away_m=one.away_m) for one in doubts]
        return told or None


def text_of(instant: datetime | None) -> str | None:
    """Return the instant as the API writes it; None stays None and is left out."""
    return None if instant is None else local_text(instant)
