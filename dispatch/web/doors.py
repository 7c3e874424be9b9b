"""How a reader comes in: a personal link, then a session that remembers it.

Decides who may open which pages.  The session holds one link per kind of page and
asks the store again on every visit: a revoked link closes its pages at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast

from flask import Flask, current_app, g, redirect, request, session
from werkzeug.wrappers import Response

from dispatch.core.errors import Forbidden, Unauthorised
from dispatch.operations.access import PageKind, PageLink, open_link
from dispatch.operations.ports import Ports

_P = ParamSpec("_P")
_R = TypeVar("_R")

#: Where each kind of link leads.
ADDRESSES: Final = {
    PageKind.COURIER: "/livreur",
    PageKind.MERCHANT: "/commerce",
    PageKind.PLANNER: "/planification",
}

_PORTS: Final = "dispatch.ports"
_LINKS: Final = "links"


def hang(app: Flask, ports: Ports) -> None:
    """Serve ``/l/<token>`` and let ``reader`` find *ports*."""
    app.extensions[_PORTS] = ports
    app.add_url_rule("/l/<token>", "enter", _enter)
    app.add_url_rule("/sortie", "leave", _leave, methods=["POST"])


def reader(kind: PageKind) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Open a view only to who came by a link of *kind*; the view may ask ``link()`` whose.

    Without any link the visit ends in ``Unauthorised`` ("ask for your link"), with a
    link of another kind only in ``Forbidden``.
    """

    def guard(view: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(view)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            links = session.get(_LINKS, {})
            if kind not in links:
                if links:
                    raise Forbidden(f"this page needs a {kind} link")
                raise Unauthorised("this page opens with a personal link")
            g.link = open_link(links[kind], current_app.extensions[_PORTS])
            return view(*args, **kwargs)

        return guarded

    return guard


def link() -> PageLink:
    """Return the link of the present visit; its ``subject`` is the courier or merchant id.

    Only inside a view guarded by ``reader``.
    """
    return cast(PageLink, g.link)


def _enter(token: str) -> Response:
    """Remember the link and go to its page, so that the secret leaves the address bar."""
    opened = open_link(token, current_app.extensions[_PORTS])
    session.permanent = True
    session[_LINKS] = {**session.get(_LINKS, {}), opened.kind.value: token}
    lang = request.args.get("lang")
    return redirect(ADDRESSES[opened.kind] + (f"?lang={lang}" if lang in ("fr", "en") else ""))


def _leave() -> Response:
    """Forget every link: the phone changes hands."""
    session.pop(_LINKS, None)
    return redirect("/")
