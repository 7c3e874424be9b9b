"""What may still be ordered: drawn from the past, and from nothing that is still to come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from dispatch.core.ids import MerchantId
from dispatch.operations.closures import close
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.futures import futures
from dispatch.operations.past_orders import DayKind, Past
from dispatch.operations.ports import Ports
from dispatch.tracking.tours import StopKind
from tests.fakes.plugs import DrawnTown
from tests.operations.drawn import TEN, TOWN, at, courier, drawn_house, territory

B = (MerchantId("B"),)


@dataclass(frozen=True)
class Told:
    """A past that is what the test says."""

    past: Past

    def before(self, day: date) -> Past:
        assert day == TEN.date()
        return self.past


def busy(shop: str = "B", hours: tuple[int, ...] = (10, 11), count: int = 400) -> Past:
    """Some twenty orders in each of these hours of a weekday, from one shop to the door x."""
    shops = (MerchantId(shop),)
    return Past(
        {DayKind.WEEKDAY: 20},
        {(shops, DayKind.WEEKDAY, hour): count for hour in hours},
        {(shops, TOWN["x"]): count},
    )


def house(past: Past | None, **rules: object) -> Ports:
    ports = drawn_house(territory(courier(), hours={"F": "Mo-Su 14:00-19:00"}))
    asked = DispatchRules(policy="anticipating", **rules)  # type: ignore[arg-type]
    parameters = replace(ports.parameters, dispatching=asked)
    return replace(ports, parameters=parameters, history=None if past is None else Told(past))


def test_without_a_past_or_with_an_empty_one_nothing_is_expected() -> None:
    assert futures(TEN, house(None)) == ()
    assert futures(TEN, house(Past())) == ()
    assert futures(TEN, house(busy(), futures=0)) == ()


def test_each_future_is_one_of_its_own_and_the_same_every_time() -> None:
    drawn = futures(TEN, house(busy()))

    assert len(drawn) == DispatchRules().futures
    assert len({tuple(order.asked_at for order in one) for one in drawn}) == len(drawn)
    assert futures(TEN, house(busy())) == drawn
    assert futures(at(1), house(busy())) != drawn


def test_orders_are_as_many_as_the_past_has_and_from_now_on() -> None:
    drawn = futures(TEN, house(busy(), futures=50, futures_ahead_s=1800))
    asked = [order.asked_at for one in drawn for order in one]

    # Twenty an hour, for half an hour, fifty times: 500, give or take three times its root.
    assert 430 < len(asked) < 570
    assert min(asked) >= TEN and max(asked) < at(30)
    assert max(asked) - min(asked) > timedelta(minutes=25)


def test_an_order_is_as_it_would_be_promised() -> None:
    order = futures(TEN, house(busy()))[0][0]
    pickup, drop = order.stops

    assert (pickup.kind, drop.kind) == (StopKind.PICKUP, StopKind.DROP)
    assert pickup.windows[0].opens_at == order.asked_at  # packed at once in this town
    assert drop.due_at is not None
    assert drop.due_at == order.asked_at + timedelta(hours=4, seconds=-121)
    assert [fetch.merchant_id for fetch in order.fetches] == list(B)


def test_no_shop_that_is_gone_or_door_that_no_street_leads_to_is_expected() -> None:
    gone = Past({DayKind.WEEKDAY: 20}, {((MerchantId("G"),), DayKind.WEEKDAY, 10): 99})
    assert futures(TEN, house(gone)) == ()

    nowhere = replace(house(busy()), streets=_Nowhere(_DRAWING))
    assert futures(TEN, nowhere) == ()


def test_nothing_is_expected_of_a_shop_that_is_closed_today() -> None:
    ports = house(busy())
    close("B", TEN.date(), TEN.date(), "", ports)

    assert futures(TEN, ports) == ()


_DRAWING = "D . B . F . . x"


class _Nowhere(DrawnTown):
    def contains(self, place: object) -> bool:
        return False


def test_another_kind_of_hour_is_another_future() -> None:
    """What is only ordered in the evening is not expected in the morning."""
    assert futures(TEN, house(busy(hours=(17,)))) == ()
    assert futures(at(6.6 * 60), house(busy(hours=(17,)))) != ()
