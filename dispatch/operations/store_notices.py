"""The store's words about notices to customers: what is to be told, and who wants nothing told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from dispatch.operations.notices import Channel, Kind, Notice, NoticeState
from dispatch.orders.shipments import Event


class StoredNotices(Protocol):
    """The outbox of notices, how far the log was read for it, and refusals."""

    def last_position(self) -> int:
        """Return the position of the latest event; 0: nothing happened yet."""
        ...

    def noticed_up_to(self) -> int | None:
        """Return the position up to which events became notices; None: none ever did."""
        ...

    def note_up_to(self, position: int) -> None: ...
    def events_behind(self, position: int, limit: int) -> Sequence[Event]:
        """Return at most *limit* events behind *position*, whoever's they are, in order."""
        ...

    def add_notices(self, notices: Sequence[Notice]) -> None:
        """Write them down; one that is there already stays as it is."""
        ...

    def notice(self, notice_id: str) -> Notice: ...
    def next_notice(
        self, channel: Channel, now: datetime, kinds: Collection[Kind]
    ) -> Notice | None:
        """Return what waits and is due, of these *kinds*, by position."""
        ...

    def claim_notice(self, notice_id: str, now: datetime) -> bool:
        """Take what waits to be sent; False when it does not wait any more (one atomic step)."""
        ...

    def put_notice(self, notice: Notice) -> None: ...
    def cut_off(self, channel: Channel, claimed_before: datetime) -> Sequence[Notice]:
        """Return what was claimed before that instant and never became anything else."""
        ...

    def notices(self, states: Collection[NoticeState], limit: int) -> Sequence[Notice]:
        """Return the *limit* latest in these *states*, the latest first."""
        ...

    def refuse_notices(self, channel: Channel, mark: str, at: datetime) -> None:
        """Tell whoever has that mark nothing more; twice is harmless."""
        ...

    def allow_notices(self, mark: str) -> None: ...
    def refuses_notices(self, mark: str) -> bool: ...
    def forget_notices(self, before: datetime) -> int:
        """Remove notices that nothing changed since that instant; return how many."""
        ...
