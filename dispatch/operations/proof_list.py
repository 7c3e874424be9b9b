"""A day's handovers with what proves them, for who may look: the planner, and each shop.

Decides who sees what: a shop sees the orders that have something of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.core.ids import MerchantId
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports
from dispatch.operations.proofs import asked_at
from dispatch.tracking.proofs import Proof, ProofKind
from dispatch.tracking.tours import StopKind, StopState


@dataclass(frozen=True, slots=True)
class ProvenHandover:
    """One parcel handed over at a door.

    proofs  : those that hold, in the order we learnt them
    missing : the proofs that are required and not there (yet)
    """

    order_ref: str
    at: datetime
    courier: str
    proofs: tuple[Proof, ...]
    missing: tuple[ProofKind, ...]

    @property
    def received_by(self) -> str | None:
        """Who took it, as the courier wrote it last; None: nobody wrote it, or it is forgotten."""
        return received_by(self.proofs)


def handovers(
    day: date, ports: Ports, *, merchant_id: MerchantId | None = None
) -> tuple[ProvenHandover, ...]:
    """Return what was handed over at doors on *day*, the latest first.

    merchant_id : only orders with something of this shop; None: all
    """
    found: list[ProvenHandover] = []
    with ports.store.reading() as tx:
        for tour in tx.tours(day):
            for stop in tour.manifest:
                if stop.kind is not StopKind.DROP or stop.state is not StopState.DONE:
                    continue
                shops = {tx.shipment(s).merchant_id for s in stop.shipment_ids}
                if merchant_id is not None and merchant_id not in shops:
                    continue
                proofs = tx.proofs_of(stop.quote_id)
                asked = asked_at(tx.booking_of_quote(stop.quote_id), tx, ports)
                courier = ports.territory.couriers.get(tour.courier_id)
                found.append(
                    ProvenHandover(
                        short_ref(stop.quote_id),
                        stop.ended_at or tour.shift.closes_at,
                        tour.courier_id if courier is None else courier.name,
                        tuple(proof for proof in proofs if proof.holds),
                        asked.missing(proofs),
                    )
                )
    return tuple(sorted(found, key=lambda one: (one.at, one.order_ref), reverse=True))


def received_by(proofs: tuple[Proof, ...]) -> str | None:
    """Return who took a parcel, as it was written last; None: nobody wrote it."""
    names = [p for p in proofs if p.kind is ProofKind.NAME and p.said]
    return max(names, key=lambda p: (p.at_device, p.proof_id)).said if names else None
