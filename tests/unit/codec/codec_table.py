"""Every structure of the protocol with its codec and examples of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from p2pchain.codec import block, cbor, header, messages, private, safety, snapshot, transaction, voting
from tests.unit.codec.codec_strategies import (
    announcements,
    bodies,
    chunks,
    commits,
    disclosures,
    envelopes,
    evidences,
    final_blocks,
    headers,
    heads,
    links,
    payloads,
    polkas,
    proposals,
    raw_blocks,
    receipts,
    records,
    requests,
    responses,
    safety_records,
    transactions,
    validator_links,
    values,
    votes,
    windows,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One structure: how to make one, write it and read it."""

    name: str
    examples: st.SearchStrategy[Any]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


CODECS = (
    Codec(
        name="value", examples=values, encode=cbor.encode, decode=lambda b: cbor.decode(b, bytes_max=9_999)
    ),
    Codec(
        name="transaction",
        examples=transactions(),
        encode=lambda made: made.raw,
        decode=transaction.decode_transaction,
    ),
    Codec(name="body", examples=bodies, encode=transaction.encode_body, decode=transaction.decode_body),
    Codec(
        name="receipt",
        examples=receipts(),
        encode=transaction.encode_receipt,
        decode=transaction.decode_receipt,
    ),
    Codec(name="header", examples=headers, encode=header.encode_header, decode=header.decode_header),
    Codec(name="block", examples=raw_blocks(), encode=block.encode_raw_block, decode=block.decode_raw_block),
    Codec(
        name="final block",
        examples=final_blocks(),
        encode=block.encode_final_block,
        decode=block.decode_final_block,
    ),
    Codec(
        name="record",
        examples=records(),
        encode=block.encode_block_record,
        decode=block.decode_block_record,
    ),
    Codec(name="vote", examples=votes, encode=voting.encode_vote, decode=voting.decode_vote),
    Codec(name="commit", examples=commits(), encode=voting.encode_commit, decode=voting.decode_commit),
    Codec(name="polka", examples=polkas, encode=voting.encode_polka, decode=voting.decode_polka),
    Codec(
        name="evidence", examples=evidences(), encode=voting.encode_evidence, decode=voting.decode_evidence
    ),
    Codec(
        name="proposal", examples=proposals(), encode=voting.encode_proposal, decode=voting.decode_proposal
    ),
    Codec(
        name="safety record",
        examples=safety_records(),
        encode=safety.encode_safety_record,
        decode=safety.decode_safety_record,
    ),
    Codec(name="link", examples=links, encode=messages.encode_link, decode=messages.decode_link),
    Codec(
        name="request",
        examples=requests,
        encode=messages.encode_fetch_request,
        decode=messages.decode_fetch_request,
    ),
    Codec(
        name="response",
        examples=responses(),
        encode=messages.encode_fetch_response,
        decode=messages.decode_fetch_response,
    ),
    Codec(
        name="snapshot link",
        examples=validator_links,
        encode=snapshot.encode_validator_link,
        decode=snapshot.decode_validator_link,
    ),
    Codec(
        name="snapshot window",
        examples=windows,
        encode=lambda made: snapshot.encode_window(*made),
        decode=snapshot.decode_window,
    ),
    Codec(name="snapshot chunk", examples=chunks, encode=snapshot.encode_chunk, decode=snapshot.decode_chunk),
    Codec(name="snapshot head", examples=heads, encode=snapshot.encode_head, decode=snapshot.decode_head),
    Codec(
        name="private payload",
        examples=payloads,
        encode=private.encode_payload,
        decode=private.decode_payload,
    ),
    Codec(
        name="private envelope",
        examples=envelopes,
        encode=private.encode_envelope,
        decode=private.decode_envelope,
    ),
    Codec(
        name="private disclosure",
        examples=disclosures,
        encode=private.encode_disclosure,
        decode=private.decode_disclosure,
    ),
    Codec(
        name="announcement",
        examples=announcements(),
        encode=messages.encode_announcement,
        decode=messages.decode_announcement,
    ),
)
