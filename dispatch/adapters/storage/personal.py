"""What the tables know of people, place by place, and when each of it is forgotten.

Decides nothing: it is the register of what ``retention`` does, and of what it leaves alone.
Instants, numbers of things and our own ids name nobody and are not listed; every text, every
coordinate and every document field is.  A test walks the schema and the documents, so that a
new one has no rule and fails; another lives a day, lets it age, and looks into each place.

A place is ``table.column``, with the way into a document behind it; ``[]``: each of several.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kept(StrEnum):
    """How long: by which setting of ``[retention]``, or why for good."""

    POSITIONS = "positions_days"
    NAMES = "names_days"
    KEYS = "keys_days"
    #: Who took a parcel, and the picture of it; never longer than names.
    PROOFS = "proofs_days"
    #: A word of ours, a code, a price, a shop, a courier's or a device's id.
    NOBODY = "for good: names nobody"
    #: It names somebody to the storefront that made it, and to nobody else.
    REFERENCE = "for good: the storefront's own name for it"
    #: A hash, or a word that opens nothing after ``tracking_hours``.
    SECRET = "for good: opens nothing"
    #: Where a house has its door is the street's business; whose order showed it is forgotten.
    DOOR = "for good: a door of the town"
    #: A keyed hash of a contact, so that who wants no more notices gets none.
    REFUSAL = "for good: so that a refusal holds"


_REGISTER: Final = {
    Kept.POSITIONS: """
        facts.position.lat_deg facts.position.lon_deg facts.position.label
        tours.seen.lat_deg tours.seen.lon_deg tours.seen.label
        tours.waiting.place.lat_deg tours.waiting.place.lon_deg
        tours.waiting.place.label
        waves.error
    """,
    Kept.NAMES: """
        bookings.customer_name bookings.customer_phone bookings.customer_email bookings.note
        bookings.deliver_to.place.lat_deg bookings.deliver_to.place.lon_deg
        bookings.deliver_to.place.label bookings.deliver_to.address bookings.deliver_to.note
        bookings.deliver_to.doubts[].code
        quotes.request.deliver_to.place.lat_deg quotes.request.deliver_to.place.lon_deg
        quotes.request.deliver_to.place.label quotes.request.deliver_to.address
        quotes.request.deliver_to.note quotes.request.deliver_to.doubts[].code
        shipments.drop.lat_deg shipments.drop.lon_deg shipments.drop.label
        tours.doc.stops[].place.lat_deg tours.doc.stops[].place.lon_deg
        tours.doc.stops[].place.label
        loose_orders.doc.stops[].place.lat_deg loose_orders.doc.stops[].place.lon_deg
        loose_orders.doc.stops[].place.label
        handovers.received_by labels.pdf closures.reason door_pins.stop_id
    """,
    Kept.KEYS: "idempotency_keys.key idempotency_keys.fingerprint",
    Kept.PROOFS: "proofs.said proofs.file",
    Kept.REFERENCE: """
        quotes.external_ref quotes.request.external_ref quotes.request.recommended_by
        bookings.external_ref bookings.recommended_by
    """,
    Kept.SECRET: """
        api_keys.key_hash page_links.token_hash devices.token_hash devices.link_hash
        bookings.tracking_token shipments.doc.handover_code webhook_endpoints.secret_mark
    """,
    Kept.DOOR: """
        door_pins.address_key door_pins.place.lat_deg door_pins.place.lon_deg
        door_pins.place.label door_pins.known.lat_deg door_pins.known.lon_deg
        door_pins.known.label door_pins.accuracy_m
    """,
    Kept.REFUSAL: "notice_refusals.mark",
    Kept.NOBODY: """
        api_keys.scopes[] page_links.subject devices.subject devices.platform
        audit.actor audit.subject audit.before audit.after
        calibrations.calibration_id calibrations.lessons[].key calibrations.lessons[].factor
        calibrations.lessons[].before_pct calibrations.lessons[].after_pct
        calibrations.lessons[].spread calibrations.lessons[].shared calibrations.lessons[].late_s
        calibrations.lessons[].shift calibrations.lessons[].slope
        calibrations.lessons[].beside
        quotes.request.deliver_to.insee bookings.deliver_to.insee
        quotes.doc.options[].price.currency quotes.doc.options[].price.breakdown[][]
        quotes.doc.options[].refusals[].code quotes.doc.options[].refusals[].binding[]
        quotes.doc.options[].refusals[].unlock quotes.doc.options[].refusals[].ways[].mode
        quotes.doc.options[].refusals[].ways[].vehicle quotes.doc.options[].why_not_held.code
        quotes.doc.options[].why_not_held.binding[] quotes.doc.options[].why_not_held.unlock
        quotes.doc.options[].why_not_held.ways[].mode
        quotes.doc.options[].why_not_held.ways[].vehicle quotes.doc.options[].chance.as_it_stands
        quotes.doc.options[].chance.stated quotes.doc.options[].chance.spare_s
        bookings.doc.language bookings.doc.price.currency bookings.doc.price.breakdown[][]
        bookings.doc.fee.currency bookings.doc.fee.breakdown[][]
        tours.doc.start.lat_deg tours.doc.start.lon_deg tours.doc.start.label
        tours.doc.settled[] tours.doc.news[].news_id tours.doc.news[].stop_id tours.doc.news[].was
        tours.doc.stops[].stop_id tours.doc.stops[].reason facts.fact_id facts.stop_id
        facts.reason facts.phone proofs.proof_id proofs.stop_id proofs.content_type
        door_pins.pin_id
        waves.result.cost[][] waves.result.engine waves.result.solve_s waves.result.proof
        waves.look.seen
        loose_orders.doc.stops[].stop_id loose_orders.doc.stops[].reason
        loose_orders.doc.refusal.code loose_orders.doc.refusal.binding[]
        loose_orders.doc.refusal.unlock loose_orders.doc.refusal.ways[].mode
        loose_orders.doc.refusal.ways[].vehicle loose_orders.doc.ways_out[].change
        idempotency_keys.storefront_id idempotency_keys.booking_id labels.shipment_id
        events.actor events.reason events.data
        parcels.tracking_number parcels.trouble parcels.last_code
        webhook_endpoints.endpoint_id webhook_endpoints.url
        webhook_deliveries.endpoint_id webhook_deliveries.error
        notices.notice_id notices.why noticed.reader notice_refusals.channel
    """,
}

#: Every place where a text, a coordinate or a document may name somebody, and its rule.
PERSONAL: Final = MappingProxyType(
    {place: rule for rule, places in _REGISTER.items() for place in places.split()}
)
