"""How often, and how fast, does an address as people write it find its door?

On a SYNTHETIC file of the national address base's format and a real town's size (31 000
doors, 3 700 streets, the 43 communes): made-up streets in real communes.  Beside the house's
address book, in the same run, RapidFuzz compares the whole text with every whole address.
``python benchmarks/addresses.py``; one processor, CPU time.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from rapidfuzz import fuzz, process

from benchmarks.common.ban_file import SyntheticDoor, synthetic_doors, write_ban
from benchmarks.common.noise import noisy
from benchmarks.common.record import keep
from dispatch.adapters.geocoder.address_book import AddressBook
from dispatch.adapters.geocoder.reading import spell
from dispatch.core.places import Place
from geodata import load
from geodata.addresses import Addresses, read_addresses, write_addresses
from geodata.recipes.ban import read_ban

#: Towns that are not in the file: none of their streets may be found.
ELSEWHERE = (
    "33000 Bordeaux|75011 Paris|47000 Agen|47300 Villeneuve-sur-Lot|33190 La Réole|13100 Aix"
    "|64000 Pau|69003 Lyon|24100 Bergerac|33430 Bazas"
)

Find = Callable[[str], str]


def main() -> None:
    args = _arguments()
    town = load.town("val_de_garonne")
    doors = synthetic_doors(town.communes, args.streets, args.doors, seed=args.seed)
    addresses, costs = _imported(doors, [commune.insee for commune in town.communes])
    started = time.process_time()
    book = AddressBook(addresses)
    costs["build_ms"] = 1000 * (time.process_time() - started)

    dice = random.Random(args.seed)
    asked = [
        (door.label, noisy(door, dice, args.slips)) for door in dice.sample(doors, args.queries)
    ]
    peers = 1 if args.quick else 3
    rows = [_row("address book", asked, lambda text: _first(book, text))]
    for name, find in _peers(doors)[:peers]:
        rows.append(_row(name, asked, find))
    figures = {
        "synthetic": True,
        "doors": len(doors),
        "streets": len(addresses.names),
        "communes": len(addresses.insee),
        "queries": len(asked),
        "slips": args.slips,
        **{name: round(cost, 2) for name, cost in costs.items()},
        "methods": rows,
        "elsewhere_found": _found_elsewhere(book, doors, dice, args.queries),
        "absent_found": _found_absent(book, doors, dice, args.queries),
        "missing_numbers_called_exact": _called_exact(book, doors, dice, args.queries),
        "reverse_ms": _reverse_ms(book, addresses, dice, args.queries),
    }
    _say(figures)
    print(keep("addresses-quick" if args.quick else "addresses", figures))


def _imported(
    doors: Sequence[SyntheticDoor], insee: Sequence[str]
) -> tuple[Addresses, dict[str, float]]:
    """Write the CSV, import it, keep it and load it again, with what each cost (CPU)."""
    with tempfile.TemporaryDirectory() as folder:
        source, file = Path(folder, "adresses-47.csv.gz"), Path(folder, "addresses.npz")
        write_ban(source, doors)
        t0 = time.process_time()
        addresses = read_ban([source], insee)
        t1 = time.process_time()
        write_addresses(file, addresses)
        t2 = time.process_time()
        loaded = read_addresses(file)
        t3 = time.process_time()
        size_kb = file.stat().st_size / 1024
    costs = {"import_s": t1 - t0, "write_s": t2 - t1, "load_ms": 1000 * (t3 - t2)}
    return loaded, {**costs, "file_kb": size_kb}


def _first(book: AddressBook, text: str) -> str:
    found = book.find(text)
    return found[0].label if found else ""


def _peers(doors: Sequence[SyntheticDoor]) -> list[tuple[str, Find]]:
    """Whole address against whole address, both spelt out as the house spells them."""
    labels = [door.label for door in doors]
    keys = [_key(label) for label in labels]

    def with_scorer(scorer: Any) -> Find:
        def find(text: str) -> str:
            found = process.extractOne(_key(text), keys, scorer=scorer, processor=None)
            return labels[found[2]] if found else ""

        return find

    scorers = (fuzz.ratio, fuzz.token_sort_ratio, fuzz.WRatio)
    return [(f"rapidfuzz {scorer.__name__}", with_scorer(scorer)) for scorer in scorers]


def _key(text: str) -> str:
    number, _, street = text.partition(" ")
    return " ".join([number.strip(","), *spell(street)])


def _row(name: str, asked: Sequence[tuple[str, str]], find: Find) -> dict[str, Any]:
    took_ms, right = [], 0
    for label, text in asked:
        started = time.process_time()
        answer = find(text)
        took_ms.append(1000 * (time.process_time() - started))
        right += answer == label
    return {
        "method": name,
        "top1": round(right / len(asked), 4),
        "mean_ms": round(float(np.mean(took_ms)), 3),
        "p95_ms": round(float(np.percentile(took_ms, 95)), 3),
        "most_ms": round(max(took_ms), 3),
    }


def _found_elsewhere(
    book: AddressBook, doors: Sequence[SyntheticDoor], dice: random.Random, count: int
) -> int:
    """Return how many addresses of other towns were found in ours: none should be."""
    towns = ELSEWHERE.split("|")
    texts = [
        f"{door.number} {door.street}, {dice.choice(towns)}" for door in dice.sample(doors, count)
    ]
    return sum(any(found.score >= 0.5 for found in book.find(text)) for text in texts)


def _found_absent(
    book: AddressBook, doors: Sequence[SyntheticDoor], dice: random.Random, count: int
) -> int:
    """Return how many streets that a commune does not have were found in it: few should be."""
    known = {(door.street, door.commune.insee) for door in doors}
    communes = [door.commune for door in doors]
    found = asked = 0
    while asked < count:
        street, town = dice.choice(doors).street, dice.choice(communes)
        if (street, town.insee) not in known:
            asked += 1
            text = f"{dice.randint(1, 30)} {street}, {town.postcode} {town.name}"
            found += any(one.score >= 0.5 for one in book.find(text))
    return found


def _called_exact(
    book: AddressBook, doors: Sequence[SyntheticDoor], dice: random.Random, count: int
) -> int:
    """Return how many numbers that no street has were said to be exactly known: none may be."""
    known = {door.label for door in doors}
    wrong = 0
    for door in dice.sample(doors, count):
        number = door.number + dice.choice((1, 2, 7, 40))
        label = door.label.replace(f"{door.number} ", f"{number} ", 1)
        if label not in known:
            wrong += any(found.exact and found.kind == "housenumber" for found in book.find(label))
    return wrong


def _reverse_ms(book: AddressBook, addresses: Addresses, dice: random.Random, count: int) -> float:
    rows = [dice.randrange(len(addresses.number)) for _ in range(count)]
    near = [Place(addresses.lat_e6[k] / 1e6 + 1e-4, addresses.lon_e6[k] / 1e6) for k in rows]
    started = time.process_time()
    for place in near:
        book.nearest(place, 100.0)
    return round(1000 * (time.process_time() - started) / count, 4)


def _say(figures: dict[str, Any]) -> None:
    print(
        f"SYNTHETIC: {figures['doors']} doors, {figures['streets']} streets, "
        f"{figures['communes']} communes; {figures['queries']} noisy addresses"
    )
    for row in figures["methods"]:
        print(
            f"{row['method']:<28} top-1 {row['top1']:7.2%}   mean {row['mean_ms']:7.3f} ms"
            f"   p95 {row['p95_ms']:7.3f} ms   most {row['most_ms']:7.3f} ms"
        )
    print(
        f"import {figures['import_s']:.2f} s, {figures['file_kb']:.0f} KB, load "
        f"{figures['load_ms']:.1f} ms, build {figures['build_ms']:.0f} ms; "
        f"point to door {figures['reverse_ms']:.3f} ms"
    )
    print(
        f"of {figures['queries']} each: found though in another town "
        f"{figures['elsewhere_found']}, found though the commune has no such street "
        f"{figures['absent_found']}, called exact though the number is missing "
        f"{figures['missing_numbers_called_exact']}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--doors", type=int, default=31_000)
    parser.add_argument("--streets", type=int, default=3_700)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--slips", type=int, default=1, help="in each street name")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--quick", action="store_true", help="one peer only: a few seconds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
