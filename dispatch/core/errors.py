"""Everything the building can refuse to do.

::

    DispatchError
    ├── NotFound              the id names nothing                    404
    │   └── Gone              it named something, and ended           410
    ├── Unauthorised          no key, or a key nobody gave            401
    ├── Forbidden             a known key without that scope          403
    ├── Conflict              true once, no longer true               409
    │   ├── QuoteExpired      the hold ran out; ask again
    │   ├── QuoteUsed         a quote is booked once
    │   ├── NoLongerFeasible  the place was taken meanwhile
    │   ├── TooLate           it was possible until a moment ago
    │   ├── TooManyTries      guessed wrong too often; wait
    │   ├── DuplicateRef      the storefront's reference is taken
    │   ├── CarrierRefused    the post will not take it as it was asked
    │   ├── InvalidTransition a shipment cannot go from here to there
    │   └── Stale             somebody else changed it first
    ├── Invalid               the request contradicts itself          422
    │   └── KeyReused         same idempotency key, other body
    ├── StorageError          the database is out of reach            503
    │   └── Busy              too many write at once; nothing is broken
    ├── StreetsUnavailable    the routing server does not answer      503
    ├── CarrierUnavailable    the post does not answer                503
    └── Broken                we broke one of our own rules           500

The HTTP numbers are applied in ``dispatch.api.problems``; nothing here knows HTTP.
"""

from __future__ import annotations


class DispatchError(Exception):
    """Base of all expected errors.

    ``code`` is stable and documented; ``facts`` are safe to show the caller.
    """

    code = "dispatch_error"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


class NotFound(DispatchError):
    code = "not_found"


class Gone(NotFound):
    """What the id named has ended for good: a tracking page whose parcel has long arrived."""

    code = "gone"


class Unauthorised(DispatchError):
    code = "unauthorised"


class Forbidden(DispatchError):
    code = "forbidden"


class Conflict(DispatchError):
    code = "conflict"


class QuoteExpired(Conflict):
    code = "quote_expired"


class QuoteUsed(Conflict):
    code = "quote_used"


class NoLongerFeasible(Conflict):
    code = "no_longer_feasible"


class TooLate(Conflict):
    """A change that was allowed until some moment: cancelling, once the courier has left."""

    code = "too_late"


class TooManyTries(Conflict):
    """A secret was guessed wrong too often: nothing is looked at for a while."""

    code = "too_many_tries"


class DuplicateRef(Conflict):
    code = "duplicate_external_ref"


class CarrierRefused(Conflict):
    """The post said no to a label; asking the same again would not help."""

    code = "carrier_refused"


class InvalidTransition(Conflict):
    code = "invalid_transition"


class Stale(Conflict):
    code = "stale"


class Invalid(DispatchError):
    """The request contradicts itself.  ``field``: a path such as ``merchants.0.weight_g``."""

    code = "invalid"

    def __init__(self, message: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(message, **facts)
        self.field = field


class KeyReused(Invalid):
    code = "idempotency_key_reused"


class StorageError(DispatchError):
    code = "storage_unavailable"


class Busy(StorageError):
    """The lock was not had in time; the same question may be answered in a moment."""

    code = "busy"


class StreetsUnavailable(DispatchError):
    """Travel times cannot be had now; the same question may be answered in a moment."""

    code = "streets_unavailable"


class CarrierUnavailable(DispatchError):
    """The post does not answer now, or not in its own words; it is asked again later."""

    code = "carrier_unavailable"


class Broken(DispatchError):
    code = "internal"
