"""Whether the post is asked, where, and how long it may take.

Decides the bounds of these settings.  The keys that open its services are secrets: they come
from the environment, never from a file of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

#: Colissimo's label service ("SLS", REST, version 3.1) and La Poste's tracking service.
LABELS_URL: Final = "https://ws.colissimo.fr/sls-ws/SlsServiceWSRest/3.1"
TRACKING_URL: Final = "https://api.laposte.fr/suivi/v2"
#: Where the two keys are looked for.
LABELS_KEY: Final = "DISPATCH_COLISSIMO_KEY"
TRACKING_KEY: Final = "DISPATCH_OKAPI_KEY"
#: The address of a server that speaks like both: it is then asked, whatever the settings say.
#: A demonstration sets it.
STAND_IN: Final = "DISPATCH_CARRIER_URL"
#: Where a stand-in has the two services.
LABELS_PATH: Final = "/sls-ws/SlsServiceWSRest/3.1"
TRACKING_PATH: Final = "/suivi/v2"
CARRIERS: Final = ("none", "la_poste")
LONGEST_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ParcelSettings:
    """The settings' table ``[parcels]``.

    carrier      : "none": shops deal with the post themselves; "la_poste"
    labels_url, tracking_url : another server that speaks like theirs will do
    timeout_s    : real seconds for one question
    product_code : Colissimo's: DOM without, DOS with a signature
    print_on     : the sheet, in Colissimo's words
    """

    carrier: str = "none"
    labels_url: str = LABELS_URL
    tracking_url: str = TRACKING_URL
    timeout_s: float = 10.0
    product_code: str = "DOM"
    print_on: str = "PDF_A4_300dpi"

    def at(self, stand_in: str) -> ParcelSettings:
        """Return the settings that ask *stand_in* instead of La Poste."""
        return replace(
            self,
            carrier="la_poste",
            labels_url=stand_in + LABELS_PATH,
            tracking_url=stand_in + TRACKING_PATH,
        )

    def __post_init__(self) -> None:
        if self.carrier not in CARRIERS:
            raise ValueError(f"carrier {self.carrier!r} is unknown; known: {', '.join(CARRIERS)}")
        if not 0 < self.timeout_s <= LONGEST_TIMEOUT_S:
            raise ValueError(
                f"timeout_s is {self.timeout_s}, more than 0 and at most {LONGEST_TIMEOUT_S:g}"
            )
        if self.product_code not in ("DOM", "DOS"):
            raise ValueError(f"product_code {self.product_code!r} is unknown; known: DOM, DOS")
        if not self.print_on.startswith("PDF_"):
            raise ValueError(f"print_on {self.print_on!r} is no PDF: shops print on paper")
        for name in ("labels_url", "tracking_url"):
            scheme, _, domain = getattr(self, name).partition("://")
            if scheme not in ("http", "https") or not domain.strip("/"):
                raise ValueError(f"{name} does not begin with https:// or http://")
