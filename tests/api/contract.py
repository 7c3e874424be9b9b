"""Holds an answer against the published document, as a client's generated code would."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse


def breaches(document: dict[str, Any], answer: TestResponse) -> list[str]:
    """Return what *answer* does that *document* does not allow; [] when it conforms."""
    asked = answer.request
    template = next((p for p in document["paths"] if _matcher(p).fullmatch(asked.path)), None)
    operation = document["paths"].get(template, {}).get(asked.method.lower())
    if operation is None:
        return []  # nothing was promised there
    told = operation["responses"].get(str(answer.status_code))
    if told is None:
        return [f"{asked.method} {template}: {answer.status_code} is not documented"]
    if answer.mimetype not in told["content"]:
        return [f"{asked.method} {template}: {answer.mimetype} is not documented"]
    ref = told["content"][answer.mimetype]["schema"]
    validator = Draft202012Validator({**ref, "components": document["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json)]


@cache
def _matcher(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", template))
