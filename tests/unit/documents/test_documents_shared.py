"""Real examples of EN 16931 beside the project: which of the twelve are one document, similar, or refused."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from p2pchain.documents import match_of, name_invoice, read_invoice
from p2pchain.model.errors import Refused

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "einvoices"
KEY = bytes(range(32))

EXACT = [
    {"CII_example1", "guide-example1", "ubl-tc434-example1"},
    {"CII_example4", "ubl-tc434-example4"},
    {"CII_example5", "ubl-tc434-example5"},
]
SIMILAR = [
    {"guide-example3", "ubl-tc434-example3"},
    {"CII_example7", "ubl-tc434-example7"},
    # TOSL110 of two sellers that call themselves SellerCompany and state one GLN.
    {"CII_example4", "ubl-tc434-example4", "CII_example5", "ubl-tc434-example5"},
]
CREDIT_NOTE = "ubl-tc434-creditnote1"

WORDS = (("exact", EXACT), ("similar", SIMILAR))

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the EN 16931 examples are not beside the project"
)


def test_the_twelve_examples_match_as_expected() -> None:
    named = {
        path.stem: name_invoice(read_invoice(path.read_bytes()), KEY)
        for path in sorted(FOLDER.glob("*.xml"))
        if path.stem != CREDIT_NOTE
    }
    assert len(named) == 11
    for one, other in combinations(sorted(named), 2):
        pair = {one, other}
        expected = next((word for word, groups in WORDS for group in groups if pair <= group), None)
        assert match_of(named[one], named[other]) == expected, pair


def test_the_credit_note_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        read_invoice((FOLDER / f"{CREDIT_NOTE}.xml").read_bytes())
    assert caught.value.code == "DOC_CREDIT_NOTE"


def test_tosl110_of_two_sellers() -> None:
    one, other = (read_invoice((FOLDER / f"CII_example{n}.xml").read_bytes()) for n in (4, 5))
    assert (one.number, one.issue_date, one.total_minor) == (
        other.number,
        other.issue_date,
        other.total_minor,
    )
    assert (one.seller.vat_id, other.seller.vat_id) == ("DK16356706", "NL16356706")
