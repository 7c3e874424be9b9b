from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dispatch.adapters.town import addresses_file, open_town
from dispatch.app import TOWNS_FOLDER, open_house
from dispatch.cli import FrontDoor
from dispatch.cli_addresses import addresses, find
from dispatch.core.errors import Invalid
from dispatch.operations.credits import attribution
from dispatch.operations.locate import locate
from dispatch.orders.quotes import Doorstep
from dispatch.slots.calendar import Calendar
from geodata.recipes.holding import alone
from tests.geodata.ban import row, write

TOWN = "val_de_garonne"
PARIS = ("75101", "75001", "Paris")


def run(folder: Path, *files: Path, town: str = TOWN, options: tuple[str, ...] = ()) -> Result:
    door = FrontDoor(commands=[addresses])
    given = [argument for file in files for argument in ("--ban", str(file))]
    arguments = ["addresses", *given, "--town", town, "--dir", str(folder), *options]
    return CliRunner().invoke(door, arguments)


@pytest.fixture
def ban(tmp_path: Path) -> Path:
    rows = [row(n, "Rue du Port", at=(44.5036, 0.1655 + n / 1e4)) for n in (2, 4)]
    return write(tmp_path / "adresses-47.csv.gz", [*rows, row(1, "Rue de Rivoli", PARIS)])


def test_an_import_says_what_was_kept_and_what_was_not(tmp_path: Path, ban: Path) -> None:
    answer = run(tmp_path, ban)
    assert answer.exit_code == 0, answer.stderr
    assert "2 kept; left out: 1 in another commune" in answer.stdout
    assert "2 doors on 1 streets and places in 1 communes" in answer.stdout
    assert "no address at all in: Tonneins" in answer.stdout
    assert str(addresses_file(TOWN, tmp_path / TOWNS_FOLDER)) in answer.stdout


def test_the_report_is_one_json_object_where_asked(tmp_path: Path, ban: Path) -> None:
    report = json.loads(run(tmp_path, ban, options=("--json",)).stdout)
    assert (report["doors"], report["streets"]) == (2, 1)
    assert report["sources"][0]["licence"] == "Licence Ouverte 2.0"


def test_after_the_import_the_installation_finds_the_doors(tmp_path: Path, ban: Path) -> None:
    assert open_house(tmp_path).ports.geocoder.find("4 r. du port Marmande") == []
    run(tmp_path, ban)
    house = open_house(tmp_path)
    door = locate("4 r. du port Marmande", None, house.ports)
    assert isinstance(door, Doorstep)
    assert door.place.label == "4 Rue du Port, 47200 Marmande"
    assert "Base Adresse Nationale (Licence Ouverte 2.0), 20" in attribution(house.ports)


def test_a_bad_file_is_one_line_and_the_old_index_stays(tmp_path: Path, ban: Path) -> None:
    run(tmp_path, ban)
    kept = addresses_file(TOWN, tmp_path / TOWNS_FOLDER).read_bytes()
    ban.write_bytes(ban.read_bytes()[:-15])
    answer = run(tmp_path, ban)
    assert answer.exit_code == 2
    assert "ends too early" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert addresses_file(TOWN, tmp_path / TOWNS_FOLDER).read_bytes() == kept


def test_doors_are_not_replaced_while_a_town_is_being_imported(tmp_path: Path, ban: Path) -> None:
    run(tmp_path, ban)
    kept = addresses_file(TOWN, tmp_path / TOWNS_FOLDER).read_bytes()
    with alone(tmp_path / TOWNS_FOLDER, "another"):
        answer = run(tmp_path, ban)
    assert answer.exit_code == 2
    assert "another import into" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert addresses_file(TOWN, tmp_path / TOWNS_FOLDER).read_bytes() == kept
    assert run(tmp_path, ban).exit_code == 0


def test_a_refused_first_import_of_doors_leaves_no_folder(tmp_path: Path, ban: Path) -> None:
    ban.write_bytes(b"")
    assert run(tmp_path / "new", ban).exit_code == 2
    assert not (tmp_path / "new").exists()


def test_an_unknown_town_and_a_file_that_is_not_there_are_told(tmp_path: Path, ban: Path) -> None:
    assert "no town 'paris'" in run(tmp_path, ban, town="paris").stderr
    assert "does not exist" in run(tmp_path, tmp_path / "nothing.csv").stderr


def test_a_damaged_index_is_refused_with_what_to_do(tmp_path: Path, ban: Path) -> None:
    run(tmp_path, ban)
    path = addresses_file(TOWN, tmp_path / TOWNS_FOLDER)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(Invalid, match="Import it again"):
        open_town(TOWN, Calendar(), tmp_path / TOWNS_FOLDER)


def ask(folder: Path, text: str, *options: str) -> Result:
    arguments = ["find", text, "--dir", str(folder), *options]
    return CliRunner().invoke(FrontDoor(commands=[find]), arguments)


def test_an_address_can_be_tried_and_says_how_sure_its_door_is(tmp_path: Path, ban: Path) -> None:
    run(tmp_path, ban)
    answer = ask(tmp_path, "3 rue du port, 47200 Marmande")
    assert answer.exit_code == 0, answer.stderr
    (reading,) = [line for line in answer.stdout.splitlines() if "Rue du Port" in line]
    assert reading.split()[:3] == ["0.85", "housenumber", "no"]
    assert "delivered\nwarning: This number is not in the data" in answer.stdout
    told = json.loads(ask(tmp_path, "4 rue du port", "--json").stdout)
    (exact,) = told["readings"]
    assert (exact["exact"], exact["insee"]) == ("yes", "47157")
    assert told["warnings"] == []


def test_an_address_that_is_not_delivered_to_says_why_and_exits_with_one(tmp_path: Path) -> None:
    answer = ask(tmp_path, "12 rue de Rivoli, 75001 Paris")
    assert answer.exit_code == 1
    assert "(address_not_found)" in answer.stdout
