"""The post from the command line: what is under way, what is brought back, a made-up carrier."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from dispatch.app import House
from dispatch.core.ids import ShipmentId
from dispatch.operations.prepare import Act, act
from dispatch.orders.parcels import Parcel
from dispatch.slots.service_levels import Mode
from tests.operations.test_prepare import order_by
from tests.test_cli_orders import data_dir as data_dir
from tests.test_cli_orders import house as house
from tests.test_cli_orders import run

CAVE = "m_cave_du_bouvreuil"


def test_parcels_with_the_post_are_listed_with_what_is_wrong(data_dir: Path, house: House) -> None:
    assert run(data_dir, "parcels", "list").stdout.startswith("no parcel is with the post")
    (shipment,) = order_by(Mode.STANDARD, CAVE, house.ports).shipments
    now = house.ports.clock.now()
    with house.ports.store.writing() as tx:
        silent = Parcel(shipment.shipment_id, now, now).unanswered(now, "carrier_unavailable")
        tx.put_parcel(silent)
    said = run(data_dir, "parcels", "list")
    assert shipment.shipment_id in said.stdout
    assert "carrier_unavailable" in said.stdout
    (row,) = json.loads(run(data_dir, "parcels", "list", "--json").stdout)["parcels"]
    assert (row["tries"], row["tracking_number"]) == (1, None)


def test_what_a_customer_brings_back_takes_its_commission_back(
    data_dir: Path, house: House
) -> None:
    (shipment,) = order_by(Mode.COLLECT, CAVE, house.ports).shipments
    early = run(data_dir, "parcels", "back", shipment.shipment_id)
    assert (early.exit_code, "cannot become returned" in early.stderr) == (1, True)
    act(Act.READY, shipment.shipment_id, shipment.merchant_id, house.ports)
    act(
        Act.COLLECTED,
        shipment.shipment_id,
        shipment.merchant_id,
        house.ports,
        code=shipment.handover_code,
    )
    said = run(data_dir, "parcels", "back", shipment.shipment_id)
    assert said.stdout == f"{shipment.shipment_id} is back at {CAVE}\n"
    month = f"{house.ports.clock.now():%Y-%m}"
    table = run(data_dir, "settle", "--month", month)
    assert table.stdout.splitlines()[1].split() == [CAVE, "2", "0,00", "0,00", "2", "0,00"]


def test_an_unknown_shipment_is_bad_input(data_dir: Path) -> None:
    assert run(data_dir, "parcels", "back", ShipmentId("shp_none")).exit_code == 2


def test_the_made_up_carrier_says_that_it_is_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-m", "dispatch", "carrier", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        try:
            assert server.stdout is not None
            said = server.stdout.readline()
            assert said.startswith(f"A MADE-UP carrier answers at http://127.0.0.1:{port}")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                assert answer.headers["X-Fake-Carrier"] == "yes"
                assert b"made-up" in answer.read()
        finally:
            server.terminate()
