"""Events going out, and the questions for them: by position, by page, by type."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from dispatch.api.models import LocalTime, Model
from dispatch.operations.event_words import as_told
from dispatch.operations.lookup import EventsFound
from dispatch.orders.shipments import Event, EventType, State

#: What JSON's numbers still count exactly in every language.
_LAST_POSITION: Final = 2**53


def token_of(position: int) -> str:
    """Return the token of the page that begins behind *position*: a word to send back as it is."""
    return urlsafe_b64encode(f"after:{position}".encode()).decode().rstrip("=")


def position_of(token: str) -> int:
    """Return the position that a token of ``token_of`` begins behind.  Raises ``ValueError``."""
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except ValueError:
        text = ""
    digits = text.removeprefix("after:")
    if not digits.isdigit() or token_of(int(digits)) != token or int(digits) > _LAST_POSITION:
        raise ValueError("no page has this token; send next_page_token as it came")
    return int(digits)


def _page(token: str) -> str:
    position_of(token)
    return token


PageToken = Annotated[str, StringConstraints(max_length=40), AfterValidator(_page)]


class EventsQuery(Model):
    """``after``: the last position already seen; 0 begins at the beginning.

    ``page_token``: instead of ``after``, as the page before gave it.  ``type``: only events
    of that type; may be there several times.
    """

    after: Annotated[int | None, Field(ge=0, le=_LAST_POSITION)] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    page_token: PageToken | None = None
    type: Annotated[list[EventType] | None, Field(max_length=len(EventType))] = None

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if self.after is not None and self.page_token is not None:
            raise ValueError("after and page_token both say where to begin: send one")
        return self

    @property
    def begins_after(self) -> int:
        return (self.after or 0) if self.page_token is None else position_of(self.page_token)


class EventView(Model):
    """One thing that happened to a shipment of a booking.

    ``type``: ``shipment.state`` is a new state; any other leaves it as it was, and says
    more in ``data``.  ``position`` counts over all shipments, ``seq`` within one: a gap is seen.
    ``at_device``: when it happened, by the clock of whoever saw it.
    """

    position: int
    type: EventType
    shipment_id: str
    booking_id: str
    seq: int
    state: State
    at_device: LocalTime
    at_server: LocalTime
    actor: str
    reason: str | None = None
    data: dict[str, Any] | None = None

    @classmethod
    def of(cls, event: Event, booking_id: str) -> Self:
        return cls.model_validate(as_told(event, booking_id))


class EventsView(Model):
    """Events in order.

    ``next_page_token``: there is more now; ask again with it as ``page_token``.  Without it you
    have everything: ask again later with ``after=next_after``.
    """

    events: list[EventView]
    next_after: int
    next_page_token: PageToken | None = None

    @classmethod
    def of(cls, found: EventsFound, after: int) -> Self:
        last = found.events[-1].position if found.events else after
        return cls(
            events=[
                EventView.of(event, found.bookings[event.shipment_id]) for event in found.events
            ],
            next_after=last,
            next_page_token=token_of(last) if found.more else None,
        )
