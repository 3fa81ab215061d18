"""Load of receivables: their lives, in waves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from p2pchain.client.receivable import receivable_operation
from p2pchain.codec.receivable_ids import ISSUE_NONCE_BYTES, issued_id, part_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation
from p2pchain.testnet.mixes.mix import DAY_S, WAVE, Mix

STEPS: Final = 5
NO_DOCUMENT = (None, True, True)
"""What the financiers say: there is no invoice, and similar receivables were looked at."""
AMOUNT_MINOR: Final = 100_000_000
TENOR_DAYS: Final = 90


def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
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
