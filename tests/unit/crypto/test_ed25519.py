"""Ed25519: RFC 8032 vectors, and the rule of ZIP-215 against a verifier written from its definition.

The definition here computes on the curve with plain integers (RFC 8032 §5.1, ZIP-215 "Specification"); it
shares nothing with the library behind ``p2pchain.crypto.ed25519``.
"""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
from pathlib import Path

import pytest

from p2pchain.crypto import ed25519
from p2pchain.crypto.ed25519 import SigningKey, generate
from p2pchain.model.errors import Invalid

VECTORS = Path(__file__).parents[2] / "vectors"
RFC8032 = json.loads((VECTORS / "ed25519_rfc8032.json").read_text())["vectors"]
ZIP215 = json.loads((VECTORS / "ed25519_zip215.json").read_text())

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(one: Point, two: Point) -> Point:
    """Sum of two points (RFC 8032 §5.1.4, affine)."""
    (x1, y1), (x2, y2) = one, two
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x % P, y % P


def times(scalar: int, point: Point) -> Point:
    """Multiple of a point."""
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def decoded(encoding: bytes) -> Point | None:
    """The point of an encoding by ZIP-215: y is reduced, x = 0 may have either sign; None for no point."""
    number = int.from_bytes(encoding, "little")
    sign, y = number >> 255, number % 2**255 % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        return None
    return (P - x) % P if x & 1 != sign else x, y


def encoded(point: Point) -> bytes:
    """Canonical encoding of a point (RFC 8032 §5.1.2)."""
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


BASE = decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
assert BASE is not None
BASE_POINT: Point = BASE


def challenge(r: bytes, public_key: bytes, message: bytes) -> int:
    """The hash k over the encodings as they came."""
    return int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L


def zip215_accepts(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """ZIP-215, word for word."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    a_point, r_point = decoded(public_key), decoded(r)
    if a_point is None or r_point is None or s >= L:
        return False
    right = add(r_point, times(challenge(r, public_key, message), a_point))
    return times(8 * s, BASE_POINT) == times(8, right)


def accepts(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the project's rule accepts."""
    try:
        ed25519.verify(public_key, signature, message)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("vector", RFC8032)
def test_rfc8032(vector: dict[str, str]) -> None:
    key = SigningKey(bytes.fromhex(vector["seed"]))
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    assert key.public_key.hex() == vector["public_key"]
    assert key.sign(message) == signature
    ed25519.verify(key.public_key, signature, message)
    assert zip215_accepts(key.public_key, signature, message)
    assert not accepts(key.public_key, signature, message + b"\x00")


def test_all_196_small_order_signatures_are_accepted() -> None:
    """Every pair of the 14 encodings of small-order points, as key and as R, with S = 0."""
    encodings = [bytes.fromhex(encoding) for encoding in ZIP215["small_order_encodings"]]
    message = ZIP215["small_order_message"].encode()
    assert len(set(encodings)) == 14
    for public_key in encodings:
        for r in encodings:
            ed25519.verify(public_key, r + bytes(32), message)


def test_small_order_encodings_are_what_they_are_called() -> None:
    points = [decoded(bytes.fromhex(encoding)) for encoding in ZIP215["small_order_encodings"]]
    assert all(point is not None and times(8, point) == IDENTITY for point in points)
    assert len(set(points)) == 8


@pytest.mark.parametrize("vector", ZIP215["vectors"], ids=lambda vector: str(vector["name"]))
def test_edge_cases(vector: dict[str, str | bool]) -> None:
    public_key, signature, message = (
        bytes.fromhex(str(vector[name])) for name in ("public_key", "signature", "message")
    )
    assert accepts(public_key, signature, message) is vector["accepted"]
    assert zip215_accepts(public_key, signature, message) is vector["accepted"]


def test_every_changed_byte_is_refused() -> None:
    key, message = SigningKey(bytes(range(32))), b"a message of some length"
    signature = key.sign(message)
    for place in range(64):
        changed = bytearray(signature)
        changed[place] ^= 0x10
        assert not accepts(key.public_key, bytes(changed), message)
    for place in range(32):
        other = bytearray(key.public_key)
        other[place] ^= 0x10
        assert not accepts(bytes(other), signature, message)


@pytest.mark.parametrize(("key_bytes", "signature_bytes"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_wrong_lengths_are_refused(key_bytes: int, signature_bytes: int) -> None:
    with pytest.raises(Invalid) as refusal:
        ed25519.verify(bytes(key_bytes), bytes(signature_bytes), b"")
    assert refusal.value.code == "SIG_INVALID"
    assert refusal.value.facts == {
        "reason": "length",
        "key_bytes": key_bytes,
        "signature_bytes": signature_bytes,
    }


def test_the_secret_stays_secret() -> None:
    seed = bytes(range(100, 132))
    key = generate(seed)
    assert key.seed == seed
    assert key.public_key.hex() in repr(key)
    assert seed.hex() not in repr(key) + str(key)
    assert repr(seed) not in repr(key) + str(key)
    for copying in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(AssertionError, match="not to be copied"):
            copying(key)


def test_a_seed_of_another_length_is_our_bug() -> None:
    with pytest.raises(AssertionError, match="32 bytes"):
        SigningKey(bytes(31))
