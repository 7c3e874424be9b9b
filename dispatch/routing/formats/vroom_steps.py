"""The steps of one tour as VROOM tells them.

Decides arrivals, waiting and loads from halt to halt.  VROOM's arrival is before setup,
ours after it; the yard and the store are no halts; a vehicle leaves as late as its first
halt allows; breaks that the tour did not need come at its end.

Instants are the plan's, on legs that were rounded up to whole seconds; the time on the
road is added up in hundredths, as VROOM does.
"""

from __future__ import annotations

from operator import add, sub
from typing import Any

from dispatch.routing.formats.vroom_places import HUNDRED, per_hundred
from dispatch.routing.formats.vroom_problem import Question
from dispatch.routing.formats.vroom_tasks import Halt
from dispatch.routing.formats.vroom_words import StepSaid
from dispatch.routing.plan import PlannedStop, PlannedTour
from dispatch.routing.spans import first_allowed

Step = dict[str, Any]


def where(step: StepSaid) -> Step:
    """Return what the document says of a halt and its place."""
    told: Step = {"description": step.description} if step.description else {}
    if step.location is not None:
        told["location"] = list(step.location)
    if step.location_index is not None:
        told["location_index"] = step.location_index
    return told


class Steps:
    """One tour told step by step; ``hundredths`` of seconds and ``metres`` are what it drove.

    load : what is on board when the tour starts
    """

    def __init__(self, question: Question, tour: PlannedTour, load: list[int]) -> None:
        self.steps: list[Step] = []
        self.hundredths = self.metres = 0
        self._question, self._tour, self._load = question, tour, load
        self._vehicle = question.said.vehicles[tour.vehicle]
        self._courier = question.problem.vehicles[tour.vehicle]
        self._halts = [
            (stop, halt) for stop in tour.stops if (halt := question.halts[stop.node]) is not None
        ]
        self._tell()

    def _tell(self) -> None:
        problem, drawn = self._question.problem, self._question.map
        legs_s = problem.travel_s[self._courier.profile]
        place, row = self._courier.start, drawn.base("", self._vehicle, "start")
        free_s = self._leaves_s()
        self._step("start", self._base("start"), free_s)
        for rank, (stop, halt) in enumerate(self._halts):
            here = problem.visits[stop.node].place
            arrival_s = self._driven_s(rank, free_s, int(legs_s[place, here]), row, halt.row)
            self._halt(stop, halt, arrival_s, same=place == here)
            place, row, free_s = here, halt.row, stop.leave_s
        leg_s = 0 if self._courier.end is None else int(legs_s[place, self._courier.end])
        end = drawn.base("", self._vehicle, "end")
        free_s = self._driven_s(len(self._halts), free_s, leg_s, row, end)
        self._step("end", self._base("end"), self._rested_s(free_s))

    def _leaves_s(self) -> int:
        """As late as the first halt allows, unless a break comes before it."""
        first = self._halts[0][0]
        if any(self._rank(pause.before) == 0 for pause in self._tour.breaks):
            return self._courier.from_s
        return self._courier.from_s + first.begin_s - first.arrive_s

    def _rank(self, before: int) -> int:
        """How many halts come before stop number *before*."""
        halts = self._question.halts
        return sum(halts[stop.node] is not None for stop in self._tour.stops[:before])

    def _driven_s(
        self, rank: int, free_s: int, leg_s: int, here: int | None, there: int | None
    ) -> int:
        """Drive from row to row with the breaks before halt number *rank*; return the arrival.

        Nowhere is no way from anywhere.
        """
        hundredths, metres = self._way(here, there)
        left_s = leg_s
        before = self.hundredths, self.metres
        for pause in self._tour.breaks:
            if self._rank(pause.before) != rank:
                continue
            gone_s = min(left_s, pause.begin_s - free_s)
            left_s -= gone_s
            share = (leg_s - left_s, max(leg_s, 1))
            self.hundredths = before[0] + hundredths * share[0] // share[1]
            self.metres = before[1] + metres * share[0] // share[1]
            self._pause(pause.break_id, free_s + gone_s, pause.begin_s, pause.end_s)
            free_s = pause.end_s
        self.hundredths, self.metres = before[0] + hundredths, before[1] + metres
        return free_s + left_s

    def _way(self, here: int | None, there: int | None) -> tuple[int, int]:
        """Hundredths of seconds and metres of one leg, as the document says them."""
        if here is None or there is None:
            return 0, 0
        drawn, profile = self._question.map, self._vehicle.profile
        hundredths = int(drawn.legs[profile][here, there]) * per_hundred(self._vehicle)
        metres = drawn.metres.get(profile)
        return hundredths, 0 if metres is None else int(metres[here, there])

    def _rested_s(self, free_s: int) -> int:
        """Tell the breaks that were not needed; return when they are over."""
        taken = {pause.break_id for pause in self._tour.breaks}
        for pause in self._courier.breaks:
            if pause.break_id in taken:
                continue
            begin_s = first_allowed(pause.windows, free_s)
            assert begin_s is not None  # the windows were cut so that there is room
            self._pause(pause.break_id, free_s, begin_s, begin_s + pause.duration_s)
            free_s = begin_s + pause.duration_s
        return free_s

    def _pause(self, break_id: str, arrival_s: int, begin_s: int, end_s: int) -> None:
        said = next(one for one in self._vehicle.breaks if str(one.id) == break_id)
        told: Step = {"id": said.id}
        if said.description:
            told["description"] = said.description
        waiting_s = begin_s - arrival_s
        self._step("break", told, arrival_s, service=end_s - begin_s, waiting_s=waiting_s)

    def _halt(self, stop: PlannedStop, halt: Halt, arrival_s: int, *, same: bool) -> None:
        setup_s = 0 if same and not halt.folded else halt.setup_s
        start_s = stop.begin_s if halt.folded else stop.begin_s - setup_s
        task = self._question.tasks[self._question.problem.job_of[stop.node]]
        change = sub if task.loaded or halt.kind == "delivery" else add
        if task.loaded or task.brought or halt.kind != "job":
            self._load = list(map(change, self._load, task.amount))
        told = {"id": halt.step.id, **where(halt.step)}
        self._step(
            halt.kind, told, arrival_s, setup_s, halt.service_s, waiting_s=start_s - arrival_s
        )

    def _base(self, name: str) -> Step:
        """Where the vehicle starts or ends; at its first or last halt when nowhere is said."""
        vehicle = self._vehicle
        index, point = getattr(vehicle, f"{name}_index"), getattr(vehicle, name)
        if index is None and point is None:
            halt = self._halts[0 if name == "start" else -1][1].step
            index, point = halt.location_index, halt.location
        told: Step = {} if point is None else {"location": list(point)}
        return told if index is None else {**told, "location_index": index}

    def _step(
        self,
        kind: str,
        told: Step,
        arrival_s: int,
        setup_s: int = 0,
        service: int = 0,
        *,
        waiting_s: int = 0,
    ) -> None:
        step: Step = {
            "type": kind,
            **told,
            "setup": setup_s,
            "service": service,
            "waiting_time": waiting_s,
            "arrival": arrival_s,
            "duration": self.hundredths // HUNDRED,
            "violations": [],
        }
        if self._vehicle.capacity:
            step["load"] = list(self._load)
        if self._vehicle.profile in self._question.map.metres:
            step["distance"] = self.metres
        self.steps.append(step)
