"""A person's browser: opens a personal link, reads a page's forms and token, presses a button.

Decides how a robot finds a button: by what the form says, as a person would.  Knows
nothing of couriers or merchants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

#: Real seconds before each new try after a network error.
_PAUSES_S: Final = (0.1, 0.3, 1.0)


@dataclass(slots=True)
class Form:
    """One form of a page: hidden fields with their values, and its buttons."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The forms of an HTML page, and the token its scripts post with."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.csrf_token = ""
        self._open: Form | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "meta" and named.get("name") == "csrf-token":
            self.csrf_token = named.get("content", "")
        elif tag == "form":
            self._open = Form(named.get("action", ""))
            self.forms.append(self._open)
        elif self._open is not None and named.get("name"):
            if tag == "input":
                self._open.fields[named["name"]] = named.get("value", "")
            elif tag == "button":
                self._open.buttons.append((named["name"], named.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def button(self, name: str, value: str, *, about: str) -> Form | None:
        """Return the form that is *about* something and has the button, or None."""
        return next((f for f in self._about(about) if (name, value) in f.buttons), None)

    def _about(self, what: str) -> Iterator[Form]:
        for form in self.forms:
            parts = urlsplit(form.action).path.split("/")
            if what in parts or what in form.fields.values():
                yield form


class Browser:
    """One person's session.

    http : a client of this person's own: it keeps the cookies
    link : the personal link's path, ``/l/<token>``
    wait : waits that many real seconds, and returns True when it is time to end
    """

    def __init__(self, http: httpx.Client, link: str, wait: Callable[[float], bool]) -> None:
        self._http, self._link, self._wait = http, link, wait
        self._home = ""
        self._token = ""

    def page(self) -> Page:
        """Return the person's page as it is now, coming in by the link the first time."""
        if not self._home:
            answer = self._ask("GET", self._link)
            self._home = answer.headers.get("location", "")
            if answer.status_code != httpx.codes.FOUND or not self._home:
                raise httpx.HTTPError(f"the link leads nowhere: {answer.status_code}")
        page = Page(self._good(self._ask("GET", self._home)).text)
        self._token = page.csrf_token
        return page

    def press(self, form: Form, button: tuple[str, str], **typed: str) -> bool:
        """Send *form* by *button* with what was *typed*; False when the house said no."""
        body = form.fields | typed | {button[0]: button[1]}
        answer = self._ask("POST", form.action, data=body)
        return answer.status_code in (httpx.codes.SEE_OTHER, httpx.codes.FOUND)

    def read_json(self, path: str) -> Any:
        """Return what *path* answers, as a script of the page would read it."""
        self._come_in()
        return self._good(self._ask("GET", path)).json()

    def send_json(self, path: str, body: object) -> Any:
        """Post *body* with the page's token.  Sent again after a network error."""
        self._come_in()
        headers = {"X-CSRFToken": self._token}
        return self._good(self._ask("POST", path, json=body, headers=headers)).json()

    def _come_in(self) -> None:
        if not self._token:
            self.page()

    def _good(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code != httpx.codes.OK:
            raise httpx.HTTPError(f"{answer.request.url.path}: {answer.status_code}")
        return answer

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        for pause_s in _PAUSES_S:
            try:
                return self._http.request(method, path, **more)
            except httpx.TransportError:
                if self._wait(pause_s):
                    raise
        return self._http.request(method, path, **more)
