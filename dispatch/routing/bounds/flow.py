"""First prices of visits: what the arcs of all crews, as a flow without clocks, say of them.

Decides where the search for prices begins, by a linear programme in which every visit is
entered once, left by the crew that entered it, and a job's visits are one crew's.  Cycles are
allowed, so its value is modest; but it is there in seconds where walks from nothing need
minutes, and with its prices walks cost no less than its value.  Nothing rests on it: with any
prices at all Lagrange's bound holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from dispatch.routing.bounds.facts import NEVER_S, Crew, Ints

#: More arcs than this take HiGHS too long: 80 orders and 6 couriers have 70,000.
MOST_ARCS: Final = 150_000

#: Prices are divided by this for HiGHS, which likes numbers near one.
SCALE: Final = 1_000.0


def first_prices(crews: Sequence[Crew], out_price: Ints, budget_s: float) -> Ints | None:
    """Return what visits bring in, (c, n); None where there are too many arcs or too little time.

    A job's visits bring in the same by every crew, each in whole price units.
    """
    sheet = _Sheet(crews, len(out_price))
    for c, crew in enumerate(crews):
        sheet.add_crew(c, crew)
        if sheet.size > MOST_ARCS:
            return None
    sheet.add_left_out(out_price)
    answer = linprog(
        np.concatenate(sheet.price) / SCALE,
        A_eq=sheet.matrix(sheet.equal, sheet.rows),
        b_eq=np.repeat([1.0, 0.0], [sheet.n, sheet.rows - sheet.n]),
        A_ub=sheet.matrix(sheet.starts, len(crews)),
        b_ub=[len(crew.vehicles) for crew in crews],
        method="highs-ds",
        options={"time_limit": max(0.01, budget_s)},
    )
    return sheet.brings(answer.eqlin.marginals * SCALE) if answer.status == 0 else None


class _Sheet:
    """The linear programme, column by column.

    Rows: entering each of n nodes; for each crew, entering less leaving each node, then
    entering each node less entering its job's drop.
    """

    def __init__(self, crews: Sequence[Crew], jobs: int) -> None:
        facts = crews[0].facts
        self.n, self._crews, self._job_of = len(facts.job_of), len(crews), facts.job_of
        self._drop_of = facts.nodes_at[1:][facts.job_of] - 1
        self.rows, self.size, self._jobs = self.n * (1 + 2 * len(crews)), 0, jobs
        self.price: list[Ints] = []
        #: Row, column and number of everything that is not nothing.
        self.equal: list[tuple[Ints, Ints, int]] = []
        self.starts: list[tuple[Ints, Ints, int]] = []

    def add_crew(self, c: int, crew: Crew) -> None:
        facts, n = crew.facts, self.n
        may = facts.legs_s < NEVER_S
        may[n, n] = False
        doing = np.append(facts.allowed[facts.job_of], True)
        tail, head = np.nonzero(may & doing[:, None] & doing[None, :])
        columns = self._columns(facts.step[tail, head] + facts.used * (tail == n))
        kept, paired = n * (1 + 2 * c), n * (2 + 2 * c)
        enters, leaves = head < n, tail < n
        node, column = head[enters], columns[enters]
        drop = self._drop_of[node]
        self.equal += [(node, column, 1), (kept + node, column, 1)]
        self.equal += [(kept + tail[leaves], columns[leaves], -1)]
        # A node's own row says: entered as often as its drop.  A drop's own row is empty.
        self.equal += [(paired + node[node != drop], column[node != drop], 1)]
        for k in np.flatnonzero(self._drop_of != np.arange(n)):
            here = column[node == self._drop_of[k]]
            self.equal += [(np.full_like(here, paired + k), here, -1)]
        begins = columns[~leaves]
        self.starts += [(np.full_like(begins, c), begins, 1)]

    def add_left_out(self, out_price: Ints) -> None:
        columns = self._columns(out_price)
        self.equal += [(np.arange(self.n), columns[self._job_of], 1)]

    def _columns(self, price: Ints) -> Ints:
        self.price.append(price)
        columns = np.arange(self.size, self.size + len(price))
        self.size += len(price)
        return columns

    def matrix(self, entries: Sequence[tuple[Ints, Ints, int]], rows: int) -> csr_matrix:
        value = np.concatenate([np.full(len(row), float(v)) for row, _, v in entries])
        row = np.concatenate([row for row, _, _ in entries])
        column = np.concatenate([column for _, column, _ in entries])
        return csr_matrix((value, (row, column)), shape=(rows, self.size))

    def brings(self, price: Ints) -> Ints:
        """(c, n) prices of visits from the rows' prices: the job's, and what pairing shifts."""
        n, drops = self.n, np.unique(self._drop_of)
        gains = np.bincount(self._job_of, weights=price[:n], minlength=self._jobs)
        whole = np.rint(gains).astype(np.int64)
        brings = np.zeros((self._crews, n), dtype=np.int64)
        for c in range(self._crews):
            paired = price[n * (2 + 2 * c) : n * (3 + 2 * c)]
            shifted = np.bincount(self._drop_of, weights=paired, minlength=n)
            brings[c] = np.rint(price[:n] + paired - shifted).astype(np.int64)
            brings[c, drops] = 0
            others = np.bincount(self._job_of, weights=brings[c], minlength=self._jobs)
            brings[c, drops] = whole - others.astype(np.int64)
        return brings
