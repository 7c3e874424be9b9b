"""What an installation may set about its API's door."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """The settings' table ``[api]``.

    quota_per_min : calls a minute that one key may make of one route, counted by each web
                    process for itself; None: as many as it likes,
                    and strangers may guess as often
    """

    quota_per_min: int | None = 600

    def __post_init__(self) -> None:
        if self.quota_per_min is not None and not 1 <= self.quota_per_min <= 1_000_000:
            raise ValueError(f"quota_per_min is out of 1 to 1000000: {self.quota_per_min}")

    @property
    def quota(self) -> str | None:
        """The quota as flask-limiter reads it."""
        return None if self.quota_per_min is None else f"{self.quota_per_min} per minute"
