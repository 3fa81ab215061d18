"""A load of evidence: deposits of files and of roots, countersigned, stamped, handed over, superseded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.codec.evidence_file import FILES_MAX, deposit_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation, Value
from p2pchain.testnet.mixes.mix import WAVE, Mix

STEPS: Final = 6
HOW: Final = "exported from the case system by two clerks, list compared"
TOKEN_MS: Final = 1_768_478_400_000
"""A time before every chain that is put under load."""


def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
    """Make lives of deposits in the network of ``scripts/demo evidence``; each wave takes so many of them a
    step further. ``run`` tells their digests from those of other loads.
    """

    def step(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        wave, place = divmod(number, WAVE * STEPS)
        which, item = divmod(place, WAVE)
        digest = sha256(run + wave.to_bytes(4, "big") + item.to_bytes(4, "big"))
        signer, operation = _step(which, digest, None if item % 2 else FILES_MAX)
        return (keys[signer],), (operation,)

    return step


def _step(which: int, digest: bytes, count: int | None) -> tuple[str, Operation]:
    """One step of the life of a deposit."""
    id_ = deposit_id("bureau", digest)
    match which:
        case 0:
            return "bureau", _evidence("deposit", digest, count, HOW)
        case 1:
            return "archive", _evidence("countersign", id_, HOW)
        case 2:
            return "bureau", _evidence("timestamp", id_, sha256(digest), TOKEN_MS, sha256(b"certificate"))
        case 3:
            return "bureau", _evidence("transfer_custody", id_, "archive")
        case 4:
            return "archive", _evidence("accept_custody", id_)
        case _:
            return "bureau", _evidence("supersede", id_, sha256(digest + b"newer"), count, HOW)


def _evidence(action: str, *args: Value) -> Operation:
    return Operation(module="evidence", action=action, args=args)
