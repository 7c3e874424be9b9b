"""The words of VROOM's JSON, as documented in its docs/API.md (versions 1.14 and 1.15).

Decides which fields there are and their types.  A field that VROOM does not know is
ignored, as VROOM does; one that it knows and this house cannot say is here, so that
``vroom_problem`` can refuse it by name.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dispatch.routing.formats.strict import MOST_JOBS, MOST_VEHICLES

#: VROOM's profile where none is named, and its price of an hour on the road.
USUAL_PROFILE: Final = "car"
USUAL_PER_HOUR: Final = 3600

Id = Annotated[int, Field(ge=0, lt=2**64)]
Small = Annotated[int, Field(ge=0, lt=2**32)]
Amounts = Annotated[tuple[Small, ...], Field(max_length=20)]
#: Both ends included.
Window = Annotated[tuple[Small, Small], Field()]
Windows = Annotated[tuple[Window, ...], Field(min_length=1, max_length=100)]
#: Longitude, latitude.
Point = tuple[float, float]
Matrix = tuple[tuple[Small, ...], ...]


class Said(BaseModel):
    """Part of a document: numbers are numbers, what VROOM ignores is ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class StepSaid(Said):
    """One halt: a job, or one half of a shipment."""

    id: Id
    description: str = ""
    location: Point | None = None
    location_index: Small | None = None
    setup: Small = 0
    service: Small = 0
    setup_per_type: dict[str, Small] = Field(default_factory=dict)
    service_per_type: dict[str, Small] = Field(default_factory=dict)
    time_windows: Windows | None = None


class VisitSaid(StepSaid):
    """A job.  ``amount`` is the old word for ``delivery``."""

    delivery: Amounts | None = None
    pickup: Amounts | None = None
    amount: Amounts | None = None
    skills: frozenset[Small] = frozenset()
    priority: Annotated[int, Field(ge=0, le=100)] = 0


class ShipmentSaid(Said):
    """A pickup and a delivery by one vehicle."""

    pickup: StepSaid
    delivery: StepSaid
    amount: Amounts | None = None
    skills: frozenset[Small] = frozenset()
    priority: Annotated[int, Field(ge=0, le=100)] = 0


class BreakSaid(Said):
    """A pause of ``service`` seconds that begins in one of its windows."""

    id: Id
    description: str = ""
    time_windows: Windows | None = None
    service: Small = 0
    max_load: Amounts | None = None


class CostsSaid(Said):
    """What a vehicle costs once used, by the hour on the road, at work, by the kilometre."""

    fixed: Small = 0
    per_hour: Small = USUAL_PER_HOUR
    per_task_hour: Small = 0
    per_km: Small = 0


class PlannedStepSaid(Said):
    """One step of a known route; what else it says only matters in VROOM's plan mode."""

    type: Literal["start", "job", "pickup", "delivery", "break", "end"]
    id: Id | None = None


class VehicleSaid(Said):
    """A vehicle."""

    id: Id
    description: str = ""
    profile: str = USUAL_PROFILE
    start: Point | None = None
    start_index: Small | None = None
    end: Point | None = None
    end_index: Small | None = None
    capacity: Amounts = ()
    costs: CostsSaid = CostsSaid()
    skills: frozenset[Small] = frozenset()
    type: str = ""
    time_window: Window | None = None
    breaks: Annotated[tuple[BreakSaid, ...], Field(max_length=20)] = ()
    speed_factor: Annotated[float, Field(gt=0, le=5, allow_inf_nan=False)] = 1.0
    max_tasks: Small | None = None
    max_travel_time: Small | None = None
    max_distance: Small | None = None
    steps: tuple[PlannedStepSaid, ...] = ()


class MatricesSaid(Said):
    """One profile's matrices: seconds, metres, prices."""

    durations: Matrix | None = None
    distances: Matrix | None = None
    costs: Matrix | None = None


class QuestionSaid(Said):
    """The whole document.  ``matrix`` is the old word for the usual profile's durations."""

    jobs: Annotated[tuple[VisitSaid, ...], Field(max_length=MOST_JOBS)] = ()
    shipments: Annotated[tuple[ShipmentSaid, ...], Field(max_length=MOST_JOBS)] = ()
    vehicles: Annotated[tuple[VehicleSaid, ...], Field(min_length=1, max_length=MOST_VEHICLES)]
    matrices: dict[str, MatricesSaid] = Field(default_factory=dict)
    matrix: Matrix | None = None

    def matrices_of(self) -> dict[str, MatricesSaid]:
        """Return the matrices by profile, the old word for them included."""
        if not self.matrices and self.matrix is not None:
            return {USUAL_PROFILE: MatricesSaid(durations=self.matrix)}
        return dict(self.matrices)


Answer = dict[str, Any]
