"""Money in whole cents, VAT included: what the customer sees is what is stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    """A price with VAT (*amount_cents*) and the rate it contains, in basis points (2000 = 20 %)."""

    amount_cents: int
    vat_bp: int = 2000
    currency: str = "EUR"
    breakdown: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.amount_cents < 0:
            raise ValueError(f"a price is never negative: {self.amount_cents} cents")

    @property
    def without_vat_cents(self) -> int:
        """The part before tax, rounded half up to a whole cent."""
        return (self.amount_cents * 10_000 + (10_000 + self.vat_bp) // 2) // (10_000 + self.vat_bp)
