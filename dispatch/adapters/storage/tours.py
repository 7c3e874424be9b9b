"""Tours, the orders no tour holds, and facts from the road."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, select, update

from dispatch.adapters.storage.dialect import by_code_point, insert_into
from dispatch.adapters.storage.remembered import RememberedTours
from dispatch.adapters.storage.rows import Rows, Shelf, can_be_held
from dispatch.adapters.storage.schema import facts, loose_orders, tours
from dispatch.core.errors import NotFound, Stale
from dispatch.core.ids import QuoteId, TourId
from dispatch.operations.waves import LooseOrder
from dispatch.tracking.facts import Fact
from dispatch.tracking.tours import Tour

_LOOSE = Shelf(LooseOrder, loose_orders)
_FACTS = Shelf(Fact, facts)

# Asked at every quote and booking: put together once, here.
_VERSIONS: Final = select(tours.c.tour_id, tours.c.version)
_OF_DAY: Final = _VERSIONS.where(tours.c.day == bindparam("wanted"))
_NAMED: Final = _VERSIONS.where(tours.c.tour_id == bindparam("wanted"))
_WRITTEN_OVER: Final = update(tours).where(
    tours.c.tour_id == bindparam("this_tour"), tours.c.version == bindparam("seen_version")
)


class TourRows(Rows):
    """The Transaction's words about tours, loose orders and facts."""

    def __init__(self, connection: Connection, remembered: RememberedTours | None = None) -> None:
        super().__init__(connection)
        self._remembered = remembered or RememberedTours()
        self._written: dict[str, dict[str, Any]] = {}

    def tours(self, day: date) -> Sequence[Tour]:
        return self._tours_where(_OF_DAY, day)

    def tour(self, tour_id: str) -> Tour:
        found = self._tours_where(_NAMED, tour_id) if can_be_held(tour_id) else ()
        if not found:
            raise NotFound(f"no tour {tour_id}", tour_id=tour_id)
        return found[0]

    def _tours_where(self, query: Select[Any], wanted: object) -> tuple[Tour, ...]:
        """Read versions first, and then only the tours that nobody decoded yet."""
        asked = self._connection.execute(query, {"wanted": wanted})
        versions = [(row.tour_id, row.version) for row in asked]
        found = self._remembered.known(versions)
        if unknown := [name for name, _ in versions if name not in found]:
            rows = self._connection.execute(select(tours).where(tours.c.tour_id.in_(unknown)))
            read = [self._remembered.decoded(row._asdict()) for row in rows]
            # What this transaction wrote is not true before it is committed.
            self._remembered.remember([t for t in read if t.tour_id not in self._written])
            found |= {tour.tour_id: tour for tour in read}
        return tuple(found[name] for name in sorted(found))

    def committed(self) -> None:
        """Remember what was written, which is true from now on."""
        self._remembered.remember([self._remembered.decoded(row) for row in self._written.values()])

    def put_tour(self, tour: Tour) -> Tour:
        """Write the tour read at ``tour.version`` and return it one version later.

        Version 0: it is new.

        Raises
        ------
        Stale
            When somebody wrote in between; ``facts`` hold the ``version`` that stands.
        NotFound
            When the tour is not new and does not exist.
        """
        written = replace(tour, version=tour.version + 1)
        row = self._remembered.row(written)
        if tour.version == 0:
            new = insert_into(tours, self._connection)
            statement = new.on_conflict_do_nothing(index_elements=["tour_id"])
            done = self._connection.execute(statement, row)
        else:
            seen = {"this_tour": tour.tour_id, "seen_version": tour.version}
            done = self._connection.execute(_WRITTEN_OVER, row | seen)
        if not done.rowcount:
            self._refuse(tour)
        self._written[written.tour_id] = row
        return written

    def _refuse(self, tour: Tour) -> None:
        query = select(tours.c.version).where(tours.c.tour_id == tour.tour_id)
        standing = self._connection.scalar(query)
        if standing is None:
            raise NotFound(f"no tour {tour.tour_id}", tour_id=tour.tour_id)
        raise Stale(
            f"tour {tour.tour_id} is at version {standing}, not {tour.version}",
            tour_id=tour.tour_id,
            version=standing,
        )

    def loose_orders(self, day: date) -> Sequence[LooseOrder]:
        """Return the day's orders without a tour, the longest waiting first."""
        query = select(loose_orders).where(loose_orders.c.day == day)
        waiting = (loose_orders.c.since, by_code_point(loose_orders.c.quote_id))
        return self._all(_LOOSE, query.order_by(*waiting))

    def put_loose(self, order: LooseOrder) -> None:
        self._put(_LOOSE, "quote_id", order)

    def drop_loose(self, quote_id: QuoteId) -> None:
        """Forget the order; nothing happens when no tour ever missed it."""
        self._connection.execute(delete(loose_orders).where(loose_orders.c.quote_id == quote_id))

    def add_fact(self, fact: Fact) -> bool:
        """Append the fact; False when its id was seen before."""
        return self._add_once(_FACTS, fact)

    def facts(self, tour_id: TourId) -> Sequence[Fact]:
        """Return what happened on the tour, in the order we learnt it."""
        query = select(facts).where(facts.c.tour_id == tour_id)
        return self._all(_FACTS, query.order_by(facts.c.number))
