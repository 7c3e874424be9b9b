"""Every notice in words: French and English, as a letter and as a text.

Decides sentences.  A letter says what happened, what it means and where to look; a text says
it once.  Nothing here names another customer, a courier, or what was bought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dispatch.operations.notices import Kind
from dispatch.orders.failures import FailureReason
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class Words:
    """One notice in one language, its facts between braces; see ``FACTS``.

    lines : the letter's paragraphs
    text  : the text message; the page's address is put behind it
    """

    subject: str
    lines: tuple[str, ...]
    text: str


#: What every sentence may say.  ``code``: only of an order to fetch at a shop.
FACTS: Final = ("ref", "shop", "where", "window", "code", "what_now")

#: Kind, and the mode where a notice reads otherwise in it; None: as for all others.
_Said = Mapping[tuple[Kind, Mode | None], Words]

_FRENCH: Final[_Said] = MappingProxyType(
    {
        (Kind.BOOKED, None): Words(
            "Commande {ref} confirmée",
            ("Votre commande {ref} chez {shop} est confirmée.", "Livraison promise {window}."),
            "Commande {ref} chez {shop} confirmée. Livraison {window}.",
        ),
        (Kind.BOOKED, Mode.COLLECT): Words(
            "Commande {ref} confirmée",
            (
                "Votre commande {ref} chez {shop} est confirmée.",
                "Nous vous écrirons dès qu’elle sera prête à retirer.",
            ),
            "Commande {ref} chez {shop} confirmée. Message dès qu'elle est prête.",
        ),
        (Kind.ON_THE_WAY, None): Words(
            "Commande {ref} : le livreur l’a prise",
            (
                "Le livreur a votre commande {ref} chez {shop}.",
                "Arrivée prévue {window}. Il a peut-être d’autres arrêts avant le vôtre.",
            ),
            "Le livreur a votre commande {ref}. Arrivée prévue {window}.",
        ),
        (Kind.ON_THE_WAY, Mode.STANDARD): Words(
            "Commande {ref} postée",
            (
                "{shop} a remis votre commande {ref} à La Poste.",
                "Elle est attendue {window}.",
            ),
            "Commande {ref} postée. Attendue {window}.",
        ),
        (Kind.ON_THE_WAY, Mode.MERCHANT): Words(
            "Commande {ref} : le commerçant est en route",
            ("{shop} est en route avec votre commande {ref}.", "Livraison promise {window}."),
            "{shop} est en route avec votre commande {ref}.",
        ),
        (Kind.NEXT_STOP, None): Words(
            "Commande {ref} : vous êtes le prochain arrêt",
            ("Le livreur vient maintenant chez vous avec votre commande {ref} chez {shop}.",),
            "Le livreur arrive avec votre commande {ref} : vous êtes le prochain arrêt.",
        ),
        (Kind.DELIVERED, None): Words(
            "Commande {ref} livrée",
            ("Votre commande {ref} chez {shop} est livrée.", "Merci, et à bientôt."),
            "Commande {ref} livrée. Merci et à bientôt.",
        ),
        (Kind.NOT_DELIVERED, None): Words(
            "Commande {ref} : nous n’avons pas pu vous livrer",
            ("Nous n’avons pas pu vous remettre votre commande {ref} chez {shop}.", "{what_now}"),
            "Commande {ref} non livrée. {what_now}",
        ),
        (Kind.MOVED, None): Words(
            "Commande {ref} : nouvel horaire",
            ("L’horaire de votre commande {ref} chez {shop} a changé.", "Livraison {window}."),
            "Nouvel horaire de la commande {ref} : {window}.",
        ),
        (Kind.LATE, None): Words(
            "Commande {ref} : nous aurons sans doute du retard",
            (
                "Nous ne tiendrons sans doute pas l’heure promise pour votre commande {ref} chez "
                "{shop}, et nous en sommes désolés.",
                "{what_now}",
            ),
            "Commande {ref} : retard probable, désolés. {what_now}",
        ),
        (Kind.READY, None): Words(
            "Commande {ref} prête à retirer",
            (
                "Votre commande {ref} vous attend chez {shop}, {where}.",
                "Votre code au comptoir : {code}",
            ),
            "Commande {ref} prête chez {shop}. Code au comptoir : {code}.",
        ),
        (Kind.READY, Mode.EXPRESS): Words(
            "Commande {ref} : elle vous attend au commerce",
            ("Votre commande {ref} vous attend chez {shop}, {where}, aux heures d’ouverture.",),
            "Commande {ref} : elle vous attend chez {shop}.",
        ),
        (Kind.READY, Mode.MERCHANT): Words(
            "Commande {ref} : elle vous attend au commerce",
            ("Votre commande {ref} vous attend chez {shop}, {where}, aux heures d’ouverture.",),
            "Commande {ref} : elle vous attend chez {shop}.",
        ),
        (Kind.READY, Mode.STANDARD): Words(
            "Commande {ref} : elle vous attend à La Poste",
            (
                "Votre commande {ref} chez {shop} vous attend au bureau de poste.",
                "Prenez une pièce d’identité.",
            ),
            "Commande {ref} : elle vous attend à La Poste, avec une pièce d'identité.",
        ),
        (Kind.REMINDER, None): Words(
            "Commande {ref} : elle vous attend toujours",
            (
                "Votre commande {ref} vous attend toujours chez {shop}, {where}.",
                "Votre code au comptoir : {code}",
            ),
            "Commande {ref} toujours à retirer chez {shop}. Code : {code}.",
        ),
    }
)

_ENGLISH: Final[_Said] = MappingProxyType(
    {
        (Kind.BOOKED, None): Words(
            "Order {ref} confirmed",
            ("Your order {ref} from {shop} is confirmed.", "Delivery promised {window}."),
            "Order {ref} from {shop} confirmed. Delivery {window}.",
        ),
        (Kind.BOOKED, Mode.COLLECT): Words(
            "Order {ref} confirmed",
            (
                "Your order {ref} from {shop} is confirmed.",
                "We will write as soon as it is ready to collect.",
            ),
            "Order {ref} from {shop} confirmed. We will tell you when it is ready.",
        ),
        (Kind.ON_THE_WAY, None): Words(
            "Order {ref}: the courier has it",
            (
                "The courier has your order {ref} from {shop}.",
                "Expected {window}. There may be other stops before yours.",
            ),
            "The courier has your order {ref}. Expected {window}.",
        ),
        (Kind.ON_THE_WAY, Mode.STANDARD): Words(
            "Order {ref} posted",
            ("{shop} has posted your order {ref}.", "It is expected {window}."),
            "Order {ref} posted. Expected {window}.",
        ),
        (Kind.ON_THE_WAY, Mode.MERCHANT): Words(
            "Order {ref}: the shop is on its way",
            ("{shop} is on the way with your order {ref}.", "Delivery promised {window}."),
            "{shop} is on the way with your order {ref}.",
        ),
        (Kind.NEXT_STOP, None): Words(
            "Order {ref}: you are the next stop",
            ("The courier is coming to you now with your order {ref} from {shop}.",),
            "The courier is coming with your order {ref}: you are the next stop.",
        ),
        (Kind.DELIVERED, None): Words(
            "Order {ref} delivered",
            ("Your order {ref} from {shop} is delivered.", "Thank you, and see you soon."),
            "Order {ref} delivered. Thank you.",
        ),
        (Kind.NOT_DELIVERED, None): Words(
            "Order {ref}: we could not deliver it",
            ("We could not hand over your order {ref} from {shop}.", "{what_now}"),
            "Order {ref} not delivered. {what_now}",
        ),
        (Kind.MOVED, None): Words(
            "Order {ref}: another time",
            ("The time of your order {ref} from {shop} has changed.", "Delivery {window}."),
            "New time for order {ref}: {window}.",
        ),
        (Kind.LATE, None): Words(
            "Order {ref}: we will probably be late",
            (
                "We will probably not keep the promised time of your order {ref} from {shop}, and "
                "we are sorry.",
                "{what_now}",
            ),
            "Order {ref}: we will probably be late, sorry. {what_now}",
        ),
        (Kind.READY, None): Words(
            "Order {ref} ready to collect",
            (
                "Your order {ref} waits for you at {shop}, {where}.",
                "Your code at the counter: {code}",
            ),
            "Order {ref} ready at {shop}. Code at the counter: {code}.",
        ),
        (Kind.READY, Mode.EXPRESS): Words(
            "Order {ref}: it waits for you at the shop",
            ("Your order {ref} waits for you at {shop}, {where}, during opening hours.",),
            "Order {ref}: it waits for you at {shop}.",
        ),
        (Kind.READY, Mode.MERCHANT): Words(
            "Order {ref}: it waits for you at the shop",
            ("Your order {ref} waits for you at {shop}, {where}, during opening hours.",),
            "Order {ref}: it waits for you at {shop}.",
        ),
        (Kind.READY, Mode.STANDARD): Words(
            "Order {ref}: it waits for you at the post office",
            (
                "Your order {ref} from {shop} waits for you at the post office.",
                "Bring something to prove who you are.",
            ),
            "Order {ref}: it waits for you at the post office.",
        ),
        (Kind.REMINDER, None): Words(
            "Order {ref}: it still waits for you",
            (
                "Your order {ref} still waits for you at {shop}, {where}.",
                "Your code at the counter: {code}",
            ),
            "Order {ref} still to be collected at {shop}. Code: {code}.",
        ),
    }
)

_BY_LANGUAGE: Final = MappingProxyType({"fr": _FRENCH, "en": _ENGLISH})

#: What happens now, by what went wrong at the door; "": for everything else.
_WHAT_NOW: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "fr": {
            FailureReason.NOT_AT_HOME: "Personne n’a ouvert : nous vous appelons pour la suite.",
            FailureReason.WRONG_ADDRESS: "L’adresse n’a pas été trouvée : appelez le commerce.",
            FailureReason.REFUSED: "Elle a été refusée et retourne au commerce.",
            FailureReason.DAMAGED: "Elle a été abîmée et retourne au commerce : appelez-le.",
            "": "Appelez le commerce pour convenir de la suite.",
        },
        "en": {
            FailureReason.NOT_AT_HOME: "Nobody opened: we will call you about what comes next.",
            FailureReason.WRONG_ADDRESS: "The address was not found: please call the shop.",
            FailureReason.REFUSED: "It was refused and goes back to the shop.",
            FailureReason.DAMAGED: "It was damaged and goes back to the shop: please call.",
            "": "Please call the shop to agree on what comes next.",
        },
    }
)

#: What is known of an order that will be late, and that something else can be had.
_LATE: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "fr": (
            "Elle est attendue {window}.",
            "Nous cherchons encore un livreur.",
            "Ce que vous pouvez avoir à la place est sur sa page.",
        ),
        "en": (
            "It is expected {window}.",
            "We are still looking for a courier.",
            "What you can have instead is on its page.",
        ),
    }
)

#: What an operator sends to see whether anything arrives.
TRIAL: Final = "Message d’essai : l’envoi fonctionne"

#: What stands around every letter.
LETTER: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "fr": {
            "hello": "Bonjour,",
            "colon": "\u00a0: ",
            "follow": "Suivre la commande",
            "stop": "Ne plus recevoir ces messages",
        },
        "en": {
            "hello": "Hello,",
            "colon": ": ",
            "follow": "Follow the order",
            "stop": "Receive no more of these messages",
        },
    }
)


def words_of(kind: Kind, mode: Mode, language: str) -> Words:
    """Return the words of a notice of that *kind* about an order by that *mode*."""
    said = _BY_LANGUAGE[language]
    return said.get((kind, mode)) or said[kind, None]


def what_now(reason: str | None, language: str) -> str:
    """Return what happens now that the door stayed shut, for that *reason*."""
    said = _WHAT_NOW[language]
    return said.get(reason or "") or said[""]


def late_now(language: str, *, in_a_tour: bool, instead: bool) -> str:
    """Return what is known of an order that will be late; it may have ``{window}`` in it.

    in_a_tour : a courier has it in the tour;  instead : something else can be had instead
    """
    expected, sought, page = _LATE[language]
    return " ".join([expected if in_a_tour else sought, *([page] if instead else [])])
