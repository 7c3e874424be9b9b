"""The pages of the example shop: goods, ways to get them, a payment that is none, the order.

Decides what a customer reads.  What must not be lost is ``counter``'s.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dispatch.client import (
    BadSignature,
    Basket,
    Booked,
    Customer,
    Doorstep,
    Line,
    NotDecided,
    Pending,
    Problem,
    Unreachable,
    Why,
    verify_webhook,
)
from examples.shop.counter import Counter
from examples.shop.ledger import Purchase
from examples.shop.words import MODES, STATES, price, when

#: What is sold, by the first merchants of the town; cents with tax, grams, cubic centimetres.
GOODS: Final = (
    ("Coffret découverte", 2490, 900, 4000),
    ("Écharpe de saison", 3900, 350, 3000),
    ("Panier gourmand", 1850, 2200, 12000),
)


def make_app(
    counter: Counter,
    merchants: Callable[[], tuple[dict[str, Any], ...]],
    *,
    secret: str | None = None,
    bell: threading.Event | None = None,
) -> Flask:
    """Return the shop.

    merchants : asks Dispatch for them; the first three sell one thing each
    secret    : of the webhook; None: none is taken
    bell      : rung when a webhook came, for whoever sweeps
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.jinja_env.globals.update(MODES=MODES, STATES=STATES, price=price, when=when)
    _hang_checkout(app, counter, merchants)
    _hang_order(app, counter)
    _hang_errors(app)

    @app.get("/boutique")
    def backroom() -> str:
        """What the shopkeeper must see: every paid order that is not booked."""
        waiting = [(one, counter.where(one.ref)) for one in counter.ledger.paid(settled=False)]
        return render_template("backroom.html", waiting=waiting)

    @app.post("/dispatch-hook")
    def hook() -> Response:
        """Take a webhook as a bell: what happened is read from the log, in order and once."""
        if secret is None:
            abort(404)
        try:
            verify_webhook(dict(request.headers), request.get_data(), secret)
        except BadSignature:
            abort(401)
        if bell is not None:
            bell.set()
        return Response(status=204)

    return app


def _hang_checkout(
    app: Flask, counter: Counter, merchants: Callable[[], tuple[dict[str, Any], ...]]
) -> None:
    def shelf() -> list[tuple[dict[str, Any], tuple[str, int, int, int]]]:
        return list(zip(merchants(), GOODS, strict=False))

    @app.get("/")
    def shop_window() -> str:
        goods = shelf()
        return render_template("window.html", goods=goods, address=goods[-1][0]["address"])

    @app.post("/livraison")
    def ask() -> AnyResponse:
        form = request.form
        lines = tuple(
            Line(merchant["id"], n * cents, n * weight_g, n * volume_cm3)
            for merchant, (_, cents, weight_g, volume_cm3) in shelf()
            if (n := _count(form.get(merchant["id"], "0")))
        )
        if not lines:
            return redirect(url_for("shop_window"))
        door = Doorstep(address=form["address"], note=form.get("note", ""))
        # Not to be guessed: it opens the order's page.
        basket = Basket(f"CMD-{secrets.token_hex(6)}", lines, door)
        counter.offer(basket, Customer(form["name"], form["phone"]))
        return redirect(url_for("order", ref=basket.external_ref))

    @app.post("/commande/<ref>/choix")
    def choose(ref: str) -> AnyResponse:
        counter.choose(_unpaid(counter, ref), request.form["option"])
        return redirect(url_for("payment", ref=ref))

    @app.get("/commande/<ref>/paiement")
    def payment(ref: str) -> str:
        purchase = _unpaid(counter, ref)
        option = purchase.quote.option(purchase.option_id)
        return render_template("payment.html", purchase=purchase, option=option)

    @app.post("/commande/<ref>/paiement")
    def pay(ref: str) -> AnyResponse:
        # Twice is once: a customer may press the button again.
        purchase = counter.ledger.purchase(ref)
        if purchase is None or not purchase.option_id:
            abort(404)
        counter.pay(ref)
        return redirect(url_for("order", ref=ref))


def _hang_order(app: Flask, counter: Counter) -> None:
    @app.get("/commande/<ref>")
    def order(ref: str) -> str:
        purchase = counter.ledger.purchase(ref)
        if purchase is None:
            abort(404)
        if not purchase.paid:
            return render_template("choice.html", purchase=purchase)
        told = counter.where(ref)
        states: list[str] = []
        if isinstance(told, Booked):
            states = [counter.ledger.state(one) or "booked" for one in told.booking.shipment_ids]
        return render_template(
            "order.html",
            purchase=purchase,
            booked=told if isinstance(told, Booked) else None,
            pending=told if isinstance(told, Pending) else None,
            states=states,
            Why=Why,
        )

    @app.post("/commande/<ref>/accord")
    def accept(ref: str) -> AnyResponse:
        counter.accept(ref, request.form["option"])
        return redirect(url_for("order", ref=ref))

    @app.post("/commande/<ref>/remboursement")
    def pay_back(ref: str) -> AnyResponse:
        counter.pay_back(ref)
        return redirect(url_for("order", ref=ref))


def _hang_errors(app: Flask) -> None:
    """Before payment a failure is a sentence; after it there is none that a customer meets."""

    @app.errorhandler(Unreachable)
    def away(error: Unreachable) -> tuple[str, int]:
        words = "Le service de livraison ne répond pas. Rien n'est payé : réessayez bientôt."
        return render_template("error.html", words=words), 503

    @app.errorhandler(Problem)
    def refused(error: Problem) -> tuple[str, int]:
        words = {
            "no_longer_feasible": "Ce créneau vient d'être pris. Choisissez-en un autre.",
            "quote_expired": "Ces propositions ont expiré. Recommencez votre commande.",
        }.get(error.code, "Cette demande n'a pas été comprise. Vérifiez l'adresse et le téléphone.")
        return render_template("error.html", words=words), 409 if error.status == 409 else 400

    @app.errorhandler(NotDecided)
    def busy(error: NotDecided) -> tuple[str, int]:
        words = "Cette commande est déjà en cours de réservation : rechargez sa page."
        return render_template("error.html", words=words), 409


def _unpaid(counter: Counter, ref: str) -> Purchase:
    purchase = counter.ledger.purchase(ref)
    if purchase is None or purchase.paid:
        abort(404)
    return purchase


def _count(text: str) -> int:
    return min(int(text), 9) if text.isascii() and text.isdigit() else 0
