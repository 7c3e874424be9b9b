"""The catalogue of the pages' sentences, French ones set as French is.

Decides that whatever ``_`` and ``ngettext`` say in French, in Python and in templates alike, has
no-break spaces at its marks.  Facts are put in afterwards and stay as they came: an address is
nobody's to set anew.
"""

from __future__ import annotations

from functools import cached_property

from babel.support import NullTranslations, Translations
from flask_babel import Babel, Domain, get_locale  # type: ignore[import-untyped]

from dispatch.core.typography import french


class Sentences(Babel):  # type: ignore[misc]
    """Flask-Babel with French typography."""

    @cached_property
    def domain_instance(self) -> Domain:
        """The one domain of the pages."""
        return _Typeset(domain=self.domain)


class _Typeset(Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        if str(get_locale() or "fr")[:2] == "fr":
            # The sentences are French as they are written: there is nothing to look up.
            return _FRENCH
        found: NullTranslations = super().get_translations()
        return found


class _French(Translations):
    # The names under which Flask-Babel asks; both are gettext's own of Python 2.
    def ugettext(self, message: str) -> str:
        return french(message)

    def ungettext(self, msgid1: str, msgid2: str, n: int) -> str:
        # Nought is singular in French, as one is.
        return french(msgid1 if n < 2 else msgid2)


_FRENCH = _French()
