"""Sentences of events and records, made from the templates of declarations.

``{name}`` stands for the words of a field, ``{name?this|that}`` for one text where a flag is true, and for
the other where it is false or null; what ``[...]`` encloses is left out where a field in it is null.
A template is ours; what stands in its place may be anybody's text, and is made printable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from p2pchain.ledger.fields import Field
from p2pchain.presentation.values import words_of

_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
FLAG: Final = re.compile(r"\{([a-z0-9_]+)\?([^{}|]*)\|([^{}|]*)\}")
"""Two texts of a template, of which a flag chooses."""
PLACE: Final = re.compile(r"\{([a-z0-9_]+)\}")
"""Place of a field in a template."""


def sentence(
    template: str,
    fields: Sequence[Field],
    values: Sequence[object],
    around: Mapping[str, object] | None = None,
) -> str:
    """Fill a template with the words of the fields. ``around``: further values that words may need, such as
    the currency of an amount.
    """
    own = {field.name: value for field, value in zip(fields, values, strict=True)}
    beside = {**(around or {}), **own}
    words = {field.name: words_of(field, beside[field.name], beside) for field in fields}

    def optional(part: re.Match[str]) -> str:
        return "" if any(beside[name] is None for name in PLACE.findall(part[1])) else part[1]

    chosen = FLAG.sub(lambda flag: flag[2] if beside[flag[1]] is True else flag[3], template)
    return PLACE.sub(lambda place: words[place[1]], _OPTIONAL.sub(optional, chosen))
