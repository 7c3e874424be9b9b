"""The ``Notifier`` port: notices written out, each carried by its channel's service.

Decides which links stand in them.  Sentences are ``templates``', the services ``smtp``'s,
``sms``'s, or, where nothing leaves the machine, ``outgoing_file``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dispatch.adapters.ids import RandomIds
from dispatch.adapters.notify.marks import Marks
from dispatch.adapters.notify.written import (
    Letter,
    Text,
    letter,
    text,
    trial_letter,
    trial_text,
)
from dispatch.core.errors import Invalid
from dispatch.operations.notices import Channel, Sent, Telling


class CarriesLetters(Protocol):
    def send_letter(self, letter: Letter) -> Sent:
        """Send it once; never raises for the network."""
        ...


class CarriesTexts(Protocol):
    def send_text(self, text: Text) -> Sent:
        """Send it once; never raises for the network."""
        ...


@dataclass(frozen=True, slots=True)
class TownNotifier:
    """Notices of one installation.

    root_url : what links begin with, as customers reach the installation
    letters, texts : None: that channel tells nobody anything
    """

    root_url: str
    marks: Marks
    letters: CarriesLetters | None = None
    texts: CarriesTexts | None = None

    @property
    def channels(self) -> frozenset[Channel]:
        carried = {Channel.EMAIL: self.letters, Channel.SMS: self.texts}
        return frozenset(channel for channel, by in carried.items() if by is not None)

    def send(self, telling: Telling) -> Sent:
        """As ``Notifier.send``.  Raises ``ValueError`` for a channel that it has not."""
        channel = telling.notice.channel
        follow_url = f"{self._root}/suivi/{telling.seen.booking.tracking_token}"
        if channel is Channel.EMAIL and self.letters is not None:
            stop_url = self._stop_url(channel, telling.contact)
            return self.letters.send_letter(letter(telling, follow_url, stop_url))
        if channel is Channel.SMS and self.texts is not None:
            return self.texts.send_text(text(telling, follow_url))
        raise ValueError(f"nothing carries {channel}")

    def try_out(self, channel: Channel, contact: str) -> Sent:
        """As ``Notifier.try_out``."""
        trial_id = f"trial.{RandomIds().token()}"
        if channel is Channel.EMAIL and self.letters is not None:
            stop_url = self._stop_url(channel, contact)
            trial = trial_letter(trial_id, contact, f"{self._root}/", stop_url)
            return self.letters.send_letter(trial)
        if channel is Channel.SMS and self.texts is not None:
            return self.texts.send_text(trial_text(trial_id, contact))
        raise Invalid(f"no service carries notices by {channel}", field="notify")

    def mark(self, channel: Channel, contact: str) -> str:
        return self.marks.mark(channel, contact)

    def sealed(self, mark: str) -> str:
        return self.marks.sealed(mark)

    def opened(self, sealed: str) -> tuple[Channel, str] | None:
        return self.marks.opened(sealed)

    def _stop_url(self, channel: Channel, contact: str) -> str:
        return f"{self._root}/avis/{self.sealed(self.mark(channel, contact))}"

    @property
    def _root(self) -> str:
        return self.root_url.rstrip("/")
