"""Quotes and slots, out: each option with its terms, or why it is refused.

Decides what a shop may see of an answer.  What it may ask is ``api.quote_bodies``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field

from dispatch.api.models import LocalTime, Model, Money, QuoteWarning, Reason, SpanView
from dispatch.core.civil import local_day, local_text
from dispatch.operations.express import window_text
from dispatch.orders.quotes import Option, Part, Quote, Split, Waiting, Witness
from dispatch.slots.promises import Pickup, Promise
from dispatch.slots.service_levels import Mode


class PickupView(Model):
    """When a courier may fetch at the shop."""

    ready_at: LocalTime
    deadline: LocalTime

    @classmethod
    def of(cls, pickup: Pickup) -> Self:
        return cls(ready_at=local_text(pickup.ready_at), deadline=local_text(pickup.deadline))


class DaysView(Model):
    """The first and the last day on which the post may bring the parcel."""

    first: Annotated[str, Field(json_schema_extra={"format": "date"})]
    last: Annotated[str, Field(json_schema_extra={"format": "date"})]


class Terms(Model):
    """What is promised, in the words of the mode.

    express, merchant: ``promise`` (and ``pickup``, where a courier fetches); collect:
    ``ready_at`` and ``collect_until``; standard: ``delivery_dates``.
    """

    pickup: PickupView | None = None
    promise: SpanView | None = None
    ready_at: LocalTime | None = None
    collect_until: LocalTime | None = None
    delivery_dates: DaysView | None = None

    @classmethod
    def of(cls, *promises: Promise) -> Terms:
        """The terms that hold for all of *promises* of one mode."""
        opens = [promise.window.opens_at for promise in promises]
        closes = [promise.window.closes_at for promise in promises]
        mode = promises[0].mode
        if mode is Mode.COLLECT:
            # All of it can be fetched in one walk from the last ready to the first put away.
            return Terms(ready_at=local_text(max(opens)), collect_until=local_text(min(closes)))
        if mode is Mode.STANDARD:
            first, last = promises[0].days
            return Terms(delivery_dates=DaysView(first=first.isoformat(), last=last.isoformat()))
        pickups = [pickup for promise in promises for pickup in promise.pickups]
        return Terms(
            # Several shops have several pickups: they are told part by part.
            pickup=PickupView.of(pickups[0]) if len(pickups) == 1 else None,
            promise=SpanView(start=local_text(min(opens)), end=local_text(max(closes))),
        )


class _Shop(Model):
    merchant_id: str


class PartView(Terms, _Shop):  # pydantic writes the last base's fields first
    """One merchant's share of an option: it becomes a shipment."""

    @classmethod
    def of_part(cls, part: Part) -> Self:
        return cls(merchant_id=part.merchant_id, **dict(Terms.of(part.promise)))


class WitnessView(Model):
    """Where in whose tour the order fits.

    ``added_s``: what the tour grows by; ``slack_s``: how much later the bell could
    ring and the promise still hold; ``also_changed``: tours of others, who make room.
    """

    tour: str
    after_stop: int
    added_s: int
    slack_s: int
    also_changed: list[str]

    @classmethod
    def of(cls, witness: Witness) -> Self:
        return cls(
            tour=witness.tour_id,
            after_stop=witness.after_stop,
            added_s=witness.added_s,
            slack_s=witness.slack_s,
            also_changed=list(witness.also_changed),
        )


class WaitingView(Model):
    """What the slowest shop costs: ``seconds`` later than ``without`` it."""

    slowest: str
    seconds: int
    without: LocalTime

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        return cls(
            slowest=waiting.slowest,
            seconds=waiting.waits_s,
            without=local_text(waiting.without),
        )


class SplitView(Model):
    """The same order as several deliveries, tried and not held; ``price`` of all together."""

    groups: list[list[str]]
    promises: list[SpanView]
    price: Annotated[int, Field(description="cents")]
    added_s: int

    @classmethod
    def of(cls, split: Split) -> Self:
        return cls(
            groups=[list(group) for group in split.groups],
            promises=[SpanView.of(promise.window) for promise in split.promises],
            price=split.price_cents,
            added_s=split.added_s,
        )


class _Offer(Model):
    id: str | None = None
    mode: Mode
    offered: bool
    held: bool | None = None
    why_not_held: Reason | None = None
    price: Money | None = None


class OptionView(Terms, _Offer):
    """One way to get the order: offered with its price and terms, or refused with reasons.

    ``held``: the place is kept until the quote expires; an option that is not held is
    tried again when booked.  ``why_not_held``: this is the one that would be kept, if holds had
    not had their share of the day.  ``p_on_time``: the chance that it is handed over before its
    promise ends; never a cause of refusal.  ``window`` tells which
    window was refused, and ``day`` of which local day it is.  ``waiting`` and ``splits``: an
    order of several shops, and what dividing it would bring.
    """

    parts: list[PartView] | None = None
    witness: WitnessView | None = None
    ghg_g_co2e: Annotated[int | None, Field(description="grams of CO2 equivalent")] = None
    p_on_time: Annotated[
        float | None, Field(ge=0, le=1, description="express: chance to keep the promise, 0 to 1")
    ] = None
    waiting: WaitingView | None = None
    splits: list[SplitView] | None = None
    window: str | None = None
    day: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    reasons: list[Reason] | None = None

    @classmethod
    def of_option(cls, option: Option, *, browsed: bool = False) -> OptionView:
        name = None if browsed else option.option_id
        if not option.offered:
            return OptionView(
                id=name,
                mode=option.mode,
                offered=False,
                window=option.window and window_text(option.window),
                day=option.window and local_day(option.window.opens_at).isoformat(),
                reasons=[Reason.of(refusal) for refusal in option.refusals],
                splits=[SplitView.of(split) for split in option.splits] or None,
            )
        return OptionView(
            id=name,
            mode=option.mode,
            offered=True,
            held=None if browsed else option.held,
            why_not_held=(
                None if browsed or option.why_not_held is None else Reason.of(option.why_not_held)
            ),
            price=option.price and Money.of(option.price),
            parts=[PartView.of_part(part) for part in option.parts],
            witness=option.witness and WitnessView.of(option.witness),
            ghg_g_co2e=option.ghg_g,
            p_on_time=option.chance and option.chance.stated,
            waiting=option.waiting and WaitingView.of(option.waiting),
            splits=[SplitView.of(split) for split in option.splits] or None,
            **dict(Terms.of(*(part.promise for part in option.parts))),
        )


class QuoteView(Model):
    """Every way to get the order; booked at most once, before ``expires_at``.

    ``split_of``: the quote that this order was a part of.
    ``warnings``: what is not sure about the doorstep; left out when there is nothing to say.
    """

    id: str
    created_at: LocalTime
    expires_at: LocalTime
    external_ref: str | None = None
    split_of: str | None = None
    warnings: list[QuoteWarning] | None = None
    options: list[OptionView]

    @classmethod
    def of(cls, quote: Quote) -> Self:
        return cls(
            id=quote.quote_id,
            created_at=local_text(quote.created_at),
            expires_at=local_text(quote.expires_at),
            external_ref=quote.request.external_ref,
            split_of=quote.split_of,
            warnings=QuoteWarning.each_of(quote.request.deliver_to.doubts),
            options=[OptionView.of_option(option) for option in quote.options],
        )


class QuotesView(Model):
    """The parts of an order, in the order of the groups."""

    quotes: list[QuoteView]

    @classmethod
    def of(cls, quotes: Sequence[Quote]) -> Self:
        return cls(quotes=[QuoteView.of(quote) for quote in quotes])


class SlotsView(Model):
    """What could be had at ``as_of``; nothing is kept.  ``warnings``: as in a quote."""

    as_of: LocalTime
    warnings: list[QuoteWarning] | None = None
    options: list[OptionView]

    @classmethod
    def of(cls, quote: Quote) -> Self:
        return cls(
            as_of=local_text(quote.created_at),
            warnings=QuoteWarning.each_of(quote.request.deliver_to.doubts),
            options=[OptionView.of_option(option, browsed=True) for option in quote.options],
        )
