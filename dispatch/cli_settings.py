"""Commands about what an installation is set to: its parameters.

Decides how settings are written out: as TOML that reads back to the same
settings.  What they may be is ``dispatch.settings``' business.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_json, toml_of, who_is_missing

if TYPE_CHECKING:
    from dispatch.adapters.streets.settings import StreetsSettings
    from dispatch.api.settings import ApiSettings
    from dispatch.operations.retention_rules import Retention
    from dispatch.settings import Settings
    from dispatch.slots.service_levels import ServiceLevel
    from dispatch.streets.slices import Slice
    from dispatch.tracking.proofs import Asked


@click.group()
def config() -> None:
    """A planner's parameters: parameters.toml in the installation."""


@config.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@data_dir_option
@json_option
def check(file: Path | None, data_dir: Path, as_json: bool) -> None:
    """Read FILE as an installation would, and print the parameters in effect.

    FILE: by default parameters.toml of --data-dir.  Exits with 2, naming the key or the
    line, when it cannot be used; a routing server is asked too, and has to answer.
    """
    from dispatch.adapters.clock import WallClock
    from dispatch.adapters.town import open_town
    from dispatch.app import SETTINGS_FILE, TOWNS_FOLDER, check_streets, streets_of
    from dispatch.settings import read_settings

    path = file or data_dir / SETTINGS_FILE
    settings = read_settings(path)
    # A town nobody has, or with hours nobody can read, would only show when it opens.
    streets = settings.streets
    found = open_town(
        settings.town,
        settings.parameters.calendar,
        data_dir / TOWNS_FOLDER,
        streets.slices,
        streets.unsigned,
    )
    check_streets(streets_of(settings, found, WallClock()), found.territory)
    _say_settings(settings, str(path), as_json)
    for sentence in who_is_missing(found.territory, data_dir):
        click.echo(sentence, err=True)


@config.command("show")
@data_dir_option
@json_option
def show(data_dir: Path, as_json: bool) -> None:
    """Print the parameters in effect, defaults included: a good start for a parameters.toml."""
    from dispatch.app import SETTINGS_FILE
    from dispatch.settings import Settings, read_settings

    path = data_dir / SETTINGS_FILE
    if path.exists():
        _say_settings(read_settings(path), str(path), as_json)
    else:
        _say_settings(Settings(), "defaults", as_json)


def _say_settings(settings: Settings, origin: str, as_json: bool) -> None:
    document = document_of(settings)
    if as_json:
        say_json({"origin": origin, "parameters": document})
        return
    click.echo(f"# {origin}")
    click.echo(toml_of(document), nl=False)


def document_of(settings: Settings) -> dict[str, Any]:
    """Return *settings* as the document they would be read from, nothing left out."""
    values = settings.parameters
    waves = asdict(values.waves)
    cut_offs = [_clock(minute) for minute in waves.pop("cut_offs_min")]
    return {
        "town": settings.town,
        "api": _plain(settings.api),
        "calendar": asdict(values.calendar),
        "cancelling": asdict(values.cancelling),
        # Left open, it is the policy's: what is saved must not outlive a change of policy.
        "chances": {} if values.taught is None else asdict(values.taught),
        "collect": asdict(values.collect),
        "dispatching": asdict(values.dispatching),
        "geocoder": asdict(settings.geocoder),
        "holds": asdict(values.holds),
        "levels": {mode.value: _level(level) for mode, level in values.levels.items()},
        "nudge": asdict(values.nudge),
        "parcels": asdict(settings.parcels),
        "proof": _proof(settings),
        "quotes": {"life_min": values.quote_life_min},
        "retention": _plain(values.retention),
        "second_chance": asdict(values.second_chance),
        "server": asdict(settings.server),
        "service_times": asdict(values.service_times),
        "settlement": asdict(values.settlement),
        "streets": _streets(settings.streets),
        "tariff": asdict(values.tariff),
        "waves": {"cut_offs": cut_offs, **waves},
        "webhooks": asdict(values.webhooks),
        "weights": asdict(values.weights),
    }


def _proof(settings: Settings) -> dict[str, Any]:
    rules = settings.parameters.proof
    merchants = {name: _asked(one) for name, one in rules.merchants.items()}
    store = asdict(settings.pictures)
    return {
        **_asked(rules.default),
        "most_kb": rules.most_kb,
        "merchants": merchants,
        "store": store,
    }


def _asked(one: Asked) -> dict[str, Any]:
    return {
        "asked": [kind.value for kind in one.asked],
        "required": [kind.value for kind in one.required],
    }


def _plain(table: ApiSettings | Retention) -> dict[str, Any]:
    """TOML has no word for nothing: a lifted bound is written as "none"."""
    return {key: "none" if value is None else value for key, value in asdict(table).items()}


def _streets(streets: StreetsSettings) -> dict[str, Any]:
    plain = {field.name: getattr(streets, field.name) for field in fields(streets)}
    tables = {"profiles": dict(streets.profiles), "urls": dict(streets.urls)}
    return {**plain, **tables, "slices": {one.name: _slice(one) for one in streets.slices}}


def _slice(one: Slice) -> dict[str, Any]:
    from dispatch.streets.slices import DAYS

    starts, ends = (f"{m // 60:02d}:{m % 60:02d}" for m in (one.from_min, one.until_min))
    days = [DAYS[day] for day in sorted(one.weekdays)]
    factor = dict(one.factor)
    return {
        "from": starts,
        "until": ends,
        "days": days,
        "factor": factor,
        "motor_only": one.motor_only,
    }


def _level(level: ServiceLevel) -> dict[str, Any]:
    from dispatch.slots.service_levels import USES

    row: dict[str, Any] = {"enabled": level.enabled}
    for key in USES[level.mode]:
        value = getattr(level, key)
        if value is None:
            row[key] = "none"
        else:
            of_day = key.endswith(("_until", "_cut_off"))
            row[key] = _clock(value) if of_day else value
    return row


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
