"""A load of lives of certificates: issued for five minutes, split, sold, and both parts used up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.codec.certificate_ids import (
    ISSUE_NONCE_BYTES,
    certificate_part_id,
    device_id,
    issued_certificate_id,
)
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation, Value
from p2pchain.testnet.mixes.mix import TEXT_CHARS, WAVE, Mix

STEPS: Final = 4
SLOT_MS: Final = 300_000
FIRST_MS: Final = 946_684_800_000
"""2000-01-01T00:00Z: certificates of I-REC do not expire."""
UNIT_WH: Final = 1_000_000
CAPACITY_ENOUGH_W: Final = 10**9
METERS: Final = 8
"""Metering points that the waves take in turn."""


def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
    """Make lives of certificates in the network of ``scripts/demo certificate``. The first wave registers the
    metering points, with notes around; then each wave takes so many certificates a step further. ``run``
    tells them from those of other loads.
    """

    def step(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        if number < WAVE:
            signers, operation = _opening(number, run)
            return tuple(keys[org] for org in signers), (operation,)
        wave, place = divmod(number - WAVE, WAVE * STEPS)
        which, item = divmod(place, WAVE)
        signers, operations = _step(which, wave * WAVE + item, run)
        return tuple(keys[org] for org in signers), operations

    return step


def _opening(number: int, run: bytes) -> tuple[tuple[str, ...], Operation]:
    """Register the metering points."""
    if number < METERS:
        facts = ("production", "wind", CAPACITY_ENOUGH_W, "DK1", "T020000", 60, "i-rec")
        return ("body-a", "wind"), _operation("register_device", _code(number, run), *facts)
    text = f"note {number} ".ljust(TEXT_CHARS, ".")
    return ("body-b",), Operation(module="note", action="put", args=(text,))


def _step(which: int, item: int, run: bytes) -> tuple[tuple[str, ...], tuple[Operation, ...]]:
    """One step of the life of a certificate."""
    seed = sha256(run + item.to_bytes(8, "big"))
    nonce = seed[:ISSUE_NONCE_BYTES]
    whole = issued_certificate_id("body-a", nonce, 0)
    first, second = (certificate_part_id(whole, number) for number in range(2))
    match which:
        case 0:
            device = device_id(_code(item % METERS, run))
            start_ms = FIRST_MS + item // METERS * SLOT_MS
            period = (start_ms, start_ms + SLOT_MS, 2 * UNIT_WH)
            return ("body-a",), (_operation("issue", device, nonce, (period,), seed),)
        case 1:
            return ("wind",), (_operation("split", whole, (UNIT_WH, UNIT_WH)),)
        case 2:
            sale = (_operation("offer", first, "office"), _operation("accept", first))
            return ("wind", "office"), sale
        case _:
            signer, certificate = ("office", first) if item % 2 else ("wind", second)
            return (signer,), (_operation("cancel", (certificate,), "office", seed),)


def _code(number: int, run: bytes) -> str:
    return f"BENCH{run[:8].hex().upper()}{number}"


def _operation(action: str, *args: Value) -> Operation:
    return Operation(module="certificate", action=action, args=args)
