"""The commercial offer as data: how long, until when, in windows of what length.

Decides which numbers a mode may carry and refuses those that contradict each
other.  Does not compute a promise: that is ``dispatch.slots.promises``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, get_args

from dispatch.core.civil import minute_of_day
from dispatch.core.errors import Invalid


class Mode(StrEnum):
    """How the customer gets the order."""

    COLLECT = "collect"
    EXPRESS = "express"
    STANDARD = "standard"
    MERCHANT = "merchant"


#: Which numbers each mode reads.  Setting another one is a misunderstanding, so an error.
USES: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        Mode.COLLECT: ("min_lead_min", "order_cut_off", "keep_days"),
        Mode.EXPRESS: (
            "min_lead_min",
            "max_lead_min",
            "same_day_until",
            "order_cut_off",
            "day_before_cut_off",
            "notice_min",
            "days_ahead",
            "slot_min",
        ),
        Mode.STANDARD: ("min_days", "max_days", "counted_in", "posting_cut_off"),
        Mode.MERCHANT: (
            "min_lead_min",
            "order_cut_off",
            "day_before_cut_off",
            "notice_min",
            "slot_min",
        ),
    }
)

#: Smallest and largest value that make sense; a typing error is usually outside.
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "min_lead_min": (0, 7 * 1440),
        "max_lead_min": (1, 7 * 1440),
        "same_day_until": (1, 1440),
        "order_cut_off": (1, 1440),
        "day_before_cut_off": (1, 1440),
        "notice_min": (0, 7 * 1440),
        "days_ahead": (0, 7),
        "posting_cut_off": (1, 1440),
        "slot_min": (15, 240),
        "keep_days": (1, 60),
        "min_days": (0, 30),
        "max_days": (0, 30),
    }
)
_TIMES_OF_DAY: Final = (
    *("same_day_until", "order_cut_off", "day_before_cut_off"),
    "posting_cut_off",
)
_OPTIONAL: Final = ("max_lead_min", *_TIMES_OF_DAY)

#: Days on which the post works, or all days of the calendar.
CountedIn = Literal["postal", "calendar"]
_COUNTED_IN: Final = get_args(CountedIn)


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """One line of the offer.  Times of day are minutes after local midnight.

    min_lead_min    : earliest, counted from the order: real minutes (express), the
                      shop's opening minutes (collect), its delivery hours (merchant)
    max_lead_min    : latest, in real minutes after the order, on the order's own day;
                      None: no bound
    same_day_until  : on whatever day it is delivered, it is by then; None: no bound
    order_cut_off   : orders from then on wait for another day; None: no cut-off
    day_before_cut_off : a later day's orders are taken until then on its eve; None: no cut-off
    notice_min      : real minutes from the order to the beginning of a window, at least
    days_ahead      : how many days after the order's own a window may be
    slot_min        : length of a bookable window
    keep_days       : how many days a collect order is kept
    min_days, max_days : from posting to reception, in days of ``counted_in``
    posting_cut_off : orders from then on are posted the next postal day

    Raises ``Invalid`` naming the field for a number out of bounds, one the mode does
    not use, and numbers that contradict each other.
    """

    mode: Mode
    enabled: bool = True
    min_lead_min: int = 0
    max_lead_min: int | None = None
    same_day_until: int | None = None
    order_cut_off: int | None = None
    day_before_cut_off: int | None = None
    notice_min: int = 0
    days_ahead: int = 0
    slot_min: int = 60
    keep_days: int = 7
    min_days: int = 3
    max_days: int = 7
    counted_in: CountedIn = "postal"
    posting_cut_off: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.enabled, bool):
            raise self._wrong("enabled", f"is true or false, not {self.enabled!r}")
        for field in fields(self):
            if field.name in _BOUNDS:
                self._refuse_out_of_bounds(field.name, field.default)
        if self.counted_in not in _COUNTED_IN:
            known = " or ".join(repr(word) for word in _COUNTED_IN)
            raise self._wrong("counted_in", f"is {known}, not {self.counted_in!r}")
        if self.counted_in != "postal" and "counted_in" not in USES[self.mode]:
            raise self._wrong("counted_in", f"is not used; it uses {', '.join(USES[self.mode])}")
        self._refuse_contradictions()

    def _refuse_out_of_bounds(self, name: str, default: object) -> None:
        value = getattr(self, name)
        if value != default and name not in USES[self.mode]:
            raise self._wrong(name, f"is not used; it uses {', '.join(USES[self.mode])}")
        if value is None and name in _OPTIONAL:
            return
        low, high = _BOUNDS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(name, f"is a whole number from {low} to {high}, not {value!r}")

    def _refuse_contradictions(self) -> None:
        if 1440 % self.slot_min:
            raise self._wrong("slot_min", f"must divide the day evenly; {self.slot_min} does not")
        if self.max_days < self.min_days:
            raise self._wrong("max_days", f"({self.max_days}) is below min_days ({self.min_days})")
        if self.mode is not Mode.EXPRESS:
            return
        if self.max_lead_min is None and self.same_day_until is None:
            raise self._wrong("max_lead_min", "or same_day_until must bound the promise")
        if self.max_lead_min is not None and self.max_lead_min <= self.min_lead_min:
            raise self._wrong(
                "max_lead_min",
                f"({self.max_lead_min}) is not above min_lead_min ({self.min_lead_min})",
            )
        if self.same_day_until is None:
            return
        if self.same_day_until <= self.min_lead_min:
            raise self._wrong(
                "min_lead_min",
                f"({self.min_lead_min}) leaves no order before same_day_until "
                f"(minute {self.same_day_until} of the day)",
            )
        if self.order_cut_off is not None and self.order_cut_off > self.same_day_until:
            raise self._wrong("order_cut_off", "is later than same_day_until")

    def _wrong(self, name: str, problem: str) -> Invalid:
        return Invalid(f"service level {self.mode}: {name} {problem}", field=f"{self.mode}.{name}")


def _offer(express: ServiceLevel) -> Mapping[Mode, ServiceLevel]:
    return MappingProxyType(
        {
            Mode.COLLECT: ServiceLevel(Mode.COLLECT, min_lead_min=120),
            Mode.EXPRESS: express,
            # 17:00: first guess at the last postal collection; a territory sets its own.
            Mode.STANDARD: ServiceLevel(Mode.STANDARD, posting_cut_off=17 * 60),
            Mode.MERCHANT: ServiceLevel(Mode.MERCHANT, slot_min=120),
        }
    )


_UNTIL: Final = 19 * 60 + 30

#: Two readings of "express 4 h", same day both: delivered *within* four hours of the
#: order, or delivered *from* four hours after it.
PRESETS: Final[Mapping[str, Mapping[Mode, ServiceLevel]]] = MappingProxyType(
    {
        "within_4h": _offer(ServiceLevel(Mode.EXPRESS, max_lead_min=240, same_day_until=_UNTIL)),
        "from_4h": _offer(ServiceLevel(Mode.EXPRESS, min_lead_min=240, same_day_until=_UNTIL)),
    }
)
DEFAULT_PRESET: Final = "within_4h"


def service_levels(
    preset: str = DEFAULT_PRESET, changes: Mapping[str, Mapping[str, object]] | None = None
) -> Mapping[Mode, ServiceLevel]:
    """Return *preset* with the planner's *changes*: ``{"express": {"same_day_until": "20:00"}}``.

    Times of day are ``HH:MM``; ``"none"`` lifts an optional bound.

    Raises ``Invalid``, naming the field, for an unknown preset, mode or field, and for
    what ``ServiceLevel`` refuses.
    """
    if preset not in PRESETS:
        raise Invalid(f"unknown preset {preset!r}; known: {sorted(PRESETS)}", field="preset")
    levels = dict(PRESETS[preset])
    for name, table in (changes or {}).items():
        if name not in set(Mode):
            raise Invalid(f"unknown mode {name!r}; known: {[str(m) for m in Mode]}", field=name)
        mode = Mode(name)
        known = {"enabled", *USES[mode]}
        if unknown := sorted(table.keys() - known):
            raise Invalid(
                f"service level {name} does not use {unknown}; known: {sorted(known)}",
                field=f"{name}.{unknown[0]}",
            )
        read = {key: _read(f"{name}.{key}", value) for key, value in table.items()}
        levels[mode] = replace(levels[mode], **read)  # type: ignore[arg-type]  # checked at birth
    return MappingProxyType(levels)


def _read(path: str, value: object) -> object:
    key = path.partition(".")[2]
    if key in _OPTIONAL and value == "none":
        return None
    if key not in _TIMES_OF_DAY:
        return value
    if not isinstance(value, str):
        raise Invalid(f'{path}: write a time of day as "19:30", not {value!r}', field=path)
    try:
        return minute_of_day(value)
    except ValueError as error:
        raise Invalid(f"{path}: {error}", field=path) from None
