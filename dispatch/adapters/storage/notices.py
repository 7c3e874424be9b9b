"""Notices' rows: what customers are to be told, how far the log was read, who wants none.

A notice is claimed by one statement of the database: of two that want it, one has it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update

from dispatch.adapters.storage.dialect import insert_into
from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema_events import events
from dispatch.adapters.storage.schema_notices import notice_refusals, noticed, notices
from dispatch.operations.notices import Channel, Kind, Notice, NoticeState
from dispatch.orders.shipments import Event

_NOTICES: Final = Shelf(Notice, notices)
_EVENTS: Final = Shelf(Event, events)
_ROW: Final = notices.c
_READER: Final = "notices"


class NoticeRows(Rows):
    """The Transaction's words about notices."""

    def last_position(self) -> int:
        return self._connection.scalar(select(func.max(events.c.position))) or 0

    def noticed_up_to(self) -> int | None:
        query = select(noticed.c.position).where(noticed.c.reader == _READER)
        return self._connection.scalar(query)

    def note_up_to(self, position: int) -> None:
        row = {"reader": _READER, "position": position}
        statement = insert_into(noticed, self._connection)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["reader"], set_={"position": statement.excluded.position}
            ),
            row,
        )

    def events_behind(self, position: int, limit: int) -> Sequence[Event]:
        query = select(events).where(events.c.position > position)
        return self._all(_EVENTS, query.order_by(events.c.position).limit(limit))

    def add_notices(self, notices: Sequence[Notice]) -> None:
        """Write them down; one that is there already stays as it is."""
        for notice in notices:
            self._add_once(_NOTICES, notice)

    def notice(self, notice_id: str) -> Notice:
        return self._one(_NOTICES, "notice_id", notice_id)

    def next_notice(
        self, channel: Channel, now: datetime, kinds: Collection[Kind]
    ) -> Notice | None:
        query = select(notices).where(
            _ROW.channel == channel.value,
            _ROW.state == NoticeState.WAITING.value,
            _ROW.due_at <= now,
            _ROW.kind.in_(sorted(kind.value for kind in kinds)),
        )
        found = self._all(_NOTICES, query.order_by(_ROW.position, _ROW.notice_id).limit(1))
        return found[0] if found else None

    def claim_notice(self, notice_id: str, now: datetime) -> bool:
        """Take what waits to be sent; False when it does not wait any more (one atomic step)."""
        waits = (_ROW.notice_id == notice_id) & (_ROW.state == NoticeState.WAITING.value)
        claimed = {"state": NoticeState.CLAIMED.value, "changed_at": now}
        return self._connection.execute(update(notices).where(waits).values(claimed)).rowcount == 1

    def put_notice(self, notice: Notice) -> None:
        self._put(_NOTICES, "notice_id", notice)

    def cut_off(self, channel: Channel, claimed_before: datetime) -> Sequence[Notice]:
        query = select(notices).where(
            _ROW.channel == channel.value,
            _ROW.state == NoticeState.CLAIMED.value,
            _ROW.changed_at < claimed_before,
        )
        return self._all(_NOTICES, query.order_by(_ROW.position, _ROW.notice_id))

    def notices(self, states: Collection[NoticeState], limit: int) -> Sequence[Notice]:
        query = select(notices).where(_ROW.state.in_(sorted(state.value for state in states)))
        latest = (_ROW.changed_at.desc(), _ROW.position.desc(), _ROW.notice_id)
        return self._all(_NOTICES, query.order_by(*latest).limit(limit))

    def refuse_notices(self, channel: Channel, mark: str, at: datetime) -> None:
        row = {"mark": mark, "channel": channel.value, "refused_at": at}
        statement = insert_into(notice_refusals, self._connection)
        self._connection.execute(statement.on_conflict_do_nothing(), row)

    def allow_notices(self, mark: str) -> None:
        self._connection.execute(delete(notice_refusals).where(notice_refusals.c.mark == mark))

    def refuses_notices(self, mark: str) -> bool:
        query = select(notice_refusals.c.mark).where(notice_refusals.c.mark == mark)
        return self._connection.scalar(query) is not None

    def forget_notices(self, before: datetime) -> int:
        return self._connection.execute(delete(notices).where(_ROW.changed_at < before)).rowcount
