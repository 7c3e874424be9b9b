"""One act, one engine: a server that falls silent half way through leaves no mixed plan behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.errors import StreetsUnavailable
from dispatch.operations.book import BookRequest, book
from dispatch.operations.manifest import courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.tick import tick
from dispatch.operations.waves import WaveState
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house
from tests.fakes.moody_streets import MoodyStreets
from tests.fakes.town import express_shops


def moody(ports: Ports, *, fallback: bool) -> tuple[Ports, MoodyStreets]:
    streets = MoodyStreets(ports.streets, ports.clock, ports.streets if fallback else None)
    return replace(ports, streets=streets), streets


def order(ports: Ports) -> None:
    offer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    option = next(o for o in offer.options if o.mode is Mode.EXPRESS and o.offered)
    book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_quote_whose_server_falls_silent_is_worked_out_again_on_the_fallback(
    answers: int,
) -> None:
    ports, streets = moody(house(), fallback=True)
    streets.server.silent_after = answers
    offer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    assert any(o.offered for o in offer.options if o.mode is Mode.EXPRESS)
    assert streets.fallback is not None
    assert (streets.server.asked, streets.fallback.asked) == (answers, asked_by_a_quote())


def asked_by_a_quote() -> int:
    """How many questions one quote has for the streets when nothing goes wrong."""
    ports, streets = moody(house(), fallback=True)
    quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    return streets.server.asked


@pytest.mark.parametrize("answers", [1, 3])
def test_a_wave_whose_server_falls_silent_is_solved_again_from_its_start(answers: int) -> None:
    ports, streets = moody(house(), fallback=True)
    order(ports)
    before = streets.server.asked
    streets.server.silent_after = before + answers
    wave = wave_by_hand(ports)
    assert (wave.state, wave.error) == (WaveState.PUBLISHED, None)
    assert wave.result is not None and wave.result.orders == 1
    assert streets.fallback is not None
    assert (streets.server.asked - before, streets.fallback.asked) == (answers, asked_by_a_wave())


def asked_by_a_wave() -> int:
    ports, streets = moody(house(), fallback=True)
    order(ports)
    before = streets.server.asked
    wave_by_hand(ports)
    return streets.server.asked - before


def test_a_wave_without_travel_times_waits_for_them(ports: Ports) -> None:
    ports, streets = moody(ports, fallback=False)
    order(ports)
    clock_of(ports).move_to("2026-11-24T10:30+01:00")
    streets.silent = True
    with pytest.raises(StreetsUnavailable):
        tick(ports)
    streets.silent = False
    assert tick(ports) is None, "somebody has it until its lease is over"
    clock_of(ports).advance(minutes=2)
    wave = tick(ports)
    assert wave is not None and wave.state is WaveState.PUBLISHED


def test_a_courier_s_day_is_shown_without_its_line(ports: Ports) -> None:
    ports, streets = moody(ports, fallback=False)
    order(ports)
    wave_by_hand(ports)
    busy = next(c for c in ports.territory.couriers if courier_day(c, ports).stops)
    assert courier_day(busy, ports).path
    streets.silent = True
    day = courier_day(busy, ports)
    assert day.stops and day.path == ()
