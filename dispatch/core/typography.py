"""French spaces: which of them must not end a line.

French puts a space before a tall mark (``; : ! ?``), before ``%`` and inside « guillemets »,
and a mark alone at the head of a line is a mistake.  Sentences are written with the space bar
and pass here on their way to a reader, so that nobody types a no-break space he cannot see.
"""

from __future__ import annotations

import re
from typing import Final

#: The ordinary no-break space, and the narrow one that the Imprimerie nationale sets before ; ! ?
NO_BREAK: Final = "\u00a0"
NARROW: Final = "\u202f"

_NARROW_AT: Final = re.compile(r" (?=[;!?])")
#: A per cent sign may still be doubled here, for ``%`` formats; "%(" begins a fact of one.
_NO_BREAK_AT: Final = re.compile(r" (?=[:»]|%(?!\())|(?<=«) ")


def french(sentence: str) -> str:
    """Return a French *sentence* with the spaces that its marks need, of the same length."""
    return _NO_BREAK_AT.sub(NO_BREAK, _NARROW_AT.sub(NARROW, sentence))
