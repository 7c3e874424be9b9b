"""The compiled search over the tours of one crew: forward labels with dominance.

Decides which partial tours (*labels*) need not be looked at: those that cannot be ended in
time, those whose completion is bounded at or above the price asked for, and those another
label dominates.  What is asked, and what follows from the tours found, is Python's.

Labels are extended in the order they were made, so by number of stops: nothing is
dominated by what comes after its own length, and no label is extended in vain.
"""

from __future__ import annotations

from dispatch.routing.bounds.facts import NEVER_S, PRICELESS, Facts, Ints
from dispatch.routing.bounds.shelf import FULL, MADE, NEXT, TOURS, Ask, Hints, Shelf
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline


@compiled_inline
def _begin_s(windows_s: Ints, first: int, last: int, at_s: int) -> int:
    """The earliest instant not before *at_s* in windows *first* … *last* - 1, or never."""
    for w in range(first, last):
        if at_s <= windows_s[w, 1]:
            return int(max(windows_s[w, 0], at_s))
    return NEVER_S


@compiled_inline
def _job_late(facts: Facts, j: int, visited: int, last: int, now_s: int) -> int:
    """Least price of lateness at the drop of job *j*, PRICELESS when it cannot be in time.

    Each of its nodes not yet visited is reached as if everything else were done on the way.
    """
    drop = facts.nodes_at[j + 1] - 1
    there_s = now_s + facts.soonest_s[last, drop]
    for p in range(facts.nodes_at[j], drop):
        if visited >> p & 1 == 0:
            begin_s = _begin_s(
                facts.window_s,
                facts.window_at[p],
                facts.window_at[p + 1],
                now_s + facts.soonest_s[last, p],
            )
            there_s = max(there_s, begin_s + facts.service_s[p] + facts.soonest_s[p, drop])
    begin_s = _begin_s(facts.window_s, facts.window_at[drop], facts.window_at[drop + 1], there_s)
    home_s = facts.soonest_s[drop, len(facts.service_s)]
    if begin_s + facts.service_s[drop] + home_s > facts.until_s:
        return PRICELESS
    return int(max(0, begin_s - facts.due_s[drop]) * facts.late_per_s)


@compiled_inline
def _to_come(facts: Facts, ask: Ask, visited: int, last: int, now_s: int) -> int:
    """A lower bound on the price of ending the tour, less what further jobs bring in.

    PRICELESS when a job that was begun cannot be finished.
    """
    n = len(facts.service_s)
    rest = int(facts.leave[last] + facts.enter[n])
    for j in range(len(facts.allowed)):
        drop = facts.nodes_at[j + 1] - 1
        if not facts.allowed[j] or visited >> drop & 1:
            continue
        begun = visited & facts.open_of[j] != 0
        more = 0
        for k in range(facts.nodes_at[j], drop + 1):
            if visited >> k & 1 == 0:
                more += facts.least[k] - ask.brings[k]
        if begun or more < 0:
            late = _job_late(facts, j, visited, last, now_s)
            if begun:
                if late == PRICELESS:
                    return PRICELESS
                rest += more + late
            else:
                rest += min(0, more + late)
    return rest


@compiled_inline
def _slot_of(size: int, key: int, last: int, rests: int) -> int:
    mixed = (key ^ (last << 56) ^ (rests << 50)) * 0x9E3779B97F4A7C1
    mixed ^= mixed >> 29
    mixed *= 0xBF58476D1CE4E5
    mixed ^= mixed >> 32
    return mixed & (size - 1)


@compiled_inline
def _key_of(facts: Facts, every_set: bool, visited: int, still_open: int) -> int:
    """Labels are compared when they agree on this: all nodes done, or only what is on board."""
    if every_set:
        return visited
    return still_open | (visited & facts.heavy)


@compiled
def _keep(
    facts: Facts,
    ask: Ask,
    hints: Hints,
    shelf: Shelf,
    parent: int,
    visited: int,
    still_open: int,
    last: int,
    rests: int,
    now_s: int,
    work_s: int,
    price: int,
) -> None:
    """Put a new label on the shelf unless another dominates it; throw out what it dominates.

    One dominates another that stands at the same node with the same key when it is no
    later, no dearer, has worked no more (where that is priced) and has done nothing that
    the other has not: whatever the other does next, it can do too.
    """
    size = len(shelf.slots)
    key = _key_of(facts, ask.every_set, visited, still_open)
    slot = _slot_of(size, key, last, rests)
    while shelf.slots[slot] >= 0:
        head = shelf.slots[slot]
        same = _key_of(facts, ask.every_set, shelf.visited[head], shelf.open[head])
        if same == key and shelf.last[head] == last and shelf.rests[head] == rests:
            break
        slot = (slot + 1) & (size - 1)
    other, before = shelf.slots[slot], -1
    while other >= 0:
        by_work = facts.unfair_per_s > 0
        ours, theirs = visited, shelf.visited[other]
        if (
            shelf.now_s[other] <= now_s
            and shelf.price[other] <= price
            and (not by_work or shelf.work_s[other] <= work_s)
            and theirs & ~ours == 0
        ):
            return
        after = shelf.below[other]
        if (
            now_s <= shelf.now_s[other]
            and price <= shelf.price[other]
            and (not by_work or work_s <= shelf.work_s[other])
            and ours & ~theirs == 0
        ):
            shelf.dead[other] = True
            if before >= 0:
                shelf.below[before] = after
            else:
                shelf.slots[slot] = after
        else:
            before = other
        other = after
    made = shelf.state[MADE]
    if made >= len(shelf.visited) or 2 * made >= size:
        shelf.state[FULL] = 1
        return
    shelf.visited[made] = visited
    shelf.open[made] = still_open
    shelf.row[made] = 0 if parent < 0 else shelf.row[parent] + hints.table.stride[last]
    shelf.last[made] = last
    shelf.rests[made] = rests
    shelf.now_s[made] = now_s
    shelf.work_s[made] = work_s
    shelf.price[made] = price
    shelf.parent[made] = parent
    shelf.dead[made] = False
    shelf.below[made] = shelf.slots[slot]
    shelf.slots[slot] = made
    for d in range(len(facts.capacity)):
        if parent < 0:
            shelf.load[made, d] = facts.aboard[d]
        else:
            shelf.load[made, d] = shelf.load[parent, d] + facts.change[last, d]
    shelf.state[MADE] = made + 1


@compiled
def _record(facts: Facts, shelf: Shelf, label: int, price: int) -> None:
    """Note the tour that ends with *label*, if it is the cheapest of its jobs so far."""
    jobs = shelf.visited[label] & facts.drops
    size = len(shelf.tour_jobs)
    slot = _slot_of(size, jobs, 0, 0)
    while shelf.tour_jobs[slot] != 0 and shelf.tour_jobs[slot] != jobs:
        slot = (slot + 1) & (size - 1)
    if shelf.tour_jobs[slot] == 0:
        if 2 * shelf.state[TOURS] >= size:
            shelf.state[FULL] = 1
            return
        shelf.state[TOURS] += 1
        shelf.tour_jobs[slot] = jobs
        shelf.tour_price[slot] = PRICELESS
    if price < shelf.tour_price[slot]:
        shelf.tour_price[slot] = price
        shelf.tour_label[slot] = label


@compiled_inline
def _unfair(facts: Facts, work_s: int) -> int:
    return facts.unfair_per_s * max(0, work_s - facts.fair_s)


@compiled_inline
def _after_breaks(facts: Facts, first: int, taken: int, leave_s: int, leg_s: int) -> int:
    """``breaks.on_the_way``: arrival over a leg with *taken* breaks on it, from *first* on."""
    now_s, left_s = leave_s, leg_s
    for b in range(first, first + taken):
        begin_s = _begin_s(facts.break_s, facts.break_at[b], facts.break_at[b + 1], now_s)
        if begin_s >= NEVER_S:
            return NEVER_S
        left_s -= min(left_s, begin_s - now_s)
        now_s = begin_s + facts.pause_s[b]
    return now_s + left_s


@compiled
def _end(facts: Facts, ask: Ask, shelf: Shelf, label: int) -> None:
    """Let the tour end after *label*, where everything begun is done and the shift allows it."""
    n, last = len(facts.service_s), shelf.last[label]
    visited = shelf.visited[label]
    if shelf.open[label] != 0 or visited & facts.frozen != facts.frozen:
        return
    leg_s = facts.legs_s[last, n]
    if leg_s >= NEVER_S:
        return
    price = shelf.price[label] + facts.step[last, n] + _unfair(facts, shelf.work_s[label] + leg_s)
    first, breaks = shelf.rests[label], len(facts.pause_s)
    for taken in range(breaks - first + 1):
        end_s = _after_breaks(facts, first, taken, shelf.now_s[label], leg_s)
        # A break that could still begin when the tour ends is not needed.
        missed = False
        for b in range(first + taken, breaks):
            missed = missed or facts.break_s[facts.break_at[b + 1] - 1, 1] < end_s
        waited = facts.paid_per_s * (end_s - shelf.now_s[label] - leg_s)
        if end_s <= facts.until_s and not missed and price + waited < ask.under:
            _record(facts, shelf, label, price + waited)


@compiled_inline
def _may_visit(facts: Facts, shelf: Shelf, label: int, k: int) -> bool:
    """True when order, loads and roads allow node *k* next."""
    visited = shelf.visited[label]
    if facts.legs_s[shelf.last[label], k] >= NEVER_S or not facts.allowed[facts.job_of[k]]:
        return False
    if visited & facts.never[k] != 0 or visited & facts.after[k] != facts.after[k]:
        return False
    if facts.fetch[k]:
        for d in range(len(facts.capacity)):
            if shelf.load[label, d] + facts.change[k, d] > facts.capacity[d]:
                return False
    return True


@compiled_inline
def _hinted(facts: Facts, hints: Hints, row: int, k: int, now_s: int) -> int:
    """The least price of ending from node *k*, left at *now_s*: the best of the hints."""
    rest = -PRICELESS
    if len(hints.table.to_come) > 0:
        rest = hints.table.to_come[row, k]
    if hints.walks.best.shape[1] > 0:
        rest = max(rest, hints.walks.best[k, (now_s - facts.from_s) // hints.walks.every_s])
    return rest


@compiled
def _visit(facts: Facts, ask: Ask, hints: Hints, shelf: Shelf, label: int, k: int) -> None:
    """Go on from *label* to node *k*, with any number of breaks on the way."""
    if not _may_visit(facts, shelf, label, k):
        return
    n, last = len(facts.service_s), shelf.last[label]
    leg_s = facts.legs_s[last, k]
    still_open = shelf.open[label] | 1 << k
    if not facts.fetch[k]:
        still_open &= ~facts.open_of[facts.job_of[k]]
    visited = shelf.visited[label] | 1 << k
    work_s = shelf.work_s[label] + leg_s + facts.service_s[k]
    price = shelf.price[label] + facts.step[last, k] - ask.brings[k]
    row = shelf.row[label] + hints.table.stride[k]
    first = shelf.rests[label]
    for rests in range(first, len(facts.pause_s) + 1):
        arrive_s = _after_breaks(facts, first, rests - first, shelf.now_s[label], leg_s)
        begin_s = _begin_s(facts.window_s, facts.window_at[k], facts.window_at[k + 1], arrive_s)
        now_s = begin_s + facts.service_s[k]
        if now_s + facts.soonest_s[k, n] > facts.until_s:
            return
        waited = begin_s - shelf.now_s[label] - leg_s
        paid = price + facts.paid_per_s * waited
        paid += facts.late_per_s * max(0, begin_s - facts.due_s[k])
        under = ask.under - paid - _unfair(facts, work_s)
        if (
            _hinted(facts, hints, row, k, now_s) < under
            and _to_come(facts, ask, visited, k, now_s) < under
        ):
            _keep(
                facts, ask, hints, shelf, label, visited, still_open, k, rests, now_s, work_s, paid
            )


@compiled
def go_on(facts: Facts, ask: Ask, hints: Hints, shelf: Shelf, labels: int) -> bool:
    """Extend up to *labels* labels, the first being the vehicle at its start; True when done.

    When ``state[FULL]`` is set something did not fit on the shelf, and what was not found
    is unknown.
    """
    n, state = len(facts.service_s), shelf.state
    if state[MADE] == 0:
        _keep(facts, ask, hints, shelf, -1, 0, 0, n, 0, facts.from_s, 0, facts.used)
    for _ in range(labels):
        if state[NEXT] >= state[MADE] or state[FULL] != 0:
            break
        label = state[NEXT]
        state[NEXT] = label + 1
        if shelf.dead[label]:
            continue
        if label > 0:
            _end(facts, ask, shelf, label)
        for k in range(n):
            _visit(facts, ask, hints, shelf, label, k)
    return bool(state[NEXT] >= state[MADE])
