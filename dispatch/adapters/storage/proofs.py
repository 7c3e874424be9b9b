"""Proofs of a handover: which there are, and whose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import proofs
from dispatch.core.ids import QuoteId, TourId
from dispatch.tracking.proofs import Proof

_PROOFS = Shelf(Proof, proofs)


class ProofRows(Rows):
    """The Transaction's words about proofs."""

    def add_proof(self, proof: Proof) -> bool:
        """Append the proof; False when its id was seen before."""
        return self._add_once(_PROOFS, proof)

    def proof(self, proof_id: str) -> Proof | None:
        return self._found(_PROOFS, "proof_id", proof_id)

    def put_proof(self, proof: Proof) -> None:
        self._put(_PROOFS, "proof_id", proof)

    def proofs_of(self, quote_id: QuoteId) -> Sequence[Proof]:
        """Return all proofs of one order, in the order we learnt them."""
        query = select(proofs).where(proofs.c.quote_id == quote_id)
        return self._all(_PROOFS, query.order_by(proofs.c.number))

    def proofs_on(self, tour_id: TourId) -> Sequence[Proof]:
        """Return all proofs that the courier of one tour brought, likewise."""
        query = select(proofs).where(proofs.c.tour_id == tour_id)
        return self._all(_PROOFS, query.order_by(proofs.c.number))

    def pictured(self, files: Collection[str]) -> frozenset[str]:
        """Return which of these pictures a proof names."""
        query = select(proofs.c.file).where(proofs.c.file.in_(files))
        return frozenset(self._connection.execute(query).scalars())

    def proofs_to_forget(self, before: datetime, limit: int | None) -> Sequence[Proof]:
        """Return at most *limit* proofs learnt before then that still say or show something."""
        row = proofs.c
        told = or_(row.said.is_not(None), row.file.is_not(None))
        query = select(proofs).where(row.at_server < before, told)
        return self._all(_PROOFS, query.order_by(row.number).limit(limit))
