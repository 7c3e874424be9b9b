"""A town's data, as the house's own words: territory, streets, address index.

Decides nothing: it renames what ``geodata`` read, refuses a town that no promise can
rest on, naming the merchant or courier, and warns of those far from any street.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from dispatch.adapters.clock import WallClock
from dispatch.adapters.geocoder.index import AddressIndex
from dispatch.adapters.geocoder.kept_book import KeptBook
from dispatch.adapters.town_health import kept_health
from dispatch.adapters.town_map import town_map
from dispatch.core.errors import Invalid
from dispatch.core.ids import CourierId, MerchantId
from dispatch.core.places import Place
from dispatch.fleet.couriers import Courier
from dispatch.fleet.vehicles import TYPICAL, Vehicle, VehicleKind
from dispatch.operations.ports import Geocoder
from dispatch.operations.territory import Commune as CommuneHere
from dispatch.operations.territory import Territory
from dispatch.orders.doubts import far_from_street
from dispatch.orders.merchants import Merchant
from dispatch.slots.calendar import Calendar, OpeningHours
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import OwnDelivery, Shop
from dispatch.streets.arrays import StreetArrays
from dispatch.streets.network import StreetNetwork
from dispatch.streets.profiles import Unsigned
from dispatch.streets.slices import Slice
from dispatch.streets.warmth import is_compiled, warm_up
from geodata import load
from geodata.addresses import FILE_NAME
from geodata.town import Commune, People, Town
from geodata.town import Courier as CourierRow
from geodata.town import Merchant as MerchantRow

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenTown:
    """What an installation needs of its town.

    geocoder    : its doors once they were imported, until then numbers measured along its streets
    map_geojson : the town drawn for the pages' maps, UTF-8
    people      : fictional customers for the demonstration
    communes    : all of the town's, those not served too
    """

    territory: Territory
    streets: StreetNetwork
    geocoder: Geocoder
    map_geojson: bytes
    people: People
    communes: tuple[Commune, ...] = ()


def open_town(
    name: str,
    calendar: Calendar,
    towns: Path = load.TOWNS,
    slices: Sequence[Slice] = (),
    unsigned: Unsigned = "law",
) -> OpenTown:
    """Read and convert the town *name*: the installation's own in *towns*, or the embedded one.

    slices   : hours in which its streets are slower
    unsigned : how fast cars drive where no limit is mapped

    Its doors are those imported into ``towns/name``, if any were.  Raises ``Invalid`` when
    there is no such town, or when one of its files is damaged or contradicts itself.
    """
    town = read_town(name, towns)
    drawing = (load.folder(name, towns) / "map.geojson").read_bytes()
    index = AddressIndex(_arrays(town), town.communes)
    doors = KeptBook(addresses_file(name, towns), index, WallClock().stopwatch_s)
    if not is_compiled():
        warm_up()
    territory = replace(territory_of(town, calendar), health=kept_health(town, towns))
    streets = street_network(town, slices, unsigned)
    for owner, away_m in far_homes(territory, streets).items():
        _log.warning("far_from_street owner=%s away_m=%d", owner, away_m)
    # Here, and not within somebody's quote: soon loaded, but to be built once per town.
    streets.make_ready(sorted({c.vehicle.kind.value for c in territory.couriers.values()}))
    return OpenTown(
        territory=territory,
        streets=streets,
        geocoder=doors,
        map_geojson=town_map(town, drawing),
        people=town.people,
        communes=town.communes,
    )


def read_town(name: str, towns: Path = load.TOWNS) -> Town:
    """Return the data of the town *name*.  Raises ``Invalid`` when it cannot be used."""
    try:
        return load.town(name, towns)
    except (load.UnknownTown, load.DamagedTown) as why:
        raise Invalid(str(why), field="town") from why


def street_network(
    town: Town, slices: Sequence[Slice] = (), unsigned: Unsigned = "law"
) -> StreetNetwork:
    """Return the streets of *town*; what they need is made when asked for, and then kept."""
    return StreetNetwork(
        _arrays(town), slices=slices, unsigned=unsigned, kept_in=kept_in(town.name)
    )


def _arrays(town: Town) -> StreetArrays:
    return StreetArrays(
        **{field.name: getattr(town.network, field.name) for field in fields(StreetArrays)}
    )


def addresses_file(name: str, towns: Path) -> Path:
    """Return where the doors of the town *name* are kept, also those of an embedded town."""
    return towns / name / FILE_NAME


def kept_in(town: str) -> Path:
    """Return the folder for what is computed from *town* once: ``DISPATCH_CACHE_DIR``, or the
    user's own cache.  Whatever is in it can be deleted at any time.
    """
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dispatch"
    return Path(os.environ.get("DISPATCH_CACHE_DIR") or users) / "streets" / town


def far_homes(territory: Territory, streets: StreetNetwork) -> dict[str, int]:
    """Return metres to the nearest street of every shop and courier's base that is far from one.

    By its id; far is ``orders.doubts``' word.  Raises ``Invalid`` naming one that no street of
    the town leads to.
    """
    far: dict[str, int] = {}
    homes: list[tuple[str, Place]] = [
        (m.merchant_id, m.place) for m in territory.merchants.values()
    ]
    for courier in territory.couriers.values():
        homes += [(courier.courier_id, p) for p in (courier.start, courier.end) if p is not None]
    for owner, place in homes:
        try:
            doubt = far_from_street(streets.snap_m(place))
        except Invalid as why:
            raise Invalid(f"{owner}: {why}", field=str(owner)) from why
        if doubt is not None and doubt.away_m is not None:
            far[owner] = max(doubt.away_m, far.get(owner, 0))
    return far


def territory_of(town: Town, calendar: Calendar) -> Territory:
    """Return *town* as the operations see it."""
    merchants = (merchant_of(row, calendar) for row in town.merchants)
    couriers = (courier_of(row, calendar) for row in town.couriers)
    return Territory(
        name=town.name,
        title=town.title,
        merchants={merchant.merchant_id: merchant for merchant in merchants},
        couriers={courier.courier_id: courier for courier in couriers},
        area=town.area,
        schematic=town.schematic,
        notice_fr=town.notice_fr,
        notice_en=town.notice_en,
        attribution=town.attribution,
        postcodes=_postcodes(town),
        communes=frozenset(commune.insee for commune in town.communes if commune.served),
        gazetteer=tuple(
            CommuneHere(c.insee, c.name, c.population, c.served) for c in town.communes
        ),
    )


def _postcodes(town: Town) -> frozenset[str]:
    """Return all postcodes of the town, or none: with one unknown, no other is surely elsewhere."""
    known = frozenset(commune.postcode for commune in town.communes)
    return frozenset() if "" in known else known


def merchant_of(row: MerchantRow, calendar: Calendar) -> Merchant:
    """Return one merchant.  Raises ``Invalid`` naming it when its hours cannot be read."""
    try:
        own = row.merchant_delivery
        shop = Shop(
            merchant_id=MerchantId(row.id),
            hours=OpeningHours(row.opening_hours, calendar=calendar),
            preparation_min=row.preparation_min,
            modes=frozenset(Mode(mode) for mode in row.modes),
            own_delivery=None
            if own is None
            else OwnDelivery(
                OpeningHours(own.opening_hours, calendar=calendar),
                own.lead_min,
                own.radius_m,
                frozenset(own.communes),
            ),
            market=OpeningHours(row.market_hours, calendar=calendar) if row.market_hours else None,
        )
    except Invalid as why:
        raise Invalid(f"merchant {row.id}: {why}", field=why.field) from why
    return Merchant(
        merchant_id=MerchantId(row.id),
        name=row.name,
        sector=row.sector,
        place=Place(row.lat_deg, row.lon_deg, row.name),
        address=row.address,
        phone=row.phone,
        shop=shop,
        cold=row.cold,
        own_delivery_fee_cents=0 if own is None else own.fee_cents,
        own_delivery_free_from_cents=None if own is None else own.free_from_cents,
    )


def courier_of(row: CourierRow, calendar: Calendar) -> Courier:
    """Return one courier.  Raises ``Invalid`` naming it when it has no shift."""
    kind = VehicleKind(row.vehicle)
    end = None
    if row.end_lat_deg is not None and row.end_lon_deg is not None:
        end = Place(row.end_lat_deg, row.end_lon_deg, row.start_label)
    return Courier(
        courier_id=CourierId(row.id),
        name=row.name,
        phone=row.phone,
        vehicle=Vehicle(
            kind,
            row.max_weight_g,
            row.max_volume_cm3,
            row.cold,
            TYPICAL[kind].g_co2e_per_km,
            TYPICAL[kind].travel_price,
        ),
        shift=row.shift,
        start=Place(row.start_lat_deg, row.start_lon_deg, row.start_label),
        end=end,
        calendar=calendar,
    )
