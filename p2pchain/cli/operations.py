"""Operations as people read them: each argument with its name, days as dates, amounts with their currency."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from p2pchain.cli.screen import listed, plain
from p2pchain.cli.words import readable
from p2pchain.client.printable import printable
from p2pchain.ledger.software import MODULES

_SIMPLE: Final = re.compile(r"[\w.*-]+")
"""Text that cannot be taken for anything else; any other stands in quotes."""


def operation_text(module: str, action: str, args: Sequence[Any]) -> str:
    """``receivable transfer receivable=576b..., to=bank-b, recourse=no``; arguments without names where this
    software knows no such action. ``args``: as they are, or as JSON shows them.
    """
    names = _names(module, action, len(args))
    if names is None:
        return f"{module} {action} {listed([_text(each) for each in args])}".rstrip()
    told = readable(dict(zip(names, args, strict=True)))
    return f"{module} {action} {', '.join(f'{name}={_text(value)}' for name, value in told.items())}".rstrip()


def _names(module: str, action: str, count: int) -> list[str] | None:
    """The names of an action's arguments, of the newest version of its module that has so many."""
    found = [
        [field.name for field in known.fields]
        for each in MODULES
        if each.name == module
        for known in each.actions
        if known.name == action and len(known.fields) == count
    ]
    return found[-1] if found else None


def _text(value: Any) -> str:
    match value:
        case bytes():
            return value.hex()
        case str() if not _SIMPLE.fullmatch(value):
            return json.dumps(printable(value), ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(map(_text, value))}]"
        case _:
            return plain(value)
