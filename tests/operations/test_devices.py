"""One link, one device; what a phone keeps is its own secret."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from dispatch.adapters.ids import RandomIds
from dispatch.core.errors import Invalid, NotFound, Unauthorised
from dispatch.operations.access import PageKind, create_link, fingerprint, revoke_links
from dispatch.operations.devices import (
    Device,
    come_in,
    device_of,
    devices,
    invite,
    leave,
    lost,
    shut_out,
)
from dispatch.operations.ports import Ports


@pytest.fixture
def house(ports: Ports) -> Ports:
    """A house with secrets nobody can guess."""
    return replace(ports, ids=RandomIds())


def test_of_eight_who_come_at_the_same_moment_one_gets_in(house: Ports) -> None:
    token = invite(PageKind.PLANNER, "", house)
    barrier = Barrier(8)

    def enter() -> bool:
        barrier.wait()
        try:
            come_in(token, "", house)
        except Unauthorised:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        got_in = [future.result() for future in [pool.submit(enter) for _ in range(8)]]
    assert sum(got_in) == 1
    assert len(devices(house)) == 1


def test_the_secret_is_stored_hashed_and_is_not_the_link_s(house: Ports) -> None:
    token = invite(PageKind.COURIER, "c_lea", house)
    device, secret = come_in(token, "Android", house)
    assert secret != token
    assert device.token_hash == fingerprint(secret) and device.name in device.token_hash
    for guess in (token, device.token_hash, device.name, ""):
        with pytest.raises(Unauthorised):
            device_of(guess, house)


def test_a_demonstration_s_link_lets_in_whoever_comes(house: Ports) -> None:
    token = create_link(PageKind.PLANNER, "", house)
    assert len({come_in(token, "", house)[1] for _ in range(3)}) == 3


def test_a_lost_phone_takes_its_owner_s_unopened_links_along_and_nobody_else_s(
    house: Ports,
) -> None:
    lea = [come_in(invite(PageKind.COURIER, "c_lea", house), "", house)[1] for _ in range(2)]
    unopened = invite(PageKind.COURIER, "c_lea", house)
    malik = come_in(invite(PageKind.COURIER, "c_malik", house), "", house)[1]
    malik_s_link = invite(PageKind.COURIER, "c_malik", house)
    assert lost(PageKind.COURIER, "c_lea", house) == 2
    for secret in lea:
        with pytest.raises(Unauthorised):
            device_of(secret, house)
    with pytest.raises(Unauthorised):
        come_in(unopened, "", house)
    assert device_of(malik, house).subject == "c_malik"
    come_in(malik_s_link, "", house)
    assert lost(PageKind.COURIER, "c_lea", house) == 0


def test_revoking_every_link_ends_every_device(house: Ports) -> None:
    _, secret = come_in(invite(PageKind.PLANNER, "", house), "", house)
    revoke_links(house)
    with pytest.raises(Unauthorised):
        device_of(secret, house)


def test_who_leaves_is_out_and_may_leave_twice(house: Ports) -> None:
    _, secret = come_in(invite(PageKind.PLANNER, "", house), "", house)
    for _ in range(2):
        leave(secret, house)
    assert devices(house) == ()


def test_a_name_that_is_not_one_device_s_shuts_nobody_out(house: Ports) -> None:
    now = house.clock.now()
    with house.store.writing() as tx:
        for end in "01":
            tx.add_device(Device(f"abc12345{end}", PageKind.PLANNER, "", "", now, now, "x"))
    for name, error in (("abc1234", Invalid), ("abc12345", Invalid), ("00000000", NotFound)):
        with pytest.raises(error):
            shut_out(name, house)
    assert len(devices(house)) == 2
    shut_out("abc123450", house)
    assert [device.token_hash for device in devices(house)] == ["abc123451"]
    with pytest.raises(NotFound):
        shut_out("abc123450", house)
