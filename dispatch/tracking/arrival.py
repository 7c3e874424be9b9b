"""When will the rest happen, and how sure is that?  A tour's stops ahead as uncertain instants.

Decides how errors add up along a tour: those of legs and stays one by one, the courier's pace
in all legs at once, and waiting for an opening or a parcel forgets what came before.  Which
forecast is published, and what is promised, are others' questions.

Shops that close meanwhile are not seen: who comes too late for the morning is forecast to be
served all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from dispatch.tracking.error_model import Delay, Noise
from dispatch.tracking.eta import EARLY
from dispatch.tracking.uncertain import Moments, Uncertain, later, rest_of

_EARLY_S: Final = EARLY.total_seconds()


@dataclass(frozen=True, slots=True)
class Halt:
    """One stop ahead; instants are seconds after now.

    way_s, setup_s : the way from the stop before, and parking and reaching the door
    stay_s, stay   : what service is expected to take, and how far that strays
    opens_s        : service begins no sooner
    given_s        : nobody leaves for it sooner
    packed         : how long after ``opens_s`` the parcel is ready; None: it is
    left_s         : when the courier left for it; None: not yet
    begun_s        : since when it is served; None: not yet
    """

    way_s: float
    setup_s: float
    stay_s: float
    stay: Noise
    opens_s: float = float("-inf")
    given_s: float = float("-inf")
    packed: Delay | None = None
    left_s: float | None = None
    begun_s: float | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """When service begins at a stop, and when everything is handed over there."""

    begin: Uncertain
    end: Uncertain


def arrivals(halts: Sequence[Halt], free_s: float, pace: Noise) -> tuple[Arrival, ...]:
    """Return when the courier will be at each of *halts*, nothing of it before now.

    free_s : when the courier is free to leave for the first
    pace   : how far legs stray
    """
    on_the_way = _OnTheWay(free_s, pace)
    answer: list[Arrival] = []
    for halt in halts:
        if halt.begun_s is None:
            on_the_way.goes_to(halt)
            begin = on_the_way.instant()
            on_the_way.takes(halt.stay_s, halt.stay)
        else:
            begin = Uncertain(halt.begun_s)
            on_the_way.is_at(halt, halt.begun_s)
        answer.append(Arrival(begin, on_the_way.instant()))
    return tuple(answer)


def handed_over(halts: Sequence[Halt], free_s: float, pace: Noise) -> Uncertain:
    """Return when everything is handed over at the last of *halts*, none of them begun yet.

    The same as ``arrivals`` says of it, in half the time.
    """
    on_the_way = _OnTheWay(free_s, pace)
    for halt in halts:
        on_the_way.goes_to(halt)
        on_the_way.takes(halt.stay_s, halt.stay)
    return on_the_way.instant()


class _OnTheWay:
    """The courier's own clock: moments without what all legs share, and how much they share.

    legs_s : the legs since the courier last waited, which the shared pace stretches together
    """

    __slots__ = ("_least_s", "_legs_s", "_mean_s", "_pace", "_third", "_var")

    def __init__(self, free_s: float, pace: Noise) -> None:
        self._pace = pace
        self._mean_s = free_s
        self._var = self._third = self._legs_s = 0.0
        self._least_s = free_s

    def instant(self) -> Uncertain:
        return Uncertain(*self._whole(), self._least_s)

    def goes_to(self, halt: Halt) -> None:
        """Leave for *halt*, ride there, and wait until it opens and the parcel is packed."""
        if halt.left_s is not None:
            self._is_riding(halt, halt.left_s)
        else:
            leg_s = halt.way_s + halt.setup_s
            self._not_before(max(halt.given_s, halt.opens_s - _EARLY_S - leg_s))
            self._rides(halt.way_s, halt.setup_s)
        self._not_before(max(0.0, halt.opens_s))
        if halt.packed is not None:
            self._later_of(halt.opens_s + halt.packed.late_s, halt.packed.spread_s**2)

    def takes(self, stay_s: float, noise: Noise) -> None:
        self._mean_s += stay_s * noise.mean
        self._var += stay_s**2 * noise.var
        self._third += stay_s**3 * noise.third

    def is_at(self, halt: Halt, begun_s: float) -> None:
        """Be at *halt* since *begun_s*, and still now."""
        self._known(begun_s, rest_of(halt.stay_s, halt.stay.whole, max(0.0, -begun_s)))

    def _is_riding(self, halt: Halt, left_s: float) -> None:
        passed_s = max(0.0, -left_s - halt.setup_s)
        self._known(left_s + halt.setup_s, rest_of(halt.way_s, self._pace.whole, passed_s))

    def _known(self, since_s: float, lasts: Moments) -> None:
        """Be in the middle of something that began at *since_s*, and not before now at its end."""
        self._mean_s = since_s + lasts[0]
        self._var, self._third, self._legs_s = lasts[1], lasts[2], 0.0
        self._least_s = max(since_s, 0.0)
        self._not_before(0.0)

    def _rides(self, way_s: float, setup_s: float) -> None:
        way_mean_s = way_s * self._pace.mean
        self._mean_s += way_mean_s + setup_s
        self._var += way_s**2 * self._pace.var
        self._third += way_s**3 * self._pace.third
        self._legs_s += way_mean_s
        self._least_s += setup_s

    def _not_before(self, at_s: float) -> None:
        if at_s > self._least_s:
            self._least_s = at_s
            self._later_of(at_s, 0.0)

    def _later_of(self, at_s: float, var: float) -> None:
        before = self._whole()
        after, chance = later(before, at_s, var)
        if after is before:
            return
        # What the legs share counts as far as the courier did not wait.
        self._legs_s *= chance
        shared = self._legs_s**2 * self._pace.shared_var
        if shared > after[1]:
            self._legs_s *= sqrt(after[1] / shared)
            shared = after[1]
        self._mean_s, self._var = after[0], after[1] - shared
        self._third = after[2] - self._legs_s**3 * self._pace.shared_third

    def _whole(self) -> Moments:
        return (
            self._mean_s,
            self._var + self._legs_s**2 * self._pace.shared_var,
            self._third + self._legs_s**3 * self._pace.shared_third,
        )
