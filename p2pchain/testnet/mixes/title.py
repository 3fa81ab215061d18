"""A load of lives of homes: registered, authorised, offered, leased, renewed, sold, conveyed, closed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from p2pchain.codec.title_ids import LISTING_NONCE_BYTES, listing_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation, Value
from p2pchain.testnet.mixes.mix import DAY_S, WAVE, Mix

DISTRICT: Final = "310115"
STEPS: Final = 8
PRICE_MINOR: Final = 530_000_000
DAYS: Final = 90
MEMBERS: Final = ("bureau", "court", "agent-a")
FIRST_LICENCE: Final = WAVE // 2
PARCELS: Final = 99_999


def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
    """Make lives of homes in the network of ``scripts/demo title``. The first wave gives the bureau its
    register and licenses the agent, with notes around; then each wave takes so many homes a step further.
    ``run`` tells their codes from those of other loads.
    """
    today = int(time.time()) // DAY_S
    parcel = int.from_bytes(run[:4], "big") % PARCELS + 1

    def step(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        if number < WAVE:
            signers, operation = _opening(number, today)
            return tuple(keys[org] for org in signers), (operation,)
        wave, place = divmod(number - WAVE, WAVE * STEPS)
        which, item = divmod(place, WAVE)
        unit = f"{DISTRICT}001001GB{parcel:05}F{wave + 1:04}{item:04}"
        signer, operation = _step(which, unit, sha256(run + unit.encode()), today)
        return (keys[signer],), (operation,)

    return step


def _opening(number: int, today: int) -> tuple[tuple[str, ...], Operation]:
    """Return signers and operation of a step before the first home."""
    if number == 0:
        return MEMBERS, _title("assign", DISTRICT, "bureau")
    if number == FIRST_LICENCE:
        return ("bureau",), _listing("license", DISTRICT, "agent-a", today + DAYS)
    return ("agent-b",), Operation(module="note", action="put", args=(f"note {number}",))


def _step(which: int, unit: str, seed: bytes, today: int) -> tuple[str, Operation]:
    """One step of the life of a home. ``seed``: its first owner, and the nonce of its listing."""
    nonce = seed[:LISTING_NONCE_BYTES]
    listing, buyer, until = listing_id("agent-a", nonce), sha256(seed), today + DAYS
    match which:
        case 0:
            return "bureau", _title("register", unit, (seed,), (1,), 1, seed)
        case 1:
            return "bureau", _listing("authorise", unit, "agent-a", False, until, seed)
        case 2:
            return "agent-a", _listing("offer", nonce, unit, PRICE_MINOR, "CNY", until, 1, seed)
        case 3:
            lease = (unit, "lease", buyer, None, None, None, None, today, until, seed)
            return "bureau", _title("record", *lease)
        case 4:
            return "agent-a", _listing("renew", listing, 2, until)
        case 5:
            return "agent-a", _listing("sign_sale", listing, 2, buyer, PRICE_MINOR, seed, until)
        case 6:
            return "bureau", _title("transfer", unit, 2, seed, (buyer,), (1,), 1, seed)
        case _:
            return "agent-a", _listing("close", listing)


def _title(action: str, *args: Value) -> Operation:
    return Operation(module="title", action=action, args=args)


def _listing(action: str, *args: Value) -> Operation:
    return Operation(module="listing", action=action, args=args)
