"""Declarations of this software's modules, as commands look them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from p2pchain.business.software import MODULES
from p2pchain.client.event_words import event_words
from p2pchain.presentation.directory import Directory

DIRECTORY: Final = Directory(MODULES)


def event_text(module: str, event: str, values: Sequence[Any]) -> str:
    """Write an event for a person, without the names of module and event."""
    if DIRECTORY.event(module, event, len(values)) is not None:
        return DIRECTORY.event_text(module, event, values)
    return event_words(module, event, values)
