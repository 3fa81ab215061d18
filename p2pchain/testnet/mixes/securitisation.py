"""A load of pools: created, filled with loans and their cars, one dropped again, sealed and accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.codec.pool_ids import POOL_NONCE_BYTES, asset_leaf, assets_digest, pool_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.crypto.merkle import merkle_root
from p2pchain.model.transaction import Operation, Value
from p2pchain.testnet.mixes.mix import WAVE, Mix

STEPS: Final = 5
LOANS: Final = 4
"""Loans that are added to each pool, of which the last is dropped again."""
DESK: Final = "bank-a"
TRUSTEE: Final = "trustee"
EPOCH: Final = 1
BALANCE_MINOR: Final = 2_500_000
MATURITY_DAY: Final = 24_000


def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
    """Make pools of the desk. ``run`` tells their ids and loans from those of other loads, and stands for the
    key that financiers share, which the first step of each pool records where it is not.
    """
    key_id, check = sha256(b"key id" + run), sha256(b"check" + run)
    first_key = Operation(module="registry", action="set_key", args=(EPOCH, key_id, check))

    def step(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        wave, place = divmod(number, WAVE * STEPS)
        which, item = divmod(place, WAVE)
        seed = sha256(run + wave.to_bytes(4, "big") + item.to_bytes(4, "big"))
        nonce = seed[:POOL_NONCE_BYTES]
        pool = pool_id(DESK, nonce)
        loans = tuple(_loan(seed, loan) for loan in range(LOANS))
        kept = loans[:-1]
        match which:
            case 0:
                terms = (nonce, "Load", "servicer", TRUSTEE, "EUR", None, None, None)
                return (keys[DESK],), (first_key, _operation("create", *terms))
            case 1:
                return (keys[DESK],), (_operation("add", pool, ((EPOCH, key_id),), loans),)
            case 2:
                return (keys[DESK],), (_operation("drop", pool, loans[-1:]),)
            case 3:
                return (keys[DESK],), (_operation("seal", pool, *_sums(pool, kept)),)
            case _:
                return (keys[TRUSTEE],), (_operation("accept", pool, *_sums(pool, kept)),)

    return step


def _loan(seed: bytes, number: int) -> tuple[Value, ...]:
    contract, car = (sha256(sort + seed + bytes((number,))) for sort in (b"contract", b"car"))
    return (EPOCH, (contract,), (car,), (), None, BALANCE_MINOR, BALANCE_MINOR, MATURITY_DAY, 0)


def _sums(pool: bytes, loans: tuple[tuple[Value, ...], ...]) -> tuple[Value, ...]:
    total = len(loans) * BALANCE_MINOR
    root = merkle_root([asset_leaf(pool, loan) for loan in loans])
    return len(loans), total, total, root, assets_digest(pool, loans)


def _operation(action: str, *args: Value) -> Operation:
    return Operation(module="securitisation", action=action, args=args)
