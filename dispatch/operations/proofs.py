"""Keep what proves a handover, whenever the phone can send it, and show it to who may see it.

Decides what a right PIN is, how often one may be guessed, and who may look.  A picture is
written first and its row second: a row always has its picture, and a machine that dies in
between is sent the picture again, to the same place.

A PIN is made from the secret in the customer's tracking link, which no courier ever has: it
is kept nowhere.  It is not checked on the phone: whatever could check four digits there could
also try all ten thousand.  Without signal it is checked when it arrives.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from dispatch.core.errors import Forbidden, Invalid
from dispatch.core.ids import CourierId, QuoteId
from dispatch.operations.ports import Picture, Ports, Proofs, Transaction
from dispatch.orders.bookings import Booking
from dispatch.tracking.pictures import JPEG, PNG, cleaned
from dispatch.tracking.proofs import PICTURES, Asked, Proof, ProofKind

#: A name, not a letter.
LONGEST_WORD: Final = 80
#: Wrong PINs of one order, whoever types them: then the planner has to look, and none counts.
MOST_WRONG: Final = 5
#: Pictures of one door: a phone gone mad fills no disk.
MOST_PICTURES: Final = 8


@dataclass(frozen=True, slots=True)
class Brought:
    """What the phone sends.

    proof_id  : made by the phone: sent twice, kept once
    said      : the name, PIN or code; picture: the bytes of a JPEG or PNG; one of the two
    at_device : by the phone's clock
    """

    proof_id: str
    tour_id: str
    stop_id: str
    kind: ProofKind
    at_device: datetime
    said: str | None = None
    picture: bytes | None = None

    def __post_init__(self) -> None:
        if (self.kind in PICTURES) != (self.picture is not None) or (self.picture is None) == (
            self.said is None
        ):
            raise ValueError(f"a proof is a word or a picture, as its kind says: {self.kind}")


def keep_proof(brought: Brought, courier_id: CourierId, ports: Ports) -> Proof:
    """Keep one proof and return it; one that was seen before changes nothing.

    Raises
    ------
    Forbidden
        When the tour is another courier's.
    NotFound
        When there is no such tour, or no such order at all.
    Invalid
        With ``reason`` in its facts: ``not_a_picture``, ``too_many_pictures``,
        ``no_pictures`` (none are kept here), ``empty``.
    StorageError
        When the picture cannot be kept now.
    """
    with ports.store.reading() as tx:
        proof, picture = _proof(brought, courier_id, tx, ports)
    if picture is not None and proof.file is not None:
        _files(ports).put(proof.file, picture)
    with ports.store.writing() as tx:
        if proof.kind is ProofKind.PIN and is_locked(proof.quote_id, tx):
            proof = replace(proof, holds=False)
        tx.add_proof(proof)
        return tx.proof(proof.proof_id) or proof


def asked_at(booking: Booking, tx: Transaction, ports: Ports) -> Asked:
    """Return what is asked at the door of *booking*; no pictures where none are kept."""
    shops = [s.merchant_id for s in tx.shipments_of(booking.booking_id)]
    said = ports.parameters.proof.of(shops)
    if ports.proofs is not None:
        return said
    return Asked(
        tuple(kind for kind in said.asked if kind not in PICTURES),
        tuple(kind for kind in said.required if kind not in PICTURES),
    )


def pin_of(booking: Booking) -> str:
    """Return the four digits that the customer of *booking* says at the door."""
    made = hmac.digest(booking.tracking_token.encode(), b"pin at the door", sha256)
    # 2**64 is no multiple of 10,000, which makes some PINs likelier by 1 in 10**15.
    return f"{int.from_bytes(made[:8], 'big') % 10_000:04d}"


def is_locked(quote_id: QuoteId, tx: Transaction) -> bool:
    """True when so many wrong PINs were typed for the order that none counts any more."""
    wrong = [p for p in tx.proofs_of(quote_id) if p.kind is ProofKind.PIN and not p.holds]
    return len(wrong) >= MOST_WRONG


def picture_of(proof_id: str, ports: Ports, *, merchant_id: str | None = None) -> Picture | None:
    """Return the picture of a proof; None when there is none (any more).

    merchant_id : on whose behalf: only of an order with something of theirs; None: a planner's
    """
    with ports.store.reading() as tx:
        proof = tx.proof(proof_id)
        if proof is None or proof.file is None:
            return None
        booking = tx.booking_of_quote(proof.quote_id)
        shops = {s.merchant_id for s in tx.shipments_of(booking.booking_id)}
    if merchant_id is not None and merchant_id not in shops:
        return None
    return _files(ports).get(proof.file)


def _proof(
    brought: Brought, courier_id: CourierId, tx: Transaction, ports: Ports
) -> tuple[Proof, Picture | None]:
    """Return the proof, as it is known or as it will be, and the picture still to be written."""
    known = tx.proof(brought.proof_id)
    if known is not None and known.courier_id != courier_id:
        raise Forbidden(f"proof {known.proof_id} is another courier's")
    if known is not None:
        return known, None
    tour = tx.tour(brought.tour_id)
    if tour.courier_id != courier_id:
        raise Forbidden(f"tour {tour.tour_id} is another courier's")
    # Not the stop: a wave may have moved it meanwhile, and what was shown at the door stays true.
    booking = tx.booking_of_quote(QuoteId(brought.stop_id.partition(":")[0]))
    now = ports.clock.now()
    picture = None if brought.picture is None else _picture(brought, booking, tx, ports)
    said = " ".join((brought.said or "").split())[:LONGEST_WORD]
    if picture is None and not said:
        raise Invalid("a proof without a word", field="said", reason="empty")
    proof = Proof(
        proof_id=brought.proof_id,
        tour_id=tour.tour_id,
        courier_id=courier_id,
        stop_id=brought.stop_id,
        quote_id=booking.quote_id,
        kind=brought.kind,
        # A phone whose clock runs ahead has not seen the future.
        at_device=min(brought.at_device, now),
        at_server=now,
        holds=_holds(brought.kind, said, booking, tx),
        said=said if brought.kind is ProofKind.NAME else None,
        file=None if picture is None else _file_of(brought.proof_id, picture),
        content_type=None if picture is None else picture.content_type,
        size=None if picture is None else len(picture.data),
    )
    return proof, picture


def _picture(brought: Brought, booking: Booking, tx: Transaction, ports: Ports) -> Picture:
    _files(ports)
    there = [proof for proof in tx.proofs_of(booking.quote_id) if proof.kind in PICTURES]
    if len(there) >= MOST_PICTURES:
        raise Invalid(
            f"{MOST_PICTURES} pictures of one door are enough",
            field="picture",
            reason="too_many_pictures",
        )
    content_type, data = cleaned(brought.picture or b"")
    return Picture(data, content_type)


def _holds(kind: ProofKind, said: str, booking: Booking, tx: Transaction) -> bool:
    if kind is ProofKind.PIN:
        return hmac.compare_digest(said.encode(), pin_of(booking).encode())
    if kind is ProofKind.CODE:
        parcels = tx.shipments_of(booking.booking_id)
        return said in {word for p in parcels for word in (p.shipment_id, p.handover_code)}
    return True


def _file_of(proof_id: str, picture: Picture) -> str:
    # A phone chooses the id: it must not choose a path.
    ending = {JPEG: "jpg", PNG: "png"}[picture.content_type]
    return f"{sha256(proof_id.encode()).hexdigest()}.{ending}"


def _files(ports: Ports) -> Proofs:
    if ports.proofs is None:
        raise Invalid("no pictures are kept here", field="picture", reason="no_pictures")
    return ports.proofs
