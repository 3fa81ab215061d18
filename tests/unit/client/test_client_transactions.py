"""A transaction built by the client is one that every node verifies."""

from __future__ import annotations

import pytest

from p2pchain.client.transactions import build_transaction
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import ChainId, Height
from p2pchain.model.transaction import Operation
from p2pchain.proofs.verifier import Verifier

KEYS = (SigningKey(b"a" * 32), SigningKey(b"b" * 32))
NOTE = Operation(module="note", action="put", args=("hello",))


def test_signed_by_all() -> None:
    transaction = build_transaction(
        chain_id=ChainId("test"), valid_until=Height(7), signers=KEYS, operations=(NOTE,), nonce=bytes(8)
    )
    verified = Verifier(ChainId("test")).transaction(transaction)
    assert verified.tx_id == transaction.tx_id
    assert transaction.body.signers == tuple(key.public_key for key in KEYS)
    assert transaction.body.operations == (NOTE,)


@pytest.mark.parametrize(
    ("signers", "operations", "nonce"),
    [
        ((), (NOTE,), bytes(8)),
        (KEYS, (), bytes(8)),
        (KEYS, (NOTE,), bytes(7)),
        (KEYS[:1] * 2, (NOTE,), bytes(8)),
    ],
)
def test_what_the_format_cannot_hold(
    signers: tuple[SigningKey, ...], operations: tuple[Operation, ...], nonce: bytes
) -> None:
    with pytest.raises(Invalid):
        build_transaction(
            chain_id=ChainId("test"),
            valid_until=Height(7),
            signers=signers,
            operations=operations,
            nonce=nonce,
        )
