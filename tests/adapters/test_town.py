from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from dispatch.adapters.town import courier_of, far_homes, merchant_of, open_town, territory_of
from dispatch.core.civil import clock_text, parse_instant
from dispatch.core.errors import Invalid, NotFound
from dispatch.core.places import Place
from dispatch.fleet.couriers import shifts_on
from dispatch.fleet.vehicles import TYPICAL, VehicleKind
from dispatch.slots.calendar import Calendar
from dispatch.slots.service_levels import Mode
from dispatch.streets.area import contains
from geodata import load
from geodata.town import Town
from tests.fakes.house import embedded_town

TUESDAY = parse_instant("2026-11-24T10:00+01:00")


@pytest.fixture(scope="module")
def town() -> Town:
    return load.town("val_de_garonne")


def test_the_pilot_has_thirty_nine_merchants_and_three_couriers() -> None:
    territory = embedded_town().territory
    assert len(territory.merchants) == 39
    assert sorted(territory.couriers) == ["c_jeanne", "c_lea", "c_malik"]
    assert all(key == m.merchant_id == m.shop.merchant_id for key, m in territory.merchants.items())


def test_every_merchant_is_inside_the_area_and_on_a_street() -> None:
    town = embedded_town()
    for merchant in town.territory.merchants.values():
        assert contains(town.territory.area, merchant.place), merchant.merchant_id
        assert town.streets.contains(merchant.place), merchant.merchant_id


def test_only_the_communes_of_the_pilot_are_served_by_their_code(town: Town) -> None:
    served = embedded_town().territory.communes
    assert {"47157", "47310"} <= served
    assert served == {commune.insee for commune in town.communes if commune.served}
    assert len(served) < len(town.communes) == 43


def test_a_shop_keeps_its_hours_pace_and_modes() -> None:
    shop = embedded_town().territory.merchant("m_atelier_gariguette").shop
    assert shop.preparation_min == 20
    assert shop.modes == {Mode.COLLECT, Mode.EXPRESS, Mode.STANDARD}
    opened = shop.hours.windows(TUESDAY.date())
    assert [clock_text(w.opens_at) for w in opened] == ["09:30", "14:00"]


def test_a_shop_delivers_itself_exactly_when_the_file_says_on_what_terms(town: Town) -> None:
    for row in town.merchants:
        merchant = merchant_of(row, Calendar())
        own, terms = row.merchant_delivery, merchant.shop.own_delivery
        assert (own is None) == (terms is None)
        if own is not None and terms is not None:
            assert (terms.radius_m, terms.lead_min) == (own.radius_m, own.lead_min)
            assert merchant.own_delivery_fee_cents == own.fee_cents
            assert merchant.own_delivery_free_from_cents == own.free_from_cents
            assert terms.communes == set(own.communes)
    assert any(row.merchant_delivery for row in town.merchants)


def test_a_shop_on_the_market_square_has_its_market_hours(town: Town) -> None:
    row = town.merchants[0]
    assert merchant_of(row, Calendar()).shop.market is None
    market = merchant_of(replace(row, market_hours="Sa 07:00-13:00"), Calendar()).shop.market
    assert market is not None
    assert market.windows(date(2026, 11, 28))
    assert not market.windows(TUESDAY.date())
    with pytest.raises(Invalid, match=f"merchant {row.id}: opening hours 'at noon'"):
        merchant_of(replace(row, market_hours="at noon"), Calendar())


def test_a_courier_keeps_the_vehicle_the_shifts_and_the_way_home() -> None:
    lea = embedded_town().territory.courier("c_lea")
    assert (lea.vehicle.kind, lea.vehicle.max_weight_g) == (VehicleKind.CARGO_BIKE, 80_000)
    assert lea.vehicle.g_co2e_per_km == TYPICAL[VehicleKind.CARGO_BIKE].g_co2e_per_km
    assert [clock_text(s.opens_at) for s in shifts_on(lea, TUESDAY.date())] == ["09:30", "14:00"]
    assert lea.end == lea.start


def test_a_courier_without_a_way_home_may_end_the_day_anywhere(town: Town) -> None:
    nomad = replace(town.couriers[0], end_lat_deg=None, end_lon_deg=None)
    assert courier_of(nomad, Calendar()).end is None


def test_hours_nobody_can_read_name_the_merchant(town: Town) -> None:
    row = replace(town.merchants[0], opening_hours="Mo-Sa from nine to noon")
    with pytest.raises(Invalid, match=f"merchant {row.id}: opening hours") as why:
        territory_of(replace(town, merchants=(row,)), Calendar())
    assert why.value.field == "hours"


def test_delivery_hours_nobody_can_read_name_the_merchant_too(town: Town) -> None:
    row = next(m for m in town.merchants if m.merchant_delivery)
    assert row.merchant_delivery is not None
    wrong = replace(row, merchant_delivery=replace(row.merchant_delivery, opening_hours="noon"))
    with pytest.raises(Invalid, match=f"merchant {row.id}: opening hours"):
        merchant_of(wrong, Calendar())


@pytest.mark.parametrize("shift", ["", "whenever", "off"])
def test_a_courier_who_never_works_is_named(town: Town, shift: str) -> None:
    with pytest.raises(Invalid, match="c_lea"):
        courier_of(replace(town.couriers[0], shift=shift), Calendar())


def test_a_town_that_is_not_there_is_an_error_of_the_settings() -> None:
    with pytest.raises(Invalid, match="no town 'paris'; known: val_de_garonne") as why:
        open_town("paris", Calendar())
    assert why.value.field == "town"


def test_someone_who_is_not_of_this_town_is_not_found() -> None:
    territory = embedded_town().territory
    with pytest.raises(NotFound, match="m_nobody"):
        territory.merchant("m_nobody")
    with pytest.raises(NotFound, match="c_nobody"):
        territory.courier("c_nobody")


def test_another_region_s_holidays_reach_every_shop_and_courier(town: Town) -> None:
    """26 December 2026 is a Saturday, and a holiday in Alsace only."""
    day = parse_instant("2026-12-26T10:00+01:00").date()
    here, there = (territory_of(town, Calendar(region)) for region in ("metropole", "alsace"))
    assert shifts_on(here.courier("c_malik"), day)
    assert not shifts_on(there.courier("c_malik"), day)
    shop = "m_atelier_gariguette"
    assert here.merchant(shop).shop.hours.windows(day)
    assert not there.merchant(shop).shop.hours.windows(day)


def test_the_map_names_both_towns_and_draws_the_streets_between_their_houses() -> None:
    drawing = json.loads(embedded_town().map_geojson)
    kinds = Counter(feature["properties"]["kind"] for feature in drawing["features"])
    towns = {
        f["properties"]["name"] for f in drawing["features"] if f["properties"]["kind"] == "town"
    }
    assert towns == {"Marmande", "Tonneins"}
    assert kinds["street"] == 1
    streets = next(f for f in drawing["features"] if f["properties"]["kind"] == "street")
    assert len(streets["geometry"]["coordinates"]) > 500
    assert all(len(street) >= 2 for street in streets["geometry"]["coordinates"])


def test_a_shop_or_courier_that_no_street_leads_to_is_named_when_the_town_opens(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not told to the first customer who asks for a quote."""
    lost = replace(town.couriers[0], start_lat_deg=48.85, start_lon_deg=2.35)
    monkeypatch.setattr(load, "town", lambda *_: replace(town, couriers=(lost,)))
    with pytest.raises(Invalid, match=f"{lost.id}: .*from the nearest street"):
        open_town("val_de_garonne", Calendar())


def test_a_shop_far_from_any_street_is_told_with_its_metres_and_still_served() -> None:
    opened = embedded_town()
    assert far_homes(opened.territory, opened.streets) == {}
    shop = opened.territory.merchant("m_atelier_gariguette")
    # Midstream in the Garonne, near Marmande.
    boat = replace(shop, place=Place(44.4915, 0.1570))
    afloat = replace(opened.territory, merchants={shop.merchant_id: boat})
    away_m = opened.streets.snap_m(boat.place)
    assert 60 < away_m < 500
    assert far_homes(afloat, opened.streets) == {shop.merchant_id: round(away_m)}
