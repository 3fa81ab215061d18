"""A transaction that goes from hand to hand: complete only with every signature, and never altered."""

from __future__ import annotations

import json

import pytest

from p2pchain.client.cosigning import (
    Cosigned,
    completed,
    format_cosigned,
    parse_cosigned,
    prepared,
    signed_by,
)
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId, Height
from p2pchain.model.transaction import Operation
from p2pchain.proofs.verifier import Verifier

ONE, OTHER, STRANGER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
CHAIN = ChainId("hands")


def fresh() -> Cosigned:
    """A note that two have to sign."""
    return prepared(
        chain_id=CHAIN,
        valid_until=Height(50),
        signers=(ONE.public_key, OTHER.public_key),
        operations=(Operation(module="note", action="put", args=("hello",)),),
        nonce=bytes(8),
    )


def test_it_is_complete_once_all_have_signed() -> None:
    found = fresh()
    assert found.missing == (ONE.public_key, OTHER.public_key)
    for key in (OTHER, ONE):  # In any order, through files.
        with pytest.raises(Refused, match="COSIGNERS_MISSING"):
            completed(found)
        found = parse_cosigned(format_cosigned(signed_by(found, key)).encode())
    assert found.missing == ()
    Verifier(CHAIN).transaction(completed(found))
    with pytest.raises(Refused, match="COSIGNER_UNNAMED"):
        signed_by(found, STRANGER)


@pytest.mark.parametrize("change", ["body", "signature", "stranger", "format", "no json", "not an object"])
def test_an_altered_file_is_refused(change: str) -> None:
    found = signed_by(fresh(), ONE)
    text = format_cosigned(found)
    document = json.loads(text)
    match change:
        case "body":
            document["body"] = document["body"].replace(b"hello".hex(), b"jello".hex())
        case "signature":
            document["signatures"] = {ONE.public_key.hex(): bytes(64).hex()}
        case "stranger":
            signature = next(iter(document["signatures"].values()))
            document["signatures"] = {STRANGER.public_key.hex(): signature}
        case "format":
            document["format"] = "p2pchain/other"
        case "no json":
            document = None
        case _:
            document = [document]
    data = b"{" if document is None else json.dumps(document).encode()
    with pytest.raises(Refused, match="COSIGNED_INVALID"):
        parse_cosigned(data)
