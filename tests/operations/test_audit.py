"""Whoever changes something leaves an entry, in the same transaction, and nobody's name."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from dispatch.core.civil import local_day
from dispatch.core.errors import NotFound
from dispatch.operations.access import PageKind, create_key, create_link, revoke_key, revoke_links
from dispatch.operations.access import rotate_key as rotate
from dispatch.operations.audit import Change, Entry, note, note_parameters, trail
from dispatch.operations.calibrate import apply, learn, undo
from dispatch.operations.closures import close, open_again
from dispatch.operations.devices import come_in, invite, lost, on_behalf_of, shut_out
from dispatch.operations.door_pins import DoorTap, decide_door, keep_door
from dispatch.operations.manifest import courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.run_wave import request_wave, wave_by_hand
from dispatch.operations.webhooks import add_endpoint, remove_endpoint, rotate_secret
from dispatch.orders.shipments import EventType
from dispatch.tracking.tours import StopKind
from tests.adapters.storage_samples import MARKET
from tests.fakes.house import CUSTOMER, clock_of, near
from tests.fakes.postbox import HOOK, Postbox, house_with
from tests.fakes.road import live
from tests.operations.test_run_wave import order


def entries(ports: Ports) -> tuple[Entry, ...]:
    return trail(ports.clock.now() - timedelta(days=1), 1000, ports)


def acts(ports: Ports) -> list[Change]:
    return [entry.act for entry in entries(ports)]


def test_keys_leave_their_storefront_and_scopes_and_never_their_secret(ports: Ports) -> None:
    first = create_key("market", ["quotes"], ports)
    fresh, secret = rotate(entries(ports)[0].subject, ports)
    revoke_key(fresh.name, ports)
    created, rotated, revoked = entries(ports)
    assert [created.act, rotated.act, revoked.act] == [
        *(Change.KEY_CREATED, Change.KEY_ROTATED, Change.KEY_REVOKED)
    ]
    assert created.after == {
        "key": created.subject,
        "storefront": "market",
        "scopes": ["quotes"],
        "expires_at": None,
    }
    assert rotated.before is not None and rotated.before["expires_at"] is not None
    assert all(word not in str(entries(ports)) for word in (first, secret, first[3:]))


def test_links_and_devices_tell_whose_they_are_and_who_let_them_in(ports: Ports) -> None:
    planner, _ = come_in(invite(PageKind.PLANNER, "", ports), "Windows", ports)
    on_page = on_behalf_of(planner, ports)
    lea = next(iter(ports.territory.couriers))
    phone, _ = come_in(invite(PageKind.COURIER, lea, on_page), "Android", ports)
    shut_out(phone.name, on_page)
    come_in(create_link(PageKind.COURIER, lea, ports), "iPhone", ports)
    lost(PageKind.COURIER, lea, on_page)
    revoke_links(ports)
    told = [(e.actor, e.act, e.subject) for e in entries(ports)]
    who = f"planner/{planner.name}"
    assert told[2:5] == [
        (who, Change.LINK_MADE, f"courier/{lea}"),
        (f"courier/{phone.name}", Change.DEVICE_IN, phone.name),
        (who, Change.DEVICE_OUT, phone.name),
    ]
    assert [act for _, act, _ in told[5:]] == [
        *(Change.LINK_MADE, Change.DEVICE_IN, Change.DEVICE_OUT, Change.LINKS_REVOKED)
    ]


def test_a_wave_by_hand_learnt_times_and_doors_are_told_without_anybody_s_name(
    ports: Ports,
) -> None:
    booked = order(ports)
    clock_of(ports).advance(minutes=30)
    wave_by_hand(ports)
    (courier_id, item) = next(
        (c, i)
        for c in ports.territory.couriers
        for i in courier_day(c, ports).open_stops
        if i.stop.kind is StopKind.DROP
    )
    tap = DoorTap(
        "tap", item.tour_id, item.stop.stop_id, near(item.place, north=0.0001, east=0), 8.0,
        ports.clock.now(),
    )  # fmt: skip
    for _ in range(2):  # a phone says it twice; it happened once
        keep_door(tap, courier_id, ports)
    decide_door("tap", False, ports)
    live(ports, minutes=120)
    apply(learn(ports), ports)
    undo(ports)
    assert acts(ports) == [
        *(Change.WAVE_ASKED, Change.DOOR_MOVED, Change.DOOR_DECIDED),
        *(Change.TIMES_APPLIED, Change.TIMES_UNDONE),
    ]
    moved, decided = entries(ports)[1:3]
    assert moved.actor == f"courier/{courier_id}"
    assert (decided.before, decided.after) == ({"state": "kept"}, {"state": "undone"})
    door = booked.booking.deliver_to
    for word in (CUSTOMER.name, CUSTOMER.phone, door.address, str(door.place.lat_deg)):
        assert word not in str(entries(ports))


def test_closings_tell_whom_and_when_and_never_why(ports: Ports) -> None:
    day = local_day(ports.clock.now())
    planner, _ = come_in(invite(PageKind.PLANNER, "", ports), "Windows", ports)
    shop = next(iter(ports.territory.merchants))
    closed = close(shop, day, day, "Mme Zoé Témoin est malade", on_behalf_of(planner, ports))
    for _ in range(2):  # taken back twice; it happened once
        open_again(closed.closure_id, ports)
    close(None, day, day + timedelta(days=1), "", ports)
    added, removed, everyone = entries(ports)[2:]
    days = {"first_day": day.isoformat(), "last_day": day.isoformat()}
    assert (added.act, added.subject, added.after) == (
        *(Change.CLOSURE_ADDED, closed.closure_id),
        {"merchant": shop, **days},
    )
    assert added.actor == f"planner/{planner.name}"
    assert (removed.act, removed.before) == (Change.CLOSURE_REMOVED, added.after)
    assert everyone.after is not None and everyone.after["merchant"] == "everyone"
    assert "Témoin" not in str(entries(ports))


def test_webhooks_tell_whose_they_are_and_no_secret() -> None:
    ports = house_with(Postbox())
    where = f"{HOOK}?token=s3cr3t"
    endpoint, first = add_endpoint(MARKET, where, [EventType.STATE], ports)
    _, second = rotate_secret(endpoint.endpoint_id, timedelta(), ports)
    remove_endpoint(endpoint.endpoint_id, ports)
    assert acts(ports) == [*(Change.WEBHOOK_ADDED, Change.WEBHOOK_ROTATED, Change.WEBHOOK_REMOVED)]
    added, _, removed = entries(ports)
    assert added.after == {
        "storefront": MARKET,
        "host": urlsplit(HOOK).hostname,
        "types": ["shipment.state"],
    }
    assert {entry.subject for entry in entries(ports)} == {endpoint.endpoint_id}
    assert removed.before == added.after
    for secret in (first, second, "s3cr3t"):
        assert secret not in str(entries(ports))


def test_parameters_are_told_when_they_are_others_and_not_at_every_start(ports: Ports) -> None:
    note_parameters({}, ports)
    assert entries(ports) == ()
    for _ in range(2):
        note_parameters({"waves.budget_s": 3}, ports)
    note_parameters({"waves.budget_s": 5}, ports)
    first, second = entries(ports)
    assert (first.before, first.after) == ({}, {"waves.budget_s": 3})
    assert (second.before, second.after) == ({"waves.budget_s": 3}, {"waves.budget_s": 5})


def test_what_did_not_happen_leaves_no_entry(ports: Ports) -> None:
    with pytest.raises(NotFound):
        revoke_key("00000000", ports)
    with pytest.raises(RuntimeError), ports.store.writing() as tx:
        note(Change.WAVE_ASKED, "w", tx, ports)
        raise RuntimeError("the act fails after its note")
    assert entries(ports) == ()


def test_the_trail_is_read_from_an_instant_on_and_in_order(ports: Ports) -> None:
    request_wave(ports)
    clock_of(ports).advance(minutes=5)
    since = ports.clock.now()
    waves = [request_wave(ports) for _ in range(3)]
    assert [e.subject for e in trail(since, 2, ports)] == [w.wave_id for w in waves[:2]]
    assert [e.number for e in entries(ports)] == [1, 2, 3, 4]


def test_the_store_has_no_word_to_change_or_remove_an_entry(ports: Ports) -> None:
    with ports.store.reading() as tx:
        words = {word for word in dir(tx) if "entr" in word}
    assert words == {"add_entry", "entries", "latest_entry"}
