"""Valid bytes of every decoder, to begin from: the structures of the codec's vectors, and a few more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from p2pchain.codec import block, safety
from p2pchain.codec.cbor import encode
from p2pchain.codec.genesis import format_genesis, genesis_id
from p2pchain.model.ids import BlockId
from p2pchain.model.voting import Vote
from p2pchain.net.frames import ANSWER, REQUEST, fetch_frame
from p2pchain.proofs.inclusion import TransactionProof, transaction_proof
from p2pchain.proofs.proof_file import ProofBase, ProofEntry, ProofFile, encode_proof_file
from p2pchain.proofs.state import StateProof, state_proof_value
from p2pchain.signing.transfer import GuardState, encode_state
from p2pchain.storage import layout, records
from tests.fuzz.decoders import DECODERS, TAG, without_digest
from tests.unit.codec import codec_vectors as vectors

CORPUS: Final = Path(__file__).parent / "corpus"
KEPT_PROOFS: Final = Path(__file__).parents[1] / "vectors" / "proof_files.json"
"""Inputs that a coverage-guided run found worth keeping: ``<decoder>-<digest>``."""
_PAYLOAD_AT: Final = records.HEAD_BYTES
_DATA_AT: Final = records.HEAD_BYTES + records.MARK_BYTES

_STRUCTURES: Final[Mapping[str, str]] = {
    "transaction": "transaction",
    "receipt": "receipt",
    "header": "header",
    "vote": "vote",
    "commit certificate": "commit",
    "polka certificate": "polka",
    "evidence": "evidence",
    "proposal": "proposal",
    "block": "block",
    "final block": "final-block",
    "block record": "record",
    "safety record": "safety-record",
    "link": "link",
    "request": "request",
    "response": "response",
    "announcement": "announcement",
    "snapshot link": "snapshot-link",
    "snapshot window": "snapshot-window",
    "snapshot chunk": "snapshot-chunk",
    "snapshot head": "snapshot-head",
    "private payload": "private-payload",
    "private envelope": "private-envelope",
    "private disclosure": "private-disclosure",
}
"""Which decoder reads a structure of the vectors, by how its name begins; the longest beginning counts."""

REQUESTS: Final = (
    b"\x00GET /v1/ HTTP/1.1\r\nhost: n\r\n\r\nGET /v1/block/7?x=1&y= HTTP/1.1\r\nhost: n\r\n\r\n",
    b"\x00HEAD /v1/status HTTP/1.1\r\nhost: n\r\n\r\nGET /health HTTP/1.1\r\nhost: n\r\n\r\n",
    b"\x41GET /v1/query/registry/show?id=5&ok=true&name=%C3%A4 HTTP/1.1\r\nhost: n\r\n\r\n",
    b"\x81POST /v1/tx?wait=1&timeout_ms=5 HTTP/1.1\r\nhost: n\r\ncontent-type: application/json\r\n"
    b'content-length: 11\r\n\r\n{"tx":"00"}',
    b"\x02POST /v1/txs HTTP/1.1\r\nhost: n\r\ncontent-type: application/cbor\r\n"
    b"transfer-encoding: chunked\r\n\r\n3\r\n\x81\x41\x00\r\n0\r\n\r\n",
    b"\x02POST /v1/tx HTTP/1.1\r\nhost: n\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi",
    b"\x02POST /v1/peers/bank-b/ban HTTP/1.0\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n",
    b"\x02CONNECT n:80 HTTP/1.1\r\nhost: n\r\n\r\n",
    b"\x00GET /v1/events HTTP/1.1\r\nhost: n\r\n\r\n",
    b"\x00HEAD /v1/events HTTP/1.2\r\nhost: n\r\n\r\n",
    b"\x02GET / HTTP/1.1\r\nhost: n\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\nPRI * HTTP/2.0\r\n\r\n",
)


def seeds() -> dict[str, tuple[bytes, ...]]:
    """Valid inputs by the decoder's name; each decoder has some."""
    found: dict[str, list[bytes]] = {decoder.name: [] for decoder in DECODERS}
    for name, write, made in vectors.build_structures():
        begins = max((begin for begin in _STRUCTURES if name.startswith(begin)), key=len)
        found[_STRUCTURES[begins]].append(write(made))
    record = block.encode_block_record(vectors.RECORD)
    found["block-replay"].append(record)
    found["final-block-bytes"].append(record)
    found["body"] += [made.body_bytes for _, made in vectors.BODIES]
    found["value"] += [encode((1, -1, b"x", "ä", None, True, ((), (b"",) * 3))), record]
    proof = StateProof(branches=(bytes(512), bytes(512)), page=bytes(range(64)))
    found["state-proof"].append(encode(state_proof_value(proof)))
    entries = (
        ProofEntry(key=b"note/1", value=b"\x81\x01", proof=proof),
        ProofEntry(key=b"note/2", value=None, proof=proof),
    )
    base = ProofBase(header=vectors.LINK.final.header, following=vectors.LINK.following)
    for begin in (None, base):
        proven = ProofFile(
            chain_id="seeds", base=begin, final=vectors.LINK.final, links=(vectors.LINK,), entries=entries
        )
        about = replace(proven, entries=(), transaction=_transaction_proof())
        for file in (proven, about):
            data = encode_proof_file(file)
            found["proof-file"].append(data)
            found["proof-file-body"].append(without_digest(data))
    for kept in json.loads(KEPT_PROOFS.read_text("utf-8"))["files"]:
        data = bytes.fromhex(kept["bytes"])
        found["proof-file"].append(data)
        found["proof-file-body"].append(without_digest(data))
    found["genesis"].append(format_genesis(vectors.GENESIS).encode())
    found["guard-state"].append(_guard_state())
    found["storage-record"] += [
        records.frame_marked(40, height=7, durable=5, tag=TAG, data=b"data") * 2,
        layout.encode_header(_HEADER),
    ]
    seal = layout.Seal(first_height=1, last_height=9, digest=bytes(32), offsets=bytes(8))
    manifest = layout.Manifest(first=1, last=2, first_height=1, genesis=bytes(32), name="chain")
    found["segment-ends"] += [
        layout.encode_header(_HEADER)[_PAYLOAD_AT:],
        layout.encode_manifest(manifest)[_PAYLOAD_AT:],
        _seal_data(seal),
    ]
    frames = fetch_frame(REQUEST, 1, b"ask") + fetch_frame(ANSWER, 2, b"told")
    found["frames"] += [b"\x02" + frames, b"\xff" + frames]
    found["http"] += REQUESTS
    return {name: tuple(listed) for name, listed in found.items()}


def corpus() -> dict[str, tuple[bytes, ...]]:
    """What is kept in ``corpus``, by the decoder's name."""
    found: dict[str, list[bytes]] = {decoder.name: [] for decoder in DECODERS}
    for path in sorted(CORPUS.iterdir()):
        found[path.name.rpartition("-")[0]].append(path.read_bytes())
    return {name: tuple(listed) for name, listed in found.items()}


_HEADER: Final = layout.SegmentHeader(
    sequence=2, first_height=1, tag=TAG, previous=bytes(32), genesis=bytes(range(32)), name="chain"
)


def _transaction_proof() -> TransactionProof:
    """The first transaction of the vectors' record."""
    transactions = [each.transaction for each in vectors.RECORD.block.transactions]
    return transaction_proof(transactions, vectors.RECORD.receipts, 0)


def _seal_data(seal: layout.Seal) -> bytes:
    """A seal that names the offset where the reader expects it: that of its own length."""
    size = len(layout.encode_seal(seal, at=0, tag=TAG)) - _DATA_AT
    return layout.encode_seal(seal, at=size, tag=TAG)[_DATA_AT:]


def _guard_state() -> bytes:
    record = vectors.SIGNED
    assert isinstance(record.message, Vote), "the vectors' record of a vote"
    state = GuardState(
        chain_id=vectors.CHAIN,
        genesis_id=BlockId(genesis_id(vectors.GENESIS)),
        public_key=vectors.SIGNERS[record.message.validator].public_key,
        signed_to=safety.position_of(record.message),
        records=(record,),
    )
    return encode_state(state)
