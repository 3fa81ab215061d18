"""Real examples of EN 16931 beside the project: which of the twelve are one document, similar, or refused."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from p2pchain.documents import Fingerprint, fingerprint, read_invoice
from p2pchain.model.errors import Refused

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "einvoices"
KEY = bytes(range(32))

# Lists of lists: inner ones are one document (same exact hash), outer ones are similar (same weak hash).
EXPECTED = [
    [["CII_example1", "guide-example1", "ubl-tc434-example1"]],
    [["guide-example3"], ["ubl-tc434-example3"]],
    [["CII_example4", "ubl-tc434-example4"]],
    [["CII_example5", "ubl-tc434-example5"]],
    [["CII_example7"], ["ubl-tc434-example7"]],
]
CREDIT_NOTE = "ubl-tc434-creditnote1"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the EN 16931 examples are not beside the project"
)


def test_the_twelve_examples_group_as_expected() -> None:
    similar: defaultdict[bytes, defaultdict[bytes, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(FOLDER.glob("*.xml")):
        if path.stem == CREDIT_NOTE:
            continue
        found: Fingerprint = fingerprint(read_invoice(path.read_bytes()), KEY)
        similar[found.weak][found.exact].append(path.stem)
    grouped = sorted(sorted(sorted(names) for names in group.values()) for group in similar.values())
    assert grouped == sorted(EXPECTED)


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
    assert (one.seller_vat_id, other.seller_vat_id) == ("DK16356706", "NL16356706")
