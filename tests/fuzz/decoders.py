"""Everything that reads bytes from outside, in one table: what it may refuse with, and what it must hold to.

``DECODERS`` serves three readers: the properties of ``test_fuzz_decoders.py``, the corpus that CI replays,
and the long coverage-guided run of ``scripts/fuzz``. ``attempt`` judges for all: a decoder accepts, or raises
one of its ``refusals``; what it accepts encodes to the very bytes that came in, where there is an encoder.
Any other exception is a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from p2pchain.codec import block, cbor, genesis
from p2pchain.codec.wellformed import check_wellformed
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Fault, Invalid, PeerFault, Refused
from p2pchain.model.messages import FRAME_BYTES_MAX
from p2pchain.net.frames import FrameSplitter, split_fetch
from p2pchain.proofs.proof_file import (
    PROOF_FILE_BYTES_MAX,
    PROOF_ITEMS_MAX,
    decode_proof_file,
    encode_proof_file,
)
from p2pchain.proofs.state import state_proof_of, state_proof_value
from p2pchain.signing.transfer import decode_state
from p2pchain.storage import layout, records
from tests.fuzz.http_bytes import serve_bytes
from tests.unit.codec.codec_table import CODECS

VALUE_BYTES_MAX: Final = 4_194_304
TAG: Final = b"\x07\x01\x02\x03\x04\x05\x06\x08"
"""Tag of the segment whose records are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder:
    """One reader of bytes. ``refusals``: the errors it documents; ``encode``: what undoes it, if anything."""

    name: str
    decode: Callable[[bytes], Any]
    refusals: tuple[type[Fault], ...] = (Invalid,)
    encode: Callable[[Any], bytes] | None = None


def attempt(decoder: Decoder, data: bytes) -> bool:
    """Whether ``data`` is accepted. Raises ``AssertionError`` for a reading that is not the bytes' own, and
    whatever the decoder raises beside its refusals.
    """
    refused: Fault | None = None
    try:
        decoded = decoder.decode(data)
    except decoder.refusals as fault:
        refused = fault
    if refused is not None:
        assert refused.code.isupper(), f"{decoder.name}: a refusal has a code, not {refused.code!r}"
        assert refused.facts, f"{decoder.name}: {refused.code} without facts"
        return False
    if decoder.encode is not None:
        assert decoder.encode(decoded) == data, f"{decoder.name}: accepted what is not its own encoding"
    return True


def decode_value(data: bytes) -> Any:
    """A value, and the walk of ``wellformed.py`` must judge as the decoder of the library does."""
    try:
        check_wellformed(data)
        walked = True
    except Invalid:
        walked = False
    try:
        value = cbor.decode(data, bytes_max=VALUE_BYTES_MAX)
    except Invalid:
        assert not walked, "well-formed, and refused"
        raise
    assert walked, "accepted, and not well-formed"
    return value


def decode_state_proof(data: bytes) -> Any:
    """A proof as it travels: the encoded value."""
    return state_proof_of(cbor.decode(data, bytes_max=VALUE_BYTES_MAX))


def decode_proof_body(data: bytes) -> Any:
    """A proof file without its digest, which is put behind it: what lies behind that guard is fuzzed, too."""
    items = cbor.unpack(data, bytes_max=PROOF_FILE_BYTES_MAX, items_max=PROOF_ITEMS_MAX)
    if type(items) is not tuple:
        raise Invalid("CODEC_TYPE", {"field": "proof", "expected": "array"})
    return decode_proof_file(cbor.pack((*items, sha256(data))))


def without_digest(file: bytes) -> bytes:
    """The inverse of what ``decode_proof_body`` does first."""
    items = cbor.unpack(file, bytes_max=PROOF_FILE_BYTES_MAX, items_max=PROOF_ITEMS_MAX)
    assert isinstance(items, tuple), "a proof file is an array"
    return cbor.pack(items[:-1])


def read_record(data: bytes) -> None:
    """Bytes of a segment from some offset on, as found and with the checksum that they should have."""
    read = records.parse(data, 0, offset=0, tag=TAG)
    assert isinstance(read, records.Record | records.Broken), "a record, or what is wrong"
    records.find_marked(data, 0, base=0, tag=TAG)
    if isinstance(read, records.Record):
        framed = records.frame_marked(
            read.kind, height=read.height, durable=read.durable, tag=TAG, data=read.data
        )
        assert framed == data[: read.size], "a record is its own framing"
    if len(data) > 1:
        whole = records.frame(max(records.KIND_MIN, data[0]), data[1:])
        read_again = records.parse(whole, 0, offset=0, tag=data[21:29])
        assert isinstance(read_again, records.Record | records.Broken), "a record, or what is wrong"


def read_segment_ends(data: bytes) -> None:
    """The three records that storage writes itself."""
    decoded_header = layout.decode_header(data)
    if decoded_header is not None:
        assert layout.encode_header(decoded_header)[records.HEAD_BYTES :] == data, "a header of other bytes"
    manifest = layout.decode_manifest(data)
    if manifest is not None:
        assert layout.encode_manifest(manifest)[records.HEAD_BYTES :] == data, "a manifest of other bytes"
    seal = layout.decode_seal(data, at=len(data), tag=TAG)
    if seal is not None:
        framed = layout.encode_seal(seal, at=len(data), tag=TAG)
        assert framed[records.HEAD_BYTES + records.MARK_BYTES :] == data, "a seal of other bytes"
    layout.decode_seal_end(data[-layout.SEAL_END_BYTES :])


def read_frames(data: bytes) -> None:
    """A stream of frames: however it is cut into chunks, the same frames come out, and little is held."""
    chunk_bytes = data[0] + 1 if data else 1
    stream = data[1:]
    whole = _frames(stream, len(stream) + 1)
    cut = _frames(stream, chunk_bytes)
    assert whole == cut, "the cut of the chunks shows"
    for payload in whole:
        split_fetch(payload)


def _frames(stream: bytes, chunk_bytes: int) -> list[bytes]:
    splitter = FrameSplitter(FRAME_BYTES_MAX)
    payloads: list[bytes] = []
    try:
        for start in range(0, len(stream), chunk_bytes):
            payloads += splitter.feed(stream[start : start + chunk_bytes])
            assert splitter.held_bytes <= FRAME_BYTES_MAX + 4 + chunk_bytes, "held more than a frame"
    except PeerFault as fault:
        if fault.code != "NET_FRAME_TOO_LARGE":
            raise
    return payloads


DECODERS: Final = (
    *(
        Decoder(name=codec.name.replace(" ", "-"), decode=codec.decode, encode=codec.encode)
        for codec in CODECS
        if codec.name != "value"
    ),
    Decoder(name="value", decode=decode_value, encode=cbor.encode),
    Decoder(name="block-replay", decode=block.decode_block_replay),
    Decoder(name="final-block-bytes", decode=block.final_block_bytes),
    Decoder(
        name="state-proof",
        decode=decode_state_proof,
        encode=lambda proof: cbor.encode(state_proof_value(proof)),
    ),
    Decoder(name="proof-file", decode=decode_proof_file, encode=encode_proof_file),
    Decoder(
        name="proof-file-body",
        decode=decode_proof_body,
        encode=lambda proof: without_digest(encode_proof_file(proof)),
    ),
    Decoder(name="genesis", decode=genesis.parse_genesis),
    Decoder(name="guard-state", decode=decode_state, refusals=(Refused,)),
    Decoder(name="storage-record", decode=read_record),
    Decoder(name="segment-ends", decode=read_segment_ends),
    Decoder(name="frames", decode=read_frames, refusals=(PeerFault,)),
    Decoder(name="http", decode=serve_bytes),
)
"""All of ``codec``, the proofs, the guard's file, storage, the stream of frames, the control socket."""
