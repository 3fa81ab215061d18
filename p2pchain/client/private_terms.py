"""Private payloads on the side of those who may read them: sealed, opened, disclosed field by field,
verified.

A payload is encrypted with ChaCha20-Poly1305 under a key of its own, which is used once, so its nonce is
fixed. That key is sealed to each recipient by HPKE in base mode (RFC 9180), its ``info`` bound to the chain,
to the root of this payload and to the recipient: a sealed key says nothing anywhere else. The suite is one
constant: another one changes the version of the envelope.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from hashlib import sha512
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from p2pchain.codec.cbor import encode
from p2pchain.codec.private import (
    SALT_BYTES,
    decode_envelope,
    decode_payload,
    encode_envelope,
    encode_payload,
    leaf_bytes,
    payload_root,
    payload_tree,
)
from p2pchain.crypto.ed25519 import SEED_BYTES, SigningKey
from p2pchain.crypto.merkle import merkle_path
from p2pchain.crypto.montgomery import montgomery_u
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.private import Disclosure, Envelope, PrivateField
from p2pchain.proofs.merkle import verify_inclusion

SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
CONTENT_KEY_BYTES: Final = 32
NONCE: Final = bytes(12)
_DOMAIN: Final = "p2pchain/private"


def sealing_key(seed: bytes) -> X25519PrivateKey:
    """Derive the key that opens what is sealed to an organisation. It comes from the seed of the
    organisation's key file: the X25519 half of its Ed25519 key, which stands on the chain since it has proven
    itself there by a signature.
    """
    return X25519PrivateKey.from_private_bytes(sha512(seed).digest()[:SEED_BYTES])


def sealing_public_key(seed: bytes) -> bytes:
    """Its public half as it stands on the chain: an Ed25519 key, 32 bytes."""
    return SigningKey(seed).public_key


def salted(values: Mapping[str, bytes]) -> tuple[PrivateField, ...]:
    """Fields with fresh salts, in the order of their names."""
    return tuple(
        PrivateField(salt=os.urandom(SALT_BYTES), name=name, value=value)
        for name, value in sorted(values.items())
    )


def seal(
    chain_id: str, owner: str, items: Sequence[PrivateField], recipients: Mapping[str, bytes]
) -> tuple[bytes, bytes]:
    """(tree, envelope) of a payload for these recipients: organisation to sealing public key. Its root is
    ``payload_root(owner, tree)``. Raises ``Invalid`` where it is too large.
    """
    tree, content_key = payload_tree(items), os.urandom(CONTENT_KEY_BYTES)
    root = payload_root(owner, tree)
    content = encode_payload(items)
    decode_payload(content)  # Whatever the format cannot hold is told before anything is sealed.
    keys = tuple(
        (org, SUITE.encrypt(content_key, _recipient(key), _info(chain_id, root, org)))
        for org, key in sorted(recipients.items())
    )
    sealed = ChaCha20Poly1305(content_key).encrypt(NONCE, content, root)
    return tree, encode_envelope(Envelope(sealed=sealed, keys=keys))


def unseal(
    chain_id: str,
    owner: str,
    root: bytes,
    envelope: bytes,
    org: str,
    seed: bytes,
    resealed: bytes | None = None,
) -> tuple[PrivateField, ...]:
    """The fields of a payload of ``owner``, which has this root. ``resealed``: its key, where that was sealed
    to ``org`` later than the envelope. Raises ``Refused``: ``PRIV_NOT_FOR_US``, ``PRIV_UNREADABLE``;
    ``Invalid``.
    """
    return _opened(chain_id, owner, root, envelope, org, seed, resealed)[1]


def reseal(
    chain_id: str,
    owner: str,
    root: bytes,
    envelope: bytes,
    org: str,
    seed: bytes,
    recipient: tuple[str, bytes],
) -> bytes:
    """Seal a payload's key to a further recipient. ``org`` opens it; the recipient is an organisation and its
    sealing public key; the payload is the one that was put. Raises as ``unseal``.
    """
    content_key, _ = _opened(chain_id, owner, root, envelope, org, seed, None)
    name, public_key = recipient
    return SUITE.encrypt(content_key, _recipient(public_key), _info(chain_id, root, name))


def disclose(chain_id: str, owner: str, items: Sequence[PrivateField], name: str) -> Disclosure:
    """One field for somebody else, with what proves it. ``Refused("PRIV_NO_FIELD")``."""
    for index, item in enumerate(items):
        if item.name == name:
            return Disclosure(
                chain_id=chain_id,
                owner=owner,
                tree=payload_tree(items),
                field=item,
                index=index,
                size=len(items),
                path=merkle_path([leaf_bytes(item) for item in items], index),
            )
    facts = {"field": name, "fields": ", ".join(item.name for item in items)}
    raise Refused("PRIV_NO_FIELD", facts, "name one of these")


def verify_disclosure(disclosure: Disclosure) -> None:
    """Accept that the field is one of the payload, or raise ``Invalid("PROOF_INVALID")``. Whether its root
    (``payload_root``) stands on the chain is another question.
    """
    leaf = leaf_bytes(disclosure.field)
    verify_inclusion(disclosure.tree, leaf, disclosure.index, disclosure.size, disclosure.path)


def _opened(
    chain_id: str, owner: str, root: bytes, envelope: bytes, org: str, seed: bytes, resealed: bytes | None
) -> tuple[bytes, tuple[PrivateField, ...]]:
    """Key and fields of a payload; raises as ``unseal``."""
    opened = decode_envelope(envelope)
    sealed_key = resealed or dict(opened.keys).get(org)
    if sealed_key is None:
        facts = {"root": root.hex(), "org": org}
        raise Refused("PRIV_NOT_FOR_US", facts, "it was not sealed for this organisation")
    try:
        content_key = SUITE.decrypt(sealed_key, sealing_key(seed), _info(chain_id, root, org))
        content = ChaCha20Poly1305(content_key).decrypt(NONCE, opened.sealed, root)
    except (InvalidTag, ValueError) as error:
        hint = "was the sealing key exchanged since, or is this another home's?"
        raise Refused("PRIV_UNREADABLE", {"root": root.hex(), "org": org}, hint) from error
    items = decode_payload(content)
    computed = payload_root(owner, payload_tree(items))
    if computed != root:
        raise Invalid("PRIV_ROOT", {"root": root.hex(), "found": computed.hex()})
    return content_key, items


def _recipient(public_key: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(montgomery_u(public_key))


def _info(chain_id: str, root: bytes, org: str) -> bytes:
    return encode((_DOMAIN, 1, chain_id, root, org))
