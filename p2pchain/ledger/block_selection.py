"""Selection of waiting transactions for the next block, by its bounds of bytes and number.

The order is the pool's; what executing them may cost bounds the block later, when it is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from p2pchain.ledger.admission import Admission
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import VerifiedTransaction

TIMED_FULL: Final = ("TX_TIMED_FULL", "TX_TIMED_BLOCK_FULL")
"""Refusals that hold for all further transactions of a signer that are valid until a time."""
PASSED_OVER_MAX: Final = 100
"""Signers whose next transaction is too large for what is left of a block; past it the block is full."""


def select(
    candidates: Iterable[VerifiedTransaction], admission: Admission, halvings: int
) -> tuple[VerifiedTransaction, ...]:
    """Choose the candidates, in order, that fit a block together. Its bounds are halved ``halvings`` times,
    as far as one transaction still fits.

    A transaction too large for what is left of the block is passed over, with what its first signer handed in
    after it: they stay, in their order, for the next block. Where no more that is valid until a time has
    room, none of its signer is looked at again, for thousands may wait.
    """
    parameters = admission.parameters
    chosen: list[VerifiedTransaction] = []
    used: set[bytes] = set()
    waits: set[PublicKey] = set()
    untimed: set[PublicKey] = set()
    bytes_left = max(parameters.block_bytes_max >> halvings, parameters.tx_bytes_max)
    most = max(parameters.block_transactions_max >> halvings, 1)
    for candidate in candidates:
        if len(chosen) == most or len(waits) > PASSED_OVER_MAX:
            break
        signer = candidate.transaction.body.signers[0]
        timed = candidate.transaction.body.valid_until_ms is not None
        if signer in waits or (timed and signer in untimed):
            continue
        fault = admission.fault(candidate.transaction)
        if fault is not None:
            if fault.code in TIMED_FULL:
                untimed.add(signer)
            continue
        if len(candidate.raw) > bytes_left:
            waits.add(signer)
            continue
        key = candidate.transaction.body.replay_key
        if key not in used:
            used.add(key)
            chosen.append(candidate)
            admission.take(candidate.transaction)
            bytes_left -= len(candidate.raw)
    return tuple(chosen)
