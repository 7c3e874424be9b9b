"""Commands that keep an installation safe: what is forgotten, who came in, who changed what.

Decides how that is laid out in a terminal.  What is forgotten when is
``operations.retention``'s; who may open what is ``operations.access``'.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

_PURGED = {
    "positions": "places where a courier was",
    "bookings": "receivers, with their addresses and telephones",
    "tours": "tours with their doorsteps, or places held for nobody",
    "quotes": "quotes that nobody booked",
    "keys": "idempotency keys",
    "pins": "doors, cut off from who taught them",
    "waves": "words about failed waves",
    "events": "events of old shipments",
}


@click.command()
@data_dir_option
@click.option("--dry-run", is_flag=True, help="Only count what would be forgotten.")
@json_option
def purge(data_dir: Path, dry_run: bool, as_json: bool) -> None:
    """Forget who received what and where couriers were, once [retention] says so.

    The jobs process does it every hour by itself.  This command also writes the whole
    database file anew, so that nothing older programs left behind remains in it: a running
    server waits meanwhile.
    """
    from dispatch.app import open_house
    from dispatch.operations import retention

    ports = open_house(data_dir).ports
    done = asdict(retention.purge(ports, dry_run=dry_run, thorough=True))
    if as_json:
        say_json({"dry_run": dry_run, "forgotten": done})
        return
    head = "would be forgotten" if dry_run else "forgotten"
    say_columns((head, "what"), [(done[name], what) for name, what in _PURGED.items()])
