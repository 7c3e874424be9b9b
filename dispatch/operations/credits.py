"""Whom pages must name for their data: the town's own sources, and those of its addresses.

Decides what is named once when both say it.  What a licence asks for is the data's to say.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from dispatch.operations.ports import Ports


@runtime_checkable
class Credited(Protocol):
    """A plug whose data has a licence that asks to be named."""

    @property
    def credit(self) -> str:
        """Return the sentence; "" while there is nothing to name."""
        ...


def attribution(ports: Ports) -> str:
    """Return what every page with this town's data says of where it comes from."""
    said = [ports.territory.attribution]
    if isinstance(ports.geocoder, Credited):
        said.append(ports.geocoder.credit)
    return " · ".join(sentence for sentence in said if sentence)
