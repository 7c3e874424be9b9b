"""A shop as a process of its own, to be killed: buys, pays, books, and dies where it is told.

``python -m tests.client.paying_shop PLAN``: a plan is JSON, see ``Plan``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from dispatch.client import Basket, Customer, Doorstep, Line, Shop, Tolerance, Unreachable
from dispatch.client.outbox import Outbox
from examples.shop.counter import Counter
from examples.shop.ledger import Ledger

#: A shop that takes what there is: no order of these waits for a customer.
ANYTHING = Tolerance(dearer_cents=10**6, later_s=10**6, earlier_s=10**6)
PATIENCE_S = 40.0


@dataclass(frozen=True, slots=True)
class Plan:
    """``refs``: to be bought.  At the ``point``-th step ``victim`` (a pid; 0: itself) is
    killed, ``after_s`` later when it is another's; a point of 0 spares everybody."""

    url: str
    key: str
    folder: str
    merchant: str
    lat_deg: float
    lon_deg: float
    refs: tuple[str, ...] = ()
    point: int = 0
    victim: int = 0
    after_s: float = 0.0

    def text(self) -> str:
        return json.dumps(asdict(self))


class Fate:
    """Counts the steps that leave something behind, and kills at the one it was told."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._steps = plan, 0

    def step(self) -> None:
        self._steps += 1
        if self._steps != self._plan.point:
            return
        if self._plan.victim == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Thread(target=self._kill_later).start()

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """*act*, with a step before it and one behind it."""

        @wraps(act)
        def stepping(*args: Any, **kwargs: Any) -> Any:
            self.step()
            done = act(*args, **kwargs)
            self.step()
            return done

        return stepping

    def _kill_later(self) -> None:
        sleep(self._plan.after_s)
        os.kill(self._plan.victim, signal.SIGKILL)


def buy(counter: Counter, ref: str, plan: Plan) -> None:
    """One customer: asks until there is an answer, chooses, pays."""
    line = Line(plan.merchant, items_value_cents=2500, weight_g=800, volume_cm3=4000)
    basket = Basket(ref, (line,), Doorstep(lat_deg=plan.lat_deg, lon_deg=plan.lon_deg))
    quote = patiently(lambda: counter.offer(basket, Customer("Camille Essai", "+33639980042")))
    # Now the courier, now the counter: two ways through the house.
    mode = "express" if ref.endswith(("0", "2", "4", "6", "8")) else "collect"
    modes = {option.mode: option for option in quote.offered}
    option = modes.get(mode) or modes["collect"]  # the last window: its place is asked for
    purchase = counter.ledger.purchase(ref)
    assert purchase is not None
    patiently(lambda: counter.choose(purchase, option.option_id))
    counter.pay(ref)


def patiently(ask: Callable[[], Any]) -> Any:
    until_s = monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except Unreachable:
            if monotonic() > until_s:
                raise
            sleep(0.1)


def main(plan: Plan) -> None:
    fate = Fate(plan)
    folder = Path(plan.folder)
    Outbox.add = fate.around(Outbox.add)  # type: ignore[method-assign]
    Outbox.put = fate.around(Outbox.put)  # type: ignore[method-assign]
    Ledger.pay = fate.around(Ledger.pay)  # type: ignore[method-assign]
    transport = httpx.HTTPTransport()
    transport.handle_request = fate.around(transport.handle_request)  # type: ignore[method-assign]
    ledger = Ledger(folder / "ledger.sqlite")
    with Shop(
        plan.url,
        plan.key,
        outbox=folder / "outbox.sqlite",
        tolerance=ANYTHING,
        timeout_s=5,
        transport=transport,
    ) as shop:
        counter = Counter(shop, ledger)
        for ref in plan.refs:
            buy(counter, ref, plan)
        if not plan.point:
            until_s = monotonic() + PATIENCE_S
            while ledger.paid(settled=False) and monotonic() < until_s:
                patiently(counter.sweep)
                sleep(0.1)


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    main(Plan(**{**told, "refs": tuple(told["refs"])}))
