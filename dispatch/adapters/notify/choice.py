"""Who carries notices: the services of the settings, or a file where nothing is to leave."""

from __future__ import annotations

import os
from pathlib import Path

from dispatch.adapters.notify.marks import Marks
from dispatch.adapters.notify.notifier import TownNotifier
from dispatch.adapters.notify.outgoing_file import OutgoingFile
from dispatch.adapters.notify.settings import SMS_KEY, SMTP_PASSWORD, NotifySettings
from dispatch.adapters.notify.sms import GatewayTexts
from dispatch.adapters.notify.smtp import SmtpLetters
from dispatch.core.errors import Invalid
from dispatch.operations.ports import Clock


def to_customers(settings: NotifySettings, root_url: str, key: bytes) -> TownNotifier:
    """Return what writes to customers by the services of *settings*.

    key : the installation's own, which marks are made with

    Raises ``Invalid`` when a user signs in and the environment has no password.
    """
    password = os.environ.get(SMTP_PASSWORD, "")
    if settings.smtp is not None and settings.smtp.user and not password:
        raise Invalid(f"{settings.smtp.user} signs in: set {SMTP_PASSWORD}", field="notify.smtp")
    letters = None if settings.smtp is None else SmtpLetters(settings.smtp, password)
    texts = (
        None if settings.sms is None else GatewayTexts(settings.sms, os.environ.get(SMS_KEY, ""))
    )
    return TownNotifier(root_url, Marks(key), letters, texts)


def to_file(path: Path, key: bytes, clock: Clock) -> TownNotifier:
    """Return what writes to *path* instead of to anybody; its links stay on this site."""
    file = OutgoingFile(path, clock.now)
    return TownNotifier("", Marks(key), file, file)
