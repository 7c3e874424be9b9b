"""What can go wrong between a shop and Dispatch, drawn once.

::

    ClientError
    ├── Unreachable    no answer: the network, a proxy, a server that is busy or away
    ├── Problem        an answer that says no; carries the server's problem+json
    ├── RefTaken       the outbox has another order under this reference
    ├── UnknownOrder   the outbox has no order under this reference
    ├── NotDecided     the order is not where this can be done with it
    └── BadSignature   a webhook that did not come from whom it says
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Any of them."""


class Unreachable(ClientError):
    """No usable answer; the same call may be made again.

    retry_after_s : how long the server asked to be left alone; 0 when it did not say
    """

    def __init__(self, why: str, retry_after_s: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Problem(ClientError):
    """The server said no (RFC 9457).

    status   : HTTP's
    code     : stable, such as ``quote_expired``; "" when the answer was not problem+json
    document : all of the answer; empty when it was not problem+json
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.document = dict(document)
        self.code = str(self.document.get("code", ""))
        self.detail = str(self.document.get("detail", ""))
        super().__init__(f"{status} {self.code or 'not problem+json'}: {self.detail}".rstrip(": "))

    @property
    def facts(self) -> Mapping[str, Any]:
        facts = self.document.get("facts")
        return facts if isinstance(facts, dict) else {}

    @property
    def fields(self) -> Mapping[str, str]:
        """What was wrong with which field of the body that was sent."""
        told = self.document.get("fields") or []
        return {str(one["field"]): str(one["message"]) for one in told}


class RefTaken(ClientError):
    """An order has one reference and a reference one order: this one is another order's."""


class UnknownOrder(ClientError):
    """Nothing was ever booked, or tried, under this reference."""


class NotDecided(ClientError):
    """The order waits for the server, not for you: what became of it is not known yet."""


class BadSignature(ClientError):
    """Not signed with the secret, too old, or no webhook at all.  Answer 401 and do nothing."""
