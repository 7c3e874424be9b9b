"""Commands about orders: ask for a quote, close a wave, list the day's waves.

Decides how promises, reasons and plans read in a terminal.  The answers are the
operations' own; nothing is decided here.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from dispatch.cli_parts import data_dir_option, json_option, make_ready, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.operations.ports import Ports
    from dispatch.operations.waves import LooseOrder, Wave
    from dispatch.orders.quotes import Option, Quote


@click.command()
@data_dir_option
@click.option(
    "--merchant",
    "merchants",
    multiple=True,
    required=True,
    help="Id of a merchant the order comes from; repeat it for an order from several.",
)
@click.option("--address", help='Where to, as people say it: "12 rue …, 47200 Marmande".')
@click.option("--lat", type=click.FloatRange(-90, 90), help="Where to, in degrees north.")
@click.option("--lon", type=click.FloatRange(-180, 180), help="Where to, in degrees east.")
@click.option(
    "--weight-g",
    type=click.IntRange(0, 1_000_000),
    default=0,
    help="Grams of the parcel from each merchant.",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Every express window of that day, as 2026-11-24.  [default: as soon as possible]",
)
@json_option
def quote(
    data_dir: Path,
    merchants: tuple[str, ...],
    address: str | None,
    lat: float | None,
    lon: float | None,
    weight_g: int,
    day: datetime | None,
    as_json: bool,
) -> None:
    """Ask how an order could be had now, and why not otherwise.

    Only browses: no order is kept and no courier's time is held.  An installation that
    is missing is made, empty, to answer from.  Exits with 1 when nothing at all is
    offered.
    """
    if (lat is None) != (lon is None):
        raise click.UsageError("--lat and --lon go together")
    if address is None and lat is None:
        raise click.UsageError("say where to: --address, or --lat and --lon")
    if twice := [m for n, m in enumerate(merchants) if m in merchants[:n]]:
        raise click.UsageError(f"--merchant {twice[0]} is there twice")
    from dispatch.app import open_house
    from dispatch.core.ids import StorefrontId
    from dispatch.core.places import Place
    from dispatch.operations.enquire import Enquiry, Item, enquire

    try:
        point = None if lat is None or lon is None else Place(lat, lon)
    except ValueError as why:  # "nan" is a number to click
        raise click.UsageError(f"--lat, --lon: {why}") from None
    items = tuple(Item(m, weight_g=weight_g) for m in merchants)
    enquiry = Enquiry(items, address, point, day=day and day.date())
    ports = open_house(data_dir).ports
    answer = enquire(enquiry, StorefrontId("command-line"), ports, hold=False)
    if as_json:
        from dispatch.api.quote_models import SlotsView

        say_json(SlotsView.of(answer).model_dump(mode="json", exclude_none=True))
    else:
        _say_quote(answer)
    if not any(option.offered for option in answer.options):
        raise Exit(1)


@click.group()
def wave() -> None:
    """Waves: what is booked, solved together and handed out to the couriers."""


@wave.command("run")
@data_dir_option
@json_option
def run_now(data_dir: Path, as_json: bool) -> None:
    """Close a wave now, outside the timetable: solve, check, hand out the tours.

    May be run beside a running server.
    """
    from dispatch.app import open_house
    from dispatch.operations.run_wave import wave_by_hand

    ports = open_house(data_dir).ports
    waves = ports.parameters.waves
    make_ready(waves.engine, proofs=waves.proof_s > 0)
    done = wave_by_hand(ports)
    with ports.store.reading() as tx:
        loose = list(tx.loose_orders(done.day))
    if as_json:
        say_json({**_wave_row(done), "unserved_orders": [_loose_row(order) for order in loose]})
    else:
        _say_wave(done, loose)
    if done.error is not None:
        kept = done.result is None or done.result.kept_standing
        came = "handed out the standing plan" if kept else "handed out the tours, but then"
        click.echo(f"dispatch: {came}: {done.error}", err=True)
        raise Exit(1)


@wave.command("list")
@data_dir_option
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Which day, as 2026-11-24.  [default: today by the town's clock]",
)
@json_option
def list_waves(data_dir: Path, day: datetime | None, as_json: bool) -> None:
    """List a day's waves: cut-off, state, and what came of each."""
    from dispatch.app import open_house
    from dispatch.core.civil import clock_text, local_day

    ports = open_house(data_dir).ports
    wanted = day.date() if day else local_day(ports.clock.now())
    waves = _waves_of(wanted, ports)
    if as_json:
        say_json({"day": wanted.isoformat(), "waves": [_wave_row(wave) for wave in waves]})
        return
    rows = []
    for one in waves:
        result = one.result
        came = (result.orders, result.tours, result.unserved) if result else ("", "", "")
        rows.append((clock_text(one.cut_off_at), one.state, *came, one.wave_id, one.error or ""))
    say_columns(("cut-off", "state", "orders", "tours", "unserved", "wave", "error"), rows)


def _waves_of(day: date, ports: Ports) -> tuple[Wave, ...]:
    from dispatch.operations.timetable import waves_on

    with ports.store.reading() as tx:
        return waves_on(tx, day, ports)


def _say_quote(answer: Quote) -> None:
    from dispatch.core.civil import local_text

    click.echo(f"At {local_text(answer.created_at)}:")
    rows = [_option_row(option) for option in answer.options]
    say_columns(("mode", "offered", "promise", "price", "why not"), rows)
    for doubt in answer.request.deliver_to.doubts:
        click.echo(f"warning: {doubt.en} ({doubt.code})")


def _option_row(option: Option) -> tuple[str, ...]:
    from dispatch.core.reasons import explained

    promise = _window(option)
    if option.price is None or not option.offered:
        why = "; ".join(
            f"{explained(refusal)[1]} ({refusal.code})"
            + "".join(f" {way.en}" for way in refusal.ways)
            for refusal in option.refusals
        )
        return option.mode, "no", promise, "", why
    cents = option.price.amount_cents
    return option.mode, "yes", promise, f"{cents // 100}.{cents % 100:02d} EUR", ""


def _window(option: Option) -> str:
    from dispatch.core.civil import clock_text, local_day
    from dispatch.slots.service_levels import Mode

    if option.window is None:
        return ""
    opens_at, closes_at = option.window.opens_at, option.window.closes_at
    first, last = local_day(opens_at), local_day(closes_at)
    if option.mode is Mode.STANDARD and option.parts:
        days = option.parts[0].promise.days
        return f"{days[0]} to {days[1]}"
    if first == last:
        return f"{first} {clock_text(opens_at)}-{clock_text(closes_at)}"
    return f"{first} {clock_text(opens_at)} to {last} {clock_text(closes_at)}"


def _wave_row(wave: Wave) -> dict[str, Any]:
    from dispatch.core.civil import local_text

    row: dict[str, Any] = {
        "wave": wave.wave_id,
        "day": wave.day.isoformat(),
        "cut_off_at": local_text(wave.cut_off_at),
        "state": wave.state.value,
    }
    if wave.published_at is not None:
        row["published_at"] = local_text(wave.published_at)
    if wave.error is not None:
        row["error"] = wave.error
    if wave.result is not None:
        row |= {
            "orders": wave.result.orders,
            "tours": wave.result.tours,
            "unserved": wave.result.unserved,
            "cost": dict(wave.result.cost),
            "engine": wave.result.engine,
            "solve_s": wave.result.solve_s,
            "kept_standing": wave.result.kept_standing,
            "bound": wave.result.bound,
            "proof": wave.result.proof or None,
        }
    return row


def _loose_row(order: LooseOrder) -> dict[str, str]:
    from dispatch.operations.manifest import short_ref

    refusal = order.refusal
    return {
        "order": short_ref(order.quote_id),
        "code": refusal.code,
        "fr": refusal.fr,
        "en": refusal.en,
    }


def _say_wave(done: Wave, loose: list[LooseOrder]) -> None:
    click.echo(f"wave {done.wave_id}: {done.state}")
    if done.result is not None:
        result = done.result
        click.echo(
            f"orders {result.orders}, tours {result.tours}, unserved {result.unserved}"
            f" ({result.engine}, {result.solve_s:.2f} s)"
        )
        if result.kept_standing:
            click.echo("the standing tours were kept: the day had changed while solving")
        if result.cost:
            say_columns(("cost of", "units"), result.cost)
        if result.gap is not None:
            could = f"at most {result.gap:.1%} of the price could be saved"
            share = could if result.gap else "proven optimal"
            click.echo(f"{share}: no allowed plan costs less than {result.bound} ({result.proof})")
    if loose:
        rows = [_loose_row(order) for order in loose]
        say_columns(("unserved", "why"), [(r["order"], f"{r['en']} ({r['code']})") for r in rows])
