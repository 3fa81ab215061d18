"""Private payloads as bytes.

``leaf = [salt, name, value]``; a payload is ``[leaf, ...]``, its tree that of RFC 6962 over the encoded
leaves. On the chain it is named by its *root*, made of the tree's and of its owner: who sees the tree of a
payload that is on its way makes another root of it, and takes nobody's.
``envelope = [1, sealed, [[organisation, sealed key], ...]]``;
``disclosure = [2, chain_id, owner, tree, leaf, index, size, [hash, ...]]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack, unpack
from p2pchain.crypto.hashing import sha256
from p2pchain.crypto.merkle import merkle_root
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.private import Disclosure, Envelope, PrivateField

VERSION: Final = 1
DISCLOSURE_VERSION: Final = 2
SALT_BYTES: Final = 16
PAYLOAD_BYTES_MAX: Final = 1_048_576
"""Largest payload, its fields encoded."""
FIELDS_MAX: Final = 256
NAME_BYTES_MAX: Final = 128
RECIPIENTS_MAX: Final = 64
SEALED_KEY_BYTES: Final = 80
"""An encapsulated X25519 key, and 32 bytes under a tag."""
ENVELOPE_BYTES_MAX: Final = PAYLOAD_BYTES_MAX + RECIPIENTS_MAX * 256 + 1_024
DISCLOSURE_BYTES_MAX: Final = PAYLOAD_BYTES_MAX + 8_192
_ORG_BYTES_MAX: Final = 64
_CHAIN_ID_BYTES_MAX: Final = 64
_PATH_MAX: Final = 8
_DOMAIN: Final = "p2pchain/private/root"


def leaf_bytes(item: PrivateField) -> bytes:
    """Encode a field as a leaf of the tree."""
    return pack(_leaf_item(item))


def payload_tree(items: Sequence[PrivateField]) -> bytes:
    """Return the root of the tree over the fields of a payload."""
    return merkle_root([leaf_bytes(item) for item in items])


def payload_root(owner: str, tree: bytes) -> bytes:
    """Return the name of a payload on the chain: of this owner's."""
    return sha256(pack((_DOMAIN, 1, owner, tree)))


def encode_payload(items: Sequence[PrivateField]) -> bytes:
    """Encode the fields of a payload."""
    return pack(tuple(_leaf_item(item) for item in items))


def decode_payload(data: bytes) -> tuple[PrivateField, ...]:
    """Decode the fields of a payload, or raise ``Invalid``; names occur once."""
    item = unpack(data, bytes_max=PAYLOAD_BYTES_MAX)
    fields = tuple(_read_leaf(part) for part in field.array(item, 1, FIELDS_MAX, "payload"))
    names = [leaf.name for leaf in fields]
    if len(set(names)) != len(names):
        raise Invalid("CODEC_REPEATED", {"field": "payload[].name"})
    return fields


def encode_envelope(envelope: Envelope) -> bytes:
    """Encode an envelope as it travels."""
    return pack((VERSION, envelope.sealed, envelope.keys))


def decode_envelope(data: bytes) -> Envelope:
    """Decode an envelope, or raise ``Invalid``; recipients ascend."""
    version, sealed, keys = field.fields(unpack(data, bytes_max=ENVELOPE_BYTES_MAX), 3, "envelope")
    field.version(version, VERSION, "envelope.version")
    recipients: list[tuple[str, bytes]] = []
    for part in field.array(keys, 1, RECIPIENTS_MAX, "envelope.keys"):
        org, key = field.fields(part, 2, "envelope.keys[]")
        name = field.text(org, 1, _ORG_BYTES_MAX, "envelope.keys[].org")
        if recipients and name <= recipients[-1][0]:
            raise Invalid("CODEC_ORDER", {"field": "envelope.keys[].org", "found": name})
        recipients.append(
            (name, field.octets(key, SEALED_KEY_BYTES, SEALED_KEY_BYTES, "envelope.keys[].key"))
        )
    return Envelope(
        sealed=field.octets(sealed, 1, ENVELOPE_BYTES_MAX, "envelope.sealed"), keys=tuple(recipients)
    )


def encode_disclosure(disclosure: Disclosure) -> bytes:
    """Encode a field with its way to the root."""
    leaf = _leaf_item(disclosure.field)
    place = (disclosure.index, disclosure.size, disclosure.path)
    head = (DISCLOSURE_VERSION, disclosure.chain_id, disclosure.owner, disclosure.tree)
    return pack((*head, leaf, *place))


def decode_disclosure(data: bytes) -> Disclosure:
    """Decode a disclosure, or raise ``Invalid``; nothing is proven yet."""
    item = field.fields(unpack(data, bytes_max=DISCLOSURE_BYTES_MAX), 8, "disclosure")
    version, chain_id, owner, tree, leaf, index, size, path = item
    field.version(version, DISCLOSURE_VERSION, "disclosure.version")
    return Disclosure(
        chain_id=field.text(chain_id, 1, _CHAIN_ID_BYTES_MAX, "disclosure.chain_id"),
        owner=field.text(owner, 1, _ORG_BYTES_MAX, "disclosure.owner"),
        tree=field.digest(tree, "disclosure.tree"),
        field=_read_leaf(leaf),
        index=field.integer(index, 0, FIELDS_MAX - 1, "disclosure.index"),
        size=field.integer(size, 1, FIELDS_MAX, "disclosure.size"),
        path=field.byte_strings(path, 0, _PATH_MAX, HASH_BYTES, "disclosure.path"),
    )


def _leaf_item(item: PrivateField) -> tuple[bytes, str, bytes]:
    return item.salt, item.name, item.value


def _read_leaf(item: object) -> PrivateField:
    salt, name, value = field.fields(item, 3, "leaf")
    return PrivateField(
        salt=field.octets(salt, SALT_BYTES, SALT_BYTES, "leaf.salt"),
        name=field.text(name, 1, NAME_BYTES_MAX, "leaf.name"),
        value=field.octets(value, 0, PAYLOAD_BYTES_MAX, "leaf.value"),
    )
