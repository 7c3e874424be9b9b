"""What a courier's phone sends, read and checked one by one, and what we answer.

Decides which messages are well formed.  What a fact changes is
``dispatch.operations.progress``'.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from dispatch.core.civil import parse_instant
from dispatch.core.errors import DispatchError, Invalid
from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.operations.courier_news import read_news
from dispatch.operations.door_pins import DoorTap, keep_door
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.proofs import Brought, keep_proof
from dispatch.operations.waiting import agree
from dispatch.tracking.door_pins import PinState
from dispatch.tracking.facts import FactKind
from dispatch.tracking.proofs import ProofKind
from dispatch.web.courier import words

#: More than a long day without signal.
MOST_AT_ONCE: Final = 200

#: A phone that is this far behind has lost its clock: our own time is nearer the truth.
_LOST_CLOCK: Final = timedelta(hours=12)


#: What may be better in a moment.
SENT_AGAIN: Final = frozenset({"stale", "storage_unavailable", "streets_unavailable"})


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("write an instant as 2026-11-24T09:00:00+01:00")
    try:
        return parse_instant(value)
    except OverflowError:
        raise ValueError(f"{value!r} is out of the calendar") from None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Position(_Strict):
    """Where the phone was, in WGS 84 decimal degrees."""

    lat: Annotated[float, Field(strict=True, ge=-90, le=90)]
    lon: Annotated[float, Field(strict=True, ge=-180, le=180)]


class Message(_Strict):
    """One fact as the phone tells it.

    fact_id    : made by the phone, counted once
    phone, seq : which phone, and its how-manieth word
    """

    fact_id: Annotated[str, Field(min_length=1, max_length=64)]
    tour_id: Annotated[str, Field(min_length=1, max_length=80)]
    stop_id: Annotated[str, Field(min_length=1, max_length=80)]
    kind: FactKind
    at_device: Annotated[AwareDatetime, BeforeValidator(_instant)]
    reason: Annotated[str, Field(max_length=40)] | None = None
    position: Position | None = None
    phone: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    seq: Annotated[int, Field(strict=True, ge=0, lt=2**31)] | None = None

    @model_validator(mode="after")
    def _reason_when_failed(self) -> Self:
        if (self.kind is FactKind.FAILED) != (self.reason is not None):
            raise ValueError("reason: a failed stop has one and no other does")
        if (self.phone is None) != (self.seq is None):
            raise ValueError("seq: a phone that counts says which it is")
        return self

    def report(self, now: datetime) -> Report:
        """Return the message as the operation takes it."""
        at = self.at_device if now - self.at_device < _LOST_CLOCK else now
        place = self.position and Place(self.position.lat, self.position.lon)
        return Report(
            self.fact_id,
            self.tour_id,
            self.stop_id,
            self.kind,
            at,
            self.reason,
            place or None,
            self.phone,
            self.seq,
        )


class DoorPosition(Position):
    """Where the phone was, and how well it knows: the radius in metres."""

    accuracy_m: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class DoorMessage(_Strict):
    """ "The door is here", tapped at a doorstep.  ``fact_id``: made by the phone, counted once."""

    fact_id: Annotated[str, Field(min_length=1, max_length=64)]
    tour_id: Annotated[str, Field(min_length=1, max_length=80)]
    stop_id: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["door"]
    at_device: Annotated[AwareDatetime, BeforeValidator(_instant)]
    position: DoorPosition

    def tap(self, now: datetime) -> DoorTap:
        """Return the message as the operation takes it."""
        at = self.at_device if now - self.at_device < _LOST_CLOCK else now
        place = Place(self.position.lat, self.position.lon)
        return DoorTap(
            self.fact_id, self.tour_id, self.stop_id, place, self.position.accuracy_m, at
        )


class ReadMessage(_Strict):
    """ "Understood", tapped under a change.  ``fact_id``: made by the phone, counted once."""

    fact_id: Annotated[str, Field(min_length=1, max_length=64)]
    tour_id: Annotated[str, Field(min_length=1, max_length=80)]
    news_id: Annotated[str, Field(min_length=1, max_length=12)]
    kind: Literal["read"]
    at_device: Annotated[AwareDatetime, BeforeValidator(_instant)]


class WaitMessage(_Strict):
    """ "I am going", tapped under the word where to wait.  ``fact_id``: counted once."""

    fact_id: Annotated[str, Field(min_length=1, max_length=64)]
    tour_id: Annotated[str, Field(min_length=1, max_length=80)]
    near: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["wait"]
    at_device: Annotated[AwareDatetime, BeforeValidator(_instant)]


class ProofMessage(_Strict):
    """A name, a PIN or a parcel's code, typed at a doorstep.  ``fact_id``: counted once."""

    fact_id: Annotated[str, Field(min_length=1, max_length=64)]
    tour_id: Annotated[str, Field(min_length=1, max_length=80)]
    stop_id: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["proof"]
    what: Literal[ProofKind.NAME, ProofKind.PIN, ProofKind.CODE]
    said: Annotated[str, Field(min_length=1, max_length=200)]
    at_device: Annotated[AwareDatetime, BeforeValidator(_instant)]

    def brought(self, now: datetime) -> Brought:
        """Return the message as the operation takes it."""
        at = self.at_device if now - self.at_device < _LOST_CLOCK else now
        return Brought(self.fact_id, self.tour_id, self.stop_id, self.what, at, said=self.said)


class PictureMessage(_Strict):
    """What comes with the bytes of a photo or a signature, in the address."""

    proof_id: Annotated[str, Field(min_length=1, max_length=64)]
    tour_id: Annotated[str, Field(min_length=1, max_length=80)]
    stop_id: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal[ProofKind.PHOTO, ProofKind.SIGNATURE]
    at_device: Annotated[AwareDatetime, BeforeValidator(_instant)]

    def brought(self, now: datetime, picture: bytes) -> Brought:
        """Return the message as the operation takes it."""
        at = self.at_device if now - self.at_device < _LOST_CLOCK else now
        return Brought(self.proof_id, self.tour_id, self.stop_id, self.kind, at, picture=picture)


#: Each kind of message that is no fact about a stop's end.
_OTHERS: Final[dict[object, type[DoorMessage | ReadMessage | WaitMessage | ProofMessage]]] = {
    "door": DoorMessage,
    "read": ReadMessage,
    "wait": WaitMessage,
    "proof": ProofMessage,
}


def take(
    raw: Message | ProofMessage | object, courier_id: CourierId, ports: Ports
) -> dict[str, str]:
    """Record one message; return ``{fact_id, status}``, with ``code`` and ``message`` if refused.

    ``kept``: written down, and not in the tour as it was told (yet); ``code`` says why.  A door
    that waits for the planner's word has a ``message`` too.

    A refusal of one says nothing about the others.  ``StorageError``, ``Stale`` and
    ``StreetsUnavailable`` are raised: the phone keeps its messages and sends them again.
    """
    fact_id = _id_of(raw)
    try:
        message = raw if isinstance(raw, Message | ProofMessage) else _read(raw)
        if isinstance(message, DoorMessage):
            return _kept_door(message, courier_id, ports)
        if isinstance(message, ReadMessage):
            read_news(message.tour_id, message.news_id, message.at_device, courier_id, ports)
            return {"fact_id": fact_id, "status": "ok"}
        if isinstance(message, WaitMessage):
            agree(message.tour_id, message.near, message.at_device, courier_id, ports)
            return {"fact_id": fact_id, "status": "ok"}
        if isinstance(message, ProofMessage):
            return _kept_proof(message, courier_id, ports)
        noted = record(message.report(ports.clock.now()), courier_id, ports)
    except DispatchError as why:
        if why.code in SENT_AGAIN:
            raise
        return {
            "fact_id": fact_id,
            "status": "refused",
            "code": why.code,
            "message": words.refusal(str(why.facts.get("reason", why.code))),
        }
    if noted.why is None:
        return {"fact_id": fact_id, "status": "ok"}
    said = words.kept(noted.why)
    return {"fact_id": fact_id, "status": "kept", "code": noted.why.value, "message": said}


def _kept_door(message: DoorMessage, courier_id: CourierId, ports: Ports) -> dict[str, str]:
    pin = keep_door(message.tap(ports.clock.now()), courier_id, ports)
    answer = {"fact_id": message.fact_id, "status": "ok"}
    return answer if pin.state is PinState.KEPT else {**answer, "message": words.door_asked()}


def _kept_proof(message: ProofMessage, courier_id: CourierId, ports: Ports) -> dict[str, str]:
    proof = keep_proof(message.brought(ports.clock.now()), courier_id, ports)
    if proof.holds:
        return {"fact_id": message.fact_id, "status": "ok"}
    # It is kept all the same: that a wrong one was typed is a fact too.
    code = f"wrong_{proof.kind}"
    return {
        "fact_id": message.fact_id,
        "status": "refused",
        "code": code,
        "message": words.refusal(code),
    }


def _read(raw: object) -> Message | DoorMessage | ReadMessage | WaitMessage | ProofMessage:
    kind = raw.get("kind") if isinstance(raw, dict) else None
    form = _OTHERS.get(kind, Message) if isinstance(kind, str) else Message
    try:
        return form.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{field}: {first['msg']}" if field else first["msg"], field=field) from None


def _id_of(raw: object) -> str:
    if isinstance(raw, Message | ProofMessage):
        return raw.fact_id
    value: Any = raw.get("fact_id", "") if isinstance(raw, dict) else ""
    return value if isinstance(value, str) else ""
