"""How a reader comes in: a one-time link, then a device token that the session keeps.

Decides who may open which pages.  The session holds one token per kind of page and
asks the store again on every visit: a lost phone that was shut out shows nothing more.
A link is spent by a form and not by looking at it: messengers look at links too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast

from flask import Flask, current_app, g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from dispatch.core.errors import Forbidden, Unauthorised
from dispatch.operations.access import PageKind, fingerprint, open_link
from dispatch.operations.devices import Device, come_in, device_of, leave, on_behalf_of
from dispatch.operations.ports import Ports
from dispatch.web.guesses import guessing

_P = ParamSpec("_P")
_R = TypeVar("_R")

#: Where each kind of link leads.
ADDRESSES: Final = {
    PageKind.COURIER: "/livreur",
    PageKind.MERCHANT: "/commerce",
    PageKind.PLANNER: "/planification",
}

_PORTS: Final = "dispatch.ports"
#: Named so when phones kept their link's token; phones of that time are still let in.
_TOKENS: Final = "links"
#: What a browser says of itself → what a planner calls it.  The first that fits.
_PLATFORMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def hang(app: Flask, ports: Ports) -> None:
    """Serve ``/l/<token>`` and let ``reader`` find *ports*."""
    app.extensions[_PORTS] = ports
    app.add_url_rule("/l/<token>", "enter", _look)
    app.add_url_rule("/l/<token>", "come_in", _enter, methods=["POST"])
    app.add_url_rule("/sortie", "leave", _leave, methods=["POST"])


def reader(kind: PageKind) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Open a view only to who came by a link of *kind*; the view may ask ``link()`` whose.

    Without any link the visit ends in ``Unauthorised`` ("ask for your link"), with a
    link of another kind only in ``Forbidden``.
    """

    def guard(view: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(view)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            tokens = session.get(_TOKENS, {})
            if kind not in tokens:
                if tokens:
                    raise Forbidden(f"this page needs a {kind} link")
                raise Unauthorised("this page opens with a personal link")
            g.visitor = device_of(tokens[kind], current_app.extensions[_PORTS])
            return view(*args, **kwargs)

        return guarded

    return guard


def link() -> Device:
    """Return the device of the present visit; its ``subject`` is the courier or merchant id.

    Only inside a view guarded by ``reader``.
    """
    return cast(Device, g.visitor)


def acting(ports: Ports) -> Ports:
    """Return *ports* on behalf of who visits; inside a guarded view, for what changes things."""
    return on_behalf_of(link(), ports)


def _look(token: str) -> Response | str:
    """Ask whether this device is to be let in; whoever it has let in goes to its page."""
    ports = current_app.extensions[_PORTS]
    if (device := _came_by(token, ports)) is not None:
        return _to_page(device.kind)
    with guessing():
        link = open_link(token, ports)
    if not link.once:
        return _enter(token)
    return render_template("enter.html", kind=link.kind.value)


def _enter(token: str) -> Response:
    """Spend the link, remember the device and go to its page."""
    ports = current_app.extensions[_PORTS]
    if (known := _came_by(token, ports)) is not None:
        return _to_page(known.kind)
    with guessing():
        device, secret = come_in(token, _platform(), ports)
    session.permanent = True
    session[_TOKENS] = {**session.get(_TOKENS, {}), device.kind.value: secret}
    return _to_page(device.kind)


def _came_by(token: str, ports: Ports) -> Device | None:
    """The device of this session, if this very link let it in: a second touch is no mistake."""
    for secret in session.get(_TOKENS, {}).values():
        with suppress(Unauthorised):
            device = device_of(secret, ports)
            if device.link_hash == fingerprint(token):
                return device
    return None


def _to_page(kind: PageKind) -> Response:
    lang = request.args.get("lang")
    return redirect(ADDRESSES[kind] + (f"?lang={lang}" if lang in ("fr", "en") else ""))


def _platform() -> str:
    """What this browser runs on, in one word; the rest of what it says is nobody's business."""
    said = request.user_agent.string
    return next((name for word, name in _PLATFORMS if word in said), "")


def _leave() -> Response:
    """End this device: the phone changes hands."""
    for secret in session.pop(_TOKENS, {}).values():
        leave(secret, current_app.extensions[_PORTS])
    return redirect("/")
