"""Who leaves now and who waits: the policies, on scenes and tours small enough to read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.operations.anticipating import Idle, Seen
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.dispatching import (
    POLICIES,
    Errand,
    Go,
    Held,
    Scene,
    Why,
    errands_of_tours,
    policy,
)
from dispatch.routing.problem import Job, Problem, Visit
from tests.routing.towns import courier, errand, halt, town

#: Once a minute, no margin: what must go at the last moment is easy to count.
LATE = DispatchRules(tick_s=60, buffer_s=0, hold_margin_s=0)


def leaving(*by_s: int, there: bool = False) -> tuple[Errand, ...]:
    return tuple(Errand(f"c{k}", one_s, there) for k, one_s in enumerate(by_s))


def test_a_tour_is_held_until_the_last_tick_that_is_safe() -> None:
    rolling = policy("rolling")

    early = rolling(Scene(0, leaving(120)), LATE)
    last = rolling(Scene(61, leaving(120)), LATE)

    assert (early.go, early.held) == ((), (Held("c0", 120, Why.TIME_LEFT),))
    assert (last.go, last.held) == ((Go("c0", Why.MUST_GO),), ())


def test_a_margin_lets_it_go_that_much_earlier() -> None:
    margin = replace(LATE, hold_margin_s=600)

    assert policy("rolling")(Scene(0, leaving(660)), margin).held[0].until_s == 60
    assert policy("rolling")(Scene(0, leaving(659)), margin).go[0].why is Why.MUST_GO


def test_who_is_there_anyway_begins() -> None:
    assert policy("rolling")(Scene(0, leaving(9999, there=True)), LATE).go == (
        Go("c0", Why.THERE_ANYWAY),
    )


def test_nobody_is_held_while_more_is_open_than_can_be_kept() -> None:
    assert policy("rolling")(Scene(0, leaving(9999), short=True), LATE).go == (
        Go("c0", Why.OVERLOADED),
    )


def test_a_wave_leaves_at_its_cut_off_and_never_between() -> None:
    waves = policy("waves")

    between = waves(Scene(0, leaving(0, 50), next_cut_off_s=1800), LATE)
    at_it = waves(Scene(1800, leaving(0, 9999), cut_off=True), LATE)

    assert (between.go, {one.until_s for one in between.held}) == ((), {1800})
    assert [one.why for one in at_it.go] == [Why.CUT_OFF, Why.CUT_OFF]


ANTICIPATING = replace(LATE, hold_margin_s=600, agree_share=0.8)


def joined(by_s: int, share: float | None, *, there: bool = False) -> tuple[Errand, ...]:
    return (Errand("c0", by_s, there, share),)


def test_what_no_future_is_asked_about_is_rolling() -> None:
    for by_s in (0, 300, 9999):
        for there in (False, True):
            scene = Scene(0, joined(by_s, None, there=there))
            assert policy("anticipating")(scene, ANTICIPATING) == policy("rolling")(
                scene, ANTICIPATING
            )


@pytest.mark.parametrize(("share", "goes"), [(0.2, True), (0.21, False), (1.0, False)])
def test_what_nearly_no_future_adds_to_goes_without_waiting(share: float, goes: bool) -> None:
    decided = policy("anticipating")(Scene(0, joined(9999, share)), ANTICIPATING)

    assert [one.why for one in decided.go] == ([Why.NOTHING_EXPECTED] if goes else [])


@pytest.mark.parametrize(("share", "waits"), [(0.79, False), (0.8, True)])
def test_what_nearly_every_future_adds_to_waits_to_its_last_safe_start(
    share: float, waits: bool
) -> None:
    decided = policy("anticipating")(Scene(0, joined(300, share)), ANTICIPATING)

    assert decided.held == ((Held("c0", 300, Why.MORE_EXPECTED),) if waits else ())


def test_nobody_waits_beyond_it_nor_while_orders_are_late_nor_who_is_there() -> None:
    for scene in (
        Scene(0, joined(59, 1.0)),
        Scene(0, joined(300, 1.0), short=True),
        Scene(0, joined(300, 1.0, there=True)),
    ):
        assert policy("anticipating")(scene, ANTICIPATING).held == ()


def test_an_unknown_policy_lists_the_known_ones() -> None:
    with pytest.raises(Invalid, match="anticipating, rolling, waves"):
        policy("lazy")


def test_a_courier_stands_in_a_scene_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Scene(0, leaving(5), (Idle("c0", 0, 100),))


def test_rules_out_of_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="buffer_s is out of 0 to 7200: -1"):
        DispatchRules(buffer_s=-1)


def test_only_anticipating_moves_anybody_and_only_where_orders_came_from() -> None:
    """
    A . . . . . . . . B      all orders come from B, known when they are ready; one idles at A
    """
    at = np.arange(10, dtype=np.int64)
    way_s = 60 * np.abs(at[:, None] - at[None])
    seen = Seen((0, 9))
    for _ in range(20):
        seen.add(9, 0)
    idle = (Idle("c0", 0, 3600),)
    scene = Scene(0, (), idle, expected=seen.expected(way_s, ()))

    assert [(m.courier_id, m.place) for m in POLICIES["anticipating"](scene, LATE).moves] == [
        ("c0", 9)
    ]
    assert POLICIES["rolling"](scene, LATE).moves == ()
    near_the_end = replace(scene, idle=(Idle("c0", 0, 300),))
    assert POLICIES["anticipating"](near_the_end, LATE).moves == ()


scenes = st.builds(
    lambda now_s, by_s, there, short, cut: Scene(
        now_s,
        tuple(Errand(f"c{k}", s, t) for k, (s, t) in enumerate(zip(by_s, there, strict=False))),
        short=short,
        cut_off=cut,
    ),
    st.integers(0, 5000),
    st.lists(st.integers(0, 10_000), max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.booleans(),
    st.booleans(),
)
every_rule = st.builds(
    DispatchRules, tick_s=st.integers(1, 3600), hold_margin_s=st.integers(0, 14_400)
)


@given(scenes, every_rule, st.sampled_from(sorted(POLICIES)))
def test_every_errand_goes_or_is_held_with_a_reason_and_never_both(
    scene: Scene, rules: DispatchRules, name: str
) -> None:
    decided = policy(name)(scene, rules)

    told = [go.courier_id for go in decided.go] + [held.courier_id for held in decided.held]
    assert sorted(told) == sorted(one.courier_id for one in scene.errands)
    assert decided == policy(name)(scene, rules)


@given(scenes, every_rule)
def test_nothing_that_must_go_before_the_next_tick_is_held(
    scene: Scene, rules: DispatchRules
) -> None:
    by_s = {one.courier_id: one.leave_by_s for one in scene.errands}

    for held in policy("rolling")(scene, rules).held:
        assert scene.now_s + rules.tick_s <= held.until_s <= by_s[held.courier_id]


@given(scenes, every_rule)
def test_what_is_held_goes_in_the_end(scene: Scene, rules: DispatchRules) -> None:
    """Nothing starves: ticks go on, the plan stays, and everybody leaves in time."""
    for one in scene.errands:
        now_s = scene.now_s
        while policy("rolling")(Scene(now_s, (one,)), rules).held:
            now_s += rules.tick_s
        assert now_s <= max(scene.now_s, one.leave_by_s)


"""
0 . . B . . . x . C      B the bakery, x its customer, C the cheese; one house = one tick
"""
BREAD = errand("bread", halt(3), halt(7, due=20))


def test_a_towns_tour_waits_for_its_promise_less_the_buffer() -> None:
    (one,) = errands_of_tours(town(BREAD), ((0, 1),), replace(LATE, buffer_s=5))

    assert one == Errand("lea", leave_by_s=20 - 5 - 7, there=False)


def test_a_courier_at_the_shop_is_there_once_it_is_open() -> None:
    def there(*windows: tuple[int, int]) -> bool:
        fetch = replace(halt(3), windows=windows)
        shop = town(errand("bread", fetch, halt(7, due=200)), vehicles=(courier(start=3),))
        (one,) = errands_of_tours(shop, ((0, 1),), LATE)
        return one.there

    assert there((0, 99))
    assert not there((30, 99))


def test_a_vehicle_without_stops_has_no_errand() -> None:
    assert errands_of_tours(town(BREAD), ((),), LATE) == ()


def test_a_tour_of_two_shops_waits_as_long_as_its_tightest_promise() -> None:
    cheese = Job("cheese", (Visit(9, ((0, 1000),), 0, (1,)),), halt(7, due=60))
    both: Problem = town(BREAD, cheese)

    (one,) = errands_of_tours(both, ((0, 1, 2, 3),), LATE)

    assert one.leave_by_s == 13
