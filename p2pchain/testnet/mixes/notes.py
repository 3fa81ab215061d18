"""Load of notes: the smallest transactions that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.transaction import Operation
from p2pchain.testnet.mixes.mix import TEXT_CHARS, Mix


def make(keys: Mapping[str, SigningKey], _run: bytes) -> Mix:
    """Make notes of all members in turn."""
    return notes(tuple(keys.values()))


def notes(keys: Sequence[SigningKey]) -> Mix:
    """Make notes of these accounts in turn."""

    def note(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        text = f"note {number} ".ljust(TEXT_CHARS, ".")
        return (keys[number % len(keys)],), (Operation(module="note", action="put", args=(text,)),)

    return note
