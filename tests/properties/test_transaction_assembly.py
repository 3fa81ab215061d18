"""Assembling a transaction is decoding its bytes, without the decoding: same result, same refusals."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.codec.cbor import pack
from p2pchain.codec.transaction import (
    TX_BYTES_MAX,
    TX_OPERATIONS_MAX,
    TX_SIGNERS_MAX,
    assemble_transaction,
    decode_transaction,
    encode_body,
)
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import INTEGER_MAX, PublicKey
from p2pchain.model.transaction import ANY_HEIGHT, Operation, Transaction, TransactionBody, Value
from tests.examples import examples
from tests.unit.codec.codec_strategies import bodies, signatures, transactions

_KEYS = [number.to_bytes(32, "big") for number in range(TX_SIGNERS_MAX + 1)]
_FINE = Operation(module="note", action="put", args=("hello",))


def _operation(**changes: Any) -> Operation:
    return replace(_FINE, **changes)


def _nested(depth: int) -> Value:
    value: Value = ()
    for _ in range(depth):
        value = (value,)
    return value


_WRONG: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"chain_id": "Upper"},
        {"chain_id": ""},
        {"chain_id": 7},
        {"nonce": b"short"},
        {"nonce": "12345678"},
        *({"valid_until": until, "valid_until_ms": None} for until in (0, INTEGER_MAX + 1, True)),
        {"valid_until": ANY_HEIGHT, "valid_until_ms": -1},
        {"signers": ()},
        {"signers": tuple(_KEYS)},
        {"signers": (_KEYS[0], _KEYS[0])},
        {"signers": (b"short",)},
        {"operations": ()},
        {"operations": (_FINE,) * (TX_OPERATIONS_MAX + 1)},
        {"operations": (_operation(module=""),)},
        {"operations": (_operation(action="a" * 65),)},
        {"operations": (_operation(action=b"put"),)},
        {"operations": (_operation(args=("\ud800",)),)},
        {"operations": (_operation(args=(1.5,)),)},
        {"operations": (_operation(args=([],)),)},
        {"operations": (_operation(args=(INTEGER_MAX + 1,)),)},
        {"operations": (_operation(args=(b"x" * TX_BYTES_MAX,)),)},
        *({"operations": (_operation(args=(_nested(depth),)),)} for depth in range(9, 16)),
    ]
)


def _outcome(make: Any) -> Transaction | tuple[str, object]:
    try:
        made: Transaction = make()
    except Invalid as fault:
        return fault.code, fault.facts.get("field")
    return made


@settings(max_examples=examples(150))
@given(body=bodies, changes=_WRONG | st.just({}), data=st.data())
def test_assembling_agrees_with_decoding(
    body: TransactionBody, changes: dict[str, Any], data: st.DataObject
) -> None:
    wrong = replace(body, **changes)
    count = len(wrong.signers) + data.draw(st.sampled_from([0, 0, 0, 1, -1]))
    signed = data.draw(st.lists(signatures, min_size=max(0, count), max_size=max(0, count)))
    assembled = _outcome(lambda: assemble_transaction(wrong, signed))
    decoded = _outcome(lambda: decode_transaction(pack((encode_body(wrong), tuple(signed)))))
    assert assembled == decoded


@given(made=transactions())
def test_what_is_assembled_is_what_its_bytes_say(made: Transaction) -> None:
    assert decode_transaction(made.raw) == made


def test_the_largest_transaction_is_assembled_and_one_byte_more_is_not() -> None:
    def of(size: int) -> Transaction:
        note = replace(_FINE, args=("x" * size,))
        body = TransactionBody(
            chain_id="c",  # type: ignore[arg-type]
            nonce=bytes(8),
            valid_until=1,  # type: ignore[arg-type]
            signers=(PublicKey(_KEYS[1]),),
            operations=(note,),
        )
        return assemble_transaction(body, (bytes(64),))

    room = TX_BYTES_MAX - len(of(60_000).raw)
    assert len(of(60_000 + room).raw) == TX_BYTES_MAX
    with pytest.raises(Invalid, match="CODEC_TOO_LARGE"):
        of(60_000 + room + 1)


def test_assembling_encodes_body_and_whole_once_and_decodes_nothing() -> None:
    calls: list[str] = []

    def watch(_frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in ("dumps", "loads"):
            calls.append(called.__name__)

    body = TransactionBody(
        chain_id="c",  # type: ignore[arg-type]
        nonce=bytes(8),
        valid_until=1,  # type: ignore[arg-type]
        signers=(PublicKey(_KEYS[1]),),
        operations=(_FINE,),
    )
    assemble_transaction(body, (bytes(64),))  # What is remembered of the chain is encoded once.
    sys.setprofile(watch)
    try:
        assemble_transaction(body, (bytes(64),))
    finally:
        sys.setprofile(None)
    assert calls == ["dumps", "dumps"]
