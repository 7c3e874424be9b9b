"""La Poste as the ``Carrier`` of this house: labels by Colissimo, news by Suivi.

Decides where the keys come from.  A house without a key for a service does not start with it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.adapters.parcels.colissimo import LabelService
from dispatch.adapters.parcels.settings import LABELS_KEY, TRACKING_KEY, ParcelSettings
from dispatch.adapters.parcels.suivi import TrackingService
from dispatch.core.errors import Invalid
from dispatch.operations.carrier import CarrierEvent, Label, LabelWanted


@dataclass(frozen=True, slots=True)
class LaPoste:
    """Both services."""

    labels: LabelService
    tracking: TrackingService

    def label(self, wanted: LabelWanted) -> Label:
        """See ``Carrier``."""
        return self.labels.label(wanted)

    def follow(self, numbers: Sequence[str]) -> Mapping[str, tuple[CarrierEvent, ...]]:
        """See ``Carrier``."""
        return self.tracking.follow(numbers)


def la_poste(settings: ParcelSettings, keys: Mapping[str, str] = os.environ) -> LaPoste:
    """Return La Poste as *settings* say.  Raises ``Invalid`` naming the key that is missing."""
    for name in (LABELS_KEY, TRACKING_KEY):
        if not keys.get(name):
            raise Invalid(f"parcels.carrier is la_poste: set {name} in the environment", field=name)
    return LaPoste(
        LabelService(
            settings.labels_url,
            keys[LABELS_KEY],
            settings.timeout_s,
            settings.product_code,
            settings.print_on,
        ),
        TrackingService(settings.tracking_url, keys[TRACKING_KEY], settings.timeout_s),
    )
