"""One day's customers, drawn once: who orders what, from whom, when, and how they behave.

Decides what people want.  Whether they get it is the town's business: the answers
come from the real interface.  The same seed is the same day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from dispatch.core.civil import instant_at
from dispatch.core.places import Place
from dispatch.demo.doorsteps import Doorsteps
from dispatch.replay.demand import CM3_PER_G, EVERYDAY_SECTORS, GOODS, OTHER_GOODS
from dispatch.slots.service_levels import Mode
from geodata.town import Merchant, Town

DAY: Final = date(2026, 11, 24)
#: Minute of the day of the first order, and of the last.
FIRST_MIN, LAST_MIN = 8 * 60 + 56, 18 * 60 + 45

#: How many orders each hour gets, relative to the others: people order before lunch and
#: on the way home.  First guess.
_BY_HOUR: Final = {9: 4, 10: 7, 11: 9, 12: 4, 13: 3, 14: 4, 15: 5, 16: 8, 17: 7, 18: 2}
_WISHES: Final = {Mode.EXPRESS: 62, Mode.COLLECT: 20, Mode.STANDARD: 10, Mode.MERCHANT: 8}
_TWO_SHOPS: Final = 0.15
_SAME_TOWN: Final = 0.8
_OTHER_TOWN: Final = 0.06
_LATER_WINDOW: Final = 0.3

_HEAVY_SECTORS: Final = ("hardware", "decoration")

_NOTES: Final = (
    "",
    "",
    "",
    "2e étage, porte de gauche",
    "Sonnez deux fois, merci",
    "Portail vert au fond de l’allée",
    "Laissez chez la voisine si je suis absent",
    "Attention au chien, il est gentil",
)
NO_SUCH_ADDRESS: Final = "3 Rue du Dromadaire Volant, 47200 Marmande"
#: More than any vehicle of the town carries.
TOO_HEAVY_G: Final = 450_000


class Story(StrEnum):
    """What becomes of a customer's wish, as far as it is the customer's doing."""

    BOOKS = "books"
    ONLY_ASKS = "only_asks"
    CANCELS = "cancels"
    NOT_AT_HOME = "not_at_home"
    BAD_ADDRESS = "bad_address"
    TOO_HEAVY = "too_heavy"


@dataclass(frozen=True, slots=True)
class DemoLine:
    """What is bought from one merchant."""

    merchant_id: str
    items_value_cents: int
    weight_g: int
    volume_cm3: int
    cold: bool

    def __post_init__(self) -> None:
        for name in ("items_value_cents", "weight_g", "volume_cm3"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is not positive: {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """One customer's errand.

    number   : 1 for the first of the day; orders are numbered in time
    wish     : the mode hoped for; another one is taken when it is not offered
    window   : which of the offered express windows is taken: 0 the first there is
    patience_min : a collecting customer comes this long after the parcel is ready;
               one who cancels does so this long after the booking
    """

    number: int
    asked_at: datetime
    lines: tuple[DemoLine, ...]
    address: str
    note: str
    name: str
    phone: str
    wish: Mode
    window: int = 0
    story: Story = Story.BOOKS
    patience_min: int = 30

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError(f"order {self.number} buys from nobody")
        if self.asked_at.utcoffset() != timedelta(0):
            raise ValueError(f"order {self.number} is not asked at a UTC instant: {self.asked_at}")
        if self.window < 0 or self.patience_min < 0:
            raise ValueError(
                f"order {self.number}: window {self.window}, patience_min {self.patience_min}"
            )

    @property
    def books(self) -> bool:
        """True when the customer takes an offer, should there be one."""
        return self.story in (Story.BOOKS, Story.CANCELS, Story.NOT_AT_HOME)

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]


def orders_of_day(
    town: Town, *, seed: int = 1, count: int = 60, day: date = DAY
) -> tuple[DemoOrder, ...]:
    """Return *count* orders in order of asking.

    The first is booked at 08:56 and delivered by courier; from 8 orders on, every
    story of ``Story`` is told at least once.  Raises ``ValueError`` below one order,
    or for a town without express shops.
    """
    if count < 1:
        raise ValueError(f"a day has at least one order, not {count}")
    rng = Random(seed)
    draw = _Draw(town, rng)
    minutes = [FIRST_MIN, *sorted(_minute(rng) for _ in range(count - 1))]
    stories = _stories(count, rng)
    people = rng.sample(range(max(500, count)), count)
    return tuple(
        draw.order(n, instant_at(day, minute), story, people[n - 1])
        for n, (minute, story) in enumerate(zip(minutes, stories, strict=True), start=1)
    )


def _minute(rng: Random) -> int:
    (hour,) = rng.choices(list(_BY_HOUR), list(_BY_HOUR.values()))
    return min(hour * 60 + rng.randrange(60), LAST_MIN)


def _stories(count: int, rng: Random) -> list[Story]:
    """Most customers book; the others are spread over the day, none of them first."""
    odd: list[Story] = []
    if count >= 8:
        odd = [Story.BAD_ADDRESS, Story.TOO_HEAVY, Story.NOT_AT_HOME]
        odd += [Story.ONLY_ASKS] * max(1, round(count * 0.08))
        odd += [Story.CANCELS] * max(1, round(count * 0.05))
    stories = [Story.BOOKS] * count
    # In the first two thirds: late in the day, nobody would still ring at a door.
    places = rng.sample(range(1, max(len(odd), count * 2 // 3) + 1), len(odd))
    for place, story in zip(places, odd, strict=True):
        stories[place] = story
    return stories


class _Draw:
    """Draws orders of one town, one after the other, from one source of chance."""

    def __init__(self, town: Town, rng: Random) -> None:
        self._town, self._rng = town, rng
        self._doors = Doorsteps(town)
        self._by_mode = {
            mode: [m for m in town.merchants if mode in m.modes] for mode in map(Mode, Mode)
        }
        if not self._by_mode[Mode.EXPRESS]:
            raise ValueError(f"town {town.name} has no shop with express delivery")

    def order(self, number: int, asked_at: datetime, story: Story, person: int) -> DemoOrder:
        rng = self._rng
        wish = self._wish(number, story)
        shops = self._shops(wish, story, early=number == 1)
        near = shops[0]
        if rng.random() < _OTHER_TOWN:
            near = rng.choice(self._town.merchants)
        name, phone = self._town.people.person(person)
        return DemoOrder(
            number=number,
            asked_at=asked_at,
            lines=tuple(self._line(shop, story) for shop in shops),
            address=NO_SUCH_ADDRESS
            if story is Story.BAD_ADDRESS
            else self._doors.near(Place(near.lat_deg, near.lon_deg, near.name), rng),
            note=rng.choice(_NOTES),
            name=name,
            phone=phone,
            wish=wish,
            window=rng.randint(1, 3) if self._waits(wish, story, number) else 0,
            story=story,
            patience_min=rng.randint(4, 9) if story is Story.CANCELS else rng.randint(10, 90),
        )

    def _wish(self, number: int, story: Story) -> Mode:
        if number == 1 or story is not Story.BOOKS:
            return Mode.EXPRESS
        wishes = {mode: share for mode, share in _WISHES.items() if self._by_mode[mode]}
        return self._rng.choices(list(wishes), list(wishes.values()))[0]

    def _waits(self, wish: Mode, story: Story, number: int) -> bool:
        usual = wish is Mode.EXPRESS and story is Story.BOOKS and number > 1
        return usual and self._rng.random() < _LATER_WINDOW

    def _shops(self, wish: Mode, story: Story, *, early: bool) -> list[Merchant]:
        """One shop, or two; the day's first customer buys where doors open early."""
        rng, shops = self._rng, self._by_mode[wish]
        if early:
            return [rng.choice([m for m in shops if m.sector == "food"] or shops)]
        if story is Story.TOO_HEAVY:
            return [rng.choice([m for m in shops if m.sector in _HEAVY_SECTORS] or shops)]
        first = rng.choices(shops, [_appeal(shop) for shop in shops])[0]
        if wish is Mode.MERCHANT or rng.random() >= _TWO_SHOPS:
            return [first]
        same_town = rng.random() < _SAME_TOWN
        others = [
            shop
            for shop in shops
            if shop is not first and (shop.commune == first.commune) is same_town
        ]
        return [first, rng.choice(others)] if others else [first]

    def _line(self, shop: Merchant, story: Story) -> DemoLine:
        rng = self._rng
        light_g, heavy_g, cheap_cents, dear_cents = GOODS.get(shop.sector, OTHER_GOODS)
        # Small baskets are common, large ones rare: a triangle that leans to the left.
        weight_g = round(rng.triangular(light_g, heavy_g, light_g))
        volume_cm3 = weight_g * CM3_PER_G
        if story is Story.TOO_HEAVY:
            weight_g, volume_cm3 = TOO_HEAVY_G, 200_000
        return DemoLine(
            merchant_id=shop.id,
            items_value_cents=round(rng.triangular(cheap_cents, dear_cents, cheap_cents)),
            weight_g=weight_g,
            volume_cm3=volume_cm3,
            cold=shop.cold,
        )


def _appeal(shop: Merchant) -> int:
    """People buy food more often than spectacles."""
    return 3 if shop.sector in EVERYDAY_SECTORS else 1
