"""What protects every page: a signed session, tokens on forms, and headers that forbid the rest.

Decides for pages only: the API has keys instead of cookies, and its own headers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.exceptions import BadRequest

_NOT_PAGES: Final = ("/v1", "/docs", "/openapi.json")
_BELOW_NOT_PAGES: Final = ("/v1/", "/docs/")
_SHORTEST_SECRET: Final = 16

#: What a page may be sent: twice what a phone sends after its longest day without signal.
MAX_BODY_BYTES: Final = 256 * 1024

#: A year: who came by https once does not come without any more.
_HSTS_S: Final = 31_536_000

#: How long a phone stays signed in without its link.  A revoked link stops at once anyway.
_SESSION_DAYS: Final = 30


def is_page() -> bool:
    """True when the present request is for a page, and not for the API or its documents."""
    return request.path not in _NOT_PAGES and not request.path.startswith(_BELOW_NOT_PAGES)


class _Sessions(SecureCookieSessionInterface):
    """The cookie is marked ``Secure`` whenever the visit is, so that one build serves both."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def lock(app: Flask, secret_key: bytes) -> None:
    """Sign sessions with *secret_key*, ask every form for its token, send the headers.

    Raises ``ValueError`` when the secret is shorter than 16 bytes.
    """
    if len(secret_key) < _SHORTEST_SECRET:
        raise ValueError(f"secret_key has {len(secret_key)} bytes; it needs {_SHORTEST_SECRET}")
    app.secret_key = secret_key
    app.session_interface = _Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="tournees",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=_SESSION_DAYS),
        # The API sets its own limit on its own requests.
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        WTF_CSRF_CHECK_DEFAULT=False,
        # A courier may come back from a dead zone hours later; the token lives as long
        # as the session it is bound to.
        WTF_CSRF_TIME_LIMIT=None,
        # That check reads the Referer, which our own policy never sends.
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf = CSRFProtect(app)

    def ask_for_token() -> None:
        if is_page():
            csrf.protect()

    app.before_request(_refuse_other_hosts)
    app.before_request(ask_for_token)
    app.after_request(_with_headers)


def root_url() -> str:
    """Return what links on pages begin with: the installation's own word, if it has one."""
    return str(current_app.config.get("PUBLIC_URL") or request.host_url)


def _refuse_other_hosts() -> None:
    """Refuse a visit that says it asked for somebody else's address: a link made of it would lie.

    ``PUBLIC_HOSTS`` in the application's configuration; none: any host will do.
    """
    hosts = current_app.config.get("PUBLIC_HOSTS")
    if hosts and urlsplit(f"//{request.host}").hostname not in hosts:
        raise BadRequest("this host is not served here")


def _with_headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    # Links carry secrets in their path.
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={_HSTS_S}")
    if not is_page():
        return response
    response.headers.setdefault("Content-Security-Policy", _policy())
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault(
        "Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=()"
    )
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.path != "/":
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
    if response.mimetype in ("text/html", "application/json"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _policy() -> str:
    pictures = "'self' data:"
    if tiles := current_app.config.get("MAP_TILES_URL"):
        parts = urlsplit(str(tiles))
        # Leaflet's {s} stands for one of several names of the same server.
        pictures += f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src {pictures}; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
