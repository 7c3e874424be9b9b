"""The files of an imported town: header, facts, seal, and what its owner fills in by hand.

Decides what each file says and who may edit it.  Where they are put is ``installing``'s
business.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from geodata.town import Commune

RECIPE: Final = "openstreetmap 2"
LICENCE: Final = "ODbL 1.0"
ATTRIBUTION: Final = "© OpenStreetMap contributors"
HEADER: Final = "header.json"

#: What the town's owner writes; a new import leaves them as they are.
BY_HAND: Final = ("merchants.toml", "couriers.toml", "people.toml")


@dataclass(frozen=True, slots=True)
class Header:
    """Where a network comes from; it travels inside ``network.npz``.

    extract_at : the extract's own timestamp, ISO 8601; "" when it has none
    box_deg    : west, south, east, north of what was imported
    """

    source: str
    sha256: str
    extract_at: str
    imported_on: str
    recipe: str
    box_deg: tuple[float, float, float, float]
    licence: str = LICENCE
    attribution: str = ATTRIBUTION


def with_header(packed: bytes, header: Header) -> bytes:
    """Return the ``.npz`` *packed* with *header* in it: ``unzip -p network.npz header.json``."""
    out = io.BytesIO(packed)
    with zipfile.ZipFile(out, "a") as archive:
        # Zip files date their members; this one says the same whenever it is made.
        member = zipfile.ZipInfo(HEADER, (1980, 1, 1, 0, 0, 0))
        archive.writestr(member, json.dumps(asdict(header), ensure_ascii=False, indent=1) + "\n")
    return out.getvalue()


def facts_text(title: str, header: Header, communes: Sequence[Commune]) -> bytes:
    """Return ``facts.toml``: what is said on pages, and the communes."""
    day = (header.extract_at or header.imported_on)[:10]
    lines = [
        "# Written by `dispatch town import`; a new import writes it again.",
        f"title = {_text(title)}",
        f"date = {day}",
        f"notice_fr = {_text(f'Rues relevées dans OpenStreetMap, état du {day}.')}",
        f"notice_en = {_text(f'Streets surveyed in OpenStreetMap, as of {day}.')}",
        f"attribution = {_text(f'{ATTRIBUTION} (ODbL)')}",
    ]
    for one in communes:
        lines += ["", "[[communes]]"]
        lines += [f"{key} = {_text(value)}" for key, value in asdict(one).items()]
    return ("\n".join(lines) + "\n").encode()


def _text(value: object) -> str:
    """A TOML value: what JSON writes for text, numbers and booleans is TOML as well."""
    return json.dumps(value, ensure_ascii=False)


def seal_text(files: Mapping[str, bytes], header: Header) -> bytes:
    """Return ``SOURCES.toml``: files of the import with their sha256, files by hand without."""
    tables = ["# Where each file beside this one comes from.  Written by `dispatch town import`."]
    for name, content in files.items():
        said: dict[str, Any] = {
            "source": f"{header.source}, sha256 {header.sha256}, {header.extract_at or 'undated'}",
            "licence": LICENCE,
            "sentence": f"{ATTRIBUTION}.",
            "sha256": hashlib.sha256(content).hexdigest(),
            "schematic": False,
        }
        tables.append(_table(name, said, header.imported_on))
    for name in BY_HAND:
        said = {"source": "filled in by the town's owner", "edited_by_hand": True}
        tables.append(_table(name, said, header.imported_on))
    return ("\n\n".join(tables) + "\n").encode()


def _table(name: str, said: dict[str, Any], day: str) -> str:
    rows = [f"{key} = {_text(value)}" for key, value in said.items()]
    return "\n".join([f'["{name}"]', f"date = {date.fromisoformat(day)}", *rows])


def first_files(title: str, commune: Commune) -> dict[str, bytes]:
    """Return what a town has before its owner wrote anything: explained, commented examples."""
    values = {
        "@TITLE": title,
        "@INSEE": commune.insee,
        "@COMMUNE": commune.name.replace('"', "'"),
        "@POSTCODE": commune.postcode or "00000",
        "@LAT": f"{commune.lat_deg:.6f}",
        "@LON": f"{commune.lon_deg:.6f}",
    }
    files = {"merchants.toml": _MERCHANTS, "couriers.toml": _COURIERS, "people.toml": _PEOPLE}
    for key, value in values.items():
        files = {name: text.replace(key, value) for name, text in files.items()}
    return {name: text.encode() for name, text in files.items()}


_MERCHANTS: Final = """\
# The shops of @TITLE.  Edit this file by hand; a new import of the streets keeps it.
# `dispatch config check` says which entry and field cannot be used.
#
# One [[merchants]] table for each shop.  Take the # away from this example and change it:
#
# [[merchants]]
# id = "m_ma_boutique"             # starts with m_, never changes: orders remember it
# name = "Ma Boutique"
# sector = "clothing"              # food, delicatessen, clothing, shoes, bookshop, florist …
# commune = "@INSEE"                # INSEE code, one of facts.toml
# address = "1 Rue Exemple, @POSTCODE @COMMUNE"
# lat_deg = @LAT              # the door couriers fetch at, WGS 84
# lon_deg = @LON
# opening_hours = "Tu-Sa 09:30-12:30,14:00-19:00; PH off"     # OpenStreetMap's syntax
# preparation_min = 20             # from the order to the parcel on the counter
# modes = ["collect", "express", "standard"]                  # and "merchant": see below
# phone = "+33536490001"
# cold = false                     # true: its goods travel in a cold box
# fictional = false
# market_hours = "Sa 07:00-13:30"  # optional: when a market keeps couriers from this door
#
# [merchants.merchant_delivery]    # only with "merchant" in modes: the shop's own delivery
# radius_m = 6000                  # as the crow flies; and, or instead of it:
# communes = ["@INSEE"]             # INSEE codes, wherever in them
# fee_cents = 400
# free_from_cents = 5000           # a basket of that value is delivered free; left out: never
# lead_min = 120
# opening_hours = "Tu-Sa 14:00-18:00"
"""

_COURIERS: Final = """\
# The couriers of @TITLE.  Edit this file by hand; a new import of the streets keeps it.
#
# One [[couriers]] table for each courier.  Take the # away from this example and change it:
#
# [[couriers]]
# id = "c_lea"                     # starts with c_, never changes
# name = "Léa"
# vehicle = "cargo_bike"           # car, cargo_bike or bike
# max_weight_g = 80000
# max_volume_cm3 = 300000
# cold = false                     # true: a cold box is on board
# start_label = "Local vélo, @POSTCODE @COMMUNE"
# start_lat_deg = @LAT
# start_lon_deg = @LON
# end_lat_deg = @LAT          # both left out: the day may end anywhere
# end_lon_deg = @LON
# shift = "Mo-Sa 09:30-13:00,14:00-19:00; PH off"             # OpenStreetMap's syntax
# phone = "+33639980001"
# fictional = false
"""

_PEOPLE: Final = """\
# Customers of the demonstration, made of first and last names by number: FICTIONAL.
# Phones: 06 39 98 xx xx, which ARCEP keeps for fiction.
first_names = ["Agathe", "Bastien", "Camille", "Denis", "Elsa", "Farid", "Gisèle", "Hugo", "Inès"]
last_names = ["Aubépin", "Bellerive", "Castelnaud", "Delpuech", "Estival", "Fontbrune", "Garrigou"]
phone_prefix = "+3363998"
"""
