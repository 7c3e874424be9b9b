"""A new file of doors is read while the town is served; a bad one changes nothing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dispatch.adapters.geocoder import kept_book
from dispatch.adapters.geocoder.kept_book import LOOK_EVERY_S, KeptBook
from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from geodata.addresses import ATTRIBUTION, write_addresses
from tests.fakes.plugs import KnownAddresses
from tests.geodata.ban import addresses, row

MILL = Place(44.5, 0.16, "1 Rue du Moulin, 47200 Marmande")
STREETS = KnownAddresses({"12 Rue schématique 1": MILL})


class Watch:
    """Real seconds, as a test lets them pass."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "town" / "addresses.npz"


def bring(file: Path, *streets: str) -> None:
    """Import one door, number 1, of each street."""
    folder = file.parent.parent
    write_addresses(file, addresses(folder, *(row(1, street) for street in streets)))


def labels(book: KeptBook, text: str) -> list[str]:
    return [one.label for one in book.find(text)]


def test_without_a_file_the_streets_answer_and_nobody_is_credited(file: Path, watch: Watch) -> None:
    book = KeptBook(file, STREETS, watch)
    assert labels(book, "12 Rue schématique 1") == ["12 Rue schématique 1"]
    assert book.nearest(MILL, 10) is not None
    assert (book.doors(), book.credit) == (None, "")


def test_a_new_file_is_read_within_a_minute_and_without_a_restart(file: Path, watch: Watch) -> None:
    book = KeptBook(file, STREETS, watch)
    bring(file, "Rue du Moulin")
    watch.s = LOOK_EVERY_S - 1
    assert labels(book, "1 rue du Moulin, Marmande") == []
    watch.s = LOOK_EVERY_S
    assert labels(book, "1 rue du Moulin, Marmande") == [MILL.label]
    assert labels(book, "12 Rue schématique 1") == []
    assert book.credit.startswith(ATTRIBUTION)
    bring(file, "Rue du Moulin", "Rue du Port")
    watch.s = 2 * LOOK_EVERY_S
    assert labels(book, "1 rue du Port, Marmande") == ["1 Rue du Port, 47200 Marmande"]
    doors = book.doors()
    assert doors is not None
    assert len(doors[0]) == 2


def test_a_file_is_looked_at_once_a_minute_and_read_only_when_it_changed(
    file: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(file, "Rue du Moulin")
    seen: Counter[str] = Counter()
    for name in ("read_addresses", "_stamp"):
        real = getattr(kept_book, name)

        def counted(path: Path, name: str = name, real: Callable[[Path], Any] = real) -> Any:
            seen[name] += 1
            return real(path)

        monkeypatch.setattr(kept_book, name, counted)
    book = KeptBook(file, STREETS, watch)
    for second in range(0, 181, 10):
        watch.s = second
        book.find("1 rue du Moulin")
    assert seen == {"_stamp": 1 + 3, "read_addresses": 1}


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_later_file_that_is_damaged_or_gone_leaves_the_known_doors(
    file: Path, watch: Watch, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    bring(file, "Rue du Moulin")
    book = KeptBook(file, STREETS, watch)
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:300])
    with caplog.at_level(logging.WARNING):
        for minute in (1, 2, 3):
            watch.s = minute * LOOK_EVERY_S
            assert labels(book, "1 rue du Moulin, Marmande") == [MILL.label]
    assert caplog.text.count("addresses_damaged") == (damage == "cut")
    bring(file, "Rue du Port")
    watch.s = 4 * LOOK_EVERY_S
    assert labels(book, "1 rue du Port, Marmande") != []


def test_a_damaged_first_file_is_refused_with_what_to_do(file: Path, watch: Watch) -> None:
    bring(file, "Rue du Moulin")
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(Invalid, match="Import it again"):
        KeptBook(file, STREETS, watch)
