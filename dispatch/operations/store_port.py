"""The store as operations see it: transactions that happen whole or not at all.

Decides who may read and write when.  What can be read and written has one small
Protocol per noun, beside this file; a ``Transaction`` is all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from dispatch.operations.store_access import StoredAccess
from dispatch.operations.store_audit import StoredAudit
from dispatch.operations.store_calendar import StoredCalendar
from dispatch.operations.store_events import StoredEvents
from dispatch.operations.store_lessons import StoredLessons
from dispatch.operations.store_notices import StoredNotices
from dispatch.operations.store_orders import StoredOrders
from dispatch.operations.store_parcels import StoredParcels
from dispatch.operations.store_proofs import StoredProofs
from dispatch.operations.store_retention import StoredRetention
from dispatch.operations.store_settlement import StoredSettlement
from dispatch.operations.store_tours import StoredTours
from dispatch.operations.store_webhooks import StoredWebhooks


class Transaction(
    StoredOrders,
    StoredEvents,
    StoredTours,
    StoredLessons,
    StoredAccess,
    StoredCalendar,
    StoredParcels,
    StoredProofs,
    StoredSettlement,
    StoredWebhooks,
    StoredNotices,
    StoredRetention,
    StoredAudit,
    Protocol,
):
    """All or nothing: what is written here is seen together, or not at all.

    Readers raise ``NotFound`` for an id that names nothing, unless they say
    ``| None``.
    """

    def once_committed(self, act: Callable[[], None]) -> None:
        """Do *act* when others can see what is written here; the disk may not have it yet."""
        ...


class Store(Protocol):
    def reading(self) -> AbstractContextManager[Transaction]:
        """A consistent view; never waits for a writer."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """The write lock from the first statement; commit on success, nothing on any error."""
        ...


@runtime_checkable
class FiledStore(Store, Protocol):
    """A store whose files remember what was changed or removed, until they are told not to."""

    def scrub(self, *, thorough: bool) -> bool:
        """Overwrite what its files still hold of values that are gone.

        thorough : everything is written anew; everybody waits meanwhile

        False: somebody was reading old pages just then; the next time will do it.
        """
        ...
