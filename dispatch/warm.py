"""What answers quotes, loaded before anybody waits for one.

Decides what a process has ready when it begins to serve.  Each of it would come by itself with
the first question that needs it, and keep whoever asks waiting.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.civil import local_day
from dispatch.fleet.couriers import shifts_on
from dispatch.operations.ports import Ports
from dispatch.operations.spare_time import InSpareTime
from dispatch.routing import compiled


def warm(ports: Ports) -> Ports:
    """Return *ports* as a process serves with, everything loaded; compiled where it is not yet."""
    compiled.load()
    today = local_day(ports.clock.now())
    for courier in ports.territory.couriers.values():
        shifts_on(courier, today)  # the holidays of a year: a twentieth of a second
    return _with_second_chance(ports)


def _with_second_chance(ports: Ports) -> Ports:
    """Return *ports* with what moves others for an order that fits nowhere."""
    rules = ports.parameters.second_chance
    if not rules.steps:
        return ports
    # Only a process that answers quotes pays for the compiled search.
    from dispatch.routing.solvers import rearrange

    rearrange.warm_up()
    plug = InSpareTime(rearrange.rearranged, ports.clock.stopwatch_s, rules.share)
    return replace(ports, rearranger=plug)
