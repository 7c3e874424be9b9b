"""When will the rest happen, and how sure is that?  A tour's stops ahead as uncertain instants.

Decides how errors add up along a tour, by driving it 256 times with other luck: each leg and
stay has its own, the courier's pace is the same in all legs of one drive, and who waits for an
opening or a parcel forgets what came before.  Which forecast is published, and what is promised,
are others' questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from dispatch.tracking.draws import DRAWS, KINDS, LUCK, Drawn, Uncertain, rest_of
from dispatch.tracking.error_model import Delay, Noise
from dispatch.tracking.eta import EARLY

EARLY_S: Final = EARLY.total_seconds()
#: Kinds of luck at one stop: the way, the stay, the packing.  The first of all is the pace.
_KINDS_HERE: Final = 3
#: What spreads no farther than so many standard deviations never does in 256 draws.
SURELY: Final = 3.0
#: From here on luck repeats itself: nobody has so many stops ahead.
MOST: Final = (KINDS - 1) // _KINDS_HERE


@dataclass(frozen=True, slots=True)
class Halt:
    """One stop ahead; instants are seconds after now.

    way_s, setup_s : the way from the stop before, and parking and reaching the door
    stay_s, stay   : what service is expected to take, and how far that strays
    windows        : when it may begin, each ``[opens, closes)``; past the last, at any time
    packed         : how long after the first opening the parcel is ready; None: it is
    left_s         : when the courier left for it; None: not yet
    begun_s        : since when it is served; None: not yet
    """

    way_s: float
    setup_s: float
    stay_s: float
    stay: Noise
    windows: Sequence[tuple[float, float]] = ()
    packed: Delay | None = None
    left_s: float | None = None
    begun_s: float | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """When service begins at a stop, and when everything is handed over there."""

    begin: Uncertain
    end: Uncertain


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """All drives of a tour so far.

    free : seconds after now at which each has the courier free
    pace : how far legs stray
    made : stops so far
    """

    free: Drawn
    pace: Noise
    made: int = 0

    def on(self, halt: Halt) -> tuple[Drawn, Drive]:
        """Return when service begins at *halt*, and the drives from there."""
        luck = 1 + self.made % MOST * _KINDS_HERE
        if halt.begun_s is None:
            begin = _begin(halt, self.free, self.pace, luck)
            free = begin + halt.stay_s * _factors(luck + 1, halt.stay.own)
        else:
            begin = np.full(DRAWS, float(halt.begun_s))
            free = begin + rest_of(halt.stay_s, halt.stay.whole, max(0.0, -halt.begun_s))
        return begin, Drive(free, self.pace, self.made + 1)


def setting_out(free_s: float, pace: Noise) -> Drive:
    """Return the drives of a courier who is free to leave at *free_s*, and never before now."""
    return Drive(np.full(DRAWS, max(0.0, free_s)), pace)


def arrivals(halts: Sequence[Halt], free_s: float, pace: Noise) -> tuple[Arrival, ...]:
    """Return when the courier will be at each of *halts*, nothing of it before now.

    free_s : when the courier is free to leave for the first
    pace   : how far legs stray
    """
    drive = setting_out(free_s, pace)
    answer: list[Arrival] = []
    for halt in halts:
        begin, drive = drive.on(halt)
        answer.append(Arrival(Uncertain(begin), Uncertain(drive.free)))
    return tuple(answer)


@lru_cache(maxsize=4096)
def _factors(luck: int, own: float, shared: float = 0.0) -> Drawn:
    """What a duration of that kind of luck takes, over what is expected; 2 kB each."""
    factors: Drawn = np.exp(own * LUCK[luck] + shared * LUCK[0])
    factors.setflags(write=False)
    return factors


def _begin(halt: Halt, free: Drawn, pace: Noise, luck: int) -> Drawn:
    """Draw when service begins at *halt*; ``luck``: the first of its own kinds."""
    if halt.left_s is None:
        way_s = halt.way_s * _factors(luck, pace.own, pace.shared)
        here = _left(free, halt) + halt.setup_s + way_s
    else:
        gone_s = -halt.left_s - halt.setup_s
        here = np.maximum(rest_of(halt.way_s, pace.whole, max(0.0, gone_s)) - gone_s, 0.0)
    if halt.packed is not None and halt.windows:
        ready_s = halt.windows[0][0] + halt.packed.late_s
        if ready_s + SURELY * halt.packed.spread_s > 0:
            here = np.maximum(here, ready_s + halt.packed.spread_s * LUCK[luck + 2])
    return _opening_after(here, halt)


def _left(free: Drawn, halt: Halt) -> Drawn:
    """When the courier leaves: as soon as free, or in time to be there a little early."""
    leg_s = halt.way_s + halt.setup_s
    early_s = EARLY_S + leg_s
    if len(halt.windows) < 2:
        opens_s = halt.windows[0][0] if halt.windows else 0.0
        return np.maximum(free, opens_s - early_s) if opens_s > early_s else free
    return np.maximum(free, _opening_after(free + leg_s, halt) - early_s)


def _opening_after(here: Drawn, halt: Halt) -> Drawn:
    """The first instant from each of *here* on that a window allows; itself past them all."""
    answer = here
    for opens_s, closes_s in reversed(halt.windows):
        if answer is here:  # the last window: past its end is past its beginning too
            answer = np.maximum(here, opens_s) if opens_s > 0 else here
        else:
            answer = np.where(here < closes_s, np.maximum(here, opens_s), answer)
    return answer
