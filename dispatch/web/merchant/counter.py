"""What a merchant reads and may press for each parcel.

Decides words, icons and buttons from a parcel's mode and state.  What a button
does, and whether it is allowed, is ``operations.prepare``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from dispatch.operations.board import Board, BoardLine
from dispatch.operations.prepare import Act
from dispatch.orders.shipments import WITH_MERCHANT, State
from dispatch.slots.service_levels import Mode
from dispatch.web.words import N_, _

BUTTONS: Mapping[Act, str] = MappingProxyType(
    {
        Act.PREPARE: N_("Commencer"),
        Act.READY: N_("Prêt"),
        Act.COLLECTED: N_("Remis au client"),
        Act.POSTED: N_("Déposé à La Poste"),
        Act.LEAVE: N_("Parti en livraison"),
        Act.DELIVERED: N_("Livré"),
        Act.TAKEN_BACK: N_("Remis en rayon"),
    }
)

MODES: Mapping[Mode, str] = MappingProxyType(
    {
        Mode.COLLECT: N_("Le client vient"),
        Mode.EXPRESS: N_("Un livreur vient"),
        Mode.STANDARD: N_("À déposer à La Poste"),
        Mode.MERCHANT: N_("Vous livrez"),
    }
)

#: The same behind us.
WENT: Mapping[Mode, str] = MappingProxyType(
    {
        Mode.COLLECT: N_("retrait"),
        Mode.EXPRESS: N_("par un livreur"),
        Mode.STANDARD: N_("par La Poste"),
        Mode.MERCHANT: N_("par vous"),
    }
)

STATES: Mapping[State, str] = MappingProxyType(
    {
        State.BOOKED: N_("à commencer"),
        State.PREPARING: N_("en préparation"),
        State.READY: N_("prêt"),
        State.ASSIGNED: N_("un livreur est prévu"),
        State.TO_PICKUP: N_("le livreur est en route"),
        State.AT_PICKUP: N_("le livreur est là"),
        State.PICKUP_FAILED: N_("le livreur est reparti sans"),
        State.PICKED_UP: N_("emporté par le livreur"),
        State.TO_DROPOFF: N_("en livraison"),
        State.AT_DROPOFF: N_("chez le client"),
        State.DELIVERED: N_("livré"),
        State.COLLECTED: N_("remis au client"),
        State.ATTEMPTED: N_("livraison manquée"),
        State.HELD_FOR_PICKUP: N_("gardé pour le client"),
        State.RETURNING: N_("revient chez vous"),
        State.RETURNED: N_("revenu chez vous"),
        State.CANCELLED: N_("annulé"),
    }
)

_ALWAYS: Final = timedelta(days=365)

#: A packed parcel that no courier fetches: how it leaves.
_LEAVES_BY: Mapping[Mode, Act] = MappingProxyType(
    {Mode.COLLECT: Act.COLLECTED, Mode.STANDARD: Act.POSTED, Mode.MERCHANT: Act.LEAVE}
)


@dataclass(frozen=True, slots=True)
class Counter:
    """The board as it is read, top to bottom.

    coming_back : nobody fetched it, or it is brought back: to be put on the shelf again
    under_way : the merchant's own deliveries, left and not yet at the door
    gone      : what needs nothing more, the latest first
    """

    to_prepare: tuple[BoardLine, ...]
    waiting: tuple[BoardLine, ...]
    coming_back: tuple[BoardLine, ...]
    under_way: tuple[BoardLine, ...]
    gone: tuple[BoardLine, ...]


def counter(board: Board) -> Counter:
    """Return *board* in the order of what the merchant must do."""
    missed = State.PICKUP_FAILED
    return Counter(
        # A courier left without it: it is to be made ready again, packed once or not.
        to_prepare=(
            *(line for line in board.prepared if line.shipment.state is missed),
            *board.to_prepare,
        ),
        waiting=(
            *(line for line in board.prepared if line.shipment.state is not missed),
            *(line for line in board.gone if is_kept(line)),
        ),
        coming_back=tuple(line for line in board.gone if is_coming_back(line)),
        under_way=tuple(line for line in board.gone if is_under_way(line)),
        gone=tuple(
            sorted(
                (x for x in board.gone if not (is_under_way(x) or is_coming_back(x) or is_kept(x))),
                # On its way first, then by its end.
                key=lambda line: line.shipment.ended_at or board.now + _ALWAYS,
                reverse=True,
            )
        ),
    )


def is_under_way(line: BoardLine) -> bool:
    """True while the merchant's own delivery is between shop and door."""
    return line.shipment.mode is Mode.MERCHANT and line.shipment.state is State.TO_DROPOFF


def is_kept(line: BoardLine) -> bool:
    """True for what a courier brought back because nobody was at home: its customer comes."""
    shipment = line.shipment
    return shipment.mode is Mode.EXPRESS and shipment.state is State.HELD_FOR_PICKUP


def is_coming_back(line: BoardLine) -> bool:
    """True while the shop has to take the parcel back, which it has or is about to have."""
    return line.shipment.state is State.RETURNING


def acts(line: BoardLine) -> tuple[Act, ...]:
    """Return what the merchant may press for *line*, the likeliest first."""
    shipment = line.shipment
    if is_under_way(line):
        return (Act.DELIVERED,)
    if is_kept(line):
        return (Act.COLLECTED,)
    if is_coming_back(line):
        # Whoever comes late for it still gets it.
        late = (Act.COLLECTED,) if shipment.mode is Mode.COLLECT else ()
        return (*late, Act.TAKEN_BACK)
    if shipment.state is State.PICKUP_FAILED:
        return (Act.READY,)
    if shipment.state is State.READY:
        leaves_by = _LEAVES_BY.get(shipment.mode)
        return () if leaves_by is None else (leaves_by,)
    if shipment.state not in WITH_MERCHANT or shipment.prepared_at is not None:
        return ()
    return (Act.PREPARE, Act.READY) if shipment.state is State.BOOKED else (Act.READY,)


def label(act: Act) -> str:
    """Return what the button of *act* says."""
    return _(BUTTONS[act])


def mode_word(mode: Mode) -> str:
    """Return who comes for the parcel, or who takes it where."""
    return _(MODES[mode])


def went_word(mode: Mode) -> str:
    """Return who took the parcel, or who came for it."""
    return _(WENT[mode])


def state_word(line: BoardLine) -> str:
    """Return where the parcel is, as the shop would say it."""
    shipment = line.shipment
    if shipment.mode is Mode.COLLECT and shipment.state is State.RETURNING:
        return _("non retiré")
    if shipment.mode is Mode.STANDARD and shipment.state is State.TO_DROPOFF:
        return _("confié à La Poste")
    return _(STATES[shipment.state])
