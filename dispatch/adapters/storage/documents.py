"""Frozen dataclasses to JSON documents and back, equal to what went in.

Decides how a value is spelt in JSON; which of its fields get a column is
``rows.Shelf``'s business.  pydantic does the work, with two words of ours: instants
are UTC both ways, and any read-only mapping is written as a plain one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter
from pydantic_core import (
    CoreSchema,
    PydanticSerializationError,
    SchemaSerializer,
    SchemaValidator,
    ValidationError,
    core_schema,
    to_json,
)

from dispatch.core.errors import Broken

T = TypeVar("T")


class Document(Generic[T]):
    """The JSON form of one dataclass.

    Both ways raise ``Broken``: ``dump`` for an instant without an offset, ``load`` for a
    document that is not of this kind.
    """

    def __init__(self, kind: type[T]) -> None:
        schema = cast(CoreSchema, _with_utc(TypeAdapter(kind).core_schema))
        self._name = kind.__name__
        self._validator = SchemaValidator(schema)
        self._serializer = SchemaSerializer(schema)

    def dump(self, value: T) -> dict[str, Any]:
        # `fallback`: a MappingProxyType is no dict to pydantic, and warnings would only say so.
        try:
            dumped = self._serializer.to_python(value, mode="json", fallback=dict, warnings=False)
        except PydanticSerializationError as error:
            raise Broken(f"this {self._name} cannot be stored: {error}") from error
        return cast("dict[str, Any]", dumped)

    def load(self, fields: dict[str, Any]) -> T:
        """Return the value; *fields* may hold dates and instants as such, or as text."""
        try:
            return cast(T, self._validator.validate_python(fields))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise Broken(f"a stored {self._name} does not read: {where}: {first['msg']}") from error


class Spelt(dict[str, Any]):
    """A document whose JSON text is known already, or was put together from known parts."""

    __slots__ = ("text",)

    def __init__(self, document: dict[str, Any], text: str) -> None:
        super().__init__(document)
        self.text = text


def json_text(document: object) -> str:
    """Return a document as the database keeps it: five times as fast as ``json.dumps``."""
    return document.text if isinstance(document, Spelt) else to_json(document).decode()


def _with_utc(node: object) -> object:
    """Return pydantic's schema with our own reading and writing of every datetime in it.

    Its own reading gives a tzinfo that equals UTC without being ``datetime.UTC``.
    """
    if isinstance(node, list):
        return [_with_utc(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "datetime":
        return core_schema.no_info_after_validator_function(
            _to_utc,
            cast(CoreSchema, node),
            serialization=core_schema.plain_serializer_function_ser_schema(_text),
        )
    return {key: _with_utc(each) for key, each in node.items()}


def _to_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant without a UTC offset: {instant}")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def _text(instant: datetime) -> str:
    return _to_utc(instant).isoformat()
