"""Operations as people read them: each argument with its name, days as dates, amounts with their currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from p2pchain.cli.declarations import readable_modules
from p2pchain.cli.words import readable
from p2pchain.presentation.printable import plain_operation, value_text


def operation_text(module: str, action: str, args: Sequence[Any]) -> str:
    """``receivable transfer receivable=576b..., to=bank-b, recourse=no``; arguments without names where this
    software knows no such action. ``args``: as they are, or as JSON shows them.
    """
    names = _names(module, action, len(args))
    if names is None:
        return plain_operation(module, action, args)
    told = readable(dict(zip(names, args, strict=True)))
    words = ", ".join(f"{name}={value_text(value)}" for name, value in told.items())
    return f"{module} {action} {words}".rstrip()


def _names(module: str, action: str, count: int) -> list[str] | None:
    """The names of an action's arguments, of the newest version of its module that has so many."""
    found = [
        [field.name for field in known.fields]
        for each in readable_modules()
        if each.name == module
        for known in each.actions
        if known.name == action and len(known.fields) == count
    ]
    return found[-1] if found else None
