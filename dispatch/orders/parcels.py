"""A parcel with the post: its number, what was asked of the post, and when to ask again.

Decides when the post is asked, so that it is never asked often.  What is asked, and what
the answers do to a shipment, is ``operations.parcels``'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.ids import ShipmentId

#: Between two looks at one parcel; the post itself learns little in less.
LOOK_EVERY: Final = timedelta(hours=2)
#: After a silence: a minute, then twice as long each time, up to the most.
FIRST_REST: Final = timedelta(minutes=1)
MOST_REST: Final = timedelta(hours=1)
#: A label that was refused is asked for again next day: somebody may have mended the cause.
AFTER_REFUSAL: Final = timedelta(days=1)
#: Nobody follows a parcel for longer: it is lost, or was never posted.
GIVE_UP_AFTER: Final = timedelta(days=45)

#: What the tracking service takes: 11 to 15 letters and digits.
_NUMBER: Final = re.compile(r"[A-Z0-9]{11,15}")
#: A French address as people write it: street, postcode, town.
_WRITTEN: Final = re.compile(r"(?P<street>.+?)[\s,]+(?P<postcode>\d{5})\s+(?P<city>[^\d,]{2,})")


def is_tracking_number(text: str) -> bool:
    """Tell whether *text* looks like a parcel's number."""
    return _NUMBER.fullmatch(text) is not None


def street_postcode_city(address: str) -> tuple[str, str, str] | None:
    """Return the three parts of a written French *address*, or None when they cannot be told."""
    found = _WRITTEN.fullmatch(" ".join(address.split()))
    if found is None:
        return None
    return found["street"].strip(" ,"), found["postcode"], found["city"].strip(" ,")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shipment's parcel, between the shop and the post.

    tracking_number : the post's; None: there is no label yet
    since    : when the label was made, or first asked for
    next_at  : when the post is asked again, for the label or for news; None: no more
    tries    : silences in a row
    trouble  : why there is no label, or no news: an error's code
    last_code, last_at : the latest thing the post said, and when that was
    """

    shipment_id: ShipmentId
    since: datetime
    next_at: datetime | None
    tracking_number: str | None = None
    tries: int = 0
    trouble: str | None = None
    last_code: str | None = None
    last_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.tracking_number is not None and not is_tracking_number(self.tracking_number):
            raise ValueError("a tracking number has 11 to 15 letters and digits")
        if self.tries < 0:
            raise ValueError(f"tries is negative: {self.tries}")

    def labelled(self, tracking_number: str, now: datetime) -> Parcel:
        """Return the parcel with its label; the post is asked for news from then on."""
        return replace(
            self,
            tracking_number=tracking_number,
            since=now,
            next_at=now + LOOK_EVERY,
            tries=0,
            trouble=None,
        )

    def unanswered(self, now: datetime, code: str) -> Parcel:
        """Return the parcel after a silence of the post: it is asked again, ever more rarely."""
        rest = min(FIRST_REST * 2 ** min(self.tries, 10), MOST_REST)
        return replace(self, tries=self.tries + 1, trouble=code, next_at=now + rest)

    def refused(self, now: datetime, code: str) -> Parcel:
        """Return the parcel whose label the post will not make as it was asked for."""
        return replace(self, tries=self.tries + 1, trouble=code, next_at=now + AFTER_REFUSAL)

    def looked_at(self, now: datetime, *, ended: bool) -> Parcel:
        """Return the parcel after news, or their absence; one that *ended* is left alone."""
        over = ended or now - self.since >= GIVE_UP_AFTER
        return replace(self, tries=0, trouble=None, next_at=None if over else now + LOOK_EVERY)

    def heard(self, code: str, at: datetime) -> Parcel:
        """Return the parcel of which the post said *code*."""
        return replace(self, last_code=code, last_at=at)
