"""Text of strangers, as it may be shown: it can neither steer a terminal nor look like another line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

_SIMPLE: Final = re.compile(r"[\w.*-]+")
"""Text that cannot be taken for anything else; any other stands in quotes."""


def printable(text: str) -> str:
    """The text with a space for every character that is not printable: line ends, escapes, marks that turn
    the direction of writing.
    """
    return "".join(character if character.isprintable() else " " for character in text)


def plain_operation(module: str, action: str, args: Sequence[Any]) -> str:
    """An operation, or an event, with its values in their order."""
    words = ", ".join(map(value_text, args)) or "-"
    return f"{value_text(module)} {value_text(action)} {words}"


def value_text(value: Any) -> str:
    """Format a value of an operation, event or fact as text. It may be as it is or as JSON shows it: bytes in
    hexadecimal, yes and no, a dash for nothing, text in quotes unless it is one plain word.
    """
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case bytes():
            return value.hex()
        case str() if not _SIMPLE.fullmatch(value):
            return json.dumps(printable(value), ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(map(value_text, value))}]"
        case _:
            return str(value)
