"""Proofs of a handover: what a courier can bring from a door, and what a shop asks for.

Decides which proofs are asked for at a door, which must be there, and which are missing.
A proof is kept like a fact: once, whenever it arrives, and never instead of the delivery.
What a right PIN or code is, is ``operations.proofs``'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dispatch.core.ids import CourierId, MerchantId, QuoteId, TourId

_SMALLEST_KB: Final = 20
#: What a page may be sent at all is 256 KiB.
_LARGEST_KB: Final = 250


class ProofKind(StrEnum):
    """NAME: who took it.  PIN: four digits the customer has.  CODE: the parcel's own, scanned."""

    NAME = "name"
    PIN = "pin"
    CODE = "code"
    PHOTO = "photo"
    SIGNATURE = "signature"


#: Those that are a picture, kept in a file.
PICTURES: Final = frozenset({ProofKind.PHOTO, ProofKind.SIGNATURE})


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof, as a phone brought it.

    proof_id : made by the phone: sent twice, kept once
    holds    : False for a PIN or a code that was not the right one
    said     : the name; None: the proof is no word, or is forgotten
    file     : where ``Proofs`` has the picture; None: it is none, or is forgotten

    Raises ``ValueError`` for a picture without its type and size, or a word with them.
    """

    proof_id: str
    tour_id: TourId
    courier_id: CourierId
    stop_id: str
    quote_id: QuoteId
    kind: ProofKind
    at_device: datetime
    at_server: datetime
    holds: bool = True
    said: str | None = None
    file: str | None = None
    content_type: str | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        told = {self.content_type is not None, self.size is not None, self.kind in PICTURES}
        if len(told) != 1:
            raise ValueError(f"a picture has a type and a size, and nothing else has: {self.kind}")

    @property
    def is_kept(self) -> bool:
        """True until what it shows or says is forgotten."""
        return self.said is not None or self.file is not None

    def forgotten(self) -> Proof:
        """Return that there was such a proof, and no more."""
        return replace(self, said=None, file=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a courier is asked to bring.

    required : without these the planner is told; a courier is never kept at a door for them
    """

    asked: tuple[ProofKind, ...] = ()
    required: tuple[ProofKind, ...] = ()

    def __post_init__(self) -> None:
        for name in ("asked", "required"):
            kinds = {ProofKind(kind) for kind in getattr(self, name)}
            object.__setattr__(self, name, tuple(kind for kind in ProofKind if kind in kinds))

    @property
    def kinds(self) -> tuple[ProofKind, ...]:
        """All of them, in the order of ``ProofKind``."""
        return tuple(kind for kind in ProofKind if kind in (*self.asked, *self.required))

    def missing(self, proofs: Iterable[Proof]) -> tuple[ProofKind, ...]:
        """Return what is required and in none of *proofs*."""
        there = {proof.kind for proof in proofs if proof.holds}
        return tuple(kind for kind in self.required if kind not in there)


@dataclass(frozen=True, slots=True)
class ProofRules:
    """The settings' table ``[proof]``.

    default   : for a shop without a word of its own
    merchants : by shop; an order of several shops is asked what any of them asks
    most_kb   : of one picture, in thousands of bytes
    """

    default: Asked = Asked(asked=(ProofKind.NAME,))
    merchants: Mapping[MerchantId, Asked] = field(default_factory=dict)
    most_kb: int = 240

    def __post_init__(self) -> None:
        object.__setattr__(self, "merchants", MappingProxyType(dict(self.merchants)))
        if not _SMALLEST_KB <= self.most_kb <= _LARGEST_KB:
            raise ValueError(f"most_kb is out of {_SMALLEST_KB} to {_LARGEST_KB}: {self.most_kb}")

    @property
    def requires(self) -> bool:
        """True when any shop's door must bring anything."""
        return any(one.required for one in (self.default, *self.merchants.values()))

    def of(self, merchants: Iterable[MerchantId]) -> Asked:
        """Return what is asked at the door of an order from *merchants*."""
        said = [self.merchants.get(merchant, self.default) for merchant in merchants]
        return Asked(
            asked=tuple(kind for one in said for kind in one.asked),
            required=tuple(kind for one in said for kind in one.required),
        )
