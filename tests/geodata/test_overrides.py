"""What somebody who knows the streets says, goes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import network as net
from geodata.load import DamagedTown, town
from geodata.network import Network
from geodata.overrides import ONEWAYS, VEHICLES, Override, overridden, read_overrides
from tests.geodata.recipes.health.test_graph import streets

CAR, BIKE, FOOT = 3, 12, 48
ALL = CAR | BIKE | FOOT


@dataclass(frozen=True)
class Place:
    name: str
    insee: str


def access(override: Override, before: int) -> int:
    (after,) = overridden(streets(2, [(0, 1, before)]), (), (override,)).access.tolist()
    return int(after)


@pytest.mark.parametrize(
    ("said", "before", "after"),
    [
        ({"close": "car"}, ALL, BIKE | FOOT),
        ({"close": "all"}, ALL, 0),
        ({"open": "car"}, BIKE | FOOT, ALL),
        ({"open": "car"}, net.BIKE_THERE | FOOT, net.CAR_THERE | net.BIKE_THERE | FOOT),
        ({"open": "bike"}, net.CAR_BACK, net.CAR_BACK | net.BIKE_BACK),
        ({"open": "foot"}, net.CAR_BACK, net.CAR_BACK | FOOT),
        ({"open": "bike", "close": "car"}, CAR, BIKE),
        ({"open": "car"}, net.CAR_THERE, net.CAR_THERE),  # a one-way street stays one
        ({"oneway": "yes"}, ALL, net.CAR_THERE | net.BIKE_THERE | FOOT),
        ({"oneway": "reverse"}, ALL, net.CAR_BACK | net.BIKE_BACK | FOOT),
        ({"oneway": "no"}, net.CAR_THERE | FOOT, CAR | FOOT),
    ],
)
def test_open_close_and_one_way_do_what_they_say(
    said: dict[str, str], before: int, after: int
) -> None:
    assert access(Override(reason="seen", id=1, **said), before) == after  # type: ignore[arg-type]


def test_speed_weight_and_a_door_only_rule_are_corrected() -> None:
    network = streets(2, [(0, 1, ALL)])
    door = Network(
        **{f.name: getattr(network, f.name) for f in fields(Network)}
        | {"kind": np.array([net.NO_THROUGH | net.BRIDGE], np.uint8)}
    )
    after = overridden(
        door,
        (),
        (Override(reason="r", id=1, open="car", maxspeed_kmh=30, max_weight_kg=3_500),),
    )
    assert (after.limit_there_kmh[0], after.limit_back_kmh[0]) == (30, 30)
    assert after.max_weight_kg[0] == 3_500
    assert after.kind[0] == net.BRIDGE


overrides = st.builds(
    lambda o, c, way: Override(
        reason="r",
        id=way,
        open=o if o != c else "",
        close=c,
        oneway="yes",
    ),
    st.sampled_from(["", *VEHICLES]),
    st.sampled_from(["", *VEHICLES]),
    st.integers(1, 3),
)


@given(
    before=st.lists(st.integers(0, ALL), min_size=3, max_size=3),
    said=st.lists(overrides, max_size=4),
    oneway=st.sampled_from(ONEWAYS),
)
def test_what_is_said_last_wins_and_saying_it_twice_changes_nothing(
    before: list[int], said: list[Override], oneway: str
) -> None:
    """Overrides are applied at the import and again at each start."""
    network = streets(4, [(k, k + 1, bits) for k, bits in enumerate(before)])
    last = Override(reason="r", id=1, close="foot", oneway=oneway)
    once = overridden(network, (), (*said, last))
    assert not once.access[0] & FOOT
    np.testing.assert_array_equal(overridden(once, (), (*said, last)).access, once.access)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[way]]\nid = 1\nclose = 'car'", r"way\[0\]: field 'reason' is missing"),
        ("[[way]]\nid = 1\nreason = 'r'", "changes nothing"),
        ("[[way]]\nreason = 'r'\nclose = 'car'", "names a way by its id"),
        ("[[way]]\nid = 1\nreason = 'r'\nclose = 'lorry'", "'lorry'; known: car, bike, foot, all"),
        ("[[way]]\nid = 1\nreason = 'r'\nclose = 'car'\nopen = 'all'", "at once"),
        ("[[way]]\nid = 1\nreason = 'r'\noneway = 'left'", "known: yes, reverse, no"),
        ("[[way]]\nid = 1\nreason = 'r'\nmaxspeed_kmh = 300", "between 5 and 130"),
        ("[[way]]\nid = 1\nreason = 'r'\nmax_weight_kg = -1", "negative"),
        ("[[way]]\nid = '1'\nreason = 'r'\nclose = 'car'", "id must be int"),
        ("[[way]]\nid = 1\nreason = 'r'\nspeed = 3", "unknown field 'speed'"),
        ("[[ways]]\nid = 1", r"unknown table 'ways'; known: \[\[way\]\]"),
        ("[way]\nid = 1", r"must be written as \[\[way\]\] tables"),
        ("[[way]]\nid : 1", r"cannot be read: .*line 2"),
    ],
)
def test_a_badly_written_override_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as why:
        read_overrides(text)
    assert str(why.value).startswith("overrides.toml")


def test_a_street_is_named_where_there_are_no_ids(tmp_path: Path) -> None:
    """The embedded town's edges have no OpenStreetMap ids."""
    before = town("val_de_garonne").network
    folder = tmp_path / "val_de_garonne"
    folder.mkdir()
    bridge = '[[street]]\nname = "Pont du Mas-d\'Agenais"\nclose = "car"\nreason = "flood"\n'
    (folder / "overrides.toml").write_text(bridge, "utf-8")
    after = town("val_de_garonne", tmp_path).network
    changed = np.flatnonzero(before.access != after.access)
    assert len(changed) == 1
    assert {before.names[k] for k in before.name[changed]} == {"Pont du Mas-d'Agenais"}
    assert not (after.access[changed] & CAR).any()


def test_the_guide_s_streets_can_be_closed_in_the_embedded_town(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "towns.md").read_text("utf-8")
    example = guide.partition("```toml\n")[2].partition("```")[0]
    home = tmp_path / "val_de_garonne"
    home.mkdir()
    (home / "overrides.toml").write_text(example[example.index("[[street]]") :], "utf-8")
    before, after = town("val_de_garonne").network, town("val_de_garonne", tmp_path).network
    closed = np.flatnonzero((before.access != 0) & (after.access == 0))
    assert [after.names[name] for name in after.name[closed]] == ["Pont du Mas-d'Agenais"]
    assert len(np.flatnonzero(before.access != after.access)) > 1
    assert len(read_overrides(example)) == 4


def test_a_street_of_one_commune_leaves_its_namesake_alone() -> None:
    pilot = town("val_de_garonne")
    said = Override(reason="works", street="Rue schématique 1", commune="47310", close="car")
    after = overridden(pilot.network, pilot.communes, (said,))
    changed = np.flatnonzero(pilot.network.access != after.access)
    assert len(changed)
    assert {pilot.communes[k].name for k in pilot.network.commune[changed]} == {"Tonneins"}
    by_name = Override(reason="r", street="Rue schématique 1", commune="Tonneins", close="car")
    np.testing.assert_array_equal(
        overridden(pilot.network, pilot.communes, (by_name,)).access, after.access
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[way]]\nid = 42\nclose = 'car'\nreason = 'r'", "no way 42 in these streets"),
        ("[[street]]\nname = 'Rue X'\nclose = 'car'\nreason = 'r'", "no street 'Rue X' in these"),
        (
            "[[street]]\nname = 'Rue schématique 1'\ncommune = 'Paris'\nclose = 'car'\n"
            "reason = 'r'",
            "no commune 'Paris'",
        ),
    ],
)
def test_an_override_of_nothing_keeps_the_town_shut_and_says_so(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "val_de_garonne").mkdir()
    (tmp_path / "val_de_garonne" / "overrides.toml").write_text(text, "utf-8")
    with pytest.raises(DamagedTown, match=rf"val_de_garonne: overrides\.toml: {said}"):
        town("val_de_garonne", tmp_path)
