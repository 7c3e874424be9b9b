"""What a town is made of: communes, shops, couriers, streets, lines on the map.

Decides what is a well-formed town and refuses the rest at birth.  Does not read
files (``geodata.load``) and does not know how long a street takes
(``dispatch.streets``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geodata.network import Network

MODES: Final = ("collect", "express", "standard", "merchant")
VEHICLE_KINDS: Final = ("car", "cargo_bike", "bike")

LatLon = tuple[float, float]


def _check_point(owner: str, lat_deg: float, lon_deg: float) -> None:
    # NaN fails both comparisons, so it is refused too.
    if not (-90 <= lat_deg <= 90 and -180 <= lon_deg <= 180):
        raise ValueError(f"{owner}: not a point on Earth: lat_deg {lat_deg}, lon_deg {lon_deg}")


@dataclass(frozen=True, slots=True)
class Commune:
    """A French commune: INSEE code, postcode, inhabitants and the point people call its centre.

    ``insee``: "00000" for a place that is no French commune.  ``postcode``: "" when the source
    does not say it.  ``population``: 0 when it is not known.  ``served``: whether we deliver
    there.
    """

    insee: str
    name: str
    postcode: str
    population: int
    lat_deg: float
    lon_deg: float
    served: bool

    def __post_init__(self) -> None:
        for field, text in (("insee", self.insee), ("postcode", self.postcode)):
            if field == "postcode" and not text:
                continue
            if len(text) != 5 or not text[2:].isdigit():  # 2A004 is a commune
                raise ValueError(f"commune {self.name}: {field} {text!r} is not five characters")
        if self.population < 0:
            raise ValueError(f"commune {self.name}: population {self.population} is negative")
        _check_point(f"commune {self.name}", self.lat_deg, self.lon_deg)


@dataclass(frozen=True, slots=True)
class MerchantDelivery:
    """The shop's own delivery: how far, for how much, how soon, when.

    ``communes`` (INSEE codes) or ``radius_m``, or both: it goes where one of them allows.
    ``free_from_cents``: a basket of that value is delivered free; left out: never free.
    """

    fee_cents: int
    lead_min: int
    opening_hours: str
    radius_m: int | None = None
    communes: tuple[str, ...] = ()
    free_from_cents: int | None = None

    def __post_init__(self) -> None:
        for field in ("radius_m", "fee_cents", "lead_min", "free_from_cents"):
            if (getattr(self, field) or 0) < 0:
                raise ValueError(f"merchant_delivery.{field} {getattr(self, field)} is negative")
        if self.radius_m is None and not self.communes:
            raise ValueError("merchant_delivery says neither radius_m nor communes")
        for insee in self.communes:
            if len(insee) != 5 or not insee[2:].isdigit():
                raise ValueError(f"merchant_delivery.communes: {insee!r} is no INSEE code")


@dataclass(frozen=True, slots=True)
class Merchant:
    """A (fictional) shop.  ``opening_hours``: OpenStreetMap syntax, read elsewhere.

    ``preparation_min``: minutes between an order and the parcel on the counter.
    ``cold``: its goods travel in a cold box.  ``address`` ends with "47200 Marmande".
    ``market_hours``: when a market keeps couriers from its door, in the same syntax; "": never.
    """

    id: str
    name: str
    sector: str
    commune: str
    address: str
    lat_deg: float
    lon_deg: float
    opening_hours: str
    preparation_min: int
    modes: tuple[str, ...]
    phone: str
    cold: bool
    fictional: bool
    merchant_delivery: MerchantDelivery | None = None
    market_hours: str = ""

    def __post_init__(self) -> None:
        if not self.id.startswith("m_"):
            raise ValueError(f"merchant {self.id!r}: an id starts with m_")
        unknown = [mode for mode in self.modes if mode not in MODES]
        if unknown or not self.modes:
            raise ValueError(f"merchant {self.id}: modes {list(self.modes)}; known: {MODES}")
        if ("merchant" in self.modes) != (self.merchant_delivery is not None):
            raise ValueError(
                f"merchant {self.id}: mode merchant and [merchant_delivery] go together"
            )
        if self.preparation_min < 0:
            raise ValueError(f"merchant {self.id}: preparation_min {self.preparation_min} < 0")
        _check_point(f"merchant {self.id}", self.lat_deg, self.lon_deg)


@dataclass(frozen=True, slots=True)
class Courier:
    """A (fictional) courier, the vehicle and the working week (OpenStreetMap syntax).

    ``end_lat_deg``, ``end_lon_deg``: where the day ends, both None when anywhere will do.
    """

    id: str
    name: str
    vehicle: str
    max_weight_g: int
    max_volume_cm3: int
    cold: bool
    start_label: str
    start_lat_deg: float
    start_lon_deg: float
    shift: str
    phone: str
    fictional: bool
    end_lat_deg: float | None = None
    end_lon_deg: float | None = None

    def __post_init__(self) -> None:
        if not self.id.startswith("c_"):
            raise ValueError(f"courier {self.id!r}: an id starts with c_")
        if self.vehicle not in VEHICLE_KINDS:
            raise ValueError(f"courier {self.id}: vehicle {self.vehicle!r}; known: {VEHICLE_KINDS}")
        if self.max_weight_g <= 0 or self.max_volume_cm3 <= 0:
            raise ValueError(
                f"courier {self.id}: carries nothing: "
                f"{self.max_weight_g} g, {self.max_volume_cm3} cm3"
            )
        _check_point(f"courier {self.id}", self.start_lat_deg, self.start_lon_deg)
        if (self.end_lat_deg is None) != (self.end_lon_deg is None):
            raise ValueError(f"courier {self.id}: an end needs both end_lat_deg and end_lon_deg")


@dataclass(frozen=True, slots=True)
class People:
    """Fictional customers for the demonstration, told apart by their number.

    ``phone_prefix``: E.164 without its last four digits, from a range reserved for fiction.
    """

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    phone_prefix: str

    def __post_init__(self) -> None:
        if not self.first_names or not self.last_names:
            raise ValueError("people: first_names and last_names must not be empty")

    def person(self, number: int) -> tuple[str, str]:
        """Return name and phone of customer *number*: the same number is the same person.

        The first ``len(first_names) * len(last_names)`` names are all different; so are
        10 000 phones.  Raises ``ValueError`` below 0 and above 9999.
        """
        if not 0 <= number <= 9999:
            raise ValueError(f"customers are numbered 0 to 9999, not {number}")
        turn, first = divmod(number, len(self.first_names))
        # Both names move at every step, or the whole first street would be one family.
        last = (first + turn) % len(self.last_names)
        name = f"{self.first_names[first]} {self.last_names[last]}"
        return name, f"{self.phone_prefix}{number:04d}"


@dataclass(frozen=True, slots=True)
class MapLine:
    """A line to draw on a map: ``kind`` is "river" or a road class; points are (lat, lon)."""

    name: str
    kind: str
    points: tuple[LatLon, ...]

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError(f"map line {self.name!r} has {len(self.points)} points, needs two")


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """A territory ready to serve.

    ``schematic``: True when streets are drawn, not surveyed; pages then show
    ``notice_fr`` or ``notice_en``.  ``area``: rings of (lat, lon), the first point
    not repeated; an address inside one of them is served.
    """

    name: str
    title: str
    schematic: bool
    notice_fr: str
    notice_en: str
    attribution: str
    communes: tuple[Commune, ...]
    area: tuple[tuple[LatLon, ...], ...]
    merchants: tuple[Merchant, ...]
    couriers: tuple[Courier, ...]
    people: People
    network: Network
    river: tuple[MapLine, ...]
    roads: tuple[MapLine, ...]

    def __post_init__(self) -> None:
        for ring in self.area:
            if len(ring) < 3:
                raise ValueError(f"area: a ring has {len(ring)} points, needs three")
        known = {commune.insee for commune in self.communes}
        seen: set[str] = set()
        for merchant in self.merchants:
            if merchant.commune not in known:
                raise ValueError(f"merchant {merchant.id}: no commune {merchant.commune!r}")
        for known_id in [m.id for m in self.merchants] + [c.id for c in self.couriers]:
            if known_id in seen:
                raise ValueError(f"{known_id} is there twice")
            seen.add(known_id)
        lies_in, last = self.network.commune, len(self.communes) - 1
        if len(lies_in) and not (lies_in.min() >= -1 and lies_in.max() <= last):
            raise ValueError(f"network: commune points outside -1 to {last}")
