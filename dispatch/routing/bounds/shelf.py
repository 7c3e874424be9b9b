"""What a search for tours is asked, what it may use and where it puts its labels.

Decides the layout.  What becomes a label is ``labels``'.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from dispatch.routing.bounds.facts import Flags, Ints
from dispatch.routing.bounds.table import Table
from dispatch.routing.bounds.walks import Grid

#: Places in ``Shelf.state``.
NEXT: Final = 0
MADE: Final = 1
TOURS: Final = 2
FULL: Final = 3


class Shelf(NamedTuple):
    """Labels and the tours found, in arrays that are used again for every search.

    visited, open : nodes done, and those of them whose job is not done, as bits
    row      : of the table, where there is one
    last     : the node it stands at (n: at the start);  rests: breaks behind it
    now_s    : when it leaves there;  work_s: driving, setting up and service so far
    price    : so far, less what its visits bring in
    load     : (labels, d)
    parent   : -1 for the first;  below: next label of the same key, -1 for none
    slots    : a hash table of keys, each the first of its labels or -1
    tour_jobs, tour_price, tour_label : a hash table of the cheapest tour for every set of
               jobs (its drops, as bits; 0: empty slot)
    state    : counters, see above
    """

    visited: Ints
    open: Ints
    row: Ints
    last: Ints
    rests: Ints
    now_s: Ints
    work_s: Ints
    price: Ints
    load: Ints
    parent: Ints
    below: Ints
    dead: Flags
    slots: Ints
    tour_jobs: Ints
    tour_price: Ints
    tour_label: Ints
    state: Ints


class Hints(NamedTuple):
    """Bounds on what is to come, both for the gains asked with: a table of the states of small
    waves (no rows: none), and the walks of larger ones (no instants: none).
    """

    table: Table
    walks: Grid


class Ask(NamedTuple):
    """What is looked for.

    brings : (n,) what each visit brings in
    under  : only tours whose price, less what their jobs bring in, is lower
    every_set : True to find the cheapest tour of every set of jobs, False to find the
             cheapest of all (and some more)
    """

    brings: Ints
    under: int
    every_set: bool


def clear(shelf: Shelf) -> None:
    """Make *shelf* ready for another search."""
    shelf.slots.fill(-1)
    shelf.tour_jobs.fill(0)
    shelf.state.fill(0)


def new_shelf(labels: int, dimensions: int, tours: int) -> Shelf:
    """Room for *labels* labels and *tours* tours; both are rounded up to a power of two."""
    room = 1 << (labels - 1).bit_length()
    slots, tour_slots = 2 * room, 2 << (tours - 1).bit_length()

    def ints(*shape: int) -> Ints:
        return np.empty(shape, dtype=np.int64)

    return Shelf(
        visited=ints(room),
        open=ints(room),
        row=ints(room),
        last=ints(room),
        rests=ints(room),
        now_s=ints(room),
        work_s=ints(room),
        price=ints(room),
        load=ints(room, dimensions),
        parent=ints(room),
        below=ints(room),
        dead=np.empty(room, dtype=np.bool_),
        slots=ints(slots),
        tour_jobs=np.zeros(tour_slots, dtype=np.int64),
        tour_price=ints(tour_slots),
        tour_label=ints(tour_slots),
        state=np.zeros(4, dtype=np.int64),
    )
