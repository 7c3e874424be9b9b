"""What a picture is called: 64 hexadecimal digits and what it is.

Decides which keys are ours.  A phone chooses the id of a proof, and must not choose a path.
"""

from __future__ import annotations

import re
from typing import Final

from dispatch.core.errors import Broken
from dispatch.tracking.pictures import JPEG, PNG

_KEY: Final = re.compile(r"[0-9a-f]{64}\.(jpg|png)")
_TYPES: Final = {"jpg": JPEG, "png": PNG}


def is_key(name: str) -> bool:
    """Is *name* what a picture of ours is called?"""
    return _KEY.fullmatch(name) is not None


def checked(key: str) -> str:
    """Return the media type of the picture *key*.  Raises ``Broken`` for what is no key of ours."""
    if not is_key(key):
        raise Broken(f"{key!r} is not what a picture is called")
    return _TYPES[key.rpartition(".")[2]]
