"""Quotes and slots, in: what is asked of whom, for which door.

Decides what a question must say.  What is answered is ``api.quote_models``.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from dispatch.api.models import (
    Cents,
    CubicCentimetres,
    Day,
    Flag,
    Grams,
    Id,
    Instant,
    Location,
    Model,
    Note,
    Ref,
    Text,
)
from dispatch.core.ids import MerchantId
from dispatch.core.places import Place
from dispatch.operations.enquire import Enquiry, Item

MERCHANTS_AT_MOST = 20


def once_each(merchant_ids: list[str]) -> None:
    """Raise ``ValueError`` naming a merchant that appears twice."""
    for n, merchant_id in enumerate(merchant_ids):
        if merchant_id in merchant_ids[:n]:
            raise ValueError(f"each merchant appears once; {merchant_id} appears twice")


class MerchantLine(Model):
    """What one merchant contributes.  ``cold`` left out: as its goods usually travel.

    ``items_value_before_tax`` is the marketplace's commission base; left out, it is derived
    from ``items_value`` by the installation's usual rate, and statements say so.
    """

    merchant_id: Id
    items_value: Annotated[Cents, Field(description="cents, VAT included")] = 0
    items_value_before_tax: Annotated[
        Cents | None, Field(description="cents; at most items_value")
    ] = None
    weight_g: Grams = 0
    volume_cm3: CubicCentimetres = 0
    cold: Flag | None = None
    ready_at: Annotated[
        Instant | None, Field(description="the shop's own word; left out: by its usual pace")
    ] = None

    def item(self) -> Item:
        return Item(
            self.merchant_id,
            self.items_value,
            self.weight_g,
            self.volume_cm3,
            self.cold,
            self.ready_at,
            self.items_value_before_tax,
        )

    @model_validator(mode="after")
    def _before_tax(self) -> Self:
        if (self.items_value_before_tax or 0) > self.items_value:
            raise ValueError("items_value_before_tax is more than items_value")
        return self


class DeliverTo(Model):
    """The doorstep: an address, a point, or both, which must then agree."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["address"], "properties": {"address": {"type": "string"}}},
                {"required": ["location"], "properties": {"location": {"type": "object"}}},
            ]
        }
    )

    address: Text | None = None
    location: Location | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.address is None and self.location is None:
            raise ValueError("give an address, a location, or both")
        return self


class QuoteBody(Model):
    """One order: one doorstep, one or more merchants."""

    external_ref: Ref | None = None
    merchants: Annotated[list[MerchantLine], Field(min_length=1, max_length=MERCHANTS_AT_MOST)]
    deliver_to: DeliverTo
    recommended_by: Ref | None = None
    day: Day | None = None

    @field_validator("merchants")
    @classmethod
    def _once_each(cls, lines: list[MerchantLine]) -> list[MerchantLine]:
        once_each([line.merchant_id for line in lines])
        return lines

    def enquiry(self) -> Enquiry:
        door = self.deliver_to
        return Enquiry(
            items=tuple(line.item() for line in self.merchants),
            address=door.address,
            point=None if door.location is None else door.location.place(),
            note=door.note,
            external_ref=self.external_ref,
            recommended_by=self.recommended_by,
            day=self.day,
        )


class QuotePath(Model):
    quote_id: str


class OptionBody(Model):
    """One option of the quote."""

    option_id: Id


class SplitBody(Model):
    """The shops of each part; every shop of the quote in one of them."""

    groups: Annotated[
        list[Annotated[list[Id], Field(min_length=1, max_length=MERCHANTS_AT_MOST)]],
        Field(min_length=2, max_length=MERCHANTS_AT_MOST),
    ]

    def shops(self) -> tuple[tuple[MerchantId, ...], ...]:
        return tuple(tuple(MerchantId(shop) for shop in group) for group in self.groups)


class WriteQuery(Model):
    """``dry_run``: answer as if, write nothing."""

    dry_run: bool = False


class SlotsQuery(Model):
    """Where and from whom; a query string is text, so numbers are read from it."""

    merchant_id: Annotated[list[Id], Field(min_length=1, max_length=MERCHANTS_AT_MOST)]
    address: Text | None = None
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False)] = None
    day: Day | None = None

    @field_validator("merchant_id")
    @classmethod
    def _once_each(cls, merchant_ids: list[str]) -> list[str]:
        once_each(merchant_ids)
        return merchant_ids

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together")
        if self.address is None and self.lat is None:
            raise ValueError("give an address, or lat and lon, or both")
        return self

    def enquiry(self) -> Enquiry:
        point = None if self.lat is None or self.lon is None else Place(self.lat, self.lon)
        items = tuple(Item(merchant_id) for merchant_id in self.merchant_id)
        return Enquiry(items, self.address, point, day=self.day)
