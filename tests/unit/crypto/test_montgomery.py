"""Of an Ed25519 key and of its seed come the two halves of one X25519 key."""

from __future__ import annotations

from hashlib import sha256, sha512

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.montgomery import montgomery_u

BASE = bytes.fromhex("58" + "66" * 31)
"""The base point of Ed25519 (RFC 8032 §5.1), whose u is 9 (RFC 7748 §4.1)."""


def test_the_base_points_are_one() -> None:
    assert montgomery_u(BASE) == (9).to_bytes(32, "little")
    assert montgomery_u(bytes([*BASE[:31], BASE[31] | 0x80])) == (9).to_bytes(32, "little"), "either sign"


@pytest.mark.parametrize("number", range(20))
def test_both_halves_belong_together(number: int) -> None:
    seed = sha256(bytes([number])).digest()
    secret = X25519PrivateKey.from_private_bytes(sha512(seed).digest()[:32])
    assert secret.public_key().public_bytes_raw() == montgomery_u(SigningKey(seed).public_key)


@pytest.mark.parametrize("point", [1, 2**255 - 19 + 1, 2**255 - 20, 0])
def test_points_of_small_order_agree_with_nobody(point: int) -> None:
    key = X25519PublicKey.from_public_bytes(montgomery_u(point.to_bytes(32, "little")))
    with pytest.raises(ValueError, match="shared key"):
        X25519PrivateKey.generate().exchange(key)
