"""The ``[streets]`` table of an installation's settings: which engine, where, how patiently.

Decides which values make sense.  Asks no server: whether it is there, and knows our
vehicles, is ``choice``'s question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, get_args
from urllib.parse import urlsplit

from dispatch.fleet.vehicles import VehicleKind
from dispatch.streets.profiles import Unsigned
from dispatch.streets.slices import Slice

OWN: Final = "own"
NOBODY: Final = "none"
ENGINES: Final = (OWN, "osrm", "valhalla")
FALLBACKS: Final = (NOBODY, OWN)

#: The servers' names for our vehicles.  OSRM's are those of its demonstration server: what
#: answers there is whatever data set stands behind the address.
PROFILES: Final[Mapping[str, Mapping[VehicleKind, str]]] = MappingProxyType(
    {
        "osrm": {
            VehicleKind.BIKE: "bike",
            VehicleKind.CARGO_BIKE: "bike",
            VehicleKind.CAR: "car",
        },
        "valhalla": {
            VehicleKind.BIKE: "bicycle",
            VehicleKind.CARGO_BIKE: "bicycle",
            VehicleKind.CAR: "auto",
        },
    }
)


@dataclass(frozen=True, slots=True)
class StreetsSettings:
    """The ``[streets]`` table.

    engine       : ``own``, ``osrm`` or ``valhalla``
    url          : where the server is asked, without a path; none for ``own``
    fallback     : ``own``: our engine answers while the server is silent; ``none``: nobody does
    timeout_s    : for one question, 0.1 to 30
    matrix_pairs : sources × destinations in one question; 0: what a fresh server allows
    kept_places  : places whose trips are remembered, per vehicle kind
    kept_min     : minutes they are remembered
    profiles     : vehicle kind → the server's name for it, where it is not the usual one
    urls         : vehicle kind → its own server
    slices       : hours in which our own streets are slower; a server has its own opinion
    unsigned     : how fast our own cars drive where no limit is mapped: as the "law" lets them,
                   or as is usual on the road's "class"

    Raises ``ValueError`` naming the key.
    """

    engine: str = OWN
    url: str = ""
    fallback: str = NOBODY
    timeout_s: float = 2.0
    matrix_pairs: int = 0
    kept_places: int = 1_000
    kept_min: int = 60
    profiles: Mapping[str, str] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    slices: tuple[Slice, ...] = ()
    unsigned: Unsigned = "law"

    def __post_init__(self) -> None:
        for key, known in (
            ("engine", ENGINES),
            ("fallback", FALLBACKS),
            ("unsigned", get_args(Unsigned)),
        ):
            if getattr(self, key) not in known:
                raise ValueError(
                    f"{key} {getattr(self, key)!r} is unknown; known: {', '.join(known)}"
                )
        for key, low, high in (
            ("timeout_s", 0.1, 30),
            ("matrix_pairs", 0, 1_000_000),
            ("kept_places", 2, 5_000),
            ("kept_min", 1, 7 * 24 * 60),
        ):
            if not low <= getattr(self, key) <= high:
                raise ValueError(f"{key} is {getattr(self, key)}, {low} to {high} needed")
        for key in ("profiles", "urls"):
            if strange := set(getattr(self, key)) - set(VehicleKind):
                raise ValueError(
                    f"{key} has {min(strange)!r}, no vehicle; known: {', '.join(VehicleKind)}"
                )
        if self.engine == OWN:
            return
        for kind in VehicleKind:
            parts = urlsplit(self.url_of(kind))
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(
                    f"url {self.url_of(kind)!r} is no address of {self.engine} for {kind}: "
                    "write http://127.0.0.1:5000"
                )

    def profile_of(self, kind: str) -> str:
        """Return the server's name for a vehicle kind."""
        return self.profiles.get(kind) or PROFILES[self.engine][VehicleKind(kind)]

    def url_of(self, kind: str) -> str:
        """Return where a vehicle kind's questions go."""
        return self.urls.get(kind) or self.url
