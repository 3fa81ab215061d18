"""Declarations of this software's modules, as every command looks them up.

They are imported when they are first asked for: a command that only reads the status waits for no ledger.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from p2pchain.client.event_words import event_words
from p2pchain.model.refusal import Refusal


class Declarations(Protocol):
    """What commands ask of a ``presentation.directory.Directory``."""

    def refusal(self, code: str) -> type[Refusal] | None:
        """The class of a refusal's code, None where no module declares it."""
        ...

    def exit_code(self, code: str) -> int | None:
        """Exit code of a command that ended with a module's refusal, None where no module declares it."""
        ...

    def event(self, module: str, event: str, count: int) -> object | None:
        """The declared event of these names with ``count`` fields, None for none."""
        ...

    def event_text(self, module: str, event: str, values: Sequence[Any]) -> str:
        """An event for a person."""
        ...


@cache
def declarations() -> Declarations:
    """The declarations of this software's modules."""
    software = importlib.import_module("p2pchain.business.software")
    directory: Declarations = importlib.import_module("p2pchain.presentation.directory").Directory(
        software.MODULES
    )
    return directory


def event_text(module: str, event: str, values: Sequence[Any]) -> str:
    """Write an event for a person, without the names of module and event."""
    if declarations().event(module, event, len(values)) is not None:
        return declarations().event_text(module, event, values)
    return event_words(module, event, values)
