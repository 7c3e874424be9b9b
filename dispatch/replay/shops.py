"""Shops of a replayed day: what was booked is packed, a little sooner or later than usual.

Decides when.  By how much is the day's own (``DayLine.late_s``).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from dispatch.core.civil import day_window, local_day
from dispatch.core.ids import MerchantId, ShipmentId
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.replay.customers import Taken
from dispatch.replay.journal import Journal


class Shops:
    """Everybody behind a counter."""

    def __init__(self, ports: Ports, journal: Journal) -> None:
        self._ports, self._journal = ports, journal
        self._to_pack: list[tuple[datetime, ShipmentId, MerchantId]] = []
        self._packed_at: dict[ShipmentId, datetime] = {}

    def hear(self, taken: Taken) -> None:
        """Learn of what was just booked, and plan when it is packed."""
        now = self._ports.clock.now()
        late_s = {line.merchant_id: line.late_s for line in taken.order.lines}
        for parcel in taken.parcels:
            # The last moment of its day, at the latest: a day is lived by itself.
            day_ends_at = day_window(local_day(parcel.ready_at)).closes_at - timedelta(seconds=1)
            late = timedelta(seconds=late_s[parcel.merchant_id])
            packed_at = min(day_ends_at, max(now, parcel.ready_at + late))
            self._packed_at[parcel.shipment_id] = packed_at
            heapq.heappush(self._to_pack, (packed_at, parcel.shipment_id, parcel.merchant_id))

    def forget(self, shipment_ids: tuple[ShipmentId, ...]) -> None:
        """Pack these no more: nobody wants them."""
        self._to_pack = [entry for entry in self._to_pack if entry[1] not in shipment_ids]
        heapq.heapify(self._to_pack)

    def packed_at(self, shipment_ids: tuple[ShipmentId, ...]) -> datetime:
        """Return when the last of these parcels is on the counter."""
        return max(self._packed_at[shipment_id] for shipment_id in shipment_ids)

    def all_packed_at(self) -> Mapping[ShipmentId, datetime]:
        """Return that of every parcel heard of."""
        return MappingProxyType(dict(self._packed_at))

    def next_at(self) -> datetime | None:
        return self._to_pack[0][0] if self._to_pack else None

    def act(self) -> None:
        """Put the next parcel on the counter, and press the button."""
        packed_at, shipment_id, shop = heapq.heappop(self._to_pack)
        shipment = act(Act.READY, shipment_id, shop, self._ports)
        self._journal.note(packed_at, "packed", shipment=shipment_id, state=shipment.state)
