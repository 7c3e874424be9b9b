"""Both services that carry notices, in one list: real words and marks, and nothing leaves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dispatch.adapters.notify.marks import Marks
from dispatch.adapters.notify.notifier import TownNotifier
from dispatch.adapters.notify.written import Letter, Text
from dispatch.operations.notices import Outcome, Sent
from dispatch.operations.ports import Ports

ROOT_URL = "https://livraison.example.fr"
KEY = b"an installation's own key, 32 by"


@dataclass
class Outbox:
    """What was handed over.  ``answers``: what is said to the next ones; then all are sent."""

    letters: list[Letter] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    answers: list[Sent | BaseException] = field(default_factory=list)

    def send_letter(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        return self._answer()

    def send_text(self, text: Text) -> Sent:
        self.texts.append(text)
        return self._answer()

    def _answer(self) -> Sent:
        answer = self.answers.pop(0) if self.answers else Sent(Outcome.SENT)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def writing(ports: Ports, outbox: Outbox, *, letters: bool = True, texts: bool = True) -> Ports:
    """Return *ports* whose notices go to *outbox*, by the channels asked for."""
    by = outbox if letters else None, outbox if texts else None
    return replace(ports, notifier=TownNotifier(ROOT_URL, Marks(KEY), *by))
