"""The benchmarks' figures as pictures.

Decides nothing.  Needs matplotlib, which only the ``bench`` extra installs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.common.churn import Point
from benchmarks.common.standings import Line


def draw(found: Sequence[Line], path: Path) -> Path | None:
    """Write a panel per group and a curve per engine as PNG; None: no matplotlib.

    Above: what is missed beyond the reference, over the seconds; below: the mean gap.
    """
    pyplot = _pyplot()
    if pyplot is None:
        return None
    groups = list(dict.fromkeys(line.group for line in found))
    engines = list(dict.fromkeys(line.engine for line in found))
    figure, panels = pyplot.subplots(
        2, len(groups), figsize=(3.2 * len(groups), 6), squeeze=False, sharex=True
    )
    for column, group in enumerate(groups):
        above, below = panels[0][column], panels[1][column]
        above.set_title(group, fontsize=9)
        for number, engine in enumerate(engines):
            mine = [
                line
                for line in found
                if (line.group, line.engine) == (group, engine) and line.answered
            ]
            looks = {"marker": "osD^v"[number % 5], "color": f"C{number}", "label": engine}
            seconds = [line.budget_s for line in mine]
            above.plot(seconds, [line.extra for line in mine], **looks)
            with_gap = [line for line in mine if line.gap_pct is not None]
            below.plot(
                [line.budget_s for line in with_gap], [line.gap_pct for line in with_gap], **looks
            )
        below.set_xscale("log")
        below.set_xlabel("budget, s")
        for panel in (above, below):
            panel.set_ylim(bottom=min(0.0, panel.get_ylim()[0]))
            panel.grid(alpha=0.3)
    panels[0][0].set_ylabel("vehicles or orders beyond the reference, in all")
    panels[1][0].set_ylabel("mean gap where equal, %")
    panels[0][0].legend(fontsize=8)
    return _written(figure, path)


def draw_churn(curve: Sequence[Point], path: Path) -> Path | None:
    """Write what is saved on the road against what is moved as PNG; None: no matplotlib."""
    pyplot = _pyplot()
    if pyplot is None:
        return None
    figure, panel = pyplot.subplots(figsize=(5, 4))
    saved_min = [(curve[-1].travel_s - point.travel_s) / 60 for point in curve]
    panel.plot([point.moved for point in curve], saved_min, marker="o")
    for point, saved in zip(curve, saved_min, strict=True):
        panel.annotate(f"{point.price_s} s", (point.moved, saved), fontsize=7)
    panel.set_xlabel("published stops moved")
    panel.set_ylabel("minutes on the road saved")
    panel.grid(alpha=0.3)
    return _written(figure, path)


def draw_ratios(compared: Sequence[tuple[str, npt.NDArray[np.float64]]], path: Path) -> Path | None:
    """Write how seconds are spread around each reference's as PNG; None: no matplotlib."""
    pyplot = _pyplot()
    if pyplot is None:
        return None
    figure, panel = pyplot.subplots(figsize=(9, 1 + 0.35 * len(compared)))
    names = [name for name, _ in compared]
    panel.boxplot(
        [ratio for _, ratio in compared],
        orientation="horizontal",
        whis=(5, 95),
        showfliers=False,
        tick_labels=names,
    )
    panel.axvline(1.0, color="C3", linewidth=1)
    panel.invert_yaxis()
    panel.set_xlabel(
        "seconds, ours unless another is named, per second of the reference (5 to 95 %)"
    )
    panel.grid(alpha=0.3, axis="x")
    return _written(figure, path)


def draw_waits(minutes: Mapping[str, Sequence[float]], path: Path) -> Path | None:
    """Write the share of orders at the door by so many minutes as PNG; None: no matplotlib."""
    pyplot = _pyplot()
    if pyplot is None:
        return None
    figure, panel = pyplot.subplots(figsize=(7, 4))
    for name, waits in minutes.items():
        panel.plot(np.sort(waits), np.linspace(0, 1, len(waits)), label=name, linewidth=1)
    panel.set_xlabel("minutes from click to door")
    panel.set_ylabel("share of orders")
    panel.set_xlim(0, 90)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=7)
    return _written(figure, path)


def draw_lateness(ways: Mapping[str, Sequence[float]], path: Path) -> Path | None:
    """Write how late a way's orders are as PNG, a curve each; None: no matplotlib.

    ways : minutes after the promise of each order, by the way's name; below 0: before its end
    """
    pyplot = _pyplot()
    if pyplot is None:
        return None
    figure, (whole, tail) = pyplot.subplots(1, 2, figsize=(9, 4))
    for title, minutes in ways.items():
        in_order = np.sort(np.asarray(minutes))
        share = 100 * np.arange(1, len(in_order) + 1) / len(in_order)
        whole.step(in_order, share, where="post", label=title)
        tail.step(in_order, 100 - share, where="post", label=title)
    whole.set_ylabel("handed over by then, % of orders")
    tail.set_ylabel("still to be handed over, % of orders")
    tail.set_xlim(-30, 60)
    tail.set_ylim(0, 25)
    for panel in (whole, tail):
        panel.axvline(0, color="grey", linewidth=1)
        panel.set_xlabel("minutes after the end of the promise")
        panel.grid(alpha=0.3)
    whole.legend(fontsize=8)
    return _written(figure, path)


def _pyplot() -> Any:
    try:
        import_module("matplotlib").use("agg")
    except ImportError:
        return None
    return import_module("matplotlib.pyplot")


def _written(figure: Any, path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    _pyplot().close(figure)
    return path
