"""Fingerprints: fixed bytes, and which invoices are one, similar, or strangers."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from p2pchain.documents import Fingerprint, InvoiceFacts, fingerprint, read_invoice
from p2pchain.documents.fingerprint import seller_id
from p2pchain.documents.folding import fold_number
from p2pchain.documents.names import KEY_BYTES_MIN
from p2pchain.model.errors import Refused

TESTS = Path(__file__).parents[2]
VECTORS: list[dict[str, Any]] = json.loads((TESTS / "vectors" / "documents.json").read_text("utf-8"))[
    "vectors"
]
KEY = bytes(range(32))


def of_sample(name: str) -> Fingerprint:
    """Fingerprint of a sample under the test key."""
    return fingerprint(read_invoice((TESTS / "samples" / name).read_bytes()), KEY)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["key"])
    facts = InvoiceFacts(**vector["facts"])
    if vector["sample"] is not None:
        assert read_invoice((TESTS / "samples" / vector["sample"]).read_bytes()) == facts
    assert seller_id(facts) == vector["seller_id"]
    assert fold_number(facts.number) == vector["number"]
    found = fingerprint(facts, key)
    assert (found.exact.hex(), found.weak.hex()) == (vector["exact"], vector["weak"])
    for kind in ("exact", "weak"):
        told = hmac.new(key, bytes.fromhex(vector[f"{kind}_message"]), hashlib.sha256).hexdigest()
        assert told == vector[kind]


def test_two_syntaxes_are_one_document() -> None:
    assert of_sample("invoice-ubl.xml") == of_sample("invoice-cii.xml")


def test_another_total_is_similar() -> None:
    one, other = of_sample("invoice-ubl.xml"), of_sample("invoice-changed-total.xml")
    assert one.weak == other.weak
    assert one.exact != other.exact


def test_another_seller_is_a_stranger() -> None:
    one, other = of_sample("invoice-ubl.xml"), of_sample("invoice-other-seller.xml")
    assert one.weak != other.weak
    assert one.exact != other.exact


def test_a_retyped_invoice_is_the_same_document() -> None:
    text = (TESTS / "samples" / "invoice-cii.xml").read_text("utf-8")
    for old, new in (
        ("NW-2026-0117", "nw 2026/117"),
        ("DE999000117", "De 999 000 117"),
        ("12078.74<", "12078.7400<"),
        ("Nordwind Werkzeugbau GmbH", "NORDWIND"),
    ):
        text = text.replace(old, new)
    assert fingerprint(read_invoice(text.encode()), KEY) == of_sample("invoice-ubl.xml")


FACTS = read_invoice((TESTS / "samples" / "invoice-ubl.xml").read_bytes())


@pytest.mark.parametrize(
    ("change", "weak_same", "exact_same"),
    [
        ({"issue_date": "2026-03-14"}, True, False),
        ({"currency": "USD"}, True, False),
        ({"total_minor": 1}, True, False),
        ({"type_code": "389"}, True, True),
        ({"seller_name": "X", "seller_legal_id": None}, True, True),
        ({"number": "NW-2026-0118"}, False, False),
        ({"seller_vat_id": "DE999000118"}, False, False),
        ({"seller_vat_id": None}, False, False),
        ({"seller_vat_id": None, "seller_legal_id": "DE 999000117"}, True, True),
    ],
)
def test_what_each_hash_covers(change: dict[str, Any], weak_same: bool, exact_same: bool) -> None:
    one, other = fingerprint(FACTS, KEY), fingerprint(dataclasses.replace(FACTS, **change), KEY)
    assert (one.weak == other.weak, one.exact == other.exact) == (weak_same, exact_same)
    assert one.exact != one.weak


def test_the_key_decides_and_must_be_long_enough() -> None:
    assert fingerprint(FACTS, KEY) != fingerprint(FACTS, bytes(32))
    assert len(fingerprint(FACTS, bytes(100)).exact) == 32
    with pytest.raises(Refused) as caught:
        fingerprint(FACTS, bytes(KEY_BYTES_MIN - 1))
    assert caught.value.code == "DOC_KEY_TOO_SHORT"
