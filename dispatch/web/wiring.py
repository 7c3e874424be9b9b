"""Every page on one application: who gets which folder, in which language, behind which locks.

Decides what is registered and in what order.  What a page shows is its own
folder's question; who may open it is ``doors``'.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from dispatch.operations.ports import Ports
from dispatch.web import doors, errors, guesses, home, live, safety, words
from dispatch.web.courier import views as courier
from dispatch.web.home import HomeLinks, no_links
from dispatch.web.merchant import views as merchant
from dispatch.web.planner import views as planner
from dispatch.web.sentences import Sentences
from dispatch.web.tracking import views as tracking

_HERE = Path(__file__).parent


def register(
    app: Flask,
    ports: Ports,
    *,
    map_geojson: bytes,
    home_links: HomeLinks = no_links,
    secret_key: bytes,
) -> None:
    """Put all pages on *app*; call it after the API has registered its own error handlers.

    map_geojson : the town's lines, served at ``/carte.geojson`` (WGS 84, lon/lat)
    home_links  : doors shown on ``/``; none outside a demonstration
    secret_key  : signs the session, at least 16 bytes; changing it closes every session

    Optional configuration, read at each request: ``MAP_TILES_URL`` (a Leaflet template such
    as ``https://tiles.example.org/{z}/{x}/{y}.png``) and ``MAP_TILES_CREDIT``.

    Raises ``ValueError`` when the secret is too short.
    """
    safety.lock(app, secret_key)
    # One /static for all readers, whatever folder the application was made with.
    app.static_folder = str(_HERE / "static")
    if "static" not in app.view_functions:
        app.add_url_rule("/static/<path:filename>", "static", app.send_static_file)
    Sentences(
        app,
        default_locale="fr",
        default_translation_directories=str(_HERE / "translations"),
        locale_selector=words.chosen_language,
    )
    words.teach(app, ports)
    guesses.hang(app, ports)
    doors.hang(app, ports)
    live.hang(app, ports)
    app.register_blueprint(home.blueprint(map_geojson, home_links))
    for reader in (courier, tracking, planner, merchant):
        app.register_blueprint(reader.blueprint(ports))
    errors.dress(app)
