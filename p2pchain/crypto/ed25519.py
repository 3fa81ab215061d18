"""Ed25519: the one file that signs and the one rule by which a signature is accepted.

RFC 8032 leaves open what a verifier does with points of small order and with points that are not canonically
encoded, and libraries differ there: of the 196 signatures in ``tests/vectors/ed25519_zip215.json`` one
library accepts all, another a few, another none. Two nodes that differ on one signature differ on one block,
and that is a fork. So the rule is part of the consensus, and it is ZIP-215, the only one that is fully
specified:

- the public key ``A`` and the point ``R`` (first half of the signature) may be any encoding of a point on the
  curve, canonical or not;
- ``S`` (second half) must be below the order ``L`` of the base point, so a signature cannot be altered into
  another;
- ``[8][S]B = [8]R + [8][k]A`` must hold: the equation with the cofactor, so that single and batch
  verification agree.

Signing is that of RFC 8032 §5.1.6: deterministic, so equal bytes have equal signatures and no randomness is
needed here; the seed of a key comes from outside.
"""

from __future__ import annotations

from ed25519_zebra import ed_from_seed, ed_sign, ed_verify  # type: ignore[import-untyped]

from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, PublicKey, Signature

SEED_BYTES = 32
"""Length of the seed that a key is made of (RFC 8032 §5.1.5)."""


def verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Accept a signature by ZIP-215, or raise ``Invalid("SIG_INVALID")``; 40 to 60 µs.

    ``public_key``: 32 bytes; ``signature``: 64 bytes. The facts name the key and the message's hash, or the
    wrong lengths. It holds the interpreter's lock: who verifies many lets others run every fifty or so.
    """
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise Invalid(
            "SIG_INVALID",
            {"reason": "length", "key_bytes": len(public_key), "signature_bytes": len(signature)},
        )
    if not ed_verify(signature, message, public_key):
        facts = {
            "reason": "mismatch",
            "public_key": public_key.hex(),
            "message_sha256": sha256(message).hex(),
        }
        raise Invalid("SIG_INVALID", facts)


class SigningKey:
    """A secret key. It never shows its seed: not in ``repr``, not in an error, not to ``pickle``."""

    __slots__ = ("_public_key", "_secret")

    def __init__(self, seed: bytes) -> None:
        """``seed``: 32 secret bytes from outside (RFC 8032 §5.1.5); another length is the caller's bug."""
        assert len(seed) == SEED_BYTES, f"a seed has {SEED_BYTES} bytes, not {len(seed)}"
        secret, public_key = ed_from_seed(seed)
        self._secret: bytes = bytes(secret)
        self._public_key = PublicKey(bytes(public_key))

    @property
    def public_key(self) -> PublicKey:
        """The public half: 32 bytes."""
        return self._public_key

    @property
    def seed(self) -> bytes:
        """The secret itself, for whoever writes the key file; 32 bytes."""
        return self._secret

    def sign(self, message: bytes) -> Signature:
        """Return the signature of ``message``: 64 bytes, always the same for the same message (RFC 8032
        §5.1.6).
        """
        return Signature(bytes(ed_sign(self._secret, message)))

    def __repr__(self) -> str:
        return f"SigningKey(public_key={self._public_key.hex()})"

    def __reduce__(self) -> str:
        raise AssertionError(f"the secret of {self!r} is not to be copied")


def generate(seed: bytes) -> SigningKey:
    """Return the key of a seed: 32 bytes that the caller drew from the system, or derived for a test
    network.
    """
    return SigningKey(seed)
