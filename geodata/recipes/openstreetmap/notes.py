"""What the importer met and did not use, counted, so that nothing is lost in silence.

Decides nothing: it keeps the count and the first few ids of each remark.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

EXAMPLES: Final = 5


class ImportRefused(ValueError):
    """The input cannot become a town; one sentence says why.  Nothing was written."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Remarks by kind and text, each with the first ids (of ways, nodes or relations) it is about.

    The kinds: ``not understood`` (a tag), ``conditional`` (rules that hold at some hours or
    for some vehicles only, and are not applied), ``refused`` (ways nobody may use), ``kept``
    (used in spite of a tag that speaks against it), ``barriers`` (that close a main road to
    cars), ``turns`` (restrictions not applied), ``data`` (holes in the file).
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: defaultdict[tuple[str, str], list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )

    last: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, kind: str, text: str, osm_id: int) -> None:
        """Count one more *text* of *kind*; the same object several times in a row is one."""
        if self.last.get((kind, text)) == osm_id:
            return
        self.last[kind, text] = osm_id
        self.counts[kind, text] += 1
        if len(self.examples[kind, text]) < EXAMPLES:
            self.examples[kind, text].append(osm_id)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the remarks of *kind*, most frequent first: ``text``, ``count``, ``ids``."""
        found = [(count, text) for (k, text), count in self.counts.items() if k == kind]
        return [
            {"text": text, "count": count, "ids": self.examples[kind, text]}
            for count, text in sorted(found, key=lambda one: (-one[0], one[1]))
        ]
