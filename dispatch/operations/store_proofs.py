"""The store's words about proofs of a handover; the pictures themselves are ``Proofs``'."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from dispatch.core.ids import QuoteId, TourId
from dispatch.tracking.proofs import Proof


class StoredProofs(Protocol):
    """What couriers brought from doors."""

    def add_proof(self, proof: Proof) -> bool:
        """Append the proof; False when its id was seen before."""
        ...

    def proof(self, proof_id: str) -> Proof | None: ...
    def put_proof(self, proof: Proof) -> None: ...
    def proofs_of(self, quote_id: QuoteId) -> Sequence[Proof]:
        """Return all proofs of one order, in the order we learnt them."""
        ...

    def proofs_on(self, tour_id: TourId) -> Sequence[Proof]:
        """Return all proofs that the courier of one tour brought, likewise."""
        ...

    def pictured(self, files: Collection[str]) -> frozenset[str]:
        """Return which of these pictures a proof names."""
        ...

    def proofs_to_forget(self, before: datetime, limit: int | None) -> Sequence[Proof]:
        """Return at most *limit* proofs learnt before then that still say or show something."""
        ...
