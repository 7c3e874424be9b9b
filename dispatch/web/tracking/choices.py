""" "No more of these messages": one link, one channel, said and taken back by a button.

Parses, calls one operation, renders.  The link shows nobody's address, and outlives the page of
the order: it stands in every letter.  Looking at it changes nothing: mail programs look too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchPage

from dispatch.core.errors import NotFound
from dispatch.operations.notices import Channel
from dispatch.operations.ports import Ports
from dispatch.operations.refuse_notices import choice_of, choose
from dispatch.web.guesses import guessing
from dispatch.web.words import N_

#: How each channel is called in a sentence.
CHANNELS: Final[Mapping[Channel, str]] = MappingProxyType(
    {Channel.EMAIL: N_("e-mail"), Channel.SMS: N_("SMS")}
)


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/avis/<sealed>`` on *pages*."""

    @pages.get("/avis/<sealed>")
    def messages(sealed: str) -> str:
        try:
            with guessing():
                choice = choice_of(sealed, ports)
        except NotFound:
            raise NoSuchPage from None
        return render_template("tracking/choice.html", choice=choice, channels=CHANNELS)

    @pages.post("/avis/<sealed>")
    def choose_messages(sealed: str) -> ResponseReturnValue:
        try:
            with guessing():
                choose(sealed, ports, refused=request.form.get("act") == "stop")
        except NotFound:
            raise NoSuchPage from None
        return redirect(url_for(".messages", sealed=sealed), 303)
