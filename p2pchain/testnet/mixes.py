"""Mixes of a load: notes, or the lives of receivables."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from p2pchain.client.receivable import receivable_operation
from p2pchain.codec.receivable_ids import ISSUE_NONCE_BYTES, issued_id, part_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation

TEXT_CHARS: Final = 107
"""Length of a note's text that makes a transaction of about 250 bytes."""
WAVE: Final = 2_048
"""Receivables that are taken a step further together: a step comes so many transactions after the one before
it, more than are in flight at once, so that it finds that one final.
"""
STEPS: Final = 5
NO_DOCUMENT = (None, True, True)
"""What the financiers say: there is no invoice, and similar receivables were looked at."""
AMOUNT_MINOR: Final = 100_000_000
DAY_S: Final = 86_400
TENOR_DAYS: Final = 90

Mix = Callable[[int], tuple[tuple[SigningKey, ...], tuple[Operation, ...]]]
"""By its number: who signs a transaction, and what it does."""


def notes(keys: Sequence[SigningKey]) -> Mix:
    """Make notes of these accounts in turn."""

    def note(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        text = f"note {number} ".ljust(TEXT_CHARS, ".")
        return (keys[number % len(keys)],), (Operation(module="note", action="put", args=(text,)),)

    return note


def receivables(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
    """Make receivables of the first four organisations: issued, accepted, then half of them handed on,
    pledged and released, the other half split, one part financed and the other pledged. ``run`` tells their
    ids from those of other loads.
    """
    due_day = int(time.time()) // DAY_S + TENOR_DAYS

    def step(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        wave, place = divmod(number, WAVE * STEPS)
        which, item = divmod(place, WAVE)
        nonce = sha256(run + wave.to_bytes(4, "big") + item.to_bytes(4, "big"))[:ISSUE_NONCE_BYTES]
        signers, operations = _step(which, nonce, due_day, split=item % 2 == 1)
        return tuple(keys[org] for org in signers), operations

    return step


def issue(nonce: bytes, due_day: int) -> Operation:
    """Issue a receivable of the supplier's, owed by the buyer."""
    terms = ("buyer", "supplier", AMOUNT_MINOR, "CNY", due_day, None, None)
    return receivable_operation("issue", nonce, *terms)


def _step(
    which: int, nonce: bytes, due_day: int, *, split: bool
) -> tuple[tuple[str, ...], tuple[Operation, ...]]:
    name = issued_id("buyer", nonce)
    parts = [part_id(name, number) for number in range(2)]
    match which, split:
        case 0, _:
            return ("buyer",), (issue(nonce, due_day),)
        case 1, _:
            return ("buyer",), (receivable_operation("accept", name),)
        case 2, False:
            offer = receivable_operation("transfer", name, "bank-b", False)
            return ("supplier", "bank-b"), (offer, receivable_operation("accept_transfer", name))
        case 2, True:
            return ("supplier",), (receivable_operation("split", name, (60_000_000, 40_000_000)),)
        case 3, False:
            return ("bank-b", "bank-a"), (receivable_operation("pledge", name, "bank-a", *NO_DOCUMENT),)
        case 3, True:
            asked = receivable_operation("request_finance", parts[0], "bank-a", 59_100_000, False)
            return ("supplier", "bank-a"), (asked, receivable_operation("finance", parts[0], *NO_DOCUMENT))
        case 4, False:
            return ("bank-a",), (receivable_operation("unpledge", name),)
        case _:
            pledge = receivable_operation("pledge", parts[1], "bank-b", *NO_DOCUMENT)
            return ("supplier", "bank-b"), (pledge,)
