from __future__ import annotations

import pytest

from dispatch.adapters.geocoder.communes import CommuneSpeller
from dispatch.adapters.geocoder.reading import spell

NAMES = (
    "Marmande",
    "Saint-Sauveur-de-Meilhan",
    "Meilhan-sur-Garonne",
    "Varès",
    "Saint-Pardoux-du-Breuil",
    "Gontaud-de-Nogaret",
    "Lafitte-sur-Lot",
)
COMMUNES = CommuneSpeller(NAMES, others=[("Unet", 3)])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("rue Basse Marmande", "Marmande"),
        ("rue Basse MARMENDE", "Marmande"),
        ("rue Basse Vrarès", "Varès"),
        ("rue Basse Varys", "Varès"),
        ("rue Basse meilhan", "Meilhan-sur-Garonne"),
        ("rue Basse Meilhan s/ Garonne", "Meilhan-sur-Garonne"),
        ("rue Basse Sint-Sauveur-de-Meilhan", "Saint-Sauveur-de-Meilhan"),
        ("rue Basse St Pardoux", "Saint-Pardoux-du-Breuil"),
        ("rue Basse Gontaud-lde-Nogaret", "Gontaud-de-Nogaret"),
        ("rue Basse Lafitte-sr-Lot", "Lafitte-sur-Lot"),
        ("rue Basse Unet", "Varès"),
    ],
)
def test_a_commune_is_known_by_its_name_its_short_name_and_a_slip_of_either(
    typed: str, name: str
) -> None:
    words = spell(typed)
    found = COMMUNES.at_the_end(words)
    assert found is not None
    assert NAMES[found[0]] == name
    assert words[: -found[1]] == ["rue", "basse"]


def test_a_short_name_that_two_communes_share_is_neithers() -> None:
    twins = CommuneSpeller(["Meilhan-sur-Garonne", "Meilhan-le-Vieux"])
    assert twins.at_the_end(["rue", "basse", "meilhan"]) is None
    assert twins.at_the_end(["rue", "basse", "meilhan", "vieux"]) == (1, 2)


@pytest.mark.parametrize(
    "typed", ["rue Basse Agen", "rue Basse Bordeaux", "rue Basse", "", "Saint"]
)
def test_a_town_that_is_not_ours_is_no_commune(typed: str) -> None:
    assert COMMUNES.at_the_end(spell(typed)) is None
