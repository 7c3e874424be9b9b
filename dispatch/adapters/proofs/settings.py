"""Where the pictures of handovers are kept.

Decides the bounds of these settings.  The two keys of an S3-compatible store are secrets: they
come from the environment, never from a file of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DISK: Final = "disk"
S3: Final = "s3"
STORES: Final = (DISK, S3)
#: Where the two keys are looked for.
KEY_ID: Final = "DISPATCH_S3_KEY_ID"
SECRET_KEY: Final = "DISPATCH_S3_SECRET_KEY"
LONGEST_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """The settings' table ``[proof.store]``.

    kind      : "disk": a folder of the data directory; "s3": a server that speaks S3
    url       : of that server, without the bucket
    bucket    : in it, ours alone
    region    : as its signatures have it
    timeout_s : real seconds for one picture
    """

    kind: str = DISK
    url: str = ""
    bucket: str = ""
    region: str = "eu-west-3"
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if self.kind not in STORES:
            raise ValueError(f"kind {self.kind!r} is unknown; known: {', '.join(STORES)}")
        if not 0 < self.timeout_s <= LONGEST_TIMEOUT_S:
            raise ValueError(
                f"timeout_s is {self.timeout_s}, more than 0 and at most {LONGEST_TIMEOUT_S:g}"
            )
        scheme, _, host = self.url.partition("://")
        if self.kind == S3 and (scheme not in ("http", "https") or not host.strip("/")):
            raise ValueError("url does not begin with https:// or http://")
        if self.kind == S3 and not (self.bucket and self.region):
            raise ValueError("a store of kind s3 needs its bucket and its region")
