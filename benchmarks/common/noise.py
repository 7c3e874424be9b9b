"""How people write addresses: slips of the finger, abbreviations, capitals, no accents.

Decides what noise is, from a seed.  Figures are never touched: who writes 13 means 13.
"""

from __future__ import annotations

import random
import unicodedata
from typing import Final

from benchmarks.common.ban_file import SyntheticDoor

SHORT: Final = (
    ("Avenue", ("av.", "av", "ave")),
    ("Boulevard", ("bd", "bld", "boul")),
    ("Rue", ("r.", "rue", "rue")),
    ("Chemin", ("ch.", "chem", "che")),
    ("Impasse", ("imp.", "imp")),
    ("Route", ("rte", "rte.")),
    ("Place", ("pl.", "pl")),
    ("Allée", ("all.", "allee")),
    ("Lotissement", ("lot.", "lot")),
    ("Général", ("gal", "gal.")),
    ("Maréchal", ("mal", "Mal.")),
    ("Docteur", ("dr", "Dr.")),
    ("Saint", ("st", "St")),
    ("Sainte", ("ste", "Ste")),
)
_NEIGHBOURS: Final = "azertyuiopqsdfghjklmwxcvbn"


def noisy(door: SyntheticDoor, dice: random.Random, slips: int = 1) -> str:
    """Return *door* as a customer may write it: *slips*, and half of the time short words."""
    street = _shortened(door.street, dice) if dice.random() < 0.5 else door.street
    for _ in range(slips):
        street = _one_slip(street, dice)
    town = door.commune.name
    if dice.random() < 0.1:
        town = _one_slip(town, dice)
    if dice.random() < 0.5:
        town = town.upper()
    if dice.random() < 0.6:
        town = f"{door.commune.postcode} {town}"
    number = f"{door.number}{dice.choice(('', ' '))}{door.suffix}" if door.suffix else door.number
    text = f"{number}{dice.choice((' ', ', '))}{street}{dice.choice((' ', ', '))}{town}"
    return _without_accents(text) if dice.random() < 0.5 else text


def _shortened(street: str, dice: random.Random) -> str:
    words = street.split(" ")
    for k, word in enumerate(words):
        for long, shorts in SHORT:
            if word == long or word.startswith(f"{long}-"):
                words[k] = dice.choice(shorts) + word.removeprefix(long).replace("-", " ")
    return " ".join(words)


def _one_slip(text: str, dice: random.Random) -> str:
    """Leave a letter out, double or add one, swap two, or hit the key beside: never a figure."""
    places = [k for k in range(1, len(text) - 1) if text[k].isalpha() and text[k + 1].isalpha()]
    if not places:
        return text
    k = dice.choice(places)
    kind = dice.randrange(4)
    if kind == 0:
        return text[:k] + text[k + 1 :]
    if kind == 1:
        return text[:k] + text[k + 1] + text[k] + text[k + 2 :]
    if kind == 2:
        return text[:k] + dice.choice(_NEIGHBOURS) + text[k:]
    return text[:k] + dice.choice(_NEIGHBOURS) + text[k + 1 :]


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
