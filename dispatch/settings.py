"""The planners' file: one TOML table per room, checked when the house opens.

A misspelt table or key is an error that lists the known ones; a value out of
bounds names its key.  What is not written keeps its default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar

from dispatch.adapters.geocoder.settings import GeocoderSettings
from dispatch.adapters.notify.settings import NotifySettings, SmsSettings, SmtpSettings
from dispatch.adapters.parcels.settings import ParcelSettings
from dispatch.adapters.proofs.settings import PictureSettings
from dispatch.adapters.streets.settings import StreetsSettings
from dispatch.api.settings import ApiSettings
from dispatch.core.civil import minute_of_day
from dispatch.core.errors import Invalid
from dispatch.core.ids import MerchantId
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.hold_rules import HoldRules
from dispatch.operations.notice_rules import NoticeRules
from dispatch.operations.parameters import Parameters, ServiceTimes, WaveParameters
from dispatch.operations.retention_rules import Retention
from dispatch.operations.second_chance_rules import SecondChanceRules
from dispatch.operations.weather_rules import WeatherRules
from dispatch.operations.webhook_rules import WebhookRules
from dispatch.orders.cancelling import CancelRules
from dispatch.orders.collecting import CollectRules
from dispatch.orders.settlement import Terms
from dispatch.orders.tariff import Nudge, Tariff
from dispatch.routing.problem import Weights
from dispatch.routing.solvers import ENGINES
from dispatch.slots.calendar import Calendar
from dispatch.slots.service_levels import DEFAULT_PRESET, service_levels
from dispatch.streets.slices import slices_of
from dispatch.tracking.made_up import Curve
from dispatch.tracking.proofs import Asked, ProofKind, ProofRules
from dispatch.web.settings import ServerSettings

T = TypeVar("T")

DEFAULT_TOWN: Final = "val_de_garonne"
#: Known tables; ``levels`` has one table per mode inside.
TABLES: Final = (
    *("api", "calendar", "cancelling", "chances", "collect", "dispatching", "geocoder", "holds"),
    *("levels", "notify", "nudge", "parcels", "proof", "quotes", "retention", "second_chance"),
    *("server", "service_times", "settlement", "streets", "tariff", "waves", "webhooks"),
    *("weather", "weights"),
)
#: Tables inside ``[notify]``.
_SERVICES: Final = ("smtp", "sms")
_TOP: Final = ("town", "preset", *TABLES)


@dataclass(frozen=True, slots=True)
class Settings:
    """An installation's settings: which town, with which parameters, slow in which hours."""

    town: str = DEFAULT_TOWN
    parameters: Parameters = Parameters()
    geocoder: GeocoderSettings = GeocoderSettings()
    streets: StreetsSettings = StreetsSettings()
    api: ApiSettings = ApiSettings()
    server: ServerSettings = ServerSettings()
    parcels: ParcelSettings = ParcelSettings()
    pictures: PictureSettings = PictureSettings()
    notify: NotifySettings = NotifySettings()


def read_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises ``Invalid`` with the file's name, and the line when it is not TOML or the
    key when a value is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise Invalid(f"cannot read the settings {path}: {why}", field=str(path)) from why
    try:
        return settings_of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as why:
        raise Invalid(f"{path} is not TOML: {why}", field=str(path)) from why
    except Invalid as why:
        raise Invalid(f"{path}: {why}", field=why.field) from why


def written(path: Path) -> dict[str, object]:
    """Return what a readable settings file says, defaults left out: ``waves.budget_s`` → 20.0."""
    document = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return dict(_dotted(document, ""))


def _dotted(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, object]]:
    for key, value in sorted(table.items()):
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def settings_of(document: Mapping[str, Any]) -> Settings:
    """Turn a parsed settings document into ``Settings``.  Raises ``Invalid`` naming the key."""
    _refuse_unknown("", document, _TOP)
    tables: dict[str, Mapping[str, Any]] = {}
    for name in TABLES:
        table = document.get(name, {})
        if not isinstance(table, Mapping):
            raise Invalid(f"{name} is a table: write [{name}]", field=name)
        tables[name] = table
    for mode, level in tables["levels"].items():
        if not isinstance(level, Mapping):
            raise Invalid(
                f"levels.{mode} is a table: write [levels.{mode}]", field=f"levels.{mode}"
            )
    for key in ("town", "preset"):
        if not isinstance(document.get(key, ""), str):
            raise Invalid(f"{key} is a text, not {document[key]!r}", field=key)
    quotes = tables["quotes"]
    _refuse_unknown("quotes", quotes, ("life_min",))
    life_min = _number("quotes.life_min", quotes.get("life_min", 15))
    return Settings(
        town=document.get("town", DEFAULT_TOWN),
        parameters=_born(
            "quotes",
            lambda: Parameters(
                levels=service_levels(document.get("preset", DEFAULT_PRESET), tables["levels"]),
                calendar=_table("calendar", Calendar, tables["calendar"]),
                tariff=_table("tariff", Tariff, tables["tariff"]),
                waves=_waves(tables["waves"]),
                dispatching=_table("dispatching", DispatchRules, tables["dispatching"]),
                service_times=_table("service_times", ServiceTimes, tables["service_times"]),
                weights=_table("weights", Weights, tables["weights"]),
                quote_life_min=life_min,
                weather=_table("weather", WeatherRules, tables["weather"]),
                second_chance=_table("second_chance", SecondChanceRules, tables["second_chance"]),
                nudge=_table("nudge", Nudge, tables["nudge"]),
                cancelling=_table("cancelling", CancelRules, tables["cancelling"]),
                collect=_table("collect", CollectRules, tables["collect"]),
                settlement=_table("settlement", Terms, tables["settlement"]),
                holds=_table("holds", HoldRules, tables["holds"]),
                webhooks=_table("webhooks", WebhookRules, tables["webhooks"]),
                retention=_table("retention", Retention, tables["retention"]),
                proof=proof_rules(tables["proof"]),
                taught=_chances(tables["chances"]),
                notify=_table("notify", NoticeRules, _without(tables["notify"], _SERVICES)),
            ),
        ),
        geocoder=_table("geocoder", GeocoderSettings, tables["geocoder"]),
        streets=_streets(tables["streets"]),
        api=_table("api", ApiSettings, tables["api"]),
        server=_table("server", ServerSettings, tables["server"]),
        parcels=_table("parcels", ParcelSettings, tables["parcels"]),
        pictures=_table("proof.store", PictureSettings, store_of(tables["proof"])),
        notify=_notify(tables["notify"]),
    )


def proof_rules(table: Mapping[str, Any]) -> ProofRules:
    """Read ``[proof]`` but for ``[proof.store]``.  Raises ``Invalid`` naming the key."""
    _refuse_unknown("proof", table, ("asked", "required", "most_kb", "merchants", "store"))
    merchants = _inner("proof.merchants", table.get("merchants", {}))
    said = {MerchantId(m): _asked(f"proof.merchants.{m}", merchants[m]) for m in merchants}
    known = {key: table[key] for key in ("asked", "required") if key in table}
    default = ProofRules().default
    return _born(
        "proof",
        lambda: ProofRules(
            default=replace(default, **_asked_words("proof", known)),
            merchants=said,
            most_kb=_number("proof.most_kb", table.get("most_kb", ProofRules().most_kb)),
        ),
    )


def store_of(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the table ``[proof.store]``.  Raises ``Invalid`` for another thing of that name."""
    return _inner("proof.store", table.get("store", {}))


def _asked(name: str, table: Any) -> Asked:
    inner = _inner(name, table)
    _refuse_unknown(name, inner, ("asked", "required"))
    return Asked(**_asked_words(name, inner))


def _asked_words(name: str, table: Mapping[str, Any]) -> dict[str, tuple[ProofKind, ...]]:
    known = list(ProofKind)
    for key, words in table.items():
        if not isinstance(words, list) or any(word not in known for word in words):
            raise Invalid(
                f"{name}.{key} is a list of {', '.join(known)}, not {words!r}",
                field=f"{name}.{key}",
            )
    return {key: tuple(ProofKind(word) for word in words) for key, words in table.items()}


def _inner(name: str, table: Any) -> Mapping[str, Any]:
    if not isinstance(table, Mapping):
        raise Invalid(f"{name} is a table: write [{name}]", field=name)
    return table


def _notify(table: Mapping[str, Any]) -> NotifySettings:
    """Return what ``[notify.smtp]`` and ``[notify.sms]`` say; a table left out: no such service."""
    for name in _SERVICES:
        if not isinstance(table.get(name, {}), Mapping):
            raise Invalid(f"notify.{name} is a table: write [notify.{name}]", field="notify")
    return NotifySettings(
        smtp=_table("notify.smtp", SmtpSettings, table["smtp"]) if "smtp" in table else None,
        sms=_table("notify.sms", SmsSettings, table["sms"]) if "sms" in table else None,
    )


def _without(table: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in keys}


def _chances(table: Mapping[str, Any]) -> Curve | None:
    """What somebody wrote is all there is: half of one curve says nothing about another."""
    return _table("chances", Curve, table) if table else None


def _waves(table: Mapping[str, Any]) -> WaveParameters:
    known = ("cut_offs", "budget_s", "publish_lag_s", "engine", "seed", "proof_s")
    _refuse_unknown("waves", table, known)
    values = dict(table)
    if "cut_offs" in values:
        written = values.pop("cut_offs")
        if not isinstance(written, list) or not all(isinstance(t, str) for t in written):
            raise Invalid(
                'waves.cut_offs is a list of times: ["09:30", "11:00"]', field="waves.cut_offs"
            )
        values["cut_offs_min"] = _born(
            "waves.cut_offs", lambda: tuple(minute_of_day(text) for text in written)
        )
    engine = values.get("engine", WaveParameters().engine)
    if not isinstance(engine, str) or engine not in ENGINES:
        raise Invalid(
            f"waves.engine {engine!r} is unknown; known: {', '.join(sorted(ENGINES))}",
            field="waves.engine",
        )
    for key in ("budget_s", "publish_lag_s", "seed", "proof_s"):
        if key in values:
            _number(f"waves.{key}", values[key], whole=key not in ("budget_s", "proof_s"))
    return _born("waves", lambda: WaveParameters(**values))


def _streets(table: Mapping[str, Any]) -> StreetsSettings:
    known = tuple(field.name for field in fields(StreetsSettings))
    _refuse_unknown("streets", table, known)
    said = dict(table)
    slices = said.pop("slices", {})
    if not isinstance(slices, Mapping):
        raise Invalid("streets.slices is a table: write [streets.slices.NAME]", field="streets")
    for key, value in said.items():
        if key in ("profiles", "urls"):
            texts = isinstance(value, Mapping) and all(isinstance(t, str) for t in value.values())
            if not texts:
                raise Invalid(
                    f"streets.{key} is a table of texts: write [streets.{key}]",
                    field=f"streets.{key}",
                )
        elif key in ("engine", "url", "fallback", "unsigned"):
            if not isinstance(value, str):
                raise Invalid(f"streets.{key} is a text, not {value!r}", field=f"streets.{key}")
        else:
            _number(f"streets.{key}", value, whole=key != "timeout_s")
    hours = slices_of(slices)
    return _born("streets", lambda: StreetsSettings(**said, slices=hours))


def _table(name: str, kind: Callable[..., T], table: Mapping[str, Any]) -> T:
    known = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    _refuse_unknown(name, table, tuple(known))
    said = {key: _read(f"{name}.{key}", str(known[key]), value) for key, value in table.items()}
    return _born(name, lambda: kind(**said))


def _read(key: str, kind: str, value: Any) -> Any:
    """Return *value* as a field of that *kind* takes it; the word "none" lifts a bound."""
    if kind == "int | None":
        return None if value == "none" else _number(key, value)
    if kind in ("int", "float"):
        return _number(key, value, whole=kind == "int")
    if kind == "bool":
        if not isinstance(value, bool):
            raise Invalid(f"{key} is true or false, not {value!r}", field=key)
        return value
    if kind in ("tuple[int, ...]", "tuple[float, ...]"):
        whole = kind == "tuple[int, ...]"
        if not isinstance(value, list):
            what = "whole numbers" if whole else "numbers"
            raise Invalid(f"{key} is a list of {what}, not {value!r}", field=key)
        return tuple(_number(key, each, whole=whole) for each in value)
    if kind == "tuple[str, ...]":
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Invalid(f"{key} is a list of texts, not {value!r}", field=key)
        return tuple(value)
    if not isinstance(value, str):
        raise Invalid(f"{key} is a text, not {value!r}", field=key)
    return value


def _number(key: str, value: Any, *, whole: bool = True) -> Any:
    allowed = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed):
        kind = "whole number" if whole else "number"
        raise Invalid(f"{key} is a {kind}, not {value!r}", field=key)
    return value


def _refuse_unknown(table: str, found: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in found:
        if key in known:
            continue
        where = f"[{table}] has" if table else "the settings have"
        near = get_close_matches(key, known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise Invalid(
            f"{where} no {key!r}{hint} (known: {', '.join(sorted(known))})",
            field=f"{table}.{key}" if table else key,
        )


def _born(name: str, make: Callable[[], T]) -> T:
    """Make a value; one that refuses nonsense at birth is told with the table's name."""
    try:
        return make()
    except (ValueError, TypeError) as why:
        raise Invalid(f"{name}: {why}", field=name) from why
