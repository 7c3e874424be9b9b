"""The store's words about a day on the road: tours, loose orders, facts, waves.

A tour has a version, and a wave is claimed: both say here what happens to the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from dispatch.core.ids import QuoteId, TourId, WaveId
from dispatch.operations.waves import LooseOrder, Wave
from dispatch.tracking.facts import Fact
from dispatch.tracking.tours import Tour


class StoredTours(Protocol):
    """Who does what, when, and what the road said."""

    def tours(self, day: date) -> Sequence[Tour]: ...
    def tour(self, tour_id: str) -> Tour: ...
    def put_tour(self, tour: Tour) -> Tour:
        """Write the tour read at ``tour.version`` and return it one version later.

        Raises ``Stale`` when somebody wrote in between.  Version 0: it is new.
        """
        ...

    def loose_orders(self, day: date) -> Sequence[LooseOrder]: ...
    def put_loose(self, order: LooseOrder) -> None: ...
    def drop_loose(self, quote_id: QuoteId) -> None: ...

    def add_fact(self, fact: Fact) -> bool:
        """Append the fact; False when its id was seen before."""
        ...

    def facts(self, tour_id: TourId) -> Sequence[Fact]: ...

    def ensure_wave(self, wave: Wave) -> None:
        """Write the wave unless one of its id exists."""
        ...

    def waves(self, day: date) -> Sequence[Wave]: ...
    def wave(self, wave_id: str) -> Wave: ...
    def put_wave(self, wave: Wave) -> None: ...
    def claim_wave(self, wave_id: WaveId, now: datetime, leased_until: datetime) -> bool:
        """Take an open wave, or a running one whose lease is over; False: somebody has it."""
        ...
