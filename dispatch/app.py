"""Where the plugs meet the sockets: the only module that knows every floor.

A *house* is one data directory opened: its database, its town, its clock.  The
web, the jobs process and the command line open the same house.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask

from dispatch.adapters.clock import WallClock, load_clock
from dispatch.adapters.geocoder.composed import TownGeocoder
from dispatch.adapters.geocoder.reading import address_key
from dispatch.adapters.geocoder.settings import GeocoderSettings
from dispatch.adapters.ids import RandomIds
from dispatch.adapters.notify.settings import STAND_IN as NOTICES_FILE
from dispatch.adapters.notify.settings import NotifySettings
from dispatch.adapters.parcels.settings import STAND_IN
from dispatch.adapters.post import HttpPost
from dispatch.adapters.proofs.disk import FOLDER, DiskProofs
from dispatch.adapters.proofs.settings import DISK
from dispatch.adapters.storage.chosen import chosen_database
from dispatch.adapters.storage.door_pins import StoredDoorPins
from dispatch.adapters.storage.engine import open_engine
from dispatch.adapters.storage.migrate import migrate
from dispatch.adapters.storage.store import SqlStore
from dispatch.adapters.storage.turn import Turn
from dispatch.adapters.streets.settings import OWN
from dispatch.adapters.town import OpenTown, open_town
from dispatch.adapters.webhook_key import KEY_FILE, WebhookKey
from dispatch.api import wiring as api
from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from dispatch.operations.carrier import Carrier
from dispatch.operations.history import StoredHistory
from dispatch.operations.notices import Notifier
from dispatch.operations.ports import ChangingStreets, Clock, Ports, Proofs, Solver, Streets
from dispatch.operations.territory import Territory
from dispatch.operations.thinking import NobodyWaits, Thinking
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import engine
from dispatch.settings import Settings, read_settings
from dispatch.warm import warm
from dispatch.web import wiring as web
from dispatch.web.home import HomeLinks, no_links

if TYPE_CHECKING:
    from dispatch.adapters.geocoder.online import OnlineGeocoder
    from dispatch.routing.bound import Certificate

SETTINGS_FILE: Final = "parameters.toml"
CLOCK_FILE: Final = "clock.json"
SECRET_FILE: Final = "secret.key"
#: Who wants no more messages is known by it alone: not the sessions' key, which may be deleted.
NOTICES_KEY_FILE: Final = "notices.key"
TOWNS_FOLDER: Final = "towns"


@dataclass(frozen=True, slots=True)
class House:
    """One installation, open."""

    data_dir: Path
    settings: Settings
    town: OpenTown
    ports: Ports


def open_house(data_dir: Path, clock: Clock | None = None) -> House:
    """Open the installation in *data_dir*, making what is missing.

    clock : default: the one saved there by ``serve --clock``, else the wall clock

    Raises ``Invalid`` for bad settings or town, ``StorageError`` for a bad database.
    """
    file = data_dir / SETTINGS_FILE
    settings = read_settings(file) if file.exists() else Settings()
    town = open_town(
        settings.town,
        settings.parameters.calendar,
        data_dir / TOWNS_FOLDER,
        settings.streets.slices,
        settings.streets.unsigned,
    )
    database = open_engine(chosen_database(data_dir).where)
    migrate(database)
    clock = clock or load_clock(data_dir / CLOCK_FILE)
    store = SqlStore(database)
    online = online_geocoder(settings.geocoder, town, data_dir, clock)
    streets = streets_of(settings, town, clock)
    ports = Ports(
        clock=clock,
        ids=RandomIds(),
        store=store,
        streets=streets,
        geocoder=TownGeocoder(town.geocoder, online=online, pins=StoredDoorPins(store)),
        solver=lazy_solver(settings.parameters.waves.engine),
        territory=town.territory,
        parameters=settings.parameters,
        prover=prove,
        address_key=address_key,
        carrier=carrier_of(settings),
        post=HttpPost(
            WebhookKey(data_dir / KEY_FILE),
            private=settings.parameters.webhooks.private_addresses,
        ),
        notifier=notifier_of(settings, data_dir, clock),
        thinking=turn_of(streets),
        proofs=pictures_of(settings, data_dir),
        history=StoredHistory(
            store,
            settings.parameters.calendar,
            weeks=settings.parameters.dispatching.history_weeks,
        ),
    )
    return House(data_dir, settings, town, ports)


def online_geocoder(
    settings: GeocoderSettings, town: OpenTown, data_dir: Path, clock: Clock
) -> OnlineGeocoder | None:
    """Return the national address service as *settings* allow it; None: it is never asked."""
    if not settings.online:
        return None
    # Only an installation that asks the network pays for these.
    from dispatch.adapters.geocoder.answers import FILE_NAME, Answers
    from dispatch.adapters.geocoder.ban import BanGeocoder
    from dispatch.adapters.geocoder.circuit import Circuit
    from dispatch.adapters.geocoder.online import OnlineGeocoder

    largest = max(town.communes, key=lambda commune: commune.population, default=None)
    service = BanGeocoder(
        url=settings.url,
        timeout_s=settings.timeout_s,
        communes=town.communes,
        near=None if largest is None else Place(largest.lat_deg, largest.lon_deg),
    )
    keep_for = timedelta(days=settings.keep_days)
    return OnlineGeocoder(
        service,
        Circuit(clock.stopwatch_s),
        Answers(data_dir / FILE_NAME, clock.now, keep_for=keep_for),
        timeout_s=settings.timeout_s,
    )


def streets_of(settings: Settings, town: OpenTown, clock: Clock) -> Streets:
    """Return the streets of *settings*: the town's own, or a routing server's.  Asks nobody yet."""
    if settings.streets.engine == OWN:
        return town.streets
    # Only an installation that asks a server pays for the HTTP client's import.
    from dispatch.adapters.streets.choice import open_streets

    return open_streets(settings.streets, town.streets, clock)


def turn_of(streets: Streets) -> Thinking:
    """Return what this process's threads think one by one in; none waits for a routing server."""
    return NobodyWaits() if isinstance(streets, ChangingStreets) else Turn("the day's tours")


def carrier_of(settings: Settings) -> Carrier | None:
    """Return the post as *settings* have it; None: shops deal with it themselves.

    A stand-in named in the environment (``DISPATCH_CARRIER_URL``) wins over them.
    Raises ``Invalid`` when a key of its services is missing.
    """
    wanted = settings.parcels
    if stand_in := os.environ.get(STAND_IN):
        wanted = wanted.at(stand_in)
    if wanted.carrier == "none":
        return None
    from dispatch.adapters.parcels.la_poste import la_poste

    return la_poste(wanted)


def pictures_of(settings: Settings, data_dir: Path) -> Proofs:
    """Return where *settings* keep the pictures of handovers.

    Raises ``Invalid`` when a key of an S3 server is missing.
    """
    if settings.pictures.kind == DISK:
        return DiskProofs(data_dir / FOLDER)
    # Only an installation that asks a server pays for the HTTP client's import.
    from dispatch.adapters.proofs.s3 import S3Proofs

    # A day that is played has a clock of its own; the server's is the real one.
    return S3Proofs(settings.pictures, WallClock().now)


def notifier_of(settings: Settings, data_dir: Path, clock: Clock) -> Notifier | None:
    """Return who writes to customers, as *settings* have it; None: nobody does.

    A file named in the environment (``DISPATCH_NOTICES_FILE``) gets everything instead of
    anybody.  Raises ``Invalid`` where links in messages would lead nowhere.
    """
    wanted, root_url = settings.notify, settings.server.public_url
    file = os.environ.get(NOTICES_FILE)
    if file is None and wanted == NotifySettings():
        return None
    if file is None and not root_url:
        raise Invalid(
            "messages to customers have links: [notify] needs [server] public_url",
            field="server.public_url",
        )
    # Only an installation that writes to customers pays for these.
    from dispatch.adapters.notify.choice import to_customers, to_file

    key = _key_in(data_dir / NOTICES_KEY_FILE)
    return to_customers(wanted, root_url, key) if file is None else to_file(Path(file), key, clock)


def check_streets(streets: Streets, territory: Territory) -> None:
    """See that a routing server, if there is one, knows our vehicles and our shops.

    Raises ``Invalid`` naming the shop or the setting, ``StreetsUnavailable`` when the
    server does not answer.
    """
    if isinstance(streets, ChangingStreets):
        streets.check({m.merchant_id: m.place for m in territory.merchants.values()})


def create_app(house: House, home_links: HomeLinks = no_links) -> Flask:
    """Return the web application: the storefront's API and everybody's pages.

    What quotes need is loaded now, or compiled where this machine has not yet: never while
    somebody waits for a quote.
    """
    ports = warm(house.ports)
    app = api.flask_app(ports, quota=house.settings.api.quota)
    web.register(
        app,
        ports,
        map_geojson=house.town.map_geojson,
        home_links=home_links,
        secret_key=secret_key(house.data_dir),
    )
    app.config["PUBLIC_URL"] = house.settings.server.public_url
    app.config["PUBLIC_HOSTS"] = house.settings.server.hosts
    # A tile server is the installation's own choice; without one the town's lines are enough.
    for name in ("MAP_TILES_URL", "MAP_TILES_CREDIT"):
        if value := os.environ.get(f"DISPATCH_{name}"):
            app.config[name] = value
    return app


def lazy_solver(name: str) -> Solver:
    """Return the engine *name*, imported at the first wave: OR-Tools is slow to load."""

    def solve(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        return engine(name)(problem, budget_s=budget_s, seed=seed, start=start)

    return solve


def prove(problem: Problem, plan: Plan, *, budget_s: float) -> Certificate:
    """Certify *plan*; what that needs is compiled, and imported, at the first wave."""
    from dispatch.routing.bound import certificate

    return certificate(problem, plan, budget_s=budget_s)


def secret_key(data_dir: Path) -> bytes:
    """Return the key that signs sessions, made at the first start and readable by us only."""
    return _key_in(data_dir / SECRET_FILE)


def _key_in(path: Path) -> bytes:
    """Return the key in the file *path*, made when there is none yet."""
    if not path.exists():
        # Whole or not at all: two processes may start at the same moment.
        draft = path.with_suffix(f".{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(handle, secrets.token_bytes(32))
            os.fsync(handle)
            with suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            os.close(handle)
            draft.unlink()
    return path.read_bytes()
