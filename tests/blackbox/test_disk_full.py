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

from tests.blackbox.storm import Storm, audit
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


def test_a_full_disk_is_a_503_and_the_same_calls_go_through_once_there_is_room(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, "--clock", "2026-11-24T09:30+01:00x30", settings=WAVES_ONLY) as served:
        served.wait_for_jobs()
        made_keys = keys(tmp_path, 1)
        head = {"Authorization": f"Bearer {made_keys[0]}"}
        pay = {**head, "Idempotency-Key": "pay-again"}
        with httpx.Client(base_url=served.url, headers=head, timeout=20) as shop:
            quote = shop.post("/v1/quotes", json=ORDER).json()
            choice = {"quote_id": quote["id"], "option_id": "opt_1", "customer": CUSTOMER}
            with full_disk(served):
                for _ in range(3):
                    is_a_clear_503(shop.post("/v1/quotes", json=ORDER))
                    is_a_clear_503(shop.post("/v1/bookings", json=choice, headers=pay))
                assert shop.get("/v1/health").status_code == 200
                seen = shop.get("/v1/slots", params={"merchant_id": MERCHANT, **A_DOOR})
                assert seen.status_code == 200, "reading needs no room"
                assert shop.get("/v1/events").json()["events"] == []
            booked = shop.post("/v1/bookings", json=choice, headers=pay)
            assert booked.status_code == 201, booked.text
            assert "Idempotent-Replay" not in booked.headers, "it was booked on the full disk"
            wait_for(
                lambda: any(e["state"] == "assigned" for e in _events(shop)),
                "a wave after the disk had room again",
                within_s=30,
            )


def test_no_booking_is_lost_or_doubled_when_the_disk_fills_up_amid_them(tmp_path: Path) -> None:
    with serving(tmp_path, "--clock", "2026-11-24T09:30+01:00", "--no-jobs") as served:
        with Storm(served.url, keys(tmp_path, 4), 60).raging() as storm:
            for done in (10, 30):
                storm.wait_until(done)
                with full_disk(served):
                    storm.wait_for_refusals(5)
        audit(served.url, tmp_path, storm.receipts)


def _events(shop: httpx.Client) -> list[dict[str, object]]:
    return list(shop.get("/v1/events").json()["events"])
