from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dispatch.adapters.geocoder.ban import ServiceError
from dispatch.adapters.geocoder.composed import TownGeocoder
from dispatch.adapters.geocoder.reading import address_key
from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.operations.ports import Candidate, Pin

HERE, NEAR, FAR = Place(44.5, 0.16), Place(44.501, 0.16), Place(44.52, 0.16)  # 111 m, 2.2 km
TYPED = "12 r. du port, Marmande"
LABEL = "12 Rue du Port, 47200 Marmande"


def reading(
    place: Place = HERE, score: float = 1.0, kind: str = "housenumber", *, exact: bool = True
) -> Candidate:
    return Candidate(place, LABEL, score, kind, exact, "47157")


class Says:
    """A geocoder that always says the same, and counts how often it was asked."""

    def __init__(self, *found: Candidate, away: bool = False) -> None:
        self._found, self._away, self.asked = found, away, 0

    def find(self, text: str) -> Sequence[Candidate]:
        self.asked += 1
        if self._away:
            raise ServiceError("away")
        return self._found if text else ()

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        return self._found[0] if self._found and within_m > 0 and place else None


class Pins(dict[str, Pin]):
    def pin_for(self, address_key: str) -> Pin | None:
        return self.get(address_key)


def pinned(place: Place, *written: str) -> Pins:
    pin = Pin(place, CourierId("anna"), datetime(2026, 11, 24, tzinfo=UTC), 8.0)
    return Pins({address_key(text): pin for text in written})


@pytest.mark.parametrize(
    "ours",
    [
        [reading()],
        [reading(score=0.7)],
        [reading(), reading(FAR)],  # asking would not tell them apart
        [reading(score=0.8, kind="street", exact=False)],  # no number was asked for
    ],
)
def test_the_network_is_not_asked_for_what_our_own_doors_tell(ours: list[Candidate]) -> None:
    online = Says(reading(FAR))
    assert list(TownGeocoder(Says(*ours), online=online).find(TYPED)) == ours
    assert online.asked == 0


@pytest.mark.parametrize(
    ("ours", "theirs", "taken"),
    [
        ([], [reading(FAR, 0.6)], FAR),
        ([reading(score=0.85, exact=False)], [reading(FAR, 0.8)], FAR),  # a surveyed door
        ([reading(score=0.45, kind="street", exact=False)], [reading(FAR, 0.8)], FAR),
        ([reading(score=0.85, exact=False)], [reading(FAR, 0.9, exact=False)], HERE),
        ([reading(score=0.45, kind="street", exact=False)], [], HERE),
    ],
)
def test_where_we_are_not_sure_the_better_answer_counts(
    ours: list[Candidate], theirs: list[Candidate], taken: Place
) -> None:
    found = TownGeocoder(Says(*ours), online=Says(*theirs)).find(TYPED)
    assert found[0].place == taken


def test_a_service_that_is_away_is_not_missed() -> None:
    ours = reading(score=0.85, exact=False)
    assert list(TownGeocoder(Says(ours), online=Says(away=True)).find(TYPED)) == [ours]
    assert list(TownGeocoder(Says(), online=Says(away=True)).find(TYPED)) == []


@pytest.mark.parametrize("written", [TYPED, LABEL])
def test_a_corrected_door_wins_however_it_was_kept(written: str) -> None:
    (found,) = TownGeocoder(Says(reading()), pins=pinned(NEAR, written)).find(TYPED)
    assert (found.place.lat_deg, found.pinned, found.exact) == (NEAR.lat_deg, True, True)
    assert (found.label, found.insee) == (LABEL, "47157")


def test_a_corrected_door_makes_a_doubtful_reading_sure() -> None:
    doubtful = reading(score=0.6, exact=False)
    (found,) = TownGeocoder(Says(doubtful), pins=pinned(NEAR, LABEL)).find(TYPED)
    assert found.score == 1.0


@pytest.mark.parametrize("typed", [TYPED, LABEL])
def test_the_same_words_meant_elsewhere_do_not_move_this_door(typed: str) -> None:
    ours = replace(reading(), label="12 Rue du Port, 47200 Marmande (Coussan)")
    found = TownGeocoder(Says(ours), pins=pinned(FAR, typed)).find(typed)
    assert (found[0].place, found[0].pinned) == (HERE, False)
    # With a point beside the pin it is that door after all.
    assert (found[1].place.lat_deg, found[1].pinned) == (FAR.lat_deg, True)
    assert found[1].score < 0.5


def test_a_pin_kept_under_the_words_moves_the_reading_nearest_to_it() -> None:
    twins = Says(reading(HERE), reading(FAR))
    found = TownGeocoder(twins, pins=pinned(NEAR, "12 rue du port")).find("12 rue du port")
    assert [(one.place.lat_deg, one.pinned) for one in found] == [
        (NEAR.lat_deg, True),
        (FAR.lat_deg, False),
    ]


def test_an_address_no_map_knows_is_found_by_its_pin_if_it_names_a_postcode() -> None:
    text = "3 impasse toute neuve, 47200 Marmande"
    (found,) = TownGeocoder(Says(), pins=pinned(NEAR, text)).find(text)
    assert (found.pinned, found.score) == (True, 1.0)
    without = "3 impasse toute neuve"
    (doubtful,) = TownGeocoder(Says(), pins=pinned(NEAR, without)).find(without)
    assert (doubtful.pinned, doubtful.score) == (True, 0.49)


def test_a_pin_never_moves_a_whole_street() -> None:
    street = reading(score=0.8, kind="street", exact=False)
    (found,) = TownGeocoder(Says(street), pins=pinned(NEAR, LABEL)).find("rue du port")
    assert not found.pinned


def test_the_nearest_door_is_our_own_indexes() -> None:
    assert TownGeocoder(Says(reading()), online=Says(away=True)).nearest(HERE, 10) == reading()
