"""VROOM's breaks as ours.

VROOM's are all taken by every vehicle that moves, if need be after its last task; ours
are not needed by a tour that is over by then.  So each break's windows are cut to leave
room for it and for those after it: what a tour does not need can then still be taken
when it is over, and what VROOM could not do is not done.
"""

from __future__ import annotations

from dispatch.core.errors import Invalid
from dispatch.routing.formats.strict import told_at
from dispatch.routing.formats.vroom_words import BreakSaid, VehicleSaid
from dispatch.routing.spans import last_allowed
from dispatch.routing.work import Break, Windows


def breaks_of(path: str, vehicle: VehicleSaid, longest_s: int) -> tuple[Break, ...]:
    """Return the breaks of *vehicle*, in the order of their windows as VROOM takes them.

    Raises ``Invalid`` when they cannot all be taken during the shift.
    """
    from_s, until_s = vehicle.time_window or (0, longest_s)
    said = sorted(vehicle.breaks, key=lambda one: _windows(one, longest_s)[0])
    breaks: list[Break] = []
    for one in reversed(said):
        where = f"{path}.breaks[{vehicle.breaks.index(one)}]"
        windows = _windows(one, longest_s)
        with told_at(where):
            Break(str(one.id), windows, one.service)
        last_s = last_allowed(windows, until_s - one.service)
        if last_s is None or last_s < from_s:
            raise Invalid(f"{where}: cannot be taken during the shift", field=where)
        cut = tuple((a, min(b, last_s)) for a, b in windows if a <= last_s)
        breaks.insert(0, Break(str(one.id), cut, one.service))
        until_s = last_s
    return tuple(breaks)


def _windows(one: BreakSaid, longest_s: int) -> Windows:
    return tuple(sorted(one.time_windows or ((0, longest_s),)))
