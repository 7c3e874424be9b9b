"""What an error page says: by the error's stable code where one is known, else by its status.

Decides words only.  An error's own message is for logs, command lines and the storefront's
API: it is English, and may name somebody; no page ever shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dispatch.web.words import N_, _


@dataclass(frozen=True, slots=True)
class Trouble:
    """A title and sentences, in French for the catalogue."""

    title: str
    sentences: tuple[str, ...]

    def told(self) -> Trouble:
        """Return the same in the language of the page being made."""
        return Trouble(_(self.title), tuple(_(sentence) for sentence in self.sentences))

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


_NOT_DONE: Final = N_("Cette demande n’a pas pu être faite")
_NOTHING_KEPT: Final = N_(
    "Rien n’a été enregistré. L’état a peut-être changé entre-temps : "
    "rechargez la page et recommencez."
)
_REFUSED: Final = Trouble(_NOT_DONE, (_NOTHING_KEPT,))
_BACK_SOON: Final = N_("Un instant, nous revenons")

BY_CODE: Final[Mapping[str, Trouble]] = MappingProxyType(
    {
        "csrf": Trouble(
            N_("Cette page avait expiré"),
            (N_("Rien n’a été enregistré. Revenez en arrière, rechargez la page et recommencez."),),
        ),
        "stale": Trouble(
            _NOT_DONE,
            (
                N_(
                    "Quelqu’un d’autre vient de changer la même chose : rien n’a été enregistré. "
                    "Rechargez la page et recommencez."
                ),
            ),
        ),
        "invalid_transition": Trouble(
            _NOT_DONE,
            (N_("Ce colis a changé d’état entre-temps : rien n’a été modifié."),),
        ),
        "streets_unavailable": Trouble(
            _BACK_SOON,
            (
                N_(
                    "Le serveur de trajets ne répond pas pour le moment. Vos commandes et vos "
                    "tournées sont en sécurité ; réessayez dans une minute."
                ),
            ),
        ),
    }
)

BY_STATUS: Final[Mapping[int, Trouble]] = MappingProxyType(
    {
        401: Trouble(
            N_("Cette page s’ouvre avec votre lien"),
            (
                N_(
                    "Chaque livreur, chaque commerce et chaque planificateur a son lien personnel. "
                    "Le vôtre n’est pas ouvert sur cet appareil, ou il n’est plus valable."
                ),
                N_(
                    "Demandez un nouveau lien à votre planificateur : "
                    "il suffit ensuite de le toucher une fois."
                ),
            ),
        ),
        403: Trouble(
            N_("Cette page n’est pas la vôtre"),
            (
                N_(
                    "Votre lien ouvre d’autres pages. Si vous pensez qu’il devrait ouvrir "
                    "celle-ci, parlez-en à votre planificateur."
                ),
            ),
        ),
        404: Trouble(
            N_("Il n’y a rien à cette adresse"),
            (
                N_(
                    "Le lien est peut-être incomplet : "
                    "reprenez-le en entier dans le message que vous avez reçu."
                ),
            ),
        ),
        410: Trouble(
            N_("Ce suivi est terminé"),
            (
                N_(
                    "La commande est arrivée à son terme il y a quelques jours : "
                    "cette page est fermée et ne montre plus rien."
                ),
                N_("Pour toute question, adressez-vous au commerce."),
            ),
        ),
        413: Trouble(
            N_("Cet envoi est trop gros"),
            (
                N_(
                    "Rien n’a été enregistré : cette page n’attend que quelques mots. "
                    "Revenez en arrière et recommencez."
                ),
            ),
        ),
        429: Trouble(
            _NOT_DONE,
            (N_("Trop de demandes à la fois : attendez un instant, puis recommencez."),),
        ),
        503: Trouble(
            _BACK_SOON,
            (
                N_(
                    "Le service ne répond pas pour le moment. Vos commandes et vos tournées sont "
                    "en sécurité ; réessayez dans une minute."
                ),
            ),
        ),
    }
)

_BROKEN: Final = Trouble(
    N_("Quelque chose s’est cassé chez nous"),
    (
        N_(
            "Ce n’est pas de votre fait. Rechargez la page ; si cela recommence, "
            "prévenez votre planificateur."
        ),
    ),
)


def trouble(status: int, code: str) -> Trouble:
    """Return what to say of an error, in the language of the page being made.

    A code or status nobody wrote words for is still told: below 500 as a request that could not
    be done, else as our own fault.
    """
    known = BY_CODE.get(code) or BY_STATUS.get(status)
    return (known or (_REFUSED if status < 500 else _BROKEN)).told()
