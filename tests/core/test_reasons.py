"""Every "no" can be told in French and in English."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

from dispatch.core.civil import parse_instant
from dispatch.core.reasons import SENTENCES, WAYS, Refusal, Way, WayKind, explained

FIVE_PAST_TWO = parse_instant("2026-11-24T14:05+01:00")
#: One true way of each kind.
EACH_WAY = (
    Way("retry_at", at=FIVE_PAST_TWO),
    Way("later_window", at=FIVE_PAST_TWO),
    Way("ready_by", at=FIVE_PAST_TWO),
    Way("order_from", at=FIVE_PAST_TWO),
    Way("courier", vehicle="cargo_bike"),
    Way("other_mode", mode="collect"),
    Way("split"),
)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_reason_is_one_french_and_one_english_sentence(code: str) -> None:
    refusal = Refusal(code)
    assert re.fullmatch(r"[a-z_]+", code)
    for sentence in (refusal.fr, refusal.en):
        assert re.fullmatch(r"[A-Z].*\.", sentence)
    assert refusal.fr != refusal.en


def test_no_two_reasons_say_the_same() -> None:
    assert len({fr for fr, _ in SENTENCES.values()}) == len(SENTENCES)
    assert len({en for _, en in SENTENCES.values()}) == len(SENTENCES)


def test_an_undocumented_reason_is_a_bug() -> None:
    with pytest.raises(ValueError, match="unknown reason 'tired'"):
        Refusal("tired")


@pytest.mark.parametrize(
    ("away_m", "said"),
    [(0, "0 m"), (640, "640 m"), (999, "999 m"), (3_180, "3.2 km"), (412_300, "412 km")],
)
def test_a_known_distance_ends_the_sentence(away_m: int, said: str) -> None:
    refusal = Refusal("outside_area", away_m=away_m)
    assert refusal.en == f"This address is outside the delivery area ({said} beyond its edge)."
    assert said.replace(".", ",") in refusal.fr
    assert refusal.fr.endswith(").")


def test_what_decided_ends_the_sentence_where_people_understand_it() -> None:
    late = Refusal("no_feasible_insertion", binding=("promise.end", "shift"))
    fr, en = explained(late)
    assert en == "No tour can take it in this window: it would arrive too late."
    assert fr == "Aucune tournée ne peut la prendre dans ce créneau : elle arriverait trop tard."
    for plain in (
        Refusal("holiday", binding=("shift",)),
        Refusal("no_feasible_insertion", binding=("vehicles",)),
    ):
        assert explained(plain) == (plain.fr, plain.en)


def test_ways_are_told_nearest_first_and_once() -> None:
    refusal = Refusal("no_feasible_insertion").opened_by(
        Way("other_mode", mode="collect"), Way("ready_by", at=FIVE_PAST_TWO)
    )
    again = refusal.opened_by(Way("later_window", at=FIVE_PAST_TWO), *refusal.ways)
    assert [way.kind for way in again.ways] == ["later_window", "ready_by", "other_mode"]
    assert refusal.unlock == {"ready_by": "2026-11-24T14:05:00+01:00"}
    assert again.unlock == {"earliest_ok": "2026-11-24T14:05:00+01:00"}
    assert Refusal("holiday").opened_by() == Refusal("holiday")


def test_only_a_place_is_away_from_something() -> None:
    with pytest.raises(ValueError, match="holiday is not 3 m away"):
        Refusal("holiday", away_m=3)
    with pytest.raises(ValueError, match="-1 m away"):
        Refusal("unreachable", away_m=-1)


def test_every_way_out_is_one_french_and_one_english_sentence() -> None:
    assert [way.kind for way in EACH_WAY] == list(WAYS)
    for way in EACH_WAY:
        for sentence in (way.fr, way.en):
            assert re.fullmatch(r"[A-Z][^{}]*\.", sentence)
        assert way.fr != way.en
    assert len({way.fr for way in EACH_WAY}) == len({way.en for way in EACH_WAY}) == len(EACH_WAY)


@pytest.mark.parametrize("kind", ["later_window", "ready_by", "order_from", "retry_at"])
def test_a_way_out_says_the_hour_as_it_is_on_the_wall(kind: WayKind) -> None:
    way = Way(kind, at=FIVE_PAST_TWO)
    assert "14:05" in way.fr
    assert "14:05" in way.en


@pytest.mark.parametrize(
    ("kind", "said", "why"),
    [
        ("ready_by", {}, r"a ready_by says \['at'\], not \[\]"),
        ("courier", {"mode": "collect"}, r"a courier says \['vehicle'\], not \['mode'\]"),
        ("split", {"vehicle": "bike"}, r"a split says \[\], not \['vehicle'\]"),
        ("other_mode", {"mode": "collect", "vehicle": "bike"}, r"not \['mode', 'vehicle'\]"),
        ("fly", {}, "unknown way 'fly'; known: .*'courier'"),
    ],
)
def test_a_way_out_says_what_its_kind_needs_and_nothing_else(
    kind: WayKind, said: dict[str, str], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        replace(Way("split"), kind=kind, **said)  # type: ignore[arg-type]


def test_a_way_out_has_an_hour_everybody_reads_alike() -> None:
    with pytest.raises(ValueError, match="without a UTC offset"):
        Way("retry_at", at=datetime(2026, 11, 24, 14, 5))  # noqa: DTZ001
