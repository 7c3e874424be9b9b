"""The express options of a quote: as soon as possible, then each window of the day.

Decides which are offered, what each costs, and what a refused one is told to do instead.
Whether a tour has room is ``express``' question; what is written is ``quote``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dispatch.core.civil import local_text
from dispatch.core.ids import OptionId
from dispatch.core.reasons import Refusal
from dispatch.operations.express import Desk, stops_of, try_windows
from dispatch.operations.fit import Fit
from dispatch.operations.ports import Ports
from dispatch.operations.quote_ask import Ask, promised, refused
from dispatch.orders.quotes import Option, Part
from dispatch.slots.promises import Promise, express_slots
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Tour


def express_options(ask: Ask, table: Desk, ports: Ports) -> tuple[list[Option], Tour | None]:
    """Return the options, without their ids, and the tour that holds the first.

    The first is "as soon as possible"; then each bookable window of the day.  No tour:
    nothing is held.
    """
    if ask.refusal is not None:
        return [refused(Mode.EXPRESS, ask.refusal)], None
    envelope = promised(Mode.EXPRESS, ask.merchants, ask, ports)
    if isinstance(envelope, Refusal):
        return [refused(Mode.EXPRESS, envelope)], None
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


def _express_option(ask: Ask, promise: Promise, fit: Fit | Refusal, ports: Ports) -> Option:
    if isinstance(fit, Refusal):
        return refused(Mode.EXPRESS, fit, promise.window)
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
        ghg_g=fit.ghg_g,
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
