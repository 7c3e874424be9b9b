"""Texts through a gateway that speaks HTTP: one JSON request each, as its settings spell it.

Decides what may be tried again: what never reached the gateway, or what it said it would not
take just now (429, 503).  ``httpx`` is imported at the first text.
"""

from __future__ import annotations

import json
import re
from typing import Final

from dispatch import __version__
from dispatch.adapters.notify.settings import FIELDS, SmsSettings
from dispatch.adapters.notify.texts import segments
from dispatch.adapters.notify.written import Text
from dispatch.operations.notices import Outcome, Sent

#: Texts that one notice may cost; more is a mistake of ours.
MOST_SEGMENTS: Final = 2
_NOT_NOW: Final = (429, 503)
_BRACES: Final = re.compile(rf"\{{({'|'.join(FIELDS)})\}}")


class GatewayTexts:
    """Texts through the gateway of *settings*.  ``key``: what opens it; "": nothing has to."""

    def __init__(self, settings: SmsSettings, key: str = "") -> None:
        self._settings, self._key = settings, key

    def send_text(self, text: Text) -> Sent:
        """Send *text* now, in ``timeout_s`` at most for each step.  Safe from several threads."""
        import httpx

        if segments(text.text) > MOST_SEGMENTS:
            return Sent(Outcome.REFUSED, "too_long")
        how = self._settings
        try:
            with httpx.Client(trust_env=False, timeout=how.timeout_s) as client:
                answer = client.request(
                    how.method, how.url, content=self._body(text), headers=self._headers()
                )
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Sent(Outcome.LATER, "no_connection")
        except httpx.HTTPError:
            return Sent(Outcome.UNSURE, "no_answer")
        if answer.is_success:
            return Sent(Outcome.SENT)
        if answer.status_code in _NOT_NOW:
            return Sent(Outcome.LATER, str(answer.status_code))
        refused = answer.is_client_error or answer.is_redirect
        return Sent(Outcome.REFUSED if refused else Outcome.UNSURE, str(answer.status_code))

    def _body(self, text: Text) -> bytes:
        said = {
            "to": text.to,
            "text": text.text,
            "id": text.message_id,
            "sender": self._settings.sender,
        }
        return json.dumps(_filled(json.loads(self._settings.body), said)).encode()

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": f"Dispatch/{__version__}"}
        if self._key:
            headers[self._settings.header] = self._settings.header_value.format(key=self._key)
        return headers


def _filled(template: object, said: dict[str, str]) -> object:
    """Return *template* with what stands between braces; a customer's text changes no structure."""
    if isinstance(template, dict):
        return {key: _filled(value, said) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, said) for value in template]
    if not isinstance(template, str):
        return template
    # In one go: what a name happens to say between braces is not filled in again.
    return _BRACES.sub(lambda found: said[found[1]], template)
