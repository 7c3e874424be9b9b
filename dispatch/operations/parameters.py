"""What a planner may tune, in one value: a territory's TOML becomes this, checked at birth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Final

from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.hold_rules import HoldRules
from dispatch.operations.notice_rules import NoticeRules
from dispatch.operations.retention_rules import Retention
from dispatch.operations.second_chance_rules import SecondChanceRules
from dispatch.operations.weather_rules import WeatherRules
from dispatch.operations.webhook_rules import WebhookRules
from dispatch.orders.cancelling import CancelRules
from dispatch.orders.collecting import CollectRules
from dispatch.orders.settlement import Terms
from dispatch.orders.tariff import Nudge, Tariff
from dispatch.routing.problem import Weights
from dispatch.routing.solvers import DEFAULT_ENGINE
from dispatch.slots.calendar import Calendar
from dispatch.slots.service_levels import DEFAULT_PRESET, PRESETS, Mode, ServiceLevel
from dispatch.tracking.made_up import BUILT_IN, Curve
from dispatch.tracking.proofs import ProofRules

#: Prices of a whole day stay far below 2**63 with these.
_MOST_WEIGHT: Final = 10**6
_MOST_UNSERVED: Final = 10**12


@dataclass(frozen=True, slots=True)
class WaveParameters:
    """When tours are made, and how hard we think.

    cut_offs_min  : minutes after midnight in the town; each closes a wave
    budget_s      : seconds the solver may think, at most
    publish_lag_s : by how long after its cut-off a wave is surely published;
                    quotes count on no courier leaving earlier
    proof_s       : seconds to prove how good the plan is, once couriers have it; 0: none
    """

    cut_offs_min: tuple[int, ...] = tuple(range(9 * 60, 18 * 60 + 31, 30))
    budget_s: float = 5.0
    publish_lag_s: int = 120
    engine: str = DEFAULT_ENGINE
    seed: int = 0
    proof_s: float = 10.0

    def __post_init__(self) -> None:
        if not self.cut_offs_min:
            raise ValueError("cut_offs is empty: without a wave nothing is ever delivered")
        if list(self.cut_offs_min) != sorted(set(self.cut_offs_min)):
            raise ValueError("cut_offs are in order, each once")
        if not (self.cut_offs_min[0] >= 0 and self.cut_offs_min[-1] < 1440):
            raise ValueError("cut_offs lie within one day, 00:00 to 23:59")
        if not 0 < self.budget_s <= 600:
            raise ValueError(f"budget_s is out of 0 to 600: {self.budget_s}")
        if not 0 <= self.proof_s <= 600:
            raise ValueError(f"proof_s is out of 0 to 600: {self.proof_s}")
        if not 0 <= self.publish_lag_s <= 3600:
            raise ValueError(f"publish_lag_s is out of 0 to 3600: {self.publish_lag_s}")


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Seconds at a stop.  First guesses until couriers' own facts say better.

    setup_s: parking and reaching the door, before anything is handed over; once for
    several parcels fetched, or handed over, at one place
    grace_s: how long after its last closing a shop still hands over what is booked, to a
    courier who is late; nothing is promised on it
    """

    pickup_s: int = 120
    drop_s: int = 180
    setup_s: int = 60
    grace_s: int = 600

    def __post_init__(self) -> None:
        for name in ("pickup_s", "drop_s", "setup_s", "grace_s"):
            if not 0 <= getattr(self, name) <= 3600:
                raise ValueError(f"{name} is out of 0 to 3600: {getattr(self, name)}")


def _default_levels() -> Mapping[Mode, ServiceLevel]:
    return PRESETS[DEFAULT_PRESET]


@dataclass(frozen=True, slots=True)
class Parameters:
    """All of them.  The defaults are the pilot's."""

    levels: Mapping[Mode, ServiceLevel] = field(default_factory=_default_levels)
    calendar: Calendar = Calendar()
    tariff: Tariff = Tariff()
    waves: WaveParameters = WaveParameters()
    dispatching: DispatchRules = DispatchRules()
    service_times: ServiceTimes = ServiceTimes()
    weights: Weights = Weights()
    quote_life_min: int = 15
    nudge: Nudge = Nudge()
    cancelling: CancelRules = CancelRules()
    collect: CollectRules = CollectRules()
    settlement: Terms = Terms()
    second_chance: SecondChanceRules = SecondChanceRules()
    holds: HoldRules = HoldRules()
    webhooks: WebhookRules = WebhookRules()
    retention: Retention = Retention()
    proof: ProofRules = ProofRules()
    notify: NoticeRules = NoticeRules()
    weather: WeatherRules = WeatherRules()
    taught: Curve | None = None

    @property
    def chances(self) -> Curve:
        """What chances of promises come to: the town's own curve, or its policy's."""
        # Nobody has learnt one under "anticipating" yet: it lets go much as "rolling" does.
        name = "waves" if self.dispatching.policy == "waves" else "rolling"
        return BUILT_IN[name] if self.taught is None else self.taught

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", MappingProxyType(dict(self.levels)))
        if missing := set(Mode) - set(self.levels):
            raise ValueError(f"levels are missing: {sorted(missing)}")
        for weight in fields(self.weights):
            most = _MOST_UNSERVED if weight.name == "unserved" else _MOST_WEIGHT
            if getattr(self.weights, weight.name) > most:
                raise ValueError(f"weight {weight.name} is above {most:_}")
        if not 1 <= self.quote_life_min <= 24 * 60:
            raise ValueError(f"quote_life_min is out of 1 to 1440: {self.quote_life_min}")
