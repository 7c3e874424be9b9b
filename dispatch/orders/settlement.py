"""What the marketplace and those who recommend get of an order: the terms.

Decides no single order.  Shares are in basis points (550 = 5.5 %) of the goods' value
before tax; delivery itself is not shared.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings' table ``[settlement]``.

    commission_bp : the marketplace's share; the pilot's takes 5.5 %
    reward_bp     : the share of whoever recommended the customer; 0: nobody is rewarded
    items_vat_bp  : the tax contained in goods whose value came without the value before tax
    """

    commission_bp: int = 550
    reward_bp: int = 0
    items_vat_bp: int = 2000

    def __post_init__(self) -> None:
        for name in ("commission_bp", "reward_bp", "items_vat_bp"):
            if not 0 <= getattr(self, name) <= 10_000:
                raise ValueError(f"{name} is out of 0 to 10000: {getattr(self, name)}")
