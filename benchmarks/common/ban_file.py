"""A made-up file in the national address base's format: SYNTHETIC, for benchmarks and tests.

Decides names, numbers and points from a seed: the same on every machine.  The communes
are real; no street, number or point in it is.
"""

from __future__ import annotations

import gzip
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geodata.town import Commune

COLUMNS: Final = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;"
    "code_insee_ancienne_commune;nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;"
    "libelle_acheminement;nom_afnor;source_position;source_nom_voie;certification_commune;"
    "cad_parcelles"
)
TYPES: Final = (
    ("Rue", 40),
    ("Chemin", 14),
    ("Impasse", 12),
    ("Avenue", 8),
    ("Route", 8),
    ("Place", 6),
    ("Allée", 6),
    ("Boulevard", 3),
    ("Lotissement", 2),
    ("Cours", 1),
)
#: Names that streets of small French towns have; which town has which is drawn.
NAMES: Final = (
    "Victor Hugo|Jean Jaurès|de la République|Léon Gambetta|Louis Pasteur|des Écoles|du Château"
    "|de l'Église|de la Fontaine|du Moulin|des Lilas|des Acacias|du Général de Gaulle"
    "|du Maréchal Foch|du Maréchal Leclerc|de la Libération|du 8 Mai 1945|du 11 Novembre 1918"
    "|du 19 Mars 1962|du 14 Juillet|Voltaire|Émile Zola|Anatole France|de la Gare|du Port|du Pont"
    "|des Tanneurs|du Temple|des Cordeliers|de Lorraine|de Verdun|de Bordeaux|d'Agen"
    "|de Casteljaloux|de Duras|de Villeneuve|du Stade|des Vignes|de la Plaine|du Bois"
    "|de la Chapelle|du Lavoir|des Jardins|des Roses|des Tilleuls|des Platanes|du Marché"
    "|Jules Ferry|Louis Blanc|Paul Bert|Sadi Carnot|Aristide Briand|Antoine de Saint-Exupéry"
    "|Georges Clemenceau|Pierre Curie|Marie Curie|Albert Camus|Jean Moulin|de la Résistance"
    "|du Docteur Roux|du Docteur Schweitzer|du Canal|de la Garonne|du Lot|de la Marne"
    "|des Pyrénées|des Landes|du Soleil|des Alouettes|des Mésanges|des Hirondelles"
    "|des Frères Lumière|Simone Veil|Rosa Parks|Olympe de Gouges|George Sand|Jean de La Fontaine"
    "|Molière|Jean Racine|Pierre Corneille|Blaise Pascal|Denis Diderot|Jean-Jacques Rousseau"
    "|Honoré de Balzac|Gustave Flaubert|Guy de Maupassant|Arthur Rimbaud|Paul Verlaine"
    "|Charles Baudelaire|Jacques Prévert|Louis Aragon|Paul Éluard|Joliot-Curie|Claude Bernard"
    "|Ambroise Paré|Denis Papin|Gutenberg|Ampère|Lavoisier|Édouard Branly|Hector Berlioz"
    "|Georges Bizet|Claude Debussy|Maurice Ravel|Camille Saint-Saëns|Claude Monet|Paul Cézanne"
    "|Auguste Renoir|Henri Matisse|Paul Gauguin|Eugène Delacroix|Auguste Rodin|des Chênes"
    "|des Ormes|des Peupliers|des Marronniers|des Cerisiers|des Pruniers|des Noyers|des Bleuets"
    "|des Coquelicots|des Genêts|des Bruyères|des Primevères|des Violettes|du Couvent"
    "|des Remparts|de la Halle|du Presbytère|du Cimetière|de la Mairie|de la Poste|Neuve|Basse"
    "|Haute|Traversière|du Four|du Puits|des Carmes|Saint-Martin|Saint-Jean|Saint-Pierre"
    "|Sainte-Anne|Notre-Dame|du Faubourg|de la Paix|de la Liberté|de l'Égalité|de l'Europe"
    "|des Artisans|de l'Industrie|du Commerce|de l'Abattoir|de la Tuilerie|de la Briqueterie"
)
_FIRST: Final = "Petit|Grand|Haut|Bas|Vieux|Beau|Gros|Clair|Long|Bel"
_ROOTS: Final = (
    "Puy|Castet|Bosc|Prat|Mas|Pech|Borde|Cazau|Lande|Barthe|Tuque|Garenne|Peyre|Rival|Bourdil"
    "|Labat|Lacoste|Lafon|Peyron|Sarrau|Caubet|Bernac|Jouan|Matil|Fougas|Gravel|Mourlan|Perrin"
)
_ENDS: Final = "|ot|ac|eau|ières|on|ette|as|ille|et"
_POSITIONS: Final = (("entrée", 60), ("bâtiment", 10), ("parcelle", 15), ("segment", 15))


@dataclass(frozen=True, slots=True)
class SyntheticDoor:
    """One made-up door."""

    number: int
    suffix: str
    street: str
    commune: Commune

    @property
    def label(self) -> str:
        door = " ".join(part for part in (str(self.number), self.suffix) if part)
        return f"{door} {self.street}, {self.commune.postcode} {self.commune.name}"


def synthetic_doors(
    communes: Sequence[Commune], streets: int, doors: int, seed: int = 1
) -> list[SyntheticDoor]:
    """Return about *doors* doors on about *streets* streets, shared out by population."""
    dice = random.Random(seed)
    people = sum(commune.population for commune in communes)
    found = []
    for commune in communes:
        share = commune.population / people
        names = _street_names(max(12, round(streets * share)), dice)
        wanted = doors * share / len(names)
        for name in names:
            found += _doors_of(name, commune, wanted, dice)
    return found


def _street_names(count: int, dice: random.Random) -> list[str]:
    pool = NAMES.split("|")
    kinds, weights = zip(*TYPES, strict=True)
    names: dict[str, None] = {}
    while len(names) < count:
        if dice.random() < 0.62:
            name = dice.choice(pool)
        else:
            first = f"{dice.choice(_FIRST.split('|'))} " if dice.random() < 0.4 else ""
            name = f"de {first}{dice.choice(_ROOTS.split('|'))}{dice.choice(_ENDS.split('|'))}"
        names[f"{dice.choices(kinds, weights)[0]} {name}"] = None
    return sorted(names)


def _doors_of(
    name: str, commune: Commune, wanted: float, dice: random.Random
) -> Iterator[SyntheticDoor]:
    count = max(1, round(dice.expovariate(1 / wanted)))
    # In the country numbers are metres from the road's start.
    metric = name.startswith(("Route", "Chemin")) and dice.random() < 0.6
    step = dice.randint(15, 90) if metric else 1
    at = 0
    for _ in range(count):
        at += max(1, round(step * dice.uniform(0.5, 1.5))) if metric else dice.choice((1, 1, 2, 3))
        if at > 9_000:
            return
        yield SyntheticDoor(at, "", name, commune)
        if dice.random() < 0.04:
            yield SyntheticDoor(at, dice.choice(("bis", "bis", "ter", "a", "b")), name, commune)


def write_ban(path: Path, doors: Sequence[SyntheticDoor], seed: int = 2) -> None:
    """Write *doors* as the base's CSV; compressed when *path* ends with ``.gz``."""
    dice = random.Random(seed)
    kinds, weights = zip(*_POSITIONS, strict=True)
    starts: dict[tuple[str, str], tuple[float, float, float]] = {}
    lines = [COLUMNS]
    for door in doors:
        town = door.commune
        spread = 0.004 + 0.00002 * math.sqrt(town.population)
        lat, lon, turn = starts.setdefault(
            (town.insee, door.street),
            (
                town.lat_deg + dice.gauss(0, spread),
                town.lon_deg + dice.gauss(0, spread),
                dice.uniform(0, 2 * math.pi),
            ),
        )
        along = min(door.number, 2_000) * (1e-5 if door.number > 300 else 6e-5)
        lat += along * math.sin(turn) + dice.gauss(0, 2e-5)
        lon += along * math.cos(turn) + dice.gauss(0, 2e-5)
        key = f"{town.insee}_xxxx_{door.number:05d}{door.suffix and '_' + door.suffix}"
        lines.append(
            f"{key};;{door.number};{door.suffix};{door.street};{town.postcode};{town.insee};"
            f"{town.name};;;;;{lon:.6f};{lat:.6f};{dice.choices(kinds, weights)[0]};;;"
            f"{town.name.upper()};;commune;commune;1;"
        )
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
