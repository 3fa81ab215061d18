"""Names of peers as libp2p writes them, computed without libp2p."""

from __future__ import annotations

from typing import Final

from p2pchain.model.ids import PUBLIC_KEY_BYTES, PeerId, PublicKey

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_IDENTITY_PREFIX: Final = bytes.fromhex("002408011220")
"""Multihash "identity" of 36 bytes: a protobuf with key type 1 (Ed25519) and 32 bytes of key."""


def peer_id_of(peer_key: PublicKey) -> PeerId:
    """Return the peer id of an Ed25519 key (libp2p specs, peer-ids): base58btc of the identity multihash."""
    assert len(peer_key) == PUBLIC_KEY_BYTES, f"a peer key has {PUBLIC_KEY_BYTES} bytes, not {len(peer_key)}"
    return PeerId(base58(_IDENTITY_PREFIX + peer_key))


def base58(data: bytes) -> str:
    """Encode base58 with Bitcoin's alphabet; each leading zero byte is a ``1``."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\x00"))
    return _ALPHABET[0] * zeros + "".join(reversed(digits))
