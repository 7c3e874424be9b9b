"""What somebody who knows the streets says against the map: open, close, one-way, speed, weight.

One stale tag can cut a town in two, so ``overrides.toml`` has the last word.  Decides what a
well-formed override is and what it does to the arrays of a ``Network``.  Ways are named by
OpenStreetMap id, or by street name and commune where edges have no id.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from geodata import network as net
from geodata.entries import entry
from geodata.network import Network

FILE: Final = "overrides.toml"
VEHICLES: Final = ("car", "bike", "foot")
ONEWAYS: Final = ("yes", "reverse", "no")

_BITS: Final = {
    "car": (net.CAR_THERE, net.CAR_BACK),
    "bike": (net.BIKE_THERE, net.BIKE_BACK),
    "foot": (net.FOOT_THERE, net.FOOT_BACK),
}


@dataclass(frozen=True, slots=True)
class Override:
    """One correction, with the reason that the next reader will ask for.

    id, street, commune : the way's id; or the street's name, in one commune (name or INSEE
                          code) or in all
    open, close         : "car", "bike", "foot" or "all", several with a space between; open
                          ends a rule "to a door only" too
    oneway              : "yes" in the direction drawn, "reverse" against it, "no" both ways;
                          for cars and bicycles
    maxspeed_kmh, max_weight_kg : the sign that stands there; 0 takes a weight limit away
    """

    reason: str
    id: int = 0
    street: str = ""
    commune: str = ""
    open: str = ""
    close: str = ""
    oneway: str = ""
    maxspeed_kmh: int | None = None
    max_weight_kg: int | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("an override says its reason")
        if (self.id != 0) == bool(self.street):
            raise ValueError("an override names a way by its id, or a street by its name")
        for field in ("open", "close"):
            if unknown := set(getattr(self, field).split()) - {*VEHICLES, "all"}:
                raise ValueError(f"{field}: {min(unknown)!r}; known: {', '.join(VEHICLES)}, all")
        if both := set(self.opened) & set(self.closed):
            raise ValueError(f"opened and closed for {min(both)} at once")
        if self.oneway and self.oneway not in ONEWAYS:
            raise ValueError(f"oneway: {self.oneway!r}; known: {', '.join(ONEWAYS)}")
        if self.maxspeed_kmh is not None and not 5 <= self.maxspeed_kmh <= 130:
            raise ValueError(f"maxspeed_kmh {self.maxspeed_kmh} is not between 5 and 130")
        if self.max_weight_kg is not None and self.max_weight_kg < 0:
            raise ValueError(f"max_weight_kg {self.max_weight_kg} is negative")
        said = (self.open, self.close, self.oneway)
        if not any(said) and self.maxspeed_kmh is None and self.max_weight_kg is None:
            raise ValueError("an override that changes nothing")

    @property
    def opened(self) -> tuple[str, ...]:
        """Vehicles it opens the way for."""
        return _vehicles(self.open)

    @property
    def closed(self) -> tuple[str, ...]:
        """Vehicles it closes the way to."""
        return _vehicles(self.close)

    @property
    def where(self) -> str:
        """How a sentence names it."""
        if self.id:
            return f"way {self.id}"
        return f"street {self.street!r}" + (f" in {self.commune!r}" if self.commune else "")


def _vehicles(text: str) -> tuple[str, ...]:
    words = text.split()
    return VEHICLES if "all" in words else tuple(v for v in VEHICLES if v in words)


class Named(Protocol):
    """What is needed of a commune."""

    @property
    def name(self) -> str: ...
    @property
    def insee(self) -> str: ...


def read_overrides(text: str) -> tuple[Override, ...]:
    """Return the ``[[way]]`` and ``[[street]]`` tables of *text*, in order.

    Raises ``ValueError`` naming the file and the table or field.
    """
    try:
        raw = tomllib.loads(text)
    except ValueError as broken:  # says the line and the column
        raise ValueError(f"{FILE} cannot be read: {broken}") from None
    if unknown := sorted(set(raw) - {"way", "street"}):
        raise ValueError(f"{FILE}: unknown table {unknown[0]!r}; known: [[way]], [[street]]")
    return tuple(
        entry(Override, _row(kind, row), f"{FILE}: {kind}[{k}]")
        for kind in ("way", "street")
        for k, row in enumerate(_tables(raw, kind))
    )


def _tables(raw: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    tables = raw.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise ValueError(f"{FILE}: {kind} must be written as [[{kind}]] tables")
    return tables


def _row(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """A ``[[street]]`` calls its street "name"."""
    if kind == "street":
        return {("street" if key == "name" else key): value for key, value in row.items()}
    return row


def opened_ways(overrides: Sequence[Override]) -> dict[int, frozenset[str]]:
    """Return way id → vehicles it is opened for: what an import must not refuse."""
    found: dict[int, frozenset[str]] = {}
    for one in overrides:
        if one.id and one.opened:
            found[one.id] = found.get(one.id, frozenset()) | set(one.opened)
    return found


def overridden(
    network: Network, communes: Sequence[Named], overrides: Sequence[Override]
) -> Network:
    """Return *network* as *overrides* have it, the last one winning; twice is as once.

    communes : those ``Network.commune`` indexes

    Raises ``ValueError`` naming the way or street that is not in the network.
    """
    if not overrides:
        return network
    access, kind = network.access.copy(), network.kind.copy()
    there, back = network.limit_there_kmh.copy(), network.limit_back_kmh.copy()
    weight = network.max_weight_kg.copy()
    for one in overrides:
        edges = _edges(network, communes, one)
        access[edges] = _allowed(access[edges], one)
        if one.opened:
            kind[edges] &= np.uint8(~net.NO_THROUGH & 0xFF)
        if one.maxspeed_kmh is not None:
            there[edges] = back[edges] = one.maxspeed_kmh
        if one.max_weight_kg is not None:
            weight[edges] = one.max_weight_kg
    return replace(
        network,
        access=access,
        kind=kind,
        limit_there_kmh=there,
        limit_back_kmh=back,
        max_weight_kg=weight,
    )


def _edges(network: Network, communes: Sequence[Named], one: Override) -> NDArray[np.intp]:
    if one.id:
        found = network.way == one.id
    elif one.street in network.names:
        found = network.name == network.names.index(one.street)
    else:
        found = np.zeros(len(network.way), np.bool_)
    if one.commune:
        inside = [k for k, c in enumerate(communes) if one.commune in (c.name, c.insee)]
        if not inside:
            raise ValueError(f"{FILE}: no commune {one.commune!r}")
        found = found & np.isin(network.commune, inside)
    if not found.any():
        raise ValueError(f"{FILE}: no {one.where} in these streets")
    return np.flatnonzero(found)


def _allowed(access: NDArray[np.uint8], one: Override) -> NDArray[np.uint8]:
    bits = access.astype(np.int64)
    for vehicle in one.opened:
        bits = np.where(bits & sum(_BITS[vehicle]), bits, bits | _usual(bits, vehicle))
    for vehicle in one.closed:
        bits &= ~sum(_BITS[vehicle])
    if one.oneway:
        for vehicle in ("car", "bike"):
            along, against = _BITS[vehicle]
            ways = {"yes": along, "reverse": against, "no": along | against}[one.oneway]
            uses = bits & (along | against) != 0
            bits = np.where(uses, bits & ~(along | against) | ways, bits)
    return bits.astype(np.uint8)


def _usual(bits: NDArray[np.int64], vehicle: str) -> NDArray[np.int64]:
    """The directions other wheels have there; both where there are none, and on foot."""
    there, back = _BITS[vehicle]
    other = _BITS["bike" if vehicle == "car" else "car"]
    if vehicle == "foot":
        return np.full_like(bits, there | back)
    taken = np.where(bits & other[0], there, 0) | np.where(bits & other[1], back, 0)
    return np.where(taken == 0, there | back, taken)
