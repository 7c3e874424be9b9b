"""The disk fills up under a running server: a clear 503, nothing half, and on when there is room.

The disk is the kernel's limit on how far a process may write into a file: its writes fail
like those on a full disk, and it can be lifted while the process runs.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.blackbox.storm import Receipt, Storm, audit
from tests.installation import A_DOOR, MERCHANT, WAVES_ONLY, Served, keys, serving, wait_for

ORDER = {
    "merchants": [{"merchant_id": MERCHANT, "weight_g": 500}],
    "deliver_to": {"location": A_DOOR},
}
CUSTOMER = {"name": "Camille Essai", "phone": "+33639980042"}


@contextmanager
def full_disk(served: Served) -> Iterator[None]:
    """Until the end none of the server's processes can write to any file, its log included."""
    pids = served.children
    before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    for pid, (_, most) in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    yield
    for pid, limits in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def is_a_clear_503(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    told = answer.json()
    assert (told["status"], told["code"]) == (503, "storage_unavailable")


def test_a_full_disk_is_a_503_loses_nothing_and_is_forgotten_once_there_is_room(
    tmp_path: Path,
) -> None:
    clock = ("--clock", "2026-11-24T09:30+01:00x10")
    with serving(tmp_path, *clock, settings=WAVES_ONLY) as served:
        served.wait_for_jobs()
        made_keys = keys(tmp_path, 4)
        with Storm(served.url, made_keys, 40).raging() as storm:
            storm.wait_until(10)
            with full_disk(served):
                storm.wait_for_refusals(5)
        storm.receipts.append(_refused_then_booked(served, made_keys[0]))
        with _shop(served, made_keys[0]) as shop:
            wait_for(
                lambda: shop.get("/v1/shipments/" + _shipment(storm)).json()["state"] == "assigned",
                "a wave after the disk had room again",
                within_s=60,
            )
        audit(served.url, tmp_path, storm.receipts)


def _refused_then_booked(served: Served, key: str) -> Receipt:
    """Pay on a full disk, and again when there is room; return what was then booked."""
    pay = {"Idempotency-Key": "pay-again"}
    with _shop(served, key) as shop:
        quote = shop.post("/v1/quotes", json=ORDER).json()
        choice = {"quote_id": quote["id"], "option_id": "opt_1", "customer": CUSTOMER}
        with full_disk(served):
            for _ in range(3):
                is_a_clear_503(shop.post("/v1/quotes", json=ORDER))
                is_a_clear_503(shop.post("/v1/bookings", json=choice, headers=pay))
            assert shop.get("/v1/health").status_code == 200
            seen = shop.get("/v1/slots", params={"merchant_id": MERCHANT, **A_DOOR})
            assert seen.status_code == 200, "reading needs no room"
            assert shop.get("/v1/events").status_code == 200
        booked = shop.post("/v1/bookings", json=choice, headers=pay)
        assert booked.status_code == 201, booked.text
        assert "Idempotent-Replay" not in booked.headers, "it was booked on the full disk"
        return Receipt(key, pay["Idempotency-Key"], choice, booked.json())


def _shop(served: Served, key: str) -> httpx.Client:
    head = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=served.url, headers=head, timeout=30)


def _shipment(storm: Storm) -> str:
    """The shipment of the last booking."""
    return str(storm.receipts[-1].booking["shipments"][0]["id"])
