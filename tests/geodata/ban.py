"""A handful of rows in the national address base's format, made up."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from geodata.addresses import Addresses
from geodata.recipes.ban import read_ban

COLUMNS: Final = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;"
    "code_insee_ancienne_commune;nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;"
    "libelle_acheminement;nom_afnor;source_position;source_nom_voie;certification_commune;"
    "cad_parcelles"
)
MARMANDE: Final = ("47157", "47200", "Marmande")
TONNEINS: Final = ("47310", "47400", "Tonneins")


def row(
    numero: str | int,
    street: str,
    commune: tuple[str, str, str] = MARMANDE,
    *,
    rep: str = "",
    at: tuple[float | str, float | str] = (44.5, 0.16),
    position: str = "entrée",
    hamlet: str = "",
    former: str = "",
) -> str:
    """Return one line of the file; *at* is (latitude, longitude)."""
    insee, postcode, town = commune
    return (
        f"id;;{numero};{rep};{street};{postcode};{insee};{town};;{former};;;{at[1]};{at[0]};"
        f"{position};;{hamlet};{town.upper()};;commune;commune;1;"
    )


def write(path: Path, rows: Sequence[str], columns: str = COLUMNS) -> Path:
    """Write the file, compressed when its name ends with ``.gz``."""
    content = "\n".join([columns, *rows, ""]).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def addresses(folder: Path, *rows: str) -> Addresses:
    """Return what is read from *rows*, in the two communes."""
    return read_ban([write(folder / "adresses-47.csv", rows)], ["47157", "47310"])
