"""What proves a handover, as a courier's phone sends it: words with the form, pictures alone.

Parses, calls one operation, answers.  What is asked, and what is right, is
``dispatch.operations.proofs``'.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from dispatch.core.civil import local_text
from dispatch.core.errors import DispatchError, Invalid
from dispatch.core.ids import CourierId
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.operations.proofs import keep_proof
from dispatch.tracking.facts import FactKind
from dispatch.tracking.proofs import ProofKind
from dispatch.web.courier import words
from dispatch.web.courier.messages import SENT_AGAIN, PictureMessage, ProofMessage
from dispatch.web.doors import link, reader

#: Fields of the page's form → what they prove.
FIELDS = {
    "received_by": ProofKind.NAME,
    "pin": ProofKind.PIN,
    "parcel_code": ProofKind.CODE,
}


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/livreur/preuves/<id>`` on *pages*."""

    @pages.put("/preuves/<proof_id>")
    @reader(PageKind.COURIER)
    def bring(proof_id: str) -> ResponseReturnValue:
        most = 1000 * ports.parameters.proof.most_kb
        if (request.content_length or 0) > most:
            raise RequestEntityTooLarge
        picture = request.get_data()
        if len(picture) > most:
            raise RequestEntityTooLarge
        message = _message(proof_id)
        try:
            keep_proof(
                message.brought(ports.clock.now(), picture), CourierId(link().subject), ports
            )
        except DispatchError as why:
            if why.code in SENT_AGAIN:
                raise
            code = str(why.facts.get("reason", why.code))
            return _refused(code), 422
        return jsonify(status="ok")

    del bring


def words_of_form(ports: Ports) -> Iterator[ProofMessage]:
    """Return what the plain form of a handover says besides the fact; empty fields say nothing.

    Raises ``Invalid`` naming the field.
    """
    form = request.form
    for field, kind in FIELDS.items():
        said = form.get(field, "").strip()
        if not said or form.get("kind") != FactKind.DONE.value:
            continue
        try:
            yield ProofMessage.model_validate(
                {
                    "fact_id": f"{form.get('fact_id', '')}-{field}",
                    "tour_id": form.get("tour_id", ""),
                    "stop_id": form.get("stop_id", ""),
                    "kind": "proof",
                    "what": kind.value,
                    "said": said,
                    "at_device": local_text(ports.clock.now()),
                }
            )
        except ValidationError:
            raise Invalid(f"{field} is wrong", field=field) from None


def _message(proof_id: str) -> PictureMessage:
    try:
        return PictureMessage.model_validate({**request.args, "proof_id": proof_id})
    except ValidationError as error:
        field = str((*error.errors()[0]["loc"], "kind")[0])
        raise Invalid(f"{field} is missing or wrong", field=field) from None


def _refused(code: str) -> Response:
    return jsonify(code=code, message=words.refusal(code))
