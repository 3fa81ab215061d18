"""The names of things: heights, rounds, ids and keys, each a type of its own."""

from __future__ import annotations

from typing import NewType

Height = NewType("Height", int)
"""Position of a block; genesis is 0, the first block is 1."""

Round = NewType("Round", int)
"""Attempt at one height; begins at 0."""

ChainId = NewType("ChainId", str)
"""Name of the chain: 1 to 64 characters of ``a-z 0-9 -``."""

BlockId = NewType("BlockId", bytes)
"""SHA-256 of the encoded header: 32 bytes."""

TxId = NewType("TxId", bytes)
"""SHA-256 of a transaction's sign-bytes: 32 bytes. Signatures are not part of it."""

PublicKey = NewType("PublicKey", bytes)
"""Ed25519 public key: 32 bytes."""

Signature = NewType("Signature", bytes)
"""Ed25519 signature: 64 bytes."""

PeerId = NewType("PeerId", str)
"""libp2p peer id of a node, base58 text, derived from its peer key."""

OrgId = NewType("OrgId", str)
"""Name of a member organisation: 1 to 32 characters of ``a-z 0-9 -``."""

HASH_BYTES = 32
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
NONCE_BYTES = 8
GENESIS_HEIGHT = Height(0)
FIRST_HEIGHT = Height(1)
CHAIN_ID_CHARS_MAX = 64
ORG_ID_CHARS_MAX = 32
INTEGER_MAX = 2**63 - 1
"""Largest integer in any structure of the protocol; the smallest is ``-INTEGER_MAX``."""
