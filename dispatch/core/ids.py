"""Identifiers.  Ids are never added or compared across kinds, so each has a type."""

from __future__ import annotations

from typing import NewType

MerchantId = NewType("MerchantId", str)
CourierId = NewType("CourierId", str)
QuoteId = NewType("QuoteId", str)
OptionId = NewType("OptionId", str)
BookingId = NewType("BookingId", str)
ShipmentId = NewType("ShipmentId", str)
WaveId = NewType("WaveId", str)
TourId = NewType("TourId", str)
StorefrontId = NewType("StorefrontId", str)
ClosureId = NewType("ClosureId", str)
WetDayId = NewType("WetDayId", str)
