"""/openapi.json and /docs: the contract, for machines and for people.

The page is Swagger UI from its wheel: no other host is ever asked for anything,
and no script is inline.  Keys are typed into it, so it is locked like a page.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, jsonify, send_from_directory
from flask_openapi.openapi import OpenAPI

_OURS: Final = Path(__file__).parent / "pages"
_SWAGGER: Final = Path(str(files("flask_openapi_swagger"))) / "templates" / "swagger"


#: Swagger UI draws its icons from data: addresses of its own style sheet.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def register(app: OpenAPI) -> None:
    """Serve the document of *app* and the page that shows it."""
    docs = Blueprint("docs", __name__)

    @docs.get("/openapi.json")
    def contract() -> Response:
        return jsonify(app.api_doc)

    @docs.get("/docs")
    def page() -> Response:
        return send_from_directory(_OURS, "docs.html")

    @docs.get("/docs/<path:name>")
    def asset(name: str) -> Response:
        return send_from_directory(_OURS if name == "docs.js" else _SWAGGER, name)

    docs.after_request(_locked)
    app.register_blueprint(docs)


def _locked(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
