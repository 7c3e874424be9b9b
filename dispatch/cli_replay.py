"""``dispatch replay``: live a day again, generated or recorded, and read its figures.

Decides how a study reads in a terminal, and what may be asked of it.  How a day is lived is
``dispatch.replay``'s business.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from dispatch.cli_parts import data_dir_option, json_option, make_ready, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.adapters.town import OpenTown
    from dispatch.operations.past_orders import History
    from dispatch.replay.compare import Estimate
    from dispatch.replay.day import Day
    from dispatch.replay.study import Study, Way
    from dispatch.settings import Settings

#: The most days of one study: an hour or two of thinking.
_MOST_DAYS: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options of one study, as they were written; see the command."""

    policy_name: str | None
    changes: tuple[str, ...]
    other_name: str | None
    other_changes: tuple[str, ...]
    seed: int | None
    seeds: int
    orders: int | None
    couriers: int | None
    mishaps: bool
    rain: bool | None
    weather_said: bool
    other_weather_unsaid: bool
    steps: int | None
    as_planned: bool
    hindsight: bool
    journal: Path | None
    write: Path | None
    export: bool


@click.command()
@click.argument("days_or_files", metavar="DAY|FILE...", nargs=-1, required=True)
@data_dir_option
@click.option("--policy", "policy_name", help="What decides.  [default: dispatching.policy]")
@click.option("--set", "changes", multiple=True, help="A parameter: waves.publish_lag_s=60.")
@click.option("--compare", "other_name", help="A second policy, on the same days.")
@click.option("--compare-set", "other_changes", multiple=True, help="A parameter of the second.")
@click.option("--seed", type=click.IntRange(0), help="The first.  [default: a file's own, or 1]")
@click.option("--seeds", type=click.IntRange(1, _MOST_DAYS), default=1, help="How many days.")
@click.option("--orders", type=click.IntRange(0, 2_000), help="Of a generated day; else drawn.")
@click.option("--couriers", type=click.IntRange(1, 1_000), help="The first of the town's only.")
@click.option("--mishaps", is_flag=True, help="Days on which things go wrong, too.")
@click.option("--rain/--dry", default=None, help="On a generated day; else drawn.")
@click.option(
    "--weather-said/--weather-unsaid",
    default=True,
    help="Whether a planner says so in the morning of a wet day.  [default: said]",
)
@click.option(
    "--compare-weather-unsaid",
    "other_weather_unsaid",
    is_flag=True,
    help="A second way, on the same days: nobody says that it rains.",
)
@click.option("--steps", type=click.IntRange(0, 1_000_000), help="Of the search, in each wave.")
@click.option("--as-planned", is_flag=True, help="Ways and stays take what the plan says.")
@click.option("--hindsight", is_flag=True, help="Also what was possible, had all been known.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The first day, line by line.",
)
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Only write DAY.")
@click.option("--export", is_flag=True, help="DAY as it was here, to --write or the terminal.")
@json_option
def replay(days_or_files: tuple[str, ...], data_dir: Path, as_json: bool, **options: Any) -> None:
    """Live DAY (2026-11-24: generated) or FILE (a day that was written) again, or several.

    Quotes, bookings, waves and couriers' facts are the real operations on a store in memory;
    customers, ways and stays are simulated.  The same question gets the same answer.
    """
    asked = _Asked(**options)
    if asked.export:
        if len(days_or_files) > 1:
            raise click.UsageError("--export is of one day")
        _export(_date(days_or_files[0]), data_dir, asked.write)
        return
    settings = settings_with(data_dir, asked.changes)
    days = [day for one in days_or_files for day in _days(one, settings, data_dir, asked)]
    if asked.write is not None:
        if len(days) > 1:
            raise click.UsageError(
                "--write is of one day and one of its --seeds: a file is one day"
            )
        _write(days[0], asked.write)
        return
    found = _study(days, settings, data_dir, asked)
    if asked.journal is not None:
        lines = found.results[0][0].journal
        asked.journal.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if as_json:
        say_json(found.as_json())
    else:
        _say(found)


def settings_with(data_dir: Path, changes: Sequence[str]) -> Settings:
    """Return the installation's settings with *changes*, each ``table.key=value`` as in TOML.

    Raises ``Invalid`` as a settings file would, and ``UsageError`` for what is no change.
    """
    from dispatch.app import SETTINGS_FILE
    from dispatch.settings import read_settings, settings_of

    file = data_dir / SETTINGS_FILE
    document: dict[str, Any] = {}
    if file.exists():
        read_settings(file)  # what is wrong with the file is told of the file
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"--set {change!r}: write table.key=value")
        *tables, name = key.strip().split(".")
        inner = document
        for table in tables:
            inner = inner.setdefault(table, {})
            if not isinstance(inner, dict):
                raise click.UsageError(f"--set {change!r}: {table} is no table")
        inner[name] = _value(text.strip())
    return settings_of(document)


def _value(text: str) -> Any:
    """What TOML reads, or else the text itself: nobody quotes a word on a command line twice."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no day: write it as 2026-11-24") from None


def _days(day_or_file: str, settings: Settings, data_dir: Path, asked: _Asked) -> list[Day]:
    """The days of the study: other seeds are other days, or the same orders with other luck."""
    from dispatch.adapters.town import read_town
    from dispatch.app import TOWNS_FOLDER
    from dispatch.core.errors import Invalid
    from dispatch.replay.day_file import read_day
    from dispatch.replay.demand import EVENTFUL, PILOT
    from dispatch.replay.generate import generated_day

    if (path := Path(day_or_file)).is_file():
        if asked.orders is not None or asked.rain is not None or asked.mishaps:
            told = "--orders, --rain and --mishaps are of a generated day, not of a file"
            raise click.UsageError(told)
        day = read_day(path)
        return [replace(day, seed=seed) for seed in _seeds(asked, day.seed)]
    town = read_town(settings.town, data_dir / TOWNS_FOLDER)
    day_asked = _date(day_or_file)
    try:
        demand = EVENTFUL if asked.mishaps else PILOT
        return [
            generated_day(
                town, day_asked, seed=seed, orders=asked.orders, rain=asked.rain, demand=demand
            )
            for seed in _seeds(asked, 1)
        ]
    except ValueError as why:
        raise Invalid(str(why), field="town") from why


def _seeds(asked: _Asked, usual: int) -> range:
    first = usual if asked.seed is None else asked.seed
    return range(first, first + asked.seeds)


def _study(days: Sequence[Day], settings: Settings, data_dir: Path, asked: _Asked) -> Study:
    from dispatch.replay import hindsight
    from dispatch.replay.plugs import STEPS
    from dispatch.replay.study import Way, study
    from dispatch.replay.world import AS_PLANNED

    first = asked.policy_name or settings.parameters.dispatching.policy
    ways = [Way(first, settings.parameters, asked.changes, asked.weather_said)]
    if asked.other_name is not None or asked.other_changes or asked.other_weather_unsaid:
        changes = (*asked.changes, *asked.other_changes)
        other = settings_with(data_dir, changes)
        if other.town != settings.town:
            raise click.UsageError("two ways are compared on the same days of the same town")
        name = asked.other_name or asked.policy_name or other.parameters.dispatching.policy
        said = asked.weather_said and not asked.other_weather_unsaid
        ways.append(Way(name, other.parameters, changes, said))
    make_ready("ruin_recreate", proofs=False)
    steps = STEPS if asked.steps is None else asked.steps
    town = _with_couriers(_town(settings, data_dir), asked.couriers)
    habits = AS_PLANNED if asked.as_planned else None
    look_back = hindsight.STEPS if asked.hindsight else 0
    history = _history(days, ways, settings, data_dir)
    return study(days, ways, town, steps=steps, look_back=look_back, habits=habits, history=history)


def _history(
    days: Sequence[Day], ways: Sequence[Way], settings: Settings, data_dir: Path
) -> History | None:
    """The past of a study: a recorded day's is the installation's own, a generated one's made up.

    None where no way asks for it.
    """
    from dispatch.adapters.town import read_town
    from dispatch.app import TOWNS_FOLDER, open_house
    from dispatch.replay.day import Origin
    from dispatch.replay.past import GeneratedHistory

    rules = [way.parameters.dispatching for way in ways if way.policy == "anticipating"]
    if not rules:
        return None
    origins = {day.origin for day in days}
    if origins == {Origin.RECORDED}:
        return open_house(data_dir).ports.history
    if origins != {Origin.GENERATED}:
        told = "recorded and generated days have another past: replay them one after the other"
        raise click.UsageError(told)
    raw = read_town(settings.town, data_dir / TOWNS_FOLDER)
    return GeneratedHistory(raw, settings.parameters.calendar, weeks=rules[0].history_weeks)


def _town(settings: Settings, data_dir: Path) -> OpenTown:
    """The town with its own streets: a replay asks no routing server."""
    from dispatch.adapters.town import open_town
    from dispatch.app import TOWNS_FOLDER

    streets = settings.streets
    return open_town(
        settings.town,
        settings.parameters.calendar,
        data_dir / TOWNS_FOLDER,
        streets.slices,
        streets.unsigned,
    )


def _with_couriers(town: OpenTown, count: int | None) -> OpenTown:
    """The town with the first *count* of its couriers; None: with all of them."""
    roster = town.territory.couriers
    if count is None:
        return town
    if count > len(roster):
        raise click.UsageError(f"--couriers: {town.territory.name} has {len(roster)}")
    few = dict(list(roster.items())[:count])
    return replace(town, territory=replace(town.territory, couriers=few))


def _export(day: date, data_dir: Path, file: Path | None) -> None:
    from dispatch.app import open_house
    from dispatch.replay.day_file import day_text
    from dispatch.replay.recorded import recorded_day

    found = recorded_day(day, open_house(data_dir).ports)
    if file is None:
        click.echo(day_text(found), nl=False)
    else:
        _write(found, file)


def _write(day: Day, file: Path) -> None:
    from dispatch.replay.day_file import day_text

    file.write_text(day_text(day), encoding="utf-8")
    click.echo(f"wrote {len(day.orders)} orders to {file}", err=True)


def _say(found: Study) -> None:
    from dispatch.replay.compare import over_days, paired

    first = found.results[0][0].day
    days = len(found.results[0])
    dates = sorted({result.day.day.isoformat() for result in found.results[0]})
    click.echo(
        f"{', '.join(dates)} in {first.town}, {first.origin}, {days} day(s); "
        "ways and stays are made up"
    )
    columns = [over_days(figures) for figures in found.figures]
    heads = [way.title for way in found.ways]
    if len(found.ways) == 2:
        columns.append(paired(*found.figures))
        heads.append("difference")
    names = columns[0].keys()
    say_columns(
        ("figure", *heads),
        [(name, *(_cell(column.get(name)) for column in columns)) for name in names],
    )
    for way, results in zip(found.ways, found.results, strict=True):
        _say_reasons(way.title, [result.kpis.refused for result in results], "refused")
        why = [result.kpis.unserved_by_reason for result in results]
        _say_reasons(way.title, why, "not brought")
        for result in results:
            if (was := result.possible) is not None and was.min_per_drop is not None:
                click.echo(
                    f"{way.title}, seed {result.day.seed}: possible were "
                    f"{was.on_time_pct:.1f} % on time at {was.min_per_drop:.1f} min a drop"
                )


def _cell(one: Estimate | None) -> str:
    if one is None:
        return "-"
    if one.low is None or one.high is None:
        return f"{one.mean:g}" if one.mean == round(one.mean) else f"{one.mean:.1f}"
    return f"{one.mean:.1f} [{one.low:.1f}, {one.high:.1f}]"


def _say_reasons(title: str, days: Sequence[Mapping[str, int]], what: str) -> None:
    codes = sorted({code for one in days for code in one})
    if codes:
        told = ", ".join(f"{sum(one.get(code, 0) for one in days)} {code}" for code in codes)
        click.echo(f"{title}, {what}: {told}")
