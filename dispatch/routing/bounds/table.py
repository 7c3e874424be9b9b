"""What ending a tour costs at least, for every state it can be in: two sweeps over a table.

Decides nothing: gives the label search a bound on what is to come that knows all that is
still to be done, and of time only the earliest.  For up to some ten jobs.

A *row* of the table says of each job which of its pickups are done, or that its drop is;
rows are numbered so that a visit of node k adds ``stride[k]``.  A column is the node where
the vehicle stands (the last column: its start).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from dispatch.routing.bounds.facts import NEVER_S, PRICELESS, Facts, Ints
from dispatch.routing.solvers.kernel.compiled import compiled

#: Cells of the two tables together: 256 MB.
MOST_CELLS: Final = 1 << 25


class Table(NamedTuple):
    """``stride`` (n,); ``radix``, ``size`` (m,): row // radix % size is a job's status.

    soonest_s : (rows, n + 1) earliest leave;  to_come : (rows, n + 1) least price of ending
    the tour from there, less what further visits bring in.  No rows: not used
    """

    stride: Ints
    radix: Ints
    size: Ints
    soonest_s: Ints
    to_come: Ints


def new_table(facts: Facts) -> Table:
    """Return a table for the crews of one problem; one without rows where it would be too large."""
    n, m = len(facts.service_s), len(facts.allowed)
    stride = np.zeros(n, dtype=np.int64)
    size = np.zeros(m, dtype=np.int64)
    radix = np.zeros(m, dtype=np.int64)
    rows = 1
    for j in range(m):
        first, drop = int(facts.nodes_at[j]), int(facts.nodes_at[j + 1]) - 1
        radix[j], size[j] = rows, (1 << (drop - first)) + 1
        for k in range(first, drop):
            stride[k] = rows << (k - first)
        stride[drop] = rows
        rows *= int(size[j])
        if 2 * rows * (n + 1) > MOST_CELLS:
            rows = 0
            break
    cells = (rows, n + 1)
    return Table(stride, radix, size, np.empty(cells, np.int64), np.empty(cells, np.int64))


@compiled
def _visited(facts: Facts, table: Table, row: int) -> int:
    """The nodes that are done in *row*, as bits."""
    visited = 0
    for j in range(len(table.size)):
        status = row // table.radix[j] % table.size[j]
        if status == table.size[j] - 1:
            visited |= facts.open_of[j]
        else:
            visited |= status << facts.nodes_at[j]
    return visited


@compiled
def _next_s(facts: Facts, leave_s: int, last: int, k: int) -> int:
    """When service at *k* begins at the earliest, or never."""
    arrive_s = leave_s + facts.legs_s[last, k]
    for w in range(facts.window_at[k], facts.window_at[k + 1]):
        if arrive_s <= facts.window_s[w, 1]:
            return int(max(facts.window_s[w, 0], arrive_s))
    return NEVER_S


@compiled
def fill(facts: Facts, brings: Ints, table: Table, whole: bool) -> None:
    """Compute both tables for one crew and these prices: O(rows · n²).

    brings : (n,) per visit
    whole  : what is not done in a row must be done (jobs of no interest count as done), so
             that the last column holds the least price of each set of jobs.  Otherwise jobs
            that were not begun may be left out
    """
    rows, n = len(table.to_come), len(facts.service_s)
    for row in range(rows):
        for last in range(n + 1):
            table.soonest_s[row, last] = NEVER_S
            table.to_come[row, last] = PRICELESS
    if rows > 0:
        table.soonest_s[0, n] = facts.from_s
    for row in range(rows):
        _soonest(facts, table, row, whole)
    for row in range(rows - 1, -1, -1):
        _to_come(facts, brings, table, row, whole)


@compiled
def _may_follow(facts: Facts, visited: int, k: int, whole: bool) -> bool:
    """True when *k* may be next; what counts as done need not be, so it bars nothing."""
    barred = 1 << k if whole else facts.never[k]
    return bool(
        visited & barred == 0
        and visited & facts.after[k] == facts.after[k]
        and facts.allowed[facts.job_of[k]]
    )


@compiled
def _soonest(facts: Facts, table: Table, row: int, whole: bool) -> None:
    """Go on from every cell of *row*; rows before it are complete."""
    n, visited = len(facts.service_s), _visited(facts, table, row)
    for last in range(n + 1):
        leave_s = table.soonest_s[row, last]
        if leave_s >= NEVER_S:
            continue
        for k in range(n):
            if not _may_follow(facts, visited, k, whole):
                continue
            now_s = _next_s(facts, leave_s, last, k) + facts.service_s[k]
            there = row + table.stride[k]
            if now_s + facts.soonest_s[k, n] <= facts.until_s:
                table.soonest_s[there, k] = min(table.soonest_s[there, k], now_s)
        for j in range(len(table.size)):
            if whole and visited & facts.open_of[j] == 0:
                there = row + (table.size[j] - 1) * table.radix[j]
                table.soonest_s[there, last] = min(table.soonest_s[there, last], leave_s)


@compiled
def _to_come(facts: Facts, brings: Ints, table: Table, row: int, whole: bool) -> None:
    """Least price from every cell of *row* on; rows after it are complete."""
    n, visited = len(facts.service_s), _visited(facts, table, row)
    still_open = 0
    for j in range(len(facts.allowed)):
        if visited & facts.open_of[j] & facts.drops == 0:
            still_open |= visited & facts.open_of[j]
    may_end = still_open == 0 and visited & facts.frozen == facts.frozen
    if whole:
        may_end = row == len(table.to_come) - 1
    for last in range(n + 1):
        leave_s = table.soonest_s[row, last]
        if leave_s >= NEVER_S:
            continue
        least = facts.step[last, n] if may_end else PRICELESS
        for k in range(n):
            if not _may_follow(facts, visited, k, whole):
                continue
            begin_s = _next_s(facts, leave_s, last, k)
            there = row + table.stride[k]
            if table.soonest_s[there, k] >= NEVER_S or begin_s >= NEVER_S:
                continue
            more = facts.step[last, k] - brings[k] + table.to_come[there, k]
            more += facts.late_per_s * max(0, begin_s - facts.due_s[k])
            least = min(least, more)
        table.to_come[row, last] = min(least, PRICELESS)


def least_prices(facts: Facts, table: Table) -> tuple[Ints, Ints]:
    """Return every set of jobs, as bits, and what a tour that does just these costs at least.

    ``table`` must be filled ``whole``, with visits that bring in nothing.  Sets that no tour
    can do are left out.
    """
    m = len(facts.allowed)
    sets = np.arange(1, 1 << m, dtype=np.int64)
    needed = sum(
        1 << int(facts.job_of[k]) for k in range(len(facts.fetch)) if facts.frozen >> k & 1
    )
    sets = sets[sets & needed == needed]
    others = ~sets[:, None] >> np.arange(m) & 1
    price = table.to_come[others @ (table.radix * (table.size - 1)), -1] + facts.used
    possible = price < PRICELESS
    return sets[possible], price[possible]
