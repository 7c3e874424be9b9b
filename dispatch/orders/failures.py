"""Why a stop failed, and what happens next unless somebody decides otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class NextStep(StrEnum):
    RETRY = "retry"
    HOLD_AT_SHOP = "hold_at_shop"
    RETURN = "return"
    PLANNER = "planner"


class FailureReason(StrEnum):
    """The whole vocabulary: twelve at most, so that a courier can choose with cold fingers."""

    NOT_AT_HOME = "not_at_home"
    WRONG_ADDRESS = "wrong_address"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    MERCHANT_CLOSED = "merchant_closed"
    NOT_READY = "not_ready"
    ITEM_MISSING = "item_missing"
    DAMAGED = "damaged"
    VEHICLE_BREAKDOWN = "vehicle_breakdown"
    OTHER = "other"


NEXT_STEP: Mapping[FailureReason, NextStep] = MappingProxyType(
    {
        FailureReason.NOT_AT_HOME: NextStep.HOLD_AT_SHOP,
        FailureReason.WRONG_ADDRESS: NextStep.PLANNER,
        FailureReason.REFUSED: NextStep.RETURN,
        FailureReason.UNREACHABLE: NextStep.PLANNER,
        FailureReason.MERCHANT_CLOSED: NextStep.PLANNER,
        FailureReason.NOT_READY: NextStep.RETRY,
        FailureReason.ITEM_MISSING: NextStep.PLANNER,
        FailureReason.DAMAGED: NextStep.RETURN,
        FailureReason.VEHICLE_BREAKDOWN: NextStep.PLANNER,
        FailureReason.OTHER: NextStep.PLANNER,
    }
)

#: What can go wrong at a shop, and at a doorstep: the courier's page offers only these.
AT_PICKUP = (
    FailureReason.MERCHANT_CLOSED,
    FailureReason.NOT_READY,
    FailureReason.ITEM_MISSING,
    FailureReason.DAMAGED,
    FailureReason.VEHICLE_BREAKDOWN,
    FailureReason.OTHER,
)
AT_DROP = (
    FailureReason.NOT_AT_HOME,
    FailureReason.WRONG_ADDRESS,
    FailureReason.REFUSED,
    FailureReason.UNREACHABLE,
    FailureReason.DAMAGED,
    FailureReason.VEHICLE_BREAKDOWN,
    FailureReason.OTHER,
)
AT_RETURN = (
    FailureReason.MERCHANT_CLOSED,
    FailureReason.VEHICLE_BREAKDOWN,
    FailureReason.OTHER,
)
