"""Payloads sealed, opened and disclosed: by those that they are for, whole, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.client.private_terms import (
    SUITE,
    disclose,
    reseal,
    salted,
    seal,
    sealing_key,
    sealing_public_key,
    unseal,
    verify_disclosure,
)
from p2pchain.codec.private import (
    ENVELOPE_BYTES_MAX,
    PAYLOAD_BYTES_MAX,
    RECIPIENTS_MAX,
    SEALED_KEY_BYTES,
    decode_disclosure,
    decode_envelope,
    encode_disclosure,
    encode_envelope,
    payload_root,
)
from p2pchain.model.errors import Invalid, Refused

CHAIN = "test-1"
SEEDS = {org: bytes([number]) * 32 for number, org in enumerate(("bank-a", "buyer", "supplier"))}
KEYS = {org: sealing_public_key(seed) for org, seed in SEEDS.items()}
VALUES = {"price": b"12.50", "terms": b"net 60", "contract.pdf": bytes(range(256)) * 40}
ITEMS = salted(VALUES)
TREE, ENVELOPE = seal(CHAIN, "buyer", ITEMS, {org: KEYS[org] for org in ("buyer", "supplier")})
ROOT = payload_root("buyer", TREE)


@pytest.mark.parametrize("org", ["buyer", "supplier"])
def test_a_recipient_reads_what_was_sealed(org: str) -> None:
    items = unseal(CHAIN, "buyer", ROOT, ENVELOPE, org, SEEDS[org])
    assert {item.name: item.value for item in items} == VALUES
    assert items == ITEMS


def test_nobody_else_does() -> None:
    """Not for us; not with another key; not of another chain, root or organisation."""
    with pytest.raises(Refused, match="PRIV_NOT_FOR_US"):
        unseal(CHAIN, "buyer", ROOT, ENVELOPE, "bank-a", SEEDS["bank-a"])
    for chain, root, org, seed in (
        (CHAIN, ROOT, "buyer", SEEDS["supplier"]),
        ("test-2", ROOT, "buyer", SEEDS["buyer"]),
        (CHAIN, bytes(32), "buyer", SEEDS["buyer"]),
    ):
        with pytest.raises(Refused, match="PRIV_UNREADABLE"):
            unseal(chain, "buyer", root, ENVELOPE, org, seed)
    envelope = decode_envelope(ENVELOPE)
    swapped = encode_envelope(replace(envelope, keys=(("buyer", envelope.keys[1][1]),)))
    with pytest.raises(Refused, match="PRIV_UNREADABLE"):
        unseal(CHAIN, "buyer", ROOT, swapped, "buyer", SEEDS["supplier"])


def opened_by_both(envelope: bytes) -> None:
    """By one recipient after the other."""
    for org in ("buyer", "supplier"):
        unseal(CHAIN, "buyer", ROOT, envelope, org, SEEDS[org])


def test_any_other_byte_opens_nothing() -> None:
    for place in range(0, len(ENVELOPE), 13):
        changed = bytearray(ENVELOPE)
        changed[place] ^= 1
        with pytest.raises(Refused):
            opened_by_both(bytes(changed))


def test_nothing_of_it_is_in_the_envelope_in_clear() -> None:
    for value in (b"12.50", b"net 60", bytes(range(256))):
        assert value not in ENVELOPE
    assert seal(CHAIN, "buyer", salted(VALUES), KEYS)[0] != TREE, "salts are fresh"


def test_a_field_is_disclosed_and_the_others_are_not() -> None:
    disclosure = disclose(CHAIN, "buyer", ITEMS, "price")
    data = encode_disclosure(disclosure)
    found = decode_disclosure(data)
    verify_disclosure(found)
    assert (found.field.name, found.field.value) == ("price", b"12.50")
    assert payload_root(found.owner, found.tree) == ROOT
    assert payload_root("bank-a", found.tree) != ROOT, "the same fields of another owner are another payload"
    assert b"net 60" not in data
    other = disclose(CHAIN, "buyer", ITEMS, "terms")
    for lie in (
        replace(found, field=replace(found.field, value=b"11.50")),
        replace(found, field=replace(found.field, name="terms")),
        replace(found, field=replace(found.field, salt=bytes(16))),
        replace(found, field=other.field),
        replace(found, path=other.path),
        replace(found, tree=bytes(32)),
    ):
        with pytest.raises(Invalid, match="PROOF_INVALID"):
            verify_disclosure(lie)
    with pytest.raises(Refused, match="PRIV_NO_FIELD"):
        disclose(CHAIN, "buyer", ITEMS, "discount")


def test_what_is_too_large_is_told_before_it_is_sealed() -> None:
    with pytest.raises(Invalid, match="CODEC_TOO_LARGE"):
        seal(CHAIN, "buyer", salted({"x": bytes(PAYLOAD_BYTES_MAX)}), KEYS)
    many = {f"org-{number:02}": KEYS["buyer"] for number in range(RECIPIENTS_MAX)}
    _, envelope = seal(CHAIN, "buyer", salted({"x": bytes(PAYLOAD_BYTES_MAX - 64)}), many)
    assert len(envelope) <= ENVELOPE_BYTES_MAX


def test_the_suite_is_that_of_rfc_9180() -> None:
    """Appendix A.2 names it: X25519, HKDF-SHA256, ChaCha20-Poly1305; an encapsulated key has 32 bytes."""
    sealed = SUITE.encrypt(bytes(32), sealing_key(SEEDS["buyer"]).public_key(), b"info")
    assert len(sealed) == SEALED_KEY_BYTES
    assert SUITE.decrypt(sealed, sealing_key(SEEDS["buyer"]), b"info") == bytes(32)


def test_a_recipient_that_comes_later_reads_the_very_payload() -> None:
    """Its key is sealed anew, for this chain, root and organisation alone; the envelope stays as it was."""
    later = reseal(CHAIN, "buyer", ROOT, ENVELOPE, "buyer", SEEDS["buyer"], ("bank-a", KEYS["bank-a"]))
    assert len(later) == SEALED_KEY_BYTES
    assert unseal(CHAIN, "buyer", ROOT, ENVELOPE, "bank-a", SEEDS["bank-a"], later) == ITEMS
    for chain, org, seed in (
        ("test-2", "bank-a", SEEDS["bank-a"]),
        (CHAIN, "supplier", SEEDS["supplier"]),
        (CHAIN, "bank-a", SEEDS["buyer"]),
    ):
        with pytest.raises(Refused, match="PRIV_UNREADABLE"):
            unseal(chain, "buyer", ROOT, ENVELOPE, org, seed, later)
    with pytest.raises(Refused, match="PRIV_NOT_FOR_US"):
        reseal(CHAIN, "buyer", ROOT, ENVELOPE, "bank-a", SEEDS["bank-a"], ("supplier", KEYS["supplier"]))
