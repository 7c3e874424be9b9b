from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from geodata.addresses import Addresses
from geodata.recipes.ban import BadAddressFile, read_ban
from tests.geodata.ban import COLUMNS, MARMANDE, TONNEINS, addresses, row, write

PARIS = ("75101", "75001", "Paris")
MANY = [row(number, "Rue du Port") for number in range(1, 201)]


def doors(found: Addresses, street: str) -> list[str]:
    k = found.names.index(street)
    return [
        f"{found.number[i]}{found.suffixes[found.suffix[i]]}"
        for i in range(found.first[k], found.first[k + 1])
    ]


def test_only_the_towns_communes_are_kept_and_the_others_counted(tmp_path: Path) -> None:
    found = addresses(
        tmp_path, row(2, "Rue du Port"), row(1, "Rue du Port", TONNEINS), row(1, "Rivoli", PARIS)
    )
    assert found.insee == ("47157", "47310")
    assert found.names == ("Rue du Port", "Rue du Port")
    assert found.sources[0].dropped == {"in another commune": 1}
    assert found.sources[0].kept == 2


def test_numbers_grow_along_a_street_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    street = "Rue du Port"
    found = addresses(
        tmp_path, row(12, street), row(2, street), row(12, street, rep="BIS"), row(100, street)
    )
    assert doors(found, street) == ["2", "12", "12bis", "100"]


def test_of_several_positions_of_a_door_its_entrance_is_kept(tmp_path: Path) -> None:
    street = "Rue du Port"
    found = addresses(
        tmp_path,
        row(2, street, at=(44.1, 0.1), position="parcelle"),
        row(2, street, at=(44.2, 0.2), position="entrée"),
        row(2, street, at=(44.3, 0.3), position="segment"),
    )
    assert found.lat_e6.tolist() == [44_200_000]
    assert found.sources[0].dropped == {"another position of the same door": 2}


def test_numbers_made_up_for_a_hamlet_are_forgotten_and_its_points_kept(tmp_path: Path) -> None:
    found = addresses(
        tmp_path,
        row(5001, "Lieu-dit Bourdieu"),
        row(5002, "Lieu-dit Bourdieu", at=(44.6, 0.1)),
        row(99999, "Lacoste"),
        row(3, "Lacoste"),
        row(5100, "Route de Duras"),
        row(20, "Route de Duras"),
    )
    assert doors(found, "Lieu-dit Bourdieu") == ["0", "0"]
    assert doors(found, "Lacoste") == ["0", "3"]
    assert doors(found, "Route de Duras") == ["20", "5100"]


def test_a_commune_is_not_its_own_former_one(tmp_path: Path) -> None:
    found = addresses(
        tmp_path,
        row(2, "Rue Haute", former="Marmande"),
        row(4, "Rue Haute"),
        row(2, "Rue Haute", former="Coussan"),
    )
    assert found.former == ("", "Coussan")
    assert doors(found, "Rue Haute") == ["2", "4"]


def test_a_hamlet_named_beside_a_road_can_be_found_by_its_name(tmp_path: Path) -> None:
    found = addresses(tmp_path, row(1250, "Route de Duras", hamlet="Bourdieu"))
    assert doors(found, "Bourdieu") == ["0"]


def test_the_file_of_named_places_is_read_as_well(tmp_path: Path) -> None:
    columns = "id;nom_lieu_dit;code_postal;code_insee;nom_commune;x;y;lon;lat"
    places = write(
        tmp_path / "lieux-dits-47-beta.csv.gz",
        ["id;Le Bourdieu;47200;47157;Marmande;;;0.16;44.5"],
        columns,
    )
    houses = write(tmp_path / "adresses-47.csv.gz", [row(2, "Rue du Port")])
    found = read_ban([houses, places], ["47157"])
    assert found.names == ("Le Bourdieu", "Rue du Port")
    assert [source.kept for source in found.sources] == [1, 1]


def test_a_few_lines_that_cannot_be_read_are_counted_not_kept(tmp_path: Path) -> None:
    found = addresses(tmp_path, *MANY, "half;a;line", row("x", "Rue du Port"))
    assert found.sources[0].dropped == {"unreadable": 2}
    assert len(found.number) == 200


@pytest.mark.parametrize(
    "bad",
    [
        row("douze", "Rue du Port"),
        row(12, ""),
        row(12, "Rue du Port", at=("", "")),
        row(12, "Rue du Port", at=(0, 0)),
        row(12, "Rue du Port", at=(99, 0.1)),
        row(12, "Rue du Port", at=("nan", 0.1)),
        "half;a;line",
    ],
)
def test_more_than_one_line_in_a_hundred_unreadable_is_not_believed(
    tmp_path: Path, bad: str
) -> None:
    path = write(tmp_path / "a.csv", [*MANY, bad, bad, bad])
    with pytest.raises(BadAddressFile, match=r"a\.csv: 3 of 203 lines cannot be read, first: 202"):
        read_ban([path], ["47157"])


def test_text_in_another_alphabet_is_an_unreadable_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", MANY)
    path.write_bytes(path.read_bytes() + row(1, "Allée des Chênes").encode("latin-1") + b"\n")
    assert read_ban([path], ["47157"]).sources[0].dropped == {"unreadable": 1}


def test_a_cut_download_is_told_to_be_fetched_again(tmp_path: Path) -> None:
    path = write(tmp_path / "adresses-47.csv.gz", MANY)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadAddressFile, match="ends too early"):
        read_ban([path], ["47157"])


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "adresses-47.csv.gz", MANY)
    broken = bytearray(path.read_bytes())
    broken[20:200] = bytes(180)
    path.write_bytes(bytes(broken))
    with pytest.raises(BadAddressFile, match="damaged"):
        read_ban([path], ["47157"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"id,numero,lon\n1,2,3\n", "has one column"),
        (b"id;numero;lon\n1;2;3\n", "has no column rep, nom_voie"),
        (gzip.compress(b"", mtime=0), "is empty"),
    ],
)
def test_a_file_of_something_else_is_told_what_it_lacks(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(BadAddressFile, match=message):
        read_ban([path], ["47157"])


def test_a_file_without_a_door_of_ours_says_what_it_has(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [row(1, "Rivoli", PARIS)])
    with pytest.raises(BadAddressFile, match=r"no address in the town's 1 communes; .*: 75"):
        read_ban([path], [MARMANDE[0]])


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "adresses-47.csv.gz", MANY)
    seen: list[int] = []
    read_ban([path], ["47157"], progress=seen.append)
    assert sum(seen) == path.stat().st_size


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"\ufeff{COLUMNS}\r\n{row(1, 'Rue du Port')}\r\n".encode())
    assert read_ban([path], ["47157"]).names == ("Rue du Port",)
