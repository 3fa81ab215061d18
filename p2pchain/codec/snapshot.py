"""The records of a snapshot: links, replay window, chunks of the state, and the head that ends it.

``link = [header: bstr, certificate, [[public key, power, organisation], ...]]``,
``window = [last height, replay keys: bstr of 40 each]``, ``chunk = [[key, value], ...]``,
``head = [1, header: bstr, certificate, [chunk digest, ...]]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.block import REPLAY_KEY_BYTES, read_certificate_of
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.header import encode_header
from p2pchain.codec.voting import CERTIFICATE_BYTES_MAX, PROPOSAL_TX_IDS_MAX, commit_item, read_header
from p2pchain.model.bounds import KEY_BYTES_MAX
from p2pchain.model.chain import FinalHeader
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import HASH_BYTES, Height, OrgId
from p2pchain.model.snapshot import SnapshotHead, ValidatorLink
from p2pchain.model.validators import POWER_MAX, VALIDATORS_MAX, Validator, ValidatorSet

SNAPSHOT_VERSION: Final = 1
CHUNK_BYTES: Final = 262_144
"""A chunk is closed before a pair would take it beyond this size; one larger pair is a chunk of its own."""
CHUNK_BYTES_MAX: Final = 1_000_000
"""Largest chunk that is read: one pair, whose value is far above what one transaction can write."""
CHUNKS_MAX: Final = 16_384
"""Most chunks of a snapshot: 4 GiB of state in chunks of the usual size; whoever joins sets its own bound."""
HEAD_BYTES_MAX: Final = CERTIFICATE_BYTES_MAX + CHUNKS_MAX * 34 + 1_024
LINK_BYTES_MAX: Final = 2 * CERTIFICATE_BYTES_MAX + VALIDATORS_MAX * 128 + 1_024
WINDOW_BYTES_MAX: Final = PROPOSAL_TX_IDS_MAX * REPLAY_KEY_BYTES + 64
PAIR_HEAD_BYTES: Final = 11
"""What counts for the CBOR around the key and the value of a pair, so most bytes that it takes."""
PAIRS_MAX: Final = CHUNK_BYTES // PAIR_HEAD_BYTES + 1
"""Most pairs of a chunk."""
_ORG_BYTES_MAX: Final = 64

Pair = tuple[bytes, bytes]
"""(state key, value)."""


def encode_chunk(pairs: Sequence[Pair]) -> bytes:
    """Encode pairs of the state, ascending by SHA-256 of their keys."""
    return pack(tuple(pairs))


def decode_chunk(data: bytes) -> tuple[Pair, ...]:
    """Decode the pairs, or raise ``Invalid``; their order is judged by the state root that they lead to."""
    item = unpack(data, bytes_max=CHUNK_BYTES_MAX, items_max=3 * PAIRS_MAX + 1)
    pairs: list[Pair] = []
    for pair in field.array(item, 1, PAIRS_MAX, "chunk"):
        key, value = field.fields(pair, 2, "chunk[]")
        key_bytes = field.octets(key, 0, KEY_BYTES_MAX, "chunk[].key")
        pairs.append((key_bytes, field.octets(value, 0, CHUNK_BYTES_MAX, "chunk[].value")))
    return tuple(pairs)


def encode_window(last_height: int, keys: Sequence[bytes]) -> bytes:
    """Encode replay keys of one block, refused up to ``last_height``."""
    return pack((last_height, b"".join(keys)))


def decode_window(data: bytes) -> tuple[Height, tuple[bytes, ...]]:
    """Decode (last height, replay keys), or raise ``Invalid``."""
    last_height, joined = field.fields(unpack(data, bytes_max=WINDOW_BYTES_MAX), 2, "window")
    keys = field.octets(joined, 0, WINDOW_BYTES_MAX, "window.keys")
    if len(keys) % REPLAY_KEY_BYTES:
        raise Invalid("CODEC_LENGTH", {"field": "window.keys", "found": len(keys)})
    starts = range(0, len(keys), REPLAY_KEY_BYTES)
    listed = tuple([keys[start : start + REPLAY_KEY_BYTES] for start in starts])
    return field.height(last_height, "window.last_height"), listed


def encode_validator_link(link: ValidatorLink) -> bytes:
    """Encode a link of the chain of validators."""
    return pack((*final_items(link.final), validators_item(link.following)))


def decode_validator_link(data: bytes) -> ValidatorLink:
    """Decode a link, or raise ``Invalid``; the certificate names the header, its signatures are not
    checked.
    """
    header_bytes, certificate, members = field.fields(unpack(data, bytes_max=LINK_BYTES_MAX), 3, "link")
    return ValidatorLink(
        final=read_final(header_bytes, certificate, "link"),
        following=read_validators(members, "link.validators"),
    )


def encode_head(head: SnapshotHead) -> bytes:
    """Encode the record that ends a snapshot."""
    return pack((SNAPSHOT_VERSION, *final_items(head.final), head.digests))


def decode_head(data: bytes) -> SnapshotHead:
    """Decode a head, or raise ``Invalid``; the certificate names the header, its signatures are not
    checked.
    """
    item = unpack(data, bytes_max=HEAD_BYTES_MAX)
    version, header_bytes, certificate, digests = field.fields(item, 4, "head")
    field.version(version, SNAPSHOT_VERSION, "head.version")
    return SnapshotHead(
        final=read_final(header_bytes, certificate, "head"),
        digests=field.byte_strings(digests, 1, CHUNKS_MAX, HASH_BYTES, "head.digests"),
    )


def final_items(final: FinalHeader) -> tuple[object, ...]:
    """Encode a header and its certificate: ``header: bstr, certificate``."""
    return encode_header(final.header), commit_item(final.certificate)


def read_final(header_bytes: object, certificate: object, at: str) -> FinalHeader:
    """Decode a header and its certificate, or raise ``Invalid``; the certificate names the header, its
    signatures are not checked.
    """
    header, block_id = read_header(header_bytes, f"{at}.header")
    named = read_certificate_of(certificate, header.height, block_id, f"{at}.certificate")
    return FinalHeader(header=header, certificate=named)


def validators_item(validators: ValidatorSet) -> tuple[object, ...]:
    """Encode a set: ``[[consensus key, power, org], ...]``, ascending by key."""
    return tuple((member.public_key, member.power, member.org) for member in validators.members)


def read_validators(item: object, at: str) -> ValidatorSet:
    """Decode a set of validators, or raise ``Invalid``."""
    members: list[Validator] = []
    for part in field.array(item, 1, VALIDATORS_MAX, at):
        key, power, org = field.fields(part, 3, f"{at}[]")
        public_key = field.public_key(key, f"{at}[].public_key")
        if members:
            field.ascending(members[-1].public_key, public_key, f"{at}[].public_key")
        members.append(
            Validator(
                public_key=public_key,
                power=field.integer(power, 1, POWER_MAX, f"{at}[].power"),
                org=OrgId(field.text(org, 1, _ORG_BYTES_MAX, f"{at}[].org")),
            )
        )
    return ValidatorSet(tuple(members))
