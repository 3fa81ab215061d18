"""Every structure survives its bytes, and no other bytes give the same structure.

Each byte of an encoding is replaced in turn: the result is refused, or it decodes to something that differs.
(``tests/unit/codec/test_codec_vectors.py`` tries all 255 values of every byte of fixed structures.) Nothing
decodes but from its own encoding, so an id names one thing.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.codec.cbor import decode, encode
from p2pchain.codec.transaction import decode_transaction
from p2pchain.model.errors import Invalid
from p2pchain.model.transaction import Transaction
from tests.examples import examples
from tests.unit.codec.codec_strategies import transactions
from tests.unit.codec.codec_table import CODECS, Codec

EVERY = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
FLIPS = (0x01, 0x80)


def outcome(codec: Codec, data: bytes) -> Any:
    """What the bytes decode to, or None where they are refused with a reason."""
    try:
        return codec.decode(data)
    except Invalid as fault:
        refused_with_reason(fault)
        return None


def refused_with_reason(fault: Invalid) -> None:
    """A refusal has a code of this room, and facts."""
    assert fault.code.startswith("CODEC_")
    assert fault.facts


@EVERY
@settings(max_examples=examples(25))
@given(data=st.data())
def test_what_is_encoded_decodes_to_the_same(codec: Codec, data: st.DataObject) -> None:
    made = data.draw(codec.examples)
    encoded = codec.encode(made)
    decoded = codec.decode(encoded)
    assert decoded == made
    assert codec.encode(decoded) == encoded


@EVERY
@settings(max_examples=examples(5))
@given(data=st.data())
def test_every_changed_byte_is_refused_or_gives_something_else(codec: Codec, data: st.DataObject) -> None:
    made = data.draw(codec.examples)
    encoded = codec.encode(made)
    for index in range(len(encoded)):
        for flip in FLIPS:
            changed = bytearray(encoded)
            changed[index] ^= flip
            other = outcome(codec, bytes(changed))
            if other is not None:
                assert other != made or type(other) is not type(made) or codec.encode(other) != encoded
                assert codec.encode(other) == changed


@EVERY
@settings(max_examples=examples(5))
@given(data=st.data())
def test_every_cut_and_every_longer_form_is_refused(codec: Codec, data: st.DataObject) -> None:
    encoded = codec.encode(data.draw(codec.examples))
    for end in range(len(encoded)):
        with pytest.raises(Invalid):
            codec.decode(encoded[:end])
    for longer in (encoded + b"\x00", encoded + encoded, b"\x81" + encoded):
        other = outcome(codec, longer)
        assert other is None or codec.name == "value"


@settings(max_examples=examples(20))
@given(made=transactions())
def test_no_changed_byte_of_a_transaction_keeps_body_and_id(made: Transaction) -> None:
    for index in range(len(made.raw)):
        changed = bytearray(made.raw)
        changed[index] ^= 0x01
        try:
            other = decode_transaction(bytes(changed))
        except Invalid:
            continue
        assert (other.tx_id == made.tx_id) == (other.body_bytes == made.body_bytes)
        assert (other.tx_id, other.signatures) != (made.tx_id, made.signatures)


@settings(max_examples=examples(200))
@given(data=st.binary(max_size=200))
def test_random_bytes_are_refused_or_are_their_own_encoding(data: bytes) -> None:
    try:
        value = decode(data, bytes_max=200)
    except Invalid as fault:
        refused_with_reason(fault)
        return
    assert encode(value) == data


@EVERY
@settings(max_examples=examples(25))
@given(data=st.binary(max_size=120))
def test_random_bytes_never_make_a_decoder_fail_otherwise(codec: Codec, data: bytes) -> None:
    other = outcome(codec, data)
    assert other is None or codec.encode(other) == data
