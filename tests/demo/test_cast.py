"""The front page's doors: whose they are can be read from their names."""

from __future__ import annotations

from dispatch.demo.cast import customer_doors
from dispatch.operations.manifest import short_ref
from dispatch.orders.bookings import Customer
from tests.fakes.town import express_shops
from tests.web.site import Site


def test_two_customers_of_one_first_name_are_told_apart_by_their_orders_code() -> None:
    site = Site()
    shop = express_shops(site.ports)[0]
    names = ("Camille Essai", "Dominique Essai", "Camille Autre")
    first, other, second = (
        site.book(shop, customer=Customer(name, "+33639980042", "")) for name in names
    )
    doors = customer_doors([first, other, second])
    assert [door.label for door in doors] == [
        f"Camille · {short_ref(first.quote_id)}",
        "Dominique",
        f"Camille · {short_ref(second.quote_id)}",
    ]
    assert doors[1].url == f"/suivi/{other.tracking_token}"
    assert doors[0].label != doors[2].label
