"""Hand out a wave: carry the solved plan into the day as it is by now, and write it down.

Decides which plan leaves: the solved one where it still keeps every promise, else the
standing one.  Where nothing new waits only one that helps who is behind does.  It is
thought out before the lock, at the versions of the tours and the shipments; what the lock sees
is rows, an event for each parcel that a courier is sent for.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, replace

from dispatch.core.errors import Conflict, Stale
from dispatch.core.ids import QuoteId, ShipmentId
from dispatch.core.reasons import Refusal
from dispatch.operations.arrivals import packed_stops
from dispatch.operations.depart import departure
from dispatch.operations.falling_behind import helps, shortfalls_s
from dispatch.operations.foreseen import NOTHING, Foreseen
from dispatch.operations.looks import is_look, look_taken, nothing_new
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.standing import Standing, standing, tours_of
from dispatch.operations.steps import Steps
from dispatch.operations.think_first import think_first
from dispatch.operations.to_give import ToGive, to_give
from dispatch.operations.waiting import sent_to_wait
from dispatch.operations.waves import LooseOrder, Wave, WaveResult, WaveState
from dispatch.orders.shipments import Shipment, State
from dispatch.routing.plan import Cost, Plan
from dispatch.routing.problem import Problem
from dispatch.routing.why_not import why_not
from dispatch.tracking.news import Why, with_news
from dispatch.tracking.tours import Tour


@dataclass(frozen=True, slots=True)
class Solved:
    """The solver's answer, by order of the stops' ids, so that it outlives a changed day.

    foreseen : what futures say, if any were asked
    """

    problem: Problem
    plan: Plan
    sequences: tuple[tuple[str, ...], ...]
    solve_s: float
    foreseen: Foreseen = NOTHING


@dataclass(frozen=True, slots=True)
class _Seen:
    """The day before the lock: its tours, who has none, and the parcels of all of them.

    packed : ids of stops whose parcels are known to be ready, for a look that finds nothing new
             to give out; None: it does
    """

    tours: tuple[Tour, ...]
    all_loose: frozenset[QuoteId]
    shipments: tuple[Shipment, ...]
    packed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _HandOut:
    """What is to be handed out, thought out from the day as it was seen.

    before   : every tour of the day, as it was seen
    given    : the same in its new order, as the courier gets it
    steps    : what this is for the parcels
    loose    : the orders without a tour that this wave tried; and all there were
    unserved : the orders that no tour holds now
    """

    before: tuple[Tour, ...]
    given: tuple[Tour, ...]
    steps: Steps
    loose: tuple[LooseOrder, ...]
    all_loose: frozenset[QuoteId]
    unserved: tuple[LooseOrder, ...] = ()
    kept_standing: bool = False

    @property
    def gives(self) -> bool:
        """True where somebody gets something by it, or an order changes sides."""
        had = {stop.stop_id for tour in self.before for stop in tour.manifest}
        if any(stop.stop_id not in had for tour in self.given for stop in tour.manifest):
            return True
        return {o.quote_id for o in self.loose} != {o.quote_id for o in self.unserved}


def hand_out(
    wave: Wave,
    solved: Solved | None,
    loose: Sequence[LooseOrder],
    error: str | None,
    ports: Ports,
) -> Wave:
    """Hand out *solved*, carried into the day as it is by now; return the wave, published.

    solved : None: the standing plan is handed out
    loose  : the orders without a tour that were tried
    error  : what went wrong with the search, if anything did

    Raises ``Conflict`` when another process took the wave over.
    """

    def look(tx: Transaction) -> _Seen:
        tours = tours_of(tx, wave.day, ports)
        stops = [stop for tour in tours for stop in tour.stops]
        stops += [stop for order in loose for stop in order.stops]
        carried = {i for stop in stops if not stop.over for i in stop.shipment_ids}
        known = is_look(wave, ports) and nothing_new(tx, wave)
        packed = packed_stops(tours, tx) if known else None
        return _Seen(tours, _loose_now(wave, tx), tuple(tx.shipments(carried)), packed)

    def think(seen: _Seen) -> _HandOut:
        still = tuple(order for order in loose if order.quote_id in seen.all_loose)
        return _carried(wave, solved, seen, still, ports)

    def write(out: _HandOut, tx: Transaction) -> Wave:
        return _written(wave, solved, out, error, tx, ports)

    return think_first(look, think, write, ports)


def _loose_now(wave: Wave, tx: Transaction) -> frozenset[QuoteId]:
    return frozenset(order.quote_id for order in tx.loose_orders(wave.day))


def _carried(
    wave: Wave,
    solved: Solved | None,
    seen: _Seen,
    loose: tuple[LooseOrder, ...],
    ports: Ports,
) -> _HandOut:
    steps = Steps(seen.shipments)
    if not seen.tours:
        return _HandOut((), (), steps, loose, seen.all_loose)
    day = standing(seen.tours, ports.clock.now(), ports, extra=[order.stops for order in loose])
    hoping = {order.quote_id for order in loose}
    sequences, foreseen = (None, NOTHING) if solved is None else (solved.sequences, solved.foreseen)
    plan = to_give(day, sequences, hoping, wave, ports, foreseen=foreseen)
    why = Why.WAVE if seen.packed is None else Why.BEHIND
    if seen.packed is not None and not _saves(plan, seen.tours, seen.packed, ports):
        tours = sent_to_wait(seen.tours, foreseen, ports)
        return _HandOut(seen.tours, tours, steps, loose, seen.all_loose, kept_standing=True)
    tours = sent_to_wait(plan.tours, foreseen, ports)
    unserved = _left_out(day, plan.sequences, wave, ports)
    wave_at = ports.clock.now()
    was_out = {stop.stop_id for tour in day.tours for stop in tour.manifest}
    given = tuple(
        _announced(with_news(before, tour, why, wave_at), was_out, wave, steps, ports)
        for before, tour in zip(seen.tours, tours, strict=True)
    )
    _give_back(unserved, steps, ports)
    return _HandOut(
        seen.tours, given, steps, loose, seen.all_loose, tuple(unserved), plan.is_standing
    )


def _saves(plan: ToGive, before: Sequence[Tour], packed: Collection[str], ports: Ports) -> bool:
    """Does *plan*, made where nothing new waits, help who is behind?"""
    if plan.is_standing:
        return False
    return helps(shortfalls_s(before, packed, ports), shortfalls_s(plan.tours, packed, ports))


def refuse_if_taken_over(wave: Wave, tx: Transaction) -> None:
    """Raise ``Conflict`` when another process has *wave* by now."""
    mine = tx.wave(wave.wave_id)
    if (mine.state, mine.leased_until) != (wave.state, wave.leased_until):
        raise Conflict(f"wave {wave.wave_id} was taken over", wave_id=wave.wave_id)


def _written(
    wave: Wave,
    solved: Solved | None,
    out: _HandOut,
    error: str | None,
    tx: Transaction,
    ports: Ports,
) -> Wave:
    """Write tours and shipments at the versions they were seen at.

    Raises ``Stale`` when the day moved.
    """
    refuse_if_taken_over(wave, tx)
    if _loose_now(wave, tx) != out.all_loose:
        raise Stale("the orders without a tour changed meanwhile")
    for before, tour in zip(out.before, out.given, strict=True):
        if tour != before:
            tx.put_tour(tour)
    out.steps.write(tx)
    _settle_loose(out.loose, out.unserved, tx)
    done = replace(wave, leased_until=None, error=error)
    look_ends_here = is_look(wave, ports)
    if look_ends_here:
        look = look_taken(tx, wave, ports)
        done = replace(done, look=look, cut_off_at=look.next_at or wave.cut_off_at)
    if look_ends_here and not out.gives:
        done = replace(done, state=WaveState.OPEN)
    else:
        done = replace(
            done,
            state=WaveState.PUBLISHED,
            cut_off_at=wave.cut_off_at,
            published_at=ports.clock.now(),
            result=_result(solved, out.given, len(out.unserved), out.kept_standing),
        )
    tx.put_wave(done)
    return done


def _left_out(
    day: Standing,
    sequences: Sequence[tuple[int, ...]],
    wave: Wave,
    ports: Ports,
) -> list[LooseOrder]:
    """Orders in no tour: those the plan left out, and those that fell out of their tour."""
    now = ports.clock.now()
    served = {day.problem.job_of[n] for nodes in sequences for n in nodes}
    left: list[LooseOrder] = []
    for j in sorted(set(range(len(day.problem.jobs))) - served):
        stops = tuple(day.stops[n] for n in day.problem.nodes_of[j])
        if stops[0].held_until is not None:
            continue  # a hold nobody booked is not owed to anyone
        why = _why_left_out(day, sequences, j)
        left.append(LooseOrder(stops[0].quote_id, wave.day, stops, why, now))
    for stops, why in day.fallen:
        if stops and stops[0].held_until is None:
            left.append(LooseOrder(stops[0].quote_id, wave.day, stops, why, now, retry=False))
    return left


def _why_left_out(day: Standing, sequences: Sequence[tuple[int, ...]], job: int) -> Refusal:
    try:
        return why_not(day.problem, sequences, job)
    except ValueError:
        # It would fit, but the search did not put it in; the next wave starts from there.
        return Refusal("solver_gave_up")


def _announced(tour: Tour, was_out: Container[str], wave: Wave, steps: Steps, ports: Ports) -> Tour:
    """Tell what is given out and was not, and where it is time to leave; return the tour so."""
    now = ports.clock.now()
    steps.assign(tour, was_out, now=now, actor="wave")
    new = any(not stop.over and stop.stop_id not in was_out for stop in tour.manifest)
    given = replace(tour, wave_id=wave.wave_id) if new else tour
    leaving = departure(given, ports)
    if leaving is None:
        return given
    for shipment_id in leaving.stop.shipment_ids:
        if steps.shipment(shipment_id).state is leaving.before:
            steps.step(shipment_id, leaving.heading, now=now, actor="courier", at=leaving.at)
    return leaving.frozen(given)


def _give_back(unserved: Sequence[LooseOrder], steps: Steps, ports: Ports) -> None:
    """Take the courier from parcels that had one; whoever waits for them is told why."""
    for order in unserved:
        for shipment_id in _carried_by(order):
            shipment = steps.shipment(shipment_id)
            if shipment.state is State.ASSIGNED:
                back = State.READY if shipment.prepared_at else State.BOOKED
                why, now = order.refusal.code, ports.clock.now()
                steps.step(shipment_id, back, now=now, actor="wave", reason=why)


def _carried_by(order: LooseOrder) -> tuple[ShipmentId, ...]:
    return tuple(dict.fromkeys(i for stop in order.stops for i in stop.shipment_ids))


def _settle_loose(
    before: Sequence[LooseOrder], after: Sequence[LooseOrder], tx: Transaction
) -> None:
    since = {order.quote_id: order.since for order in before}
    for order in before:
        tx.drop_loose(order.quote_id)
    for order in after:
        firm = replace(order, since=since.get(order.quote_id, order.since))
        tx.put_loose(replace(firm, stops=tuple(replace(s, published_at=None) for s in firm.stops)))


def _result(
    solved: Solved | None, given: Sequence[Tour], unserved: int, kept_standing: bool
) -> WaveResult:
    """What was handed out: holds ride along in the solver's plan, but nobody is owed them."""
    open_orders = [
        {s.quote_id for s in tour.stops if not s.over and s.held_until is None} for tour in given
    ]
    cost = Cost() if solved is None else solved.plan.cost
    return WaveResult(
        orders=sum(len(orders) for orders in open_orders) + unserved,
        tours=sum(1 for orders in open_orders if orders),
        unserved=unserved,
        cost=tuple(cost.by_term().items()),
        engine="none" if solved is None else solved.plan.engine,
        solve_s=0.0 if solved is None else round(solved.solve_s, 3),
        kept_standing=kept_standing,
    )
