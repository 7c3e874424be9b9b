"""What proves a handover is kept once, whenever it comes, and shown to who may see it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.adapters.proofs.disk import DiskProofs
from dispatch.adapters.storage.store import SqlStore
from dispatch.core.civil import local_day
from dispatch.core.errors import Forbidden, Invalid, NotFound, StorageError
from dispatch.core.ids import CourierId, MerchantId
from dispatch.operations.book import Booked
from dispatch.operations.ports import Picture, Ports
from dispatch.operations.proof_list import handovers
from dispatch.operations.proofs import (
    MOST_PICTURES,
    MOST_WRONG,
    Brought,
    keep_proof,
    picture_of,
    pin_of,
)
from dispatch.operations.questions import questions
from dispatch.operations.retention import purge
from dispatch.operations.track import track
from dispatch.tracking.facts import FactKind
from dispatch.tracking.proofs import Asked, Proof, ProofKind, ProofRules
from dispatch.tracking.tours import Tour
from dispatch.tracking.unclear import Why
from tests.fakes.house import clock_of, house
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order
from tests.tracking.pictures import WHERE, jpeg, png, segment

NAME, PIN, CODE, PHOTO, SIGNATURE = ProofKind


@pytest.fixture
def ports(store: SqlStore, tmp_path: Path) -> Ports:
    """The usual house, which keeps pictures and requires PIN and photo."""
    ports = house(store=store)
    asked = ProofRules(Asked(asked=(NAME, SIGNATURE), required=(PIN, PHOTO)))
    parameters = replace(ports.parameters, proof=asked)
    return replace(ports, parameters=parameters, proofs=DiskProofs(tmp_path / "proofs"))


def brought(
    tour: Tour, ports: Ports, kind: ProofKind, what: str | bytes, proof_id: str = ""
) -> Proof:
    """Bring a proof from the first doorstep of *tour*."""
    door = next(s for s in tour.stops if s.shipment_ids and s.due_at is not None)
    said, picture = (what, None) if isinstance(what, str) else (None, what)
    now = ports.clock.now()
    proof_id = proof_id or f"{kind}/{what!r}"
    return keep_proof(
        Brought(proof_id, tour.tour_id, door.stop_id, kind, now, said, picture),
        tour.courier_id,
        ports,
    )


def delivered(ports: Ports) -> tuple[Booked, Tour]:
    booked = order(ports)
    tour = given_tour(ports)
    return booked, report(report(tour, ports), ports)


def test_a_delivery_without_its_proof_is_delivered_and_the_planner_is_told(ports: Ports) -> None:
    booked, tour = delivered(ports)
    day = local_day(ports.clock.now())
    (asked,) = questions(day, ports)
    assert (asked.why, asked.missing) == (Why.UNPROVEN, (PIN, PHOTO))
    assert asked.fact.kind is FactKind.DONE
    brought(tour, ports, PIN, pin_of(booked.booking))
    assert questions(day, ports)[0].missing == (PHOTO,)
    brought(tour, ports, PHOTO, jpeg())
    assert questions(day, ports) == ()


def test_a_proof_counts_whenever_it_comes_and_once(ports: Ports) -> None:
    """Before the pickup is told, after the delivery, twice: the same proofs in the end."""
    booked = order(ports)
    tour = given_tour(ports)
    early = brought(tour, ports, NAME, "M.  Durand ")
    clock_of(ports).advance(minutes=5)
    report(report(tour, ports), ports)
    assert brought(tour, ports, NAME, "M.  Durand ") == early
    (one,) = handovers(tour.day, ports)
    assert (one.received_by, len(one.proofs)) == ("M. Durand", 1)
    assert track(booked.booking.tracking_token, ports).received_by == "M. Durand"


def test_a_photo_is_kept_without_what_the_phone_added(ports: Ports) -> None:
    _, tour = delivered(ports)
    proof = brought(tour, ports, PHOTO, jpeg(segment(0xE1, WHERE)))
    assert (proof.content_type, proof.size) == ("image/jpeg", len(jpeg()))
    assert picture_of(proof.proof_id, ports) == Picture(jpeg(), "image/jpeg")


def test_only_the_shop_of_the_order_sees_its_pictures(ports: Ports) -> None:
    booked, tour = delivered(ports)
    proof = brought(tour, ports, SIGNATURE, png())
    mine = booked.shipments[0].merchant_id
    other = next(m for m in ports.territory.merchants if m != mine)
    assert picture_of(proof.proof_id, ports, merchant_id=mine) is not None
    assert picture_of(proof.proof_id, ports, merchant_id=other) is None
    assert len(handovers(tour.day, ports, merchant_id=mine)) == 1
    assert handovers(tour.day, ports, merchant_id=MerchantId(other)) == ()


def test_the_pin_is_the_customer_s_and_nobody_keeps_it(ports: Ports) -> None:
    booked, tour = delivered(ports)
    pin = pin_of(booked.booking)
    assert len(pin) == 4 and pin.isdigit()
    proof = brought(tour, ports, PIN, pin)
    assert (proof.holds, proof.said) == (True, None)


def test_the_customer_s_page_tells_the_pin_until_the_parcel_is_there(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    token = booked.booking.tracking_token
    assert track(token, ports).pin == pin_of(booked.booking)
    report(report(tour, ports), ports)
    assert track(token, ports).pin is None


def test_who_guesses_pins_is_not_believed_when_right_at_last(ports: Ports) -> None:
    booked, tour = delivered(ports)
    pin = pin_of(booked.booking)
    for n in range(MOST_WRONG):
        wrong = f"{(int(pin) + 1 + n) % 10_000:04d}"
        assert not brought(tour, ports, PIN, wrong).holds
    assert not brought(tour, ports, PIN, pin).holds
    assert questions(tour.day, ports)[0].missing == (PIN, PHOTO)


def test_a_parcel_s_own_code_is_the_one_the_shop_says(ports: Ports) -> None:
    booked, tour = delivered(ports)
    assert brought(tour, ports, CODE, booked.shipments[0].handover_code).holds
    assert not brought(tour, ports, CODE, "no such parcel").holds


@pytest.mark.parametrize(
    ("kind", "what", "reason"),
    [(PHOTO, b"GIF89a", "not_a_picture"), (NAME, "  ", "empty")],
)
def test_what_is_no_proof_is_refused(
    ports: Ports, kind: ProofKind, what: str | bytes, reason: str
) -> None:
    _, tour = delivered(ports)
    with pytest.raises(Invalid) as refused:
        brought(tour, ports, kind, what)
    assert refused.value.facts["reason"] == reason


def test_a_phone_gone_mad_fills_no_disk(ports: Ports) -> None:
    _, tour = delivered(ports)
    for n in range(MOST_PICTURES):
        brought(tour, ports, PHOTO, jpeg(), f"p{n}")
    with pytest.raises(Invalid, match="are enough"):
        brought(tour, ports, PHOTO, jpeg(), "one more")
    assert brought(tour, ports, PHOTO, jpeg(), "p0").proof_id == "p0"


def test_where_no_pictures_are_kept_none_is_asked_for_or_taken(ports: Ports) -> None:
    bare = replace(ports, proofs=None)
    _, tour = delivered(bare)
    assert questions(tour.day, bare)[0].missing == (PIN,)
    with pytest.raises(Invalid, match="no pictures are kept here"):
        brought(tour, bare, PHOTO, jpeg())


def test_another_courier_s_proof_is_not_yours_to_bring(ports: Ports) -> None:
    _, tour = delivered(ports)
    mine = brought(tour, ports, NAME, "M. Durand")
    thief = CourierId(next(c for c in ports.territory.couriers if c != tour.courier_id))
    for proof_id in ("new", mine.proof_id):
        stolen = Brought(proof_id, tour.tour_id, mine.stop_id, NAME, ports.clock.now(), "me")
        with pytest.raises(Forbidden):
            keep_proof(stolen, thief, ports)
    lost = Brought("x", tour.tour_id, "qte_nobody:1", NAME, ports.clock.now(), "me")
    with pytest.raises(NotFound):
        keep_proof(lost, tour.courier_id, ports)


# --- when something breaks ----------------------------------------------------------------------


class FailingProofs(DiskProofs):
    """Fails once, before the picture is written or after."""

    def __init__(self, folder: Path, *, written: bool) -> None:
        super().__init__(folder)
        self._fails, self._written = True, written

    def put(self, key: str, picture: Picture) -> None:
        if not self._fails or self._written:
            super().put(key, picture)
        if self._fails:
            self._fails = False
            raise StorageError("the disk is full, or the machine died")


@pytest.mark.parametrize("written", [False, True])
def test_a_photo_whose_keeping_broke_off_is_taken_when_it_is_sent_again(
    ports: Ports, tmp_path: Path, written: bool
) -> None:
    shaky = replace(ports, proofs=FailingProofs(tmp_path / "shaky", written=written))
    _, tour = delivered(shaky)
    with pytest.raises(StorageError):
        brought(tour, shaky, PHOTO, jpeg(), "p1")
    with shaky.store.reading() as tx:
        assert tx.proofs_on(tour.tour_id) == () and len(tx.facts(tour.tour_id)) == 2
    assert brought(tour, shaky, PHOTO, jpeg(), "p1").file is not None
    assert picture_of("p1", shaky) == Picture(jpeg(), "image/jpeg")
    assert len([path for path in (tmp_path / "shaky").rglob("*") if path.is_file()]) == 1


# --- how long ------------------------------------------------------------------------------------


def test_proofs_are_forgotten_by_rule_pictures_and_names(ports: Ports, tmp_path: Path) -> None:
    _, tour = delivered(ports)
    brought(tour, ports, NAME, "M. Durand")
    brought(tour, ports, PHOTO, jpeg(), "p1")
    days = ports.parameters.retention.proofs_days
    clock_of(ports).advance(minutes=(days - 1) * 1440)
    assert purge(ports).proofs == 0
    clock_of(ports).advance(minutes=2 * 1440)
    assert purge(ports, dry_run=True).proofs == 2
    assert purge(ports).proofs == 2
    assert purge(ports).proofs == 0
    assert [path for path in (tmp_path / "proofs").rglob("*") if path.is_file()] == []
    assert picture_of("p1", ports) is None
    (one,) = handovers(tour.day, ports)
    assert (one.received_by, len(one.proofs)) == (None, 2)


def test_what_cannot_be_deleted_now_is_named_until_it_can(ports: Ports, tmp_path: Path) -> None:
    _, tour = delivered(ports)
    brought(tour, ports, PHOTO, jpeg(), "p1")

    class Stuck(DiskProofs):
        def delete(self, key: str) -> None:
            raise StorageError("not now")

    clock_of(ports).advance(minutes=100 * 1440)
    with pytest.raises(StorageError):
        purge(replace(ports, proofs=Stuck(tmp_path / "proofs")))
    assert purge(ports).proofs == 1


def test_a_picture_whose_row_never_came_is_deleted_after_two_days_and_no_other(
    ports: Ports, tmp_path: Path
) -> None:
    """The machine died between the file and its row, and the phone never came back."""
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    shelf = DiskProofs(tmp_path / "proofs", lambda: now)
    ports = replace(ports, proofs=shelf)
    _, tour = delivered(ports)
    kept = brought(tour, ports, PHOTO, jpeg()).file
    orphan, fresh = "ab" * 32 + ".jpg", "cd" * 32 + ".jpg"
    for key, hours in ((str(kept), 72), (orphan, 49), (fresh, 47)):
        shelf.put(key, Picture(jpeg(), "image/jpeg"))
        written = (now - timedelta(hours=hours)).timestamp()
        os.utime(tmp_path / "proofs" / key[:2] / key, (written, written))
    assert purge(ports, dry_run=True).pictures == 1
    assert shelf.get(orphan) is not None
    assert purge(ports).pictures == 1
    assert shelf.get(orphan) is None
    assert shelf.get(fresh) is not None and shelf.get(str(kept)) is not None
    assert purge(ports).pictures == 0
