"""Values of JSON documents of goods, read within bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from p2pchain.documents.refusals import quoted
from p2pchain.documents.statements import plain_text
from p2pchain.model.errors import Refused

TEXT_CHARS_MAX: Final = 300
ROWS_MAX: Final = 1_000
"""Most values of one list."""


class GoodsInvalid(Refused):
    """A document of goods does not say what it has to."""

    def __init__(self, *, field: str, text: str, expected: str) -> None:
        """``field``: where; ``text``: what stands there; ``expected``: what would do."""
        super().__init__(
            "DOC_GOODS",
            {"field": field, "found": quoted(text), "expected": expected},
            "ask its issuer for the document as it was issued, in JSON",
        )


def mapping(value: object, field: str) -> Mapping[str, Any]:
    """Take an object. Raises ``GoodsInvalid``."""
    if not isinstance(value, Mapping):
        raise GoodsInvalid(field=field, text=str(value), expected="an object of JSON")
    return value


def rows(tree: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Take a list of objects, none where it is left out. Raises ``GoodsInvalid``."""
    value = tree.get(name) or []
    if not isinstance(value, list) or len(value) > ROWS_MAX:
        raise GoodsInvalid(field=name, text=str(value), expected=f"a list of at most {ROWS_MAX}")
    return [mapping(row, name) for row in value]


def text(tree: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    """Take a text, empty where it may be left out and is. Raises ``GoodsInvalid``."""
    value = tree.get(name)
    if value is None and not needed:
        return ""
    plain = plain_text(value) if isinstance(value, str) else ""
    if (needed and not plain) or len(plain) > TEXT_CHARS_MAX or not isinstance(value, str):
        expected = f"a text of at most {TEXT_CHARS_MAX} characters"
        raise GoodsInvalid(field=name, text="" if value is None else str(value), expected=expected)
    return plain


def day(tree: Mapping[str, Any], name: str) -> str:
    """Take a day of the calendar. Raises ``GoodsInvalid``."""
    stated = text(tree, name)
    try:
        return date.fromisoformat(stated[:10]).isoformat()
    except ValueError as error:
        raise GoodsInvalid(field=name, text=stated, expected="a day, YYYY-MM-DD") from error
