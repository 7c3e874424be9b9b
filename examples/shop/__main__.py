"""``python -m examples.shop --key dk_…``: the shop on this machine, beside ``dispatch serve``."""

from __future__ import annotations

import argparse
import os
import threading
from pathlib import Path

from dispatch.client import ClientError, Shop, Tolerance
from examples.shop.app import make_app
from examples.shop.counter import Counter
from examples.shop.ledger import Ledger

SWEEP_EVERY_S = 2.0


def main() -> None:
    read = argparse.ArgumentParser(prog="python -m examples.shop", description=__doc__)
    read.add_argument("--server", default="http://127.0.0.1:8000", help="where dispatch serves")
    read.add_argument("--key", default=os.environ.get("KEY"), help="dk_… (or $KEY)")
    read.add_argument("--port", type=int, default=8100)
    read.add_argument("--folder", type=Path, default=Path("shop-data"), help="books and outbox")
    read.add_argument("--secret", default=os.environ.get("WEBHOOK_SECRET"), help="whsec_…")
    told = read.parse_args()
    if not told.key:
        read.error("--key: make one with `dispatch keys create --scopes quotes,bookings`")
    told.folder.mkdir(parents=True, exist_ok=True)
    # A quarter of an hour later is taken unasked: the customer reads it on the order's page.
    shop = Shop(
        told.server,
        told.key,
        outbox=told.folder / "outbox.sqlite",
        tolerance=Tolerance(later_s=15 * 60),
    )
    counter = Counter(shop, Ledger(told.folder / "ledger.sqlite"))
    bell = threading.Event()
    threading.Thread(target=sweep_for_ever, args=(counter, bell), daemon=True).start()
    app = make_app(counter, shop.merchants, secret=told.secret, bell=bell)
    print(f"Boutique / shop: http://127.0.0.1:{told.port}/", flush=True)
    app.run(port=told.port, threaded=True)


def sweep_for_ever(counter: Counter, bell: threading.Event) -> None:
    while True:
        try:
            counter.sweep()
        except ClientError as why:
            print(f"Dispatch: {why}", flush=True)
        bell.wait(SWEEP_EVERY_S)
        bell.clear()


if __name__ == "__main__":
    main()
