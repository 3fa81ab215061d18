"""The fixed vectors: bytes, sign-bytes, ids and roots are what they were, and what a second encoder says.

The second encoder is RFC 8949 §4.2.1 in thirty lines; it builds each structure from its fields, as
``docs/formats.md`` lists them, and knows nothing of ``p2pchain.codec``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from p2pchain.codec import block, header, messages, private, safety, snapshot, transaction, voting
from p2pchain.codec.genesis import genesis_id, parse_genesis
from p2pchain.codec.parameters import PARAMETER_BOUNDS
from p2pchain.model.errors import Invalid
from p2pchain.model.parameters import Parameters
from p2pchain.model.voting import CommitCertificate, Vote
from tests.unit.codec import codec_frames, codec_vectors

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "codec.json").read_text("utf-8"))
BYTES = {entry["name"]: bytes.fromhex(entry["bytes"]) for entry in VECTORS["structures"]}
HASHES = {name: bytes.fromhex(text) for name, text in VECTORS["hashes"].items()}
SIGN_BYTES = {name: bytes.fromhex(text) for name, text in VECTORS["sign_bytes"].items()}

DECODERS: dict[str, Callable[[bytes], Any]] = {
    "transaction": transaction.decode_transaction,
    "transaction of two signers": transaction.decode_transaction,
    "transaction until a time": transaction.decode_transaction,
    "receipt 0": transaction.decode_receipt,
    "receipt 1": transaction.decode_receipt,
    "header": header.decode_header,
    "vote": voting.decode_vote,
    "vote for nil": voting.decode_vote,
    "commit certificate": voting.decode_commit,
    "polka certificate": voting.decode_polka,
    "evidence": voting.decode_evidence,
    "proposal": voting.decode_proposal,
    "block": block.decode_raw_block,
    "final block": block.decode_final_block,
    "block record": block.decode_block_record,
    "safety record of a vote": safety.decode_safety_record,
    "safety record of a proposal": safety.decode_safety_record,
    **{name: messages.decode_link for name in BYTES if name.startswith("link ")},
    **{name: messages.decode_fetch_request for name in BYTES if name.startswith("request ")},
    **{name: messages.decode_fetch_response for name in BYTES if name.startswith("response ")},
    "announcement": messages.decode_announcement,
    "snapshot link": snapshot.decode_validator_link,
    "snapshot window": snapshot.decode_window,
    "snapshot chunk": snapshot.decode_chunk,
    "snapshot head": snapshot.decode_head,
    "private payload": private.decode_payload,
    "private envelope": private.decode_envelope,
    "private disclosure": private.decode_disclosure,
}
WHOLE_BYTE_MAX = 240
"""Up to this size each byte gets all 255 other values; larger ones get those with one bit changed."""


def second(item: Any) -> bytes:
    """Deterministic CBOR of integers, bytes, text, tuples, booleans and null."""

    def head(major: int, argument: int) -> bytes:
        if argument < 24:
            return bytes([major << 5 | argument])
        for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if argument < 256**size:
                return bytes([major << 5 | code]) + argument.to_bytes(size, "big")
        raise AssertionError(argument)

    if item is None or item is True or item is False:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[item]
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, -1 - item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    return head(4, len(item)) + b"".join(second(part) for part in item)


def second_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + second_root(leaves[:split]) + second_root(leaves[split:])).digest()


def vote_items(vote: Vote) -> tuple[Any, ...]:
    """The fields of a vote, from the document."""
    place = (int(vote.kind), vote.height, vote.round)
    return (*place, vote.block_id, vote.validator, vote.signature)


def commit_items(certificate: CommitCertificate) -> tuple[Any, ...]:
    """The fields of a certificate, from the document."""
    return (certificate.height, certificate.round, certificate.block_id, certificate.signatures)


def test_the_vectors_are_what_this_code_makes() -> None:
    assert json.loads(json.dumps(codec_vectors.build())) == VECTORS
    assert set(DECODERS) == set(BYTES)


@pytest.mark.parametrize("name", BYTES)
def test_each_structure_decodes_to_what_it_was_made_of(name: str) -> None:
    made = {name: thing for name, _, thing in codec_vectors.build_structures()}
    assert DECODERS[name](BYTES[name]) == made[name]


def test_second_encoder_agrees_on_validity_until_a_time() -> None:
    made = transaction.decode_transaction(BYTES["transaction until a time"])
    body = made.body
    assert body.valid_until_ms == 1_750_600_000_000
    operations = tuple((each.module, each.action, each.args) for each in body.operations)
    encoded = second((1, body.chain_id, body.nonce, (body.valid_until_ms,), body.signers, operations))
    assert BYTES["transaction until a time"] == second((encoded, made.signatures))
    signed = second(("p2pchain/tx", 1, body.chain_id, encoded))
    assert SIGN_BYTES["transaction until a time"] == signed
    assert hashlib.sha256(signed).digest() == HASHES["tx_id of transaction until a time"] == made.tx_id


@pytest.mark.parametrize("name", ["transaction", "transaction of two signers"])
def test_second_encoder_agrees_on_transactions(name: str) -> None:
    made = transaction.decode_transaction(BYTES[name])
    body = made.body
    operations = tuple((each.module, each.action, each.args) for each in body.operations)
    encoded = second((1, body.chain_id, body.nonce, body.valid_until, body.signers, operations))
    assert BYTES[name] == second((encoded, made.signatures))
    signed = second(("p2pchain/tx", 1, body.chain_id, encoded))
    assert hashlib.sha256(signed).digest() == HASHES[f"tx_id of {name}"] == made.tx_id
    assert name != "transaction" or SIGN_BYTES[name] == signed


def test_second_encoder_agrees_on_header_block_and_record() -> None:
    record = block.decode_block_record(BYTES["block record"])
    head = record.block.header
    encoded = second((1, *(getattr(head, name) for name in type(head).__slots__)))
    assert encoded == BYTES["header"]
    assert hashlib.sha256(encoded).digest() == HASHES["block_id"]
    raws = tuple(each.raw for each in record.block.transactions)
    evidence = tuple(
        (each.validator, vote_items(each.first), vote_items(each.second)) for each in record.block.evidence
    )
    certificate = record.block.last_certificate
    assert certificate is not None
    body = second((encoded, raws, evidence, commit_items(certificate)))
    assert body == BYTES["block"]
    final = second((body, commit_items(record.certificate)))
    assert final == BYTES["final block"] == block.final_block_bytes(BYTES["block record"])
    receipts = tuple(
        (each.tx_id, each.code, each.facts, tuple((one.module, one.name, one.fields) for one in each.events))
        for each in record.receipts
    )
    bodies = [each.transaction for each in record.block.transactions]
    keys = b"".join(each.body.signers[0] + each.body.nonce for each in bodies)
    replay = second((keys, record.changes))
    assert BYTES["block record"] == second((final, replay, second(receipts)))
    ids = [each.tx_id for each in record.block.transactions]
    assert HASHES["tx_root"] == second_root(list(ids))
    assert HASHES["results_root"] == second_root([second(each) for each in receipts])
    assert HASHES["evidence_root"] == second_root([second(each) for each in evidence])
    assert HASHES["certificate_hash"] == hashlib.sha256(second(commit_items(certificate))).digest()
    assert HASHES["certificate_hash of none"] == hashlib.sha256(b"\xf6").digest()


@pytest.mark.parametrize("entry", VECTORS["fetch_frames"], ids=lambda entry: entry["name"])
def test_fetch_frames_are_what_the_page_says(entry: dict[str, Any]) -> None:
    """Length, kind, id, message (``docs/network.md``)."""
    kind = b"\x00" if entry["name"].startswith("request") else b"\x01"
    payload = kind + entry["id"].to_bytes(8, "big") + BYTES[entry["name"]]
    assert bytes.fromhex(entry["bytes"]) == len(payload).to_bytes(4, "big") + payload


def test_the_header_is_of_the_genesis_beside_it() -> None:
    """A second implementation that checks one against the other finds them agree."""
    assert header.decode_header(BYTES["header"]).genesis_id == HASHES["genesis_id"]


def test_second_encoder_agrees_on_votes_and_proposals() -> None:
    vote = voting.decode_vote(BYTES["vote for nil"])
    assert BYTES["vote for nil"] == second(vote_items(vote))
    chain = codec_vectors.CHAIN
    place = ("vote", 1, vote.height, vote.round, None)
    assert SIGN_BYTES["prevote for nil"] == second(("p2pchain/consensus", 1, chain, *place))
    made = voting.decode_proposal(BYTES["proposal"])
    content = ("proposal", made.header.height, made.round, made.valid_round, made.block_id)
    assert SIGN_BYTES["proposal"] == second(("p2pchain/consensus", 1, chain, *content))
    hello = messages.decode_link(BYTES["link hello"])
    peer_id = VECTORS["peer_ids"]["bank-a"]
    stated = ("hello", HASHES["genesis_id"], peer_id)
    assert SIGN_BYTES["hello"] == second(("p2pchain/consensus", 1, chain, *stated))
    held = codec_frames.POSSESSION
    said = (held.kind, held.org, held.name, held.key)
    assert SIGN_BYTES["possession"] == second(("p2pchain/possession", 1, chain, *said))
    for name, statement in codec_frames.SUCCESSIONS.items():
        succession = ("succession", statement.peer_key, statement.old_key, statement.new_key)
        assert SIGN_BYTES[name] == second(("p2pchain/consensus", 1, chain, *succession))
    assert BYTES["link hello"] == second((0, *_plain_hello(hello)))


def _plain_hello(hello: Any) -> tuple[Any, ...]:
    """Its items as the page has them."""
    *stated, codes = (getattr(hello, name) for name in type(hello).__slots__)
    return (*stated, tuple((code.module, code.version, code.digest) for code in codes))


def test_second_encoder_agrees_on_genesis_and_validators() -> None:
    genesis = parse_genesis(VECTORS["genesis"].encode())
    assert genesis == codec_vectors.GENESIS
    organisations = tuple(
        (
            each.org,
            each.legal_name,
            each.roles,
            tuple((one.name, one.public_key, one.roles) for one in each.accounts),
            tuple((one.name, one.peer_key, one.consensus_key, one.power) for one in each.nodes),
        )
        for each in genesis.organisations
    )
    assert tuple(PARAMETER_BOUNDS) == Parameters.__slots__
    values = tuple(getattr(genesis.parameters, name) for name in Parameters.__slots__)
    stated = ("p2pchain/genesis", 1, genesis.chain_id, genesis.time_ms, values, organisations)
    assert hashlib.sha256(second(stated)).digest() == HASHES["genesis_id"] == genesis_id(genesis)
    validators = sorted(
        (one.consensus_key, one.power, each.org) for each in genesis.organisations for one in each.nodes
    )
    assert HASHES["validators_hash"] == hashlib.sha256(second(validators)).digest()


def test_second_encoder_agrees_on_snapshots() -> None:
    made = snapshot.decode_validator_link(BYTES["snapshot link"])
    members = tuple((each.public_key, each.power, each.org) for each in made.following.members)
    final = (BYTES["header"], commit_items(made.final.certificate))
    assert BYTES["snapshot link"] == second((*final, members))
    head = snapshot.decode_head(BYTES["snapshot head"])
    assert BYTES["snapshot head"] == second((1, *final, head.digests))
    assert head.digests[0] == hashlib.sha256(BYTES["snapshot chunk"]).digest()
    assert BYTES["snapshot chunk"] == second(snapshot.decode_chunk(BYTES["snapshot chunk"]))
    last_height, keys = snapshot.decode_window(BYTES["snapshot window"])
    assert BYTES["snapshot window"] == second((last_height, b"".join(keys)))
    assert BYTES["response links"] == second((4, (BYTES["snapshot link"],)))
    assert BYTES["response snapshots"] == second((3, (BYTES["snapshot head"],)))


def test_second_encoder_agrees_on_private_payloads() -> None:
    (item,) = private.decode_payload(BYTES["private payload"])
    leaf = (item.salt, item.name, item.value)
    assert BYTES["private payload"] == second((leaf,))
    tree = second_root([second(leaf)])
    told = private.decode_disclosure(BYTES["private disclosure"])
    assert told.tree == tree
    assert BYTES["private disclosure"] == second((2, codec_vectors.CHAIN, "bank-a", tree, leaf, 0, 1, ()))
    root = hashlib.sha256(second(("p2pchain/private/root", 1, "bank-a", tree))).digest()
    envelope = private.decode_envelope(BYTES["private envelope"])
    assert BYTES["private envelope"] == second((1, envelope.sealed, envelope.keys))
    assert BYTES["request payload"] == second((6, root, 1))
    assert BYTES["response no payload"] == second((6, None))


@pytest.mark.parametrize("name", BYTES)
def test_every_single_byte_change_is_refused_or_differs(name: str) -> None:
    original, decode = BYTES[name], DECODERS[name]
    made = decode(original)
    flips = range(1, 256) if len(original) <= WHOLE_BYTE_MAX else [1 << bit for bit in range(8)]
    if len(original) > 400:
        flips = [1, 128]
    for index in range(len(original)):
        changed = bytearray(original)
        for flip in flips:
            changed[index] = original[index] ^ flip
            try:
                other = decode(bytes(changed))
            except Invalid:
                continue
            assert repr(other) != repr(made), f"byte {index} ^ {flip}"  # For Python, True == 1.
