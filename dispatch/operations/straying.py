"""How far things stray in this town, for one act: what was learnt, or else the first guesses.

Decides which lesson speaks for which stop.  What a lesson says is ``calibrate``'s question;
how errors add up, ``tracking.arrival``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.territory import Territory
from dispatch.tracking.error_model import DOOR, PACKING, SHOP, WAYS, Delay, Noise
from dispatch.tracking.made_up import NOTHING, Curve
from dispatch.tracking.reliability import AS_IT_IS, Correction
from dispatch.tracking.tours import Stop, StopKind


@dataclass(frozen=True, slots=True)
class Source:
    """Where the errors of one subject come from.

    facts  : what was measured of it; 0: a first guess, and nothing else
    learnt, guessed : how many vehicles or shops are known by their own facts, and how many not
    made_up : what generated days it rests on besides; "": on none
    """

    subject: Subject
    facts: int
    learnt: int
    guessed: int
    made_up: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """What chances of promises become.

    made_up : by what became of others on made-up days
    here    : in the light of how often such were kept here, beside that
    """

    made_up: Curve
    here: Correction = AS_IT_IS

    def of(self, p: float, spare_s: float | None = None) -> float:
        """Return what to say of a promise whose chance is *p* as the tours stand.

        spare_s : what couriers have to spare (``Chance.spare_s``); None: not known
        """
        return self.here.of(self.made_up.of(p, spare_s))


class Straying:
    """The errors of one town.  Made once for an act, from the calibration that it sees.

    door : of handing over, at any door: kinds of doors differ in how long, not in how surely
    sold : what the chances of promises become, in the light of how often such were kept
    """

    def __init__(self, learnt: Calibration | None, made_up: Curve = NOTHING) -> None:
        self._learnt, self._made_up = learnt, made_up
        lessons = () if learnt is None else learnt.lessons
        self._told = {
            (one.subject, one.key): (one.spread, one) for one in lessons if one.spread is not None
        }
        self._shops: dict[str, Noise] = {}
        self._packing: dict[str, Delay] = {}
        # What was learnt beside other days says nothing beside these.
        chances = (one for one in lessons if one.subject is Subject.CHANCE)
        sold = next((one for one in chances if one.beside == made_up.source), None)
        here = AS_IT_IS if sold is None else Correction(sold.shift, sold.slope)
        self.sold = Sold(made_up, here)
        self._judged = 0 if sold is None else sold.facts
        self.door = _all_doors([one for one in lessons if one.subject is Subject.DOOR])

    def is_of(self, other: Straying) -> bool:
        """True when both say the same."""
        return (self._learnt, self._made_up) == (other._learnt, other._made_up)

    def pace(self, profile: str) -> Noise:
        """Return how far the legs of that kind of vehicle stray."""
        return self._noise(Subject.WAYS, profile, WAYS)

    def stay(self, stop: Stop) -> Noise:
        """Return how far the time spent at *stop* strays, once everything is packed there."""
        shop = stop.merchant_id
        if stop.kind is StopKind.DROP or shop is None:
            return self.door
        if shop not in self._shops:
            self._shops[shop] = self._noise(Subject.SHOP, shop, SHOP)
        return self._shops[shop]

    def packing(self, stop: Stop) -> Delay | None:
        """Return how much after the promised minute *stop* is ready to hand over; None: a door."""
        shop = stop.merchant_id
        if stop.kind is StopKind.DROP or shop is None:
            return None
        if shop not in self._packing:
            found = self._told.get((Subject.READY, shop))
            self._packing[shop] = PACKING if found is None else Delay(found[1].late_s, found[0])
        return self._packing[shop]

    def sources(self, territory: Territory) -> tuple[Source, ...]:
        """Return what is learnt and what is still guessed, for the people of *territory*."""
        vehicles = {one.vehicle.kind.value for one in territory.couriers.values()}
        keys: dict[Subject, set[str]] = {
            Subject.WAYS: vehicles,
            Subject.SHOP: {*territory.merchants},
            Subject.READY: {*territory.merchants},
        }
        found = [self._source(subject, among) for subject, among in keys.items()]
        doors = {key for subject, key in self._told if subject is Subject.DOOR}
        return (
            *found,
            self._source(Subject.DOOR, doors or {"any"}),
            Source(
                Subject.CHANCE,
                self._judged,
                int(self._judged > 0),
                int(not self._judged),
                self.sold.made_up.source,
            ),
        )

    def _source(self, subject: Subject, among: set[str]) -> Source:
        known = [self._told[subject, key][1] for key in among if (subject, key) in self._told]
        facts = sum(one.facts for one in known)
        return Source(subject, facts, len(known), len(among) - len(known))

    def _noise(self, subject: Subject, key: str, guess: Noise) -> Noise:
        found = self._told.get((subject, key))
        return guess if found is None else Noise(found[0], found[1].shared)


def _all_doors(lessons: list[Lesson]) -> Noise:
    told = [(one.facts, one.spread) for one in lessons if one.spread is not None]
    facts = sum(n for n, _ in told)
    return Noise(sqrt(sum(n * spread**2 for n, spread in told) / facts)) if facts else DOOR
