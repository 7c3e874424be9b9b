"""The storefront's API as one Flask application; the pages may be registered on it afterwards.

Decides what is plugged together and the limits at the door.  flask-openapi is
known in this room only.
"""

from __future__ import annotations

from typing import Final

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_openapi.models.info import Info
from flask_openapi.models.security_scheme import SecurityScheme
from flask_openapi.openapi import OpenAPI

from dispatch import __version__
from dispatch.api import (
    access_log,
    bookings,
    day,
    docs_page,
    problems,
    quotes,
    shipments,
)
from dispatch.api.call_counts import HERE
from dispatch.api.doors import Doors
from dispatch.api.settings import ApiSettings
from dispatch.api.webhook_document import WEBHOOKS
from dispatch.operations.ports import Ports

_ABOUT: Final = (
    "Delivery promises for one town's shops: ask for a quote, book one of its options, "
    "follow its shipments.  Instants are ISO 8601 with an offset, money is whole cents "
    "with VAT, errors are RFC 9457 problems with a stable `code`."
)
_QUOTA: Final = ApiSettings().quota


def flask_app(ports: Ports, *, quota: str | None = _QUOTA) -> OpenAPI:
    """Return the application that serves ``/v1``, ``/openapi.json`` and ``/docs``.

    quota : calls per key and route, as flask-limiter writes them, counted in this
            process's memory: with *n* workers a key gets up to *n* times as many.
            None: no limit
    """
    app = OpenAPI(
        "dispatch.api",
        info=Info(title="Dispatch", version=__version__, description=_ABOUT),
        security_schemes={"key": SecurityScheme(type="http", scheme="bearer")},
        validation_error_model=problems.Problem,
        validation_error_callback=problems.of_validation,
        doc_ui=False,
        static_folder=None,
        openapi_extensions={"webhooks": WEBHOOKS},
    )
    app.openapi_version = "3.1.0"
    access_log.register(app, ports)
    limiter = Limiter(get_remote_address, app=app, storage_uri=HERE)
    doors = Doors(ports, limiter, quota)
    for noun in (quotes, bookings, shipments, day):
        noun.hang(doors, ports)
    problems.register(app, doors.blueprint)
    app.register_api(doors.blueprint)
    docs_page.register(app)
    return app
