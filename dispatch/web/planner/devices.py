"""Who comes in with which phone, as the planner reads it: a lost one is a click.

Parses, calls one operation, renders.  A new link is shown on the page that made it, once:
it is stored hashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.core.errors import Invalid, NotFound
from dispatch.operations.access import PageKind
from dispatch.operations.devices import LINK_LIFE, Device, devices, invite, lost, shut_out
from dispatch.operations.ports import Ports
from dispatch.web.doors import acting, reader
from dispatch.web.safety import root_url
from dispatch.web.words import N_, _

_GROUPS: Final = (
    (PageKind.PLANNER, N_("Planification")),
    (PageKind.COURIER, N_("Livreurs")),
    (PageKind.MERCHANT, N_("Boutiques")),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """One person, or one shop, with the devices they come in with."""

    kind: PageKind
    subject: str
    name: str
    devices: tuple[Device, ...]


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/appareils`` on *pages*."""

    @pages.get("/appareils")
    @reader(PageKind.PLANNER)
    def devices_page() -> str:
        return _page(ports)

    @pages.post("/appareils")
    @reader(PageKind.PLANNER)
    def change_devices() -> ResponseReturnValue:
        form = request.form
        act = form.get("act", "")
        if act == "out":
            try:
                shut_out(form.get("name", ""), acting(ports))
            except NotFound:
                flash(_("Cet appareil n’existe plus."), "error")
            else:
                flash(_("Appareil retiré : il ne montre plus rien."), "success")
            return redirect(url_for(".devices_page"), 303)
        if act not in ("lost", "link") or form.get("kind") not in set(PageKind):
            raise Invalid("act is out, lost or link, of a kind of reader", field="act")
        kind, subject = PageKind(form["kind"]), form.get("subject", "")
        if act == "lost":
            lost(kind, subject, acting(ports))
        url = f"{root_url().rstrip('/')}/l/{invite(kind, subject, acting(ports))}"
        return _page(ports, url, (kind, subject))

    del devices_page, change_devices


def _page(ports: Ports, url: str = "", whose: tuple[PageKind, str] | None = None) -> str:
    readers = _readers(ports)
    return render_template(
        "planner/devices.html",
        groups=[
            (_(title), sorted((r for r in readers if r.kind is kind), key=lambda r: not r.devices))
            for kind, title in _GROUPS
        ],
        url=url,
        whose=next((r for r in readers if (r.kind, r.subject) == whose), None),
        now=ports.clock.now(),
        life_days=LINK_LIFE.days,
        qr=lambda text: segno.make(text, error="m").svg_inline(border=2, omitsize=True),
    )


def _readers(ports: Ports) -> tuple[Reader, ...]:
    """Everybody who has pages, planners first; with the devices of people who left the roster."""
    town = ports.territory
    alive = devices(ports)
    names = {
        (PageKind.PLANNER, ""): _("Planificateur"),
        **{(PageKind.COURIER, str(c)): courier.name for c, courier in town.couriers.items()},
        **{(PageKind.MERCHANT, str(m)): shop.name for m, shop in town.merchants.items()},
    }
    for device in alive:
        names.setdefault((device.kind, device.subject), device.subject)
    return tuple(
        Reader(*whose, name, tuple(d for d in alive if (d.kind, d.subject) == whose))
        for whose, name in names.items()
    )
