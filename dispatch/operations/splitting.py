"""An order of several shops: what waiting for the slowest costs, and whether it fits in parts.

Decides which divisions are worth trying, and tries them; writes nothing.  Taking one is
``split``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core.ids import MerchantId, QuoteId
from dispatch.core.reasons import Refusal, Way
from dispatch.operations.express import Desk, stops_of, try_windows
from dispatch.operations.fit import Fit
from dispatch.operations.ports import Ports
from dispatch.operations.quote_ask import Ask, promised
from dispatch.orders.quotes import Option, OrderRequest, Split, Waiting
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import StopKind, Tour

#: The shops of each part.
Groups = tuple[tuple[MerchantId, ...], ...]

#: Up to so many shops, each of them alone is tried too.
_EACH_ALONE_UP_TO = 3


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a division that works."""

    promise: Promise
    fit: Fit
    here_at: datetime | None


def told_of_shops(
    ask: Ask, options: Sequence[Option], tour: Tour | None, table: Desk, ports: Ports
) -> list[Option]:
    """Return the express *options*, the first with what its slowest shop costs and its splits.

    tour : with the order in it, when the first is offered
    """
    first, *others = options
    if len(ask.merchants) < 2 or first.window is None:
        return list(options)
    ready = _ready_times(ask, ports)
    if not ready:
        return list(options)
    slowest = max(reversed(ready), key=lambda shop: ready[shop])
    rest = tuple(shop for shop in ready if shop != slowest)
    divisions: list[Groups] = [(rest, (slowest,))]
    if 2 < len(ready) <= _EACH_ALONE_UP_TO:
        divisions.append(tuple((shop,) for shop in ready))
    splits: list[Split] = []
    waiting = None
    for groups in divisions:
        parts = _tried(ask, groups, table, ports)
        if parts is None:
            continue
        splits.append(_split(groups, parts, ports))
        waiting = waiting or _waiting(ask.quote_id, slowest, parts[0], tour)
    told = replace(first, waiting=waiting, splits=tuple(splits))
    if splits and first.refusals:
        (refusal,) = first.refusals
        told = replace(told, refusals=(replace(refusal, ways=(*refusal.ways, Way("split"))),))
    return [told, *others]


def part_of(request: OrderRequest, group: Sequence[MerchantId], n: int) -> OrderRequest:
    """Return the *n*-th part of the order: the shops of *group*, to the same door."""
    ref = request.external_ref
    return replace(
        request,
        lines=tuple(line for line in request.lines if line.merchant_id in group),
        external_ref=None if ref is None else f"{ref}/{n}",
    )


def _ready_times(ask: Ask, ports: Ports) -> dict[MerchantId, datetime]:
    """When each shop is ready, in the order of the request; nothing when there is no promise."""
    envelope = promised(Mode.EXPRESS, ask.merchants, ask, ports)
    if isinstance(envelope, Refusal):
        return {}
    return {pickup.merchant_id: pickup.ready_at for pickup in envelope.pickups}


def _tried(ask: Ask, groups: Groups, table: Desk, ports: Ports) -> list[_Part] | None:
    """Try the parts one beside the other, as soon as possible each; None: they do not all fit."""
    parts: list[_Part] = []
    for n, group in enumerate(groups, start=1):
        quote_id = QuoteId(f"{ask.quote_id}/{n}")
        merchants = tuple(m for m in ask.merchants if m.merchant_id in group)
        request = part_of(ask.request, group, n)
        mine = replace(ask, quote_id=quote_id, request=request, merchants=merchants)
        promise = promised(Mode.EXPRESS, merchants, mine, ports)
        if isinstance(promise, Refusal):
            return None
        order = stops_of(quote_id, request, promise, ports, held_until=ask.expires_at)
        (fit,) = try_windows(order, [promise.window], table, ports)
        if isinstance(fit, Refusal):
            return None
        parts.append(_Part(promise, fit, _here_at(quote_id, fit.tour)))
        table = with_tour(table, fit.tour)
    return parts


def with_tour(table: Desk, tour: Tour) -> Desk:
    """Return *table* with *tour* in the place of its older self."""
    tours = tuple(tour if t.tour_id == tour.tour_id else t for t in table.tours)
    return replace(table, tours=tours)


def _split(groups: Groups, parts: Sequence[_Part], ports: Ports) -> Split:
    prices = (ports.parameters.tariff.price(Mode.EXPRESS, len(group)) for group in groups)
    return Split(
        groups,
        tuple(part.promise for part in parts),
        sum(price.amount_cents for price in prices),
        sum(part.fit.witness.added_s for part in parts),
    )


def _waiting(
    quote_id: QuoteId, slowest: MerchantId, rest: _Part, tour: Tour | None
) -> Waiting | None:
    together = None if tour is None else _here_at(quote_id, tour)
    if together is None or rest.here_at is None or together <= rest.here_at:
        return None
    return Waiting(slowest, int((together - rest.here_at).total_seconds()), rest.here_at)


def _here_at(quote_id: QuoteId, tour: Tour) -> datetime | None:
    """When the courier rings at the order's door, by the plan."""
    mine = (stop for stop in tour.stops if stop.quote_id == quote_id)
    return next((stop.eta_at for stop in mine if stop.kind is StopKind.DROP), None)
