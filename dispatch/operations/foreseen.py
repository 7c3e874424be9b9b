"""What several futures of a day say, in the words of a hand-out.

Decides nothing: ``consensus`` asks the futures, ``let_go`` heeds what they say of rounds and
``waiting`` what they say of shops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from dispatch.core.ids import MerchantId, QuoteId
from dispatch.core.places import Place


@dataclass(frozen=True, slots=True)
class Fetch:
    """A parcel that somebody may have to fetch, in one of the futures.

    notice_s : how long before it is packed its order is known
    """

    merchant_id: MerchantId
    place: Place
    notice_s: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the futures say.

    joined  : by order, the share of them that put more into its round than is known
    fetches : what is to be fetched in them that nobody ordered yet
    """

    joined: Mapping[QuoteId, float] = field(default_factory=dict)
    fetches: tuple[Fetch, ...] = ()

    def __post_init__(self) -> None:
        if any(not 0 <= share <= 1 for share in self.joined.values()):
            raise ValueError("a share is out of 0 to 1")
        object.__setattr__(self, "joined", MappingProxyType(dict(self.joined)))


#: No future was asked, or nothing speaks for one.
NOTHING: Final = Foreseen()
