"""Sentences of events and records, made of the template that a declaration states.

``{name}`` stands for the words of a field; what ``[...]`` encloses is left out where a field in it is null.
A template is ours; what stands in its place may be anybody's text, and is made printable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from p2pchain.ledger.fields import Field
from p2pchain.presentation.values import words_of

_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
PLACE: Final = re.compile(r"\{([a-z0-9_]+)\}")
"""Place of a field in a template."""


def sentence(template: str, fields: Sequence[Field], values: Sequence[object]) -> str:
    """Fill a template with the words of the fields."""
    beside = {field.name: value for field, value in zip(fields, values, strict=True)}
    words = {field.name: words_of(field, beside[field.name], beside) for field in fields}

    def optional(part: re.Match[str]) -> str:
        return "" if any(beside[name] is None for name in PLACE.findall(part[1])) else part[1]

    return PLACE.sub(lambda place: words[place[1]], _OPTIONAL.sub(optional, template))
