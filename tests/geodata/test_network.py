"""The arrays of a network: packed and read back they are the same, and nonsense is refused."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from geodata import network as net
from geodata.load import town
from geodata.network import Network, pack_network, read_network

PILOT = town("val_de_garonne").network


def with_bend(whole: Network) -> Network:
    """Give edge 0 one bend, and forbid turning back at its end, and over two edges there."""
    edges = len(whole.u)
    return replace(
        whole,
        shape_at=np.concatenate([[0], np.ones(edges)]).astype(np.int32),
        shape_lat_deg=np.array([44.5000001]),
        shape_lon_deg=np.array([0.1234567]),
        turn_from=np.zeros(1, np.int32),
        turn_via=whole.v[:1],
        turn_to=np.zeros(1, np.int32),
        turn_who=np.array([net.TURN_CAR], np.uint8),
        chain_at=np.array([0, 3], np.int32),
        chain_edge=np.array([0, 1, 0], np.int32),
        chain_via=whole.v[:1],
        chain_who=np.array([net.TURN_BIKE], np.uint8),
    )


def test_gates_are_kept_and_a_town_without_any_is_packed_as_before_there_were_any() -> None:
    gated = replace(PILOT, gate=np.arange(len(PILOT.gate)) == 7)
    assert np.flatnonzero(read_network(pack_network(gated)).gate).tolist() == [7]
    with np.load(io.BytesIO(pack_network(PILOT))) as arrays:
        assert "gate" not in arrays


def test_a_packed_network_is_read_back_to_the_last_bit() -> None:
    bent = with_bend(PILOT)

    again = read_network(pack_network(bent))

    for field in fields(Network):
        there, here = getattr(again, field.name), getattr(bent, field.name)
        if field.name.endswith("_deg"):
            np.testing.assert_allclose(there, here, atol=5e-8)
        else:
            np.testing.assert_array_equal(there, here)
    assert pack_network(again) == pack_network(bent)


def test_a_drawn_one_way_street_is_closed_backwards_to_wheels_not_to_feet() -> None:
    back = PILOT.access & (net.CAR_BACK | net.BIKE_BACK | net.FOOT_BACK)

    assert 0 < PILOT.oneway.sum() < len(PILOT.u)
    assert set(back[PILOT.oneway]) == {net.FOOT_BACK}
    assert set(back[~PILOT.oneway]) == {net.CAR_BACK | net.BIKE_BACK | net.FOOT_BACK}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"turn_to": np.array([999_999], np.int32)}, "turn_to points outside"),
        ({"turn_who": np.zeros(2, np.uint8)}, r"turn_who has shape \(2,\), not \(1,\)"),
        ({"shape_lat_deg": np.zeros(3)}, "shape_at does not cut|shape_lon_deg has shape"),
        ({"chain_edge": np.array([0, 1, -1], np.int32)}, "chain_edge points outside"),
        ({"chain_at": np.array([0, 2], np.int32)}, "chain_at does not cut 3 edges into 1 chains"),
        ({"chain_who": np.zeros(2, np.uint8)}, r"chain_who has shape \(2,\), not \(1,\)"),
        ({"surface": np.full(len(PILOT.u), 99, np.uint8)}, "surface points outside"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(with_bend(PILOT), **change)


def test_a_file_of_before_whole_ways_could_be_forbidden_forbids_none() -> None:
    with np.load(io.BytesIO(pack_network(with_bend(PILOT)))) as packed:
        older = {key: packed[key] for key in packed.files if not key.startswith("chain")}
    out = io.BytesIO()
    np.savez_compressed(out, **older)

    read = read_network(out.getvalue())

    assert len(read.turn_from) == 1
    assert len(read.chain_via) == 0


def test_a_file_without_an_array_names_it() -> None:
    with pytest.raises(ValueError, match="has no array 'lat_e6'"):
        read_network(_packed_without_everything())


def _packed_without_everything() -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, nothing=np.zeros(1))
    return out.getvalue()
