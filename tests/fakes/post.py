"""A post that says what a test lets it say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.adapters.parcels.codes import state_of
from dispatch.core.errors import DispatchError
from dispatch.operations.carrier import CarrierEvent, Label, LabelWanted


@dataclass
class ToldPost:
    """Remembers what it is asked; ``trouble`` is raised instead of any answer."""

    trouble: DispatchError | None = None
    wanted: list[LabelWanted] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    _news: dict[str, list[CarrierEvent]] = field(default_factory=dict)

    def tell(self, number: str, code: str, at: datetime) -> None:
        """From now on the parcel has that event."""
        self._news.setdefault(number, []).append(CarrierEvent(code, at, state_of(code)))

    def label(self, wanted: LabelWanted) -> Label:
        self.wanted.append(wanted)
        if self.trouble is not None:
            raise self.trouble
        return Label(f"6A{len(self.wanted):011d}", b"%PDF-1.4 of a test")

    def follow(self, numbers: Sequence[str]) -> Mapping[str, tuple[CarrierEvent, ...]]:
        self.asked.append(tuple(numbers))
        if self.trouble is not None:
            raise self.trouble
        return {number: tuple(self._news.get(number, ())) for number in numbers}
