"""Say every way one order can be had, with its promise and price, or why not; hold the place.

The hold is the express order itself, standing in a courier's tour until the
quote expires.  A refusal is an answer, not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core.civil import local_text
from dispatch.core.errors import Invalid, NotFound, Stale
from dispatch.core.ids import OptionId, QuoteId, StorefrontId
from dispatch.core.places import crow_m
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.express import Desk, Fit, desk, stops_of, try_windows
from dispatch.operations.footprint import grams_of
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.steady import on_one_engine
from dispatch.orders.merchants import Merchant
from dispatch.orders.post import refused_by_post
from dispatch.orders.quotes import Option, OrderRequest, Part, Quote
from dispatch.slots.promises import Promise, express_slots, promise_for
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Tour

#: How often a quote is worked out again because a tour changed meanwhile, before it
#: takes the lock and works under it.
_TRIES_WITHOUT_LOCK = 3


def quote(
    request: OrderRequest,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    hold: bool = True,
    refusal: Refusal | None = None,
) -> Quote:
    """Return all options of *request*; with *hold*, store them and keep the courier's place.

    hold    : False only browses: nothing is written, nothing is kept
    refusal : why the doorstep cannot be served, when ``locate`` said so; modes
              that go to a door are then refused with it

    Raises ``Invalid`` naming the field when a merchant does not exist.
    """
    now = ports.clock.now()
    ask = _Ask(
        quote_id=QuoteId(ports.ids.new("qte")),
        request=request,
        merchants=_merchants(request, ports),
        storefront_id=storefront_id,
        refusal=refusal,
        now=now,
        expires_at=now + timedelta(minutes=ports.parameters.quote_life_min),
    )
    return on_one_engine(lambda held: _answered(ask, hold, as_learnt(held)), ports)


def _answered(ask: _Ask, hold: bool, ports: Ports) -> Quote:
    for _ in range(_TRIES_WITHOUT_LOCK):
        with ports.store.reading() as tx:
            table = desk(tx, ports, booked_by=ask.expires_at)
        answer, tour = _work_out(ask, table, ports)
        if not hold:
            return answer
        try:
            with ports.store.writing() as tx:
                return _keep(answer, tour, tx)
        except Stale:
            continue
    with ports.store.writing() as tx:
        answer, tour = _work_out(ask, desk(tx, ports, booked_by=ask.expires_at), ports)
        return _keep(answer, tour, tx)


@dataclass(frozen=True, slots=True)
class _Ask:
    """One question: who asks what, when, and until when the answer holds."""

    quote_id: QuoteId
    request: OrderRequest
    merchants: tuple[Merchant, ...]
    storefront_id: StorefrontId
    refusal: Refusal | None
    now: datetime
    expires_at: datetime


def _keep(answer: Quote, tour: Tour | None, tx: Transaction) -> Quote:
    if tour is not None:
        tx.put_tour(tour)
    tx.add_quote(answer)
    return answer


def _merchants(request: OrderRequest, ports: Ports) -> tuple[Merchant, ...]:
    found: list[Merchant] = []
    for i, line in enumerate(request.lines):
        try:
            found.append(ports.territory.merchant(line.merchant_id))
        except NotFound as why:
            raise Invalid(str(why), field=f"merchants.{i}.merchant_id") from None
    return tuple(found)


def _work_out(ask: _Ask, table: Desk, ports: Ports) -> tuple[Quote, Tour | None]:
    express, tour = _express(ask, table, ports)
    others = [_option(mode, ask, ports) for mode in (Mode.COLLECT, Mode.STANDARD, Mode.MERCHANT)]
    numbered = tuple(
        replace(option, option_id=OptionId(f"opt_{n}"))
        for n, option in enumerate([*express, *others], start=1)
    )
    answer = Quote(ask.quote_id, ask.storefront_id, ask.request, ask.now, ask.expires_at, numbered)
    return answer, tour


def _option(mode: Mode, ask: _Ask, ports: Ports) -> Option:
    """One option of a mode that needs no courier of ours."""
    if ask.refusal is not None and mode is Mode.MERCHANT:
        return _refused(mode, ask.refusal)
    parts: list[Part] = []
    for line, merchant in zip(ask.request.lines, ask.merchants, strict=True):
        answer = _promise(mode, [merchant], ask, ports)
        if mode is Mode.MERCHANT and isinstance(answer, Promise):
            answer = _within_radius(merchant, ask.request, answer)
        if mode is Mode.STANDARD and isinstance(answer, Promise):
            answer = refused_by_post(line, ask.request.deliver_to, ask.refusal) or answer
        if isinstance(answer, Refusal):
            return _refused(mode, answer)
        parts.append(Part(line.merchant_id, answer))
    fees = tuple(merchant.own_delivery_fee_cents for merchant in ask.merchants)
    window = TimeWindow(
        min(part.promise.window.opens_at for part in parts),
        max(part.promise.window.closes_at for part in parts),
    )
    price = ports.parameters.tariff.price(mode, len(parts), fees)
    return Option(OptionId(""), mode, window, tuple(parts), price, held=True)


def _promise(
    mode: Mode,
    merchants: Sequence[Merchant],
    ask: _Ask,
    ports: Ports,
) -> Promise | Refusal:
    said = {line.merchant_id: line.ready_at for line in ask.request.lines if line.ready_at}
    return promise_for(
        mode,
        [merchant.shop for merchant in merchants],
        ask.now,
        ports.parameters.levels,
        ports.parameters.calendar,
        said,
    )


def _within_radius(
    merchant: Merchant, request: OrderRequest, promise: Promise
) -> Promise | Refusal:
    terms = merchant.shop.own_delivery
    if terms is None:
        return Refusal("mode_disabled")
    if crow_m(merchant.place, request.deliver_to.place) > terms.radius_m:
        return Refusal("merchant_out_of_radius", binding=("merchant.radius_m",))
    return promise


def _refused(mode: Mode, refusal: Refusal, window: TimeWindow | None = None) -> Option:
    return Option(OptionId(""), mode, window, refusals=(refusal,))


def _express(ask: _Ask, table: Desk, ports: Ports) -> tuple[list[Option], Tour | None]:
    """The "as soon as possible" option, held; then each bookable window of the day."""
    if ask.refusal is not None:
        return [_refused(Mode.EXPRESS, ask.refusal)], None
    envelope = _promise(Mode.EXPRESS, ask.merchants, ask, ports)
    if isinstance(envelope, Refusal):
        return [_refused(Mode.EXPRESS, envelope)], None
    order = stops_of(ask.quote_id, ask.request, envelope, ports, held_until=ask.expires_at)
    promises = [envelope, *express_slots(envelope, ports.parameters.levels[Mode.EXPRESS])]
    fits = try_windows(order, [promise.window for promise in promises], table, ports)
    options = [
        _express_option(ask, promise, fit, ports)
        for promise, fit in zip(promises, fits, strict=True)
    ]
    first = fits[0]
    if isinstance(first, Refusal):
        return _unlocked(options), None
    options[0] = replace(options[0], held=True)
    return _unlocked(options), first.tour


def _express_option(ask: _Ask, promise: Promise, fit: Fit | Refusal, ports: Ports) -> Option:
    if isinstance(fit, Refusal):
        return _refused(Mode.EXPRESS, fit, promise.window)
    # Each merchant's share keeps its own ready time: the slowest shop is not everybody's.
    parts = tuple(
        Part(
            pickup.merchant_id,
            replace(promise, ready_at=pickup.ready_at, pickups=(pickup,)),
        )
        for pickup in promise.pickups
    )
    return Option(
        OptionId(""),
        Mode.EXPRESS,
        promise.window,
        parts,
        ports.parameters.tariff.price(Mode.EXPRESS, len(parts)),
        witness=fit.witness,
        ghg_g=grams_of(ask.quote_id, fit.tour, ports),
    )


def _unlocked(options: Sequence[Option]) -> list[Option]:
    """Tell each refused window the next one that was tried and works."""
    answer: list[Option] = []
    for n, option in enumerate(options):
        later = next((o.window for o in options[n + 1 :] if o.offered), None)
        if option.offered or later is None:
            answer.append(option)
            continue
        (refusal,) = option.refusals
        unlock = {**refusal.unlock, "earliest_ok": local_text(later.opens_at)}
        answer.append(replace(option, refusals=(replace(refusal, unlock=unlock),)))
    return answer
