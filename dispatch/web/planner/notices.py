"""What customers were told, as the planner reads it: the latest first.

Decides words only.  Nobody's address or number is shown; what was said is shown where it went
to a file instead of to anybody, as in a demonstration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from flask import Blueprint, render_template

from dispatch.adapters.notify.outgoing_file import written_to
from dispatch.adapters.notify.settings import STAND_IN
from dispatch.operations.access import PageKind
from dispatch.operations.manifest import short_ref
from dispatch.operations.notices import Kind, Notice, NoticeState
from dispatch.operations.ports import Ports, Transaction
from dispatch.web.doors import reader
from dispatch.web.tracking.choices import CHANNELS
from dispatch.web.words import N_, _

#: What a page shows at once.
MOST: Final = 200

KINDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.BOOKED: N_("Commande confirmée"),
        Kind.ON_THE_WAY: N_("En route vers vous"),
        Kind.NEXT_STOP: N_("Prochain arrêt"),
        Kind.DELIVERED: N_("Livrée"),
        Kind.NOT_DELIVERED: N_("Livraison tentée, sans succès"),
        Kind.MOVED: N_("Nouvel horaire"),
        Kind.LATE: N_("Retard probable"),
        Kind.READY: N_("Prête à retirer"),
        Kind.REMINDER: N_("Toujours à retirer"),
    }
)
STATES: Final[Mapping[NoticeState, str]] = MappingProxyType(
    {
        NoticeState.WAITING: N_("en attente"),
        NoticeState.CLAIMED: N_("en cours d’envoi"),
        NoticeState.SENT: N_("envoyé"),
        NoticeState.SKIPPED: N_("non envoyé : sans objet ou refusé"),
        NoticeState.FAILED: N_("échec"),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One notice.  ``text``: what it said, where that is known."""

    at: datetime
    order_ref: str
    kind: str
    channel: str
    state: str
    why: str
    text: str


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/messages`` on *pages*."""

    @pages.get("/messages")
    @reader(PageKind.PLANNER)
    def notices_page() -> str:
        file = os.environ.get(STAND_IN)
        said = {one.notice_id: one.text for one in written_to(Path(file), MOST)} if file else {}
        with ports.store.reading() as tx:
            rows = [_row(one, said, tx) for one in tx.notices(list(NoticeState), MOST)]
        return render_template("planner/notices.html", rows=rows, now=ports.clock.now())

    del notices_page


def _row(notice: Notice, said: Mapping[str, str], tx: Transaction) -> Row:
    failed = notice.state is NoticeState.FAILED
    return Row(
        notice.changed_at,
        short_ref(tx.booking(notice.booking_id).quote_id),
        _(KINDS[notice.kind]),
        _(CHANNELS[notice.channel]),
        _(STATES[notice.state]),
        notice.why if failed else "",
        said.get(notice.notice_id, ""),
    )
