"""Which notices customers get by which channel, and at which hours: the rules of ``[notify]``.

Decides no single notice.  What each kind of notice is, is ``notices``'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from dispatch.core.civil import instant_at, local_day, minute_of_day
from dispatch.operations.notices import Channel, Kind

_MINUTE_S: Final = 60
_EVERY_KIND: Final = tuple(kind.value for kind in Kind)
#: A text costs money and rings: what a customer wants to know at once, away from the desk.
_WORTH_A_TEXT: Final = tuple(
    kind.value for kind in (Kind.NEXT_STOP, Kind.NOT_DELIVERED, Kind.MOVED, Kind.LATE, Kind.READY)
)


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """The settings' table ``[notify]``, without what it says of the two services.

    quiet_from, quiet_to : on the town's clock; what is not urgent waits for the end.  The
                           same time twice: no quiet hours
    email_kinds, sms_kinds : what is told by which; customers without an address, or without
                           a number that takes texts, are told by the other alone
    retry_after_s : before each try, seconds after the one before it, as long as the notice
                    is of use; only what was surely not sent is tried again
    """

    quiet_from: str = "21:00"
    quiet_to: str = "08:00"
    email_kinds: tuple[str, ...] = _EVERY_KIND
    sms_kinds: tuple[str, ...] = _WORTH_A_TEXT
    retry_after_s: tuple[int, ...] = (0, 15, _MINUTE_S, 5 * _MINUTE_S, 30 * _MINUTE_S)

    def __post_init__(self) -> None:
        for name in ("quiet_from", "quiet_to"):
            if minute_of_day(getattr(self, name)) == 24 * 60:
                raise ValueError(f"{name} 24:00 is written 00:00")
        for name in ("email_kinds", "sms_kinds"):
            unknown = [kind for kind in getattr(self, name) if kind not in set(Kind)]
            if unknown:
                raise ValueError(f"{name}: no notice is {unknown[0]!r}; {', '.join(Kind)}")
        waits = self.retry_after_s
        if not waits or list(waits) != sorted(waits) or waits[0] != 0 or waits[-1] > 24 * 3600:
            raise ValueError(f"retry_after_s does not grow from 0 to a day at most: {list(waits)}")

    @property
    def kinds(self) -> Mapping[Channel, frozenset[Kind]]:
        """What is told by each channel."""
        said = {Channel.EMAIL: self.email_kinds, Channel.SMS: self.sms_kinds}
        return MappingProxyType(
            {channel: frozenset(map(Kind, kinds)) for channel, kinds in said.items()}
        )

    def speaks_at(self, at: datetime) -> datetime:
        """Return *at*, or the end of the quiet hours that it lies in."""
        begins, ends = minute_of_day(self.quiet_from), minute_of_day(self.quiet_to)
        over_midnight = 24 * 60 if ends < begins else 0
        for day in (local_day(at) - timedelta(days=1), local_day(at)):
            ends_at = instant_at(day, ends + over_midnight)
            if instant_at(day, begins) <= at < ends_at:
                return ends_at
        return at

    def next_try(self, tries: int, now: datetime) -> datetime | None:
        """Return when to try again after so many tries in vain; None: never."""
        if tries >= len(self.retry_after_s):
            return None
        return now + timedelta(seconds=self.retry_after_s[tries])
