"""Receipts without facts and events have a shorter way to their bytes: the same bytes."""

from __future__ import annotations

import pytest

from p2pchain.codec.cbor import pack
from p2pchain.codec.transaction import decode_receipt, encode_receipt, receipt_item
from p2pchain.crypto.hashing import sha256
from p2pchain.model.ids import TxId
from p2pchain.model.transaction import Event, Receipt

EVENT = Event(module="note", name="written", fields=())


@pytest.mark.parametrize("code", ["OK", "TX_UNKNOWN_SIGNER", "C" * 24, "Ö" * 64])
@pytest.mark.parametrize("facts", [(), (("place", 1),)])
@pytest.mark.parametrize("events", [(), (EVENT,)])
def test_a_receipt_has_one_encoding(
    code: str, facts: tuple[tuple[str, int], ...], events: tuple[Event, ...]
) -> None:
    receipt = Receipt(tx_id=TxId(sha256(b"tx")), code=code, facts=facts, events=events)
    encoded = encode_receipt(receipt)
    assert encoded == pack(receipt_item(receipt))
    assert decode_receipt(encoded) == receipt
