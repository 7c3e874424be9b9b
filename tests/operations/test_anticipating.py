"""Where couriers without work wait: a street of ten houses, a minute from one to the next."""

from __future__ import annotations

import numpy as np

from dispatch.operations.anticipating import FEWEST, Expected, Idle, Seen, moves

AT = np.arange(10, dtype=np.int64)
WAY_S = 60 * np.abs(AT[:, None] - AT[None])


def seen(*shops: int, notice_s: int = 0) -> Seen:
    """The orders of a morning: what each shop sold, known *notice_s* before it was ready."""
    answer = Seen((0, 4, 9))
    for shop in shops:
        answer.add(shop, notice_s)
    return answer


def expected(morning: Seen, *busy: tuple[int, int]) -> Expected:
    answer = morning.expected(WAY_S, busy)
    assert answer is not None
    return answer


def moved(morning: Seen, *idle: Idle, busy: tuple[tuple[int, int], ...] = ()) -> dict[str, int]:
    made = moves(idle, expected(morning, *busy), gain_s=1, longest_s=3600)
    return {move.courier_id: move.place for move in made}


def test_before_any_order_nobody_knows_anything() -> None:
    assert not seen().far_s(WAY_S).any()
    assert seen(*[9] * (FEWEST - 1)).expected(WAY_S, ()) is None


def test_the_mean_way_to_the_next_order_counts_what_each_shop_sold() -> None:
    assert seen(0, 9, 9).far_s(WAY_S)[0] == (0 + 9 + 9) * 60 / 3


def test_two_idle_couriers_do_not_wait_at_one_shop() -> None:
    morning = seen(*[0] * 20, *[9] * 20)

    assert set(moved(morning, Idle("a", 4, 9999), Idle("b", 4, 9999)).values()) == {0, 9}


def test_where_somebody_will_be_free_soon_nobody_needs_to_wait() -> None:
    morning = seen(*[0] * 20, *[9] * 20)

    assert moved(morning, Idle("a", 4, 9999), busy=((9, 60),)) == {"a": 0}


def test_orders_known_long_before_they_are_ready_move_nobody() -> None:
    assert moved(seen(*[9] * 20, notice_s=3600), Idle("a", 0, 9999)) == {}


def test_who_stands_best_stays() -> None:
    assert moved(seen(*[9] * 20), Idle("a", 9, 9999)) == {}


def test_a_parcel_waits_for_what_its_courier_needs_beyond_its_notice() -> None:
    morning = seen(*[9] * (FEWEST // 2), notice_s=300)
    for _ in range(FEWEST // 2):
        morning.add(9, 600)

    late_s = expected(morning).late_s(np.array([100.0, 400.0, 700.0]))

    assert late_s.tolist() == [0.0, (100 + 0) / 2, (400 + 100) / 2]
