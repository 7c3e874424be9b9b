"""Seal a town again after one of its hand-written files was edited on purpose.

    python -m geodata.recipes.seal val_de_garonne

Rewrites only the ``sha256`` lines of ``SOURCES.toml``: sources, dates, licences and
sentences stay as they were written.  Decides nothing about the content.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

from geodata.load import SEAL, TOWNS


def sealed_again(text: str, folder: Path) -> str:
    """Return the text of ``SOURCES.toml`` with the sha256 of the files now in *folder*.

    Raises ``ValueError`` naming the file when one it lists is not there.
    """
    lines, name = text.splitlines(keepends=True), ""
    for k, line in enumerate(lines):
        if header := re.fullmatch(r'\["(.+)"\]\s*', line):
            name = header[1]
            if not (folder / name).is_file():
                raise ValueError(f"{SEAL} line {k + 1}: {name} is missing")
        elif name and line.startswith("sha256 = "):
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            lines[k] = f'sha256 = "{digest}"\n'
    return "".join(lines)


def main(arguments: list[str] | None = None, towns: Path = TOWNS) -> int:
    """Seal the town named on the command line."""
    parser = argparse.ArgumentParser(prog="geodata.recipes.seal")
    parser.add_argument("town", help="a folder of geodata/towns")
    folder = towns / parser.parse_args(arguments).town
    if not (folder / SEAL).is_file():
        parser.error(f"no {SEAL} in {folder}")
    path = folder / SEAL
    path.write_text(sealed_again(path.read_text("utf-8"), folder), "utf-8")
    print(f"sealed {folder.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
