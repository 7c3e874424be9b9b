from __future__ import annotations

from dispatch.routing.aim import aimed
from tests.routing.towns import errand, halt, town


def test_a_plan_aims_before_the_promise_ends_and_before_the_shop_closes() -> None:
    shop, door = halt(3, windows=((0, 20), (50, 90))), halt(7, due=100)
    (job,) = aimed(town(errand("bread", shop, door)), 5).jobs

    assert (job.pickups[0].due_s, job.drop.due_s) == (85, 95)
    assert job.pickups[0].windows == shop.windows  # a courier who comes later is still served


def test_a_shop_that_opens_again_too_late_is_to_be_reached_before_it_closes() -> None:
    shop = halt(3, windows=((0, 20), (50, 90)))
    (soon,) = aimed(town(errand("bread", shop, halt(7, due=54))), 5).jobs
    (later,) = aimed(town(errand("bread", shop, halt(7, due=55))), 5).jobs

    assert (soon.pickups[0].due_s, later.pickups[0].due_s) == (15, 85)


def test_it_does_not_aim_before_the_shop_opens() -> None:
    (job,) = aimed(town(errand("bread", halt(3, windows=((30, 40),)), halt(7, due=100))), 60).jobs

    assert (job.pickups[0].due_s, job.drop.due_s) == (30, 40)


def test_without_a_buffer_the_problem_is_what_it_was() -> None:
    bread = town(errand("bread", halt(3), halt(7, due=20)))
    assert aimed(bread, 0) is bread
