"""The territory an installation serves: its merchants, couriers and delivery area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatch.core.errors import NotFound
from dispatch.core.ids import CourierId, MerchantId
from dispatch.fleet.couriers import Courier
from dispatch.orders.merchants import Merchant
from dispatch.streets.health import StreetHealth

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of the town; ``served``: we deliver there."""

    insee: str
    name: str
    inhabitants: int
    served: bool


@dataclass(frozen=True, slots=True)
class KeptHealth:
    """The report on the streets.  ``current``: it is of those that are served now."""

    report: StreetHealth
    measured_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Territory:
    """A town as the operations see it.

    area           : rings of (lat, lon) around what we deliver to
    schematic      : True when the street network is a drawing, not a survey
    notice_fr, _en : what pages must say about the data
    postcodes      : of its communes; an address with another one is somewhere else
    communes       : INSEE codes of those we deliver to; where an address names its
                     commune the code decides, and ``area`` only where none is known
    gazetteer      : every commune of the streets, served or not, as the streets number them
    health         : how far the streets can be trusted; None: nobody measured it
    """

    name: str
    title: str
    merchants: Mapping[MerchantId, Merchant]
    couriers: Mapping[CourierId, Courier]
    area: tuple[Ring, ...]
    schematic: bool
    notice_fr: str
    notice_en: str
    attribution: str
    postcodes: frozenset[str] = frozenset()
    communes: frozenset[str] = frozenset()
    gazetteer: tuple[Commune, ...] = ()
    health: KeptHealth | None = None

    def merchant(self, merchant_id: str) -> Merchant:
        """Return the merchant of that id.  Raises ``NotFound``."""
        try:
            return self.merchants[MerchantId(merchant_id)]
        except KeyError:
            raise NotFound(f"no merchant {merchant_id}", merchant_id=merchant_id) from None

    def courier(self, courier_id: str) -> Courier:
        """Return the courier of that id.  Raises ``NotFound``."""
        try:
            return self.couriers[CourierId(courier_id)]
        except KeyError:
            raise NotFound(f"no courier {courier_id}", courier_id=courier_id) from None
