"""Stand-ins for Ed25519: a signature is a hash over key and message, so that a simulated second costs little.

The stand-in is as strict as the real thing towards honest code: another key or another message does not
verify. It cannot show forgery, which no simulated node attempts by guessing.
"""

from __future__ import annotations

from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import PublicKey, Signature


class StandInKey:
    """Signs like a ``SigningKey``; its public key is a hash of its name."""

    def __init__(self, name: str) -> None:
        self.public_key = PublicKey(sha256(b"key of " + name.encode()))

    def sign(self, message: bytes) -> Signature:
        return _signature(self.public_key, message)


def check(public_key: PublicKey, signature: Signature, message: bytes) -> None:
    """Raise ``Invalid`` unless the key's stand-in signed the message."""
    if signature != _signature(public_key, message):
        raise Invalid("SIG_INVALID", {"public_key": public_key.hex()})


def _signature(public_key: PublicKey, message: bytes) -> Signature:
    half = sha256(public_key + message)
    return Signature(half + half)
