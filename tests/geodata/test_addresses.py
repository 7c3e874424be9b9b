from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from geodata.addresses import Addresses, DamagedAddresses, read_addresses, write_addresses
from tests.geodata.ban import TONNEINS, addresses, row


@pytest.fixture
def known(tmp_path: Path) -> Addresses:
    return addresses(
        tmp_path,
        row(1, "Rue du Port"),
        row(3, "Rue du Port", rep="bis", at=(44.501, 0.161)),
        row(7, "Place de l'Œuf", TONNEINS, former="Unet"),
    )


def test_what_is_written_is_read_again_with_where_it_came_from(
    known: Addresses, tmp_path: Path
) -> None:
    path = tmp_path / "towns" / "x" / "addresses.npz"
    write_addresses(path, known)
    again = read_addresses(path)
    for one in fields(Addresses):
        assert np.array_equal(getattr(again, one.name), getattr(known, one.name)), one.name
    (source,) = again.sources
    assert (source.file, source.kept, source.licence) == (
        "adresses-47.csv",
        3,
        "Licence Ouverte 2.0",
    )
    assert len(source.sha256) == 64


def test_a_file_is_replaced_whole_or_stays_as_it_was(
    known: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "addresses.npz"
    write_addresses(path, known)
    before = path.read_bytes()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_addresses(path, known)
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"addresses.npz", "adresses-47.csv"}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_cut_file_is_told_in_one_sentence_with_its_name(
    known: Addresses, tmp_path: Path, share: float
) -> None:
    path = tmp_path / "addresses.npz"
    write_addresses(path, known)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DamagedAddresses, match=r"addresses\.npz cannot be read"):
        read_addresses(path)


def test_another_array_file_is_not_taken_for_addresses(tmp_path: Path) -> None:
    path = tmp_path / "addresses.npz"
    np.savez(path, something=np.arange(3))
    with pytest.raises(DamagedAddresses, match="has no 'header'"):
        read_addresses(path)


def test_doors_that_contradict_each_other_are_refused(known: Addresses) -> None:
    with pytest.raises(ValueError, match="lat_e6 has 2 values, 3 needed"):
        replace(known, lat_e6=known.lat_e6[:2])
    with pytest.raises(ValueError, match="do not share out the 3 doors"):
        replace(known, first=np.array([0, 0, 3], np.int32))
    with pytest.raises(ValueError, match="commune points outside 0 to 1"):
        replace(known, commune=np.array([0, 2], np.int16))
    with pytest.raises(ValueError, match="not on Earth"):
        replace(known, lat_e6=np.array([0, 0, 91_000_000], np.int32))
