"""A courier has read what changed; and who has not, after a while, is worth a call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from dispatch.core.errors import Forbidden
from dispatch.core.ids import CourierId
from dispatch.operations.ports import Ports
from dispatch.tracking.news import News, as_read
from dispatch.tracking.tours import Tour

#: Who rides reads at the next halt; after so long somebody had better call.  First guess.
UNREAD_AFTER: Final = timedelta(minutes=5)


def read_news(
    tour_id: str, news_id: str, at_device: datetime, courier_id: CourierId, ports: Ports
) -> None:
    """Note that the courier read *news_id*, once; what is not known any more is no error.

    Raises ``NotFound`` for a tour that does not exist, ``Forbidden`` for another courier's.
    """
    at = min(at_device, ports.clock.now())
    with ports.store.writing() as tx:
        tour = tx.tour(tour_id)
        if tour.courier_id != courier_id:
            raise Forbidden(f"tour {tour.tour_id} is another courier's")
        read = as_read(tour, news_id, at)
        if read is not tour:
            tx.put_tour(read)


def unheard(tour: Tour, now: datetime) -> News | None:
    """Return what the courier of *tour* should have read by *now* and did not."""
    news = tour.unread
    return news if news is not None and now - news.at >= UNREAD_AFTER else None
