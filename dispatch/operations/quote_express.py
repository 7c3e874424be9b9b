"""The express options of a quote: as soon as possible, then each window of the day.

Decides which are offered and what each costs.  Whether a tour has room is ``express``'
question; what would make a refused one possible, ``unlock_quote``'s; what is written, ``quote``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dispatch.core.ids import OptionId
from dispatch.core.money import Price
from dispatch.core.reasons import Refusal
from dispatch.operations.chances import Chances
from dispatch.operations.express import Desk, stops_of
from dispatch.operations.fit import Fit
from dispatch.operations.overdue import PAUSED, overdue
from dispatch.operations.ports import Ports
from dispatch.operations.quote_ask import Ask, offered, refused
from dispatch.operations.second_chance import try_windows_twice
from dispatch.orders.quotes import Option, Part
from dispatch.slots.agenda import Offer
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode


def express_options(ask: Ask, table: Desk, ports: Ports) -> tuple[list[Option], Fit | None]:
    """Return the options, without their ids, and the place of the first that is offered.

    The first of today is "as soon as possible"; then each bookable window of the day.  No
    place: nothing is held.
    """
    if ask.refusal is not None:
        return [refused(Mode.EXPRESS, ask.refusal)], None
    if overdue(table.tours, ports) is not None:
        return [refused(Mode.EXPRESS, PAUSED)], None
    offers = offered(Mode.EXPRESS, ask.merchants, ask, ports)
    asked = [offer.answer for offer in offers if isinstance(offer.answer, Promise)]
    fits = iter(_tried(ask, asked, table, ports))
    found: list[tuple[Offer, Fit | Refusal]] = [
        (offer, offer.answer if isinstance(offer.answer, Refusal) else next(fits))
        for offer in offers
    ]
    chances = Chances(ask.quote_id, table, ports)
    options = [_express_option(ask, offer, fit, chances, ports) for offer, fit in found]
    for n, (_, fit) in enumerate(found):
        if isinstance(fit, Fit):
            options[n] = replace(options[n], held=True)
            return options, fit
    return options, None


def _tried(ask: Ask, promises: Sequence[Promise], table: Desk, ports: Ports) -> list[Fit | Refusal]:
    """Try every promise in the tours; the first is the widest of them, or they are of one width."""
    if not promises:
        return []
    order = stops_of(ask.quote_id, ask.request, promises[0], ports, held_until=ask.expires_at)
    return try_windows_twice(order, [promise.window for promise in promises], table, ports)


def _express_option(
    ask: Ask, offer: Offer, fit: Fit | Refusal, chances: Chances, ports: Ports
) -> Option:
    promise = offer.answer
    if isinstance(promise, Refusal):
        return refused(Mode.EXPRESS, promise, offer.window)
    if isinstance(fit, Refusal):
        return refused(Mode.EXPRESS, _by_its_name(fit), offer.window)
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
        _price(len(parts), fit, ports),
        witness=fit.witness,
        ghg_g=fit.ghg_g,
        chance=chances.of(fit),
    )


def _price(shops: int, fit: Fit, ports: Ports) -> Price:
    usual = ports.parameters.tariff.price(Mode.EXPRESS, shops)
    return ports.parameters.nudge.lowered(usual, fit.witness.added_s)


def _by_its_name(refusal: Refusal) -> Refusal:
    """Vehicles that are full are told as such, not as a tour that found no place."""
    full = refusal.binding and all(name.startswith("capacity.") for name in refusal.binding)
    if refusal.code == "no_feasible_insertion" and full:
        return replace(refusal, code="capacity_full")
    return refusal
