"""The offer is data, and wrong data is told by name."""

from __future__ import annotations

import pytest

from dispatch.core.errors import Invalid
from dispatch.slots.service_levels import (
    DEFAULT_PRESET,
    PRESETS,
    USES,
    Mode,
    ServiceLevel,
    service_levels,
)

HALF_PAST_SEVEN_PM = 19 * 60 + 30


def test_the_default_offer_delivers_within_four_hours_the_same_day() -> None:
    express = service_levels()[Mode.EXPRESS]
    assert DEFAULT_PRESET == "within_4h"
    assert (express.min_lead_min, express.max_lead_min) == (0, 240)
    assert express.same_day_until == HALF_PAST_SEVEN_PM


def test_the_other_reading_delivers_from_four_hours_on_the_same_day() -> None:
    express = service_levels("from_4h")[Mode.EXPRESS]
    assert (express.min_lead_min, express.max_lead_min) == (240, None)
    assert express.same_day_until == HALF_PAST_SEVEN_PM


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_speaks_of_every_mode(preset: str) -> None:
    levels = PRESETS[preset]
    assert set(levels) == set(Mode)
    assert all(levels[mode].mode is mode for mode in Mode)
    assert levels[Mode.COLLECT].min_lead_min == 120
    assert (levels[Mode.STANDARD].min_days, levels[Mode.STANDARD].max_days) == (3, 7)
    assert levels[Mode.MERCHANT].slot_min == 120


def test_a_planner_changes_one_number_and_keeps_the_others() -> None:
    levels = service_levels(
        "within_4h",
        {"express": {"same_day_until": "20:00", "max_lead_min": "none"}, "collect": {}},
    )
    assert levels[Mode.EXPRESS] == ServiceLevel(Mode.EXPRESS, same_day_until=1200)
    assert levels[Mode.COLLECT] == PRESETS["within_4h"][Mode.COLLECT]
    assert PRESETS["within_4h"][Mode.EXPRESS].same_day_until == HALF_PAST_SEVEN_PM


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"expres": {}}, "expres", "unknown mode 'expres'; known:.*express"),
        ({"express": {"max_lead": 240}}, "express.max_lead", "known:.*max_lead_min"),
        ({"express": {"keep_days": 7}}, "express.keep_days", "does not use"),
        ({"express": {"same_day_until": "19h30"}}, "express.same_day_until", "'19h30'"),
        ({"express": {"same_day_until": 1170}}, "express.same_day_until", "write a time"),
        ({"express": {"same_day_until": "00:00"}}, "express.same_day_until", "from 1 to"),
        ({"express": {"max_lead_min": 0}}, "express.max_lead_min", "from 1 to"),
        ({"express": {"max_lead_min": True}}, "express.max_lead_min", "not True"),
        ({"express": {"min_lead_min": 240}}, "express.min_lead_min|max_lead_min", "not above"),
        (
            {"express": {"max_lead_min": "none", "same_day_until": "none"}},
            "express.max_lead_min",
            "must bound the promise",
        ),
        (
            {"express": {"max_lead_min": "none", "min_lead_min": 1170}},
            "express.min_lead_min",
            "leaves no order",
        ),
        ({"express": {"order_cut_off": "20:00"}}, "express.order_cut_off", "later than"),
        ({"express": {"slot_min": 50}}, "express.slot_min", "50 does not"),
        ({"express": {"enabled": "yes"}}, "express.enabled", "true or false"),
        ({"standard": {"max_days": 2}}, "standard.max_days", r"below min_days \(3\)"),
        ({"standard": {"min_days": "three"}}, "standard.min_days", "'three'"),
        ({"collect": {"keep_days": 0}}, "collect.keep_days", "from 1 to 60"),
    ],
)
def test_a_misspelt_or_contradictory_value_is_refused_naming_the_field(
    changes: dict[str, dict[str, object]], field: str, message: str
) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        service_levels("within_4h", changes)
    assert refused.value.field is not None
    mode, _, name = refused.value.field.partition(".")
    assert mode == field.partition(".")[0]
    assert name in field.partition(".")[2].split("|")


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Invalid, match=r"'4h'; known:.*from_4h.*within_4h"):
        service_levels("4h")


def test_a_number_the_mode_does_not_read_is_refused_at_birth_too() -> None:
    with pytest.raises(Invalid, match="keep_days is not used"):
        ServiceLevel(Mode.STANDARD, keep_days=3)


def test_every_mode_reads_only_fields_that_exist() -> None:
    fields = set(ServiceLevel.__dataclass_fields__)
    assert all(set(used) <= fields for used in USES.values())
