"""What a demonstration says last: where its day can still be seen, the night after."""

from __future__ import annotations

from datetime import timedelta

from dispatch.core.civil import local_day
from dispatch.demo.orders import DAY
from dispatch.demo.run import closing_lines
from dispatch.operations.access import PageKind, create_link
from tests.demo.play import demo_house, whole_app
from tests.fakes.house import clock_of


def test_the_day_s_plan_is_at_the_printed_address_though_the_clock_ran_into_the_next() -> None:
    ports = demo_house()
    clock_of(ports).advance(minutes=20 * 60)
    assert local_day(ports.clock.now()) == DAY + timedelta(days=1)
    browser = whole_app(ports).test_client()
    browser.get(f"/l/{create_link(PageKind.PLANNER, '', ports)}")
    lines = closing_lines("http://localhost")
    assert "Its pages stay at http://localhost/ until Ctrl-C." in lines
    assert "no ride was real) is at http://localhost/planification/temps." in " ".join(
        lines.split()
    )
    address = lines.split()[-1]
    assert address == "http://localhost/planification?jour=2026-11-24"
    assert "<h1>Mardi 24 novembre</h1>" in browser.get(address).text
    assert "<h1>Mercredi 25 novembre</h1>" in browser.get("/planification").text
