"""What we send to shops, as OpenAPI 3.1 writes such calls down (``webhooks``).

Decides nothing: a letter is made in ``operations.webhooks``; a test holds one against this.
"""

from __future__ import annotations

from typing import Any, Final

from dispatch.orders.shipments import EventType

_TEXT: Final = {"type": "string"}
_HEADERS: Final = (
    ("webhook-id", _TEXT, "The same at each try: skip what you have had."),
    (
        "webhook-timestamp",
        _TEXT,
        "Seconds since 1970, when sent; refuse what is minutes old.",
    ),
    (
        "webhook-signature",
        _TEXT,
        "One or more `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, parted by spaces.",
    ),
)

_MESSAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "enum": [what.value for what in EventType]},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {"$ref": "#/components/schemas/EventView"},
    },
}

#: The document's ``webhooks``.
WEBHOOKS: Final[dict[str, Any]] = {
    "event": {
        "post": {
            "tags": ["webhooks"],
            "summary": "Something happened to one of your shipments.",
            "description": "Sent to the address that was added for you (`dispatch webhooks add`), "
            "at least once, in order within an order: docs/webhooks.md.",
            "parameters": [
                {"name": name, "in": "header", "required": True, "schema": kind, "description": why}
                for name, kind, why in _HEADERS
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _MESSAGE}},
            },
            "responses": {
                "2XX": {"description": "You have it."},
                "default": {"description": "Not yet: it is sent again, later and later."},
            },
        }
    }
}
