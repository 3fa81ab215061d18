"""Files of owners and listings: what is read of them, and what is refused, with the field that is wrong."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from p2pchain.crypto.hashing import sha256
from p2pchain.documents.listings import LISTING_BYTES_MAX, OWNERS_BYTES_MAX, read_listing, read_owners
from p2pchain.model.errors import Invalid, Refused

SAMPLES = Path(__file__).parents[2] / "samples"
RESO = (SAMPLES / "listing-reso.json").read_bytes()
ANNE = {"name": "Anne", "identity": "1"}


def owners(*items: object) -> bytes:
    """A file of owners."""
    return json.dumps(items).encode()


def listing(**changed: object) -> bytes:
    """A listing with other fields; None leaves one out."""
    record = {**json.loads(RESO)["value"][0], **changed}
    return json.dumps({name: value for name, value in record.items() if value is not None}).encode()


def test_owners_are_read_with_one_denominator() -> None:
    read, denominator = read_owners((SAMPLES / "title-owners.json").read_bytes())
    assert [(owner.name, owner.numerator) for owner in read] == [("李华", 2), ("王芳", 1)]
    assert denominator == 3
    thirds = owners({**ANNE, "share": "1/2"}, {**ANNE, "share": "1/3"}, {**ANNE, "share": "1/6"})
    assert [owner.numerator for owner in read_owners(thirds)[0]] == [3, 2, 1]
    assert read_owners((SAMPLES / "title-buyer.json").read_bytes())[1] == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b" " * (OWNERS_BYTES_MAX + 1), "file"),
        (b"{}", "file"),
        (b"[]", "file"),
        (owners({**ANNE, "share": "1/2"}), "share"),
        (owners({**ANNE, "share": "1/2"}, {**ANNE, "share": "2/3"}), "share"),
        (owners({**ANNE, "share": "0/1"}, {**ANNE, "share": "1/1"}), "share"),
        (owners({**ANNE, "share": "1/0"}), "share"),
        (owners({**ANNE, "share": "\u0661/1"}), "share"),
        (owners({**ANNE, "share": 1}), "share"),
        (owners(ANNE, ANNE), "share"),
        (owners("Anne"), "share"),
        (owners({"name": "", "identity": "1"}), "name"),
        (owners({"name": "Anne"}), "identity"),
        (owners({**ANNE, "salt": "00"}), "salt"),
        (owners({**ANNE, "salt": 1}), "salt"),
        (owners({"name": "A" * 201, "identity": "1"}), "name"),
    ],
)
def test_owners_that_are_none(data: bytes, field: str) -> None:
    with pytest.raises(Refused, match="DOC_OWNERS") as refused:
        read_owners(data)
    assert refused.value.facts["field"] == field


def test_a_listing_is_read_to_the_last_cent() -> None:
    """No float: the price is the text of the file. The hash is that of the whole file."""
    facts = read_listing(RESO)
    assert (facts.unit, facts.price) == ("310115001001GB00012F00030501", "5300000.50")
    assert facts.until_day == (date(2027, 3, 16) - date(1970, 1, 1)).days
    assert facts.digest == sha256(RESO)
    assert read_listing(listing(ListPrice=90071992547409931)).price == "90071992547409931"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b" " * (LISTING_BYTES_MAX + 1), "file"),
        (b"[]", "value"),
        (b'{"value": [{}, {}]}', "StandardStatus"),
        (listing(StandardStatus="Closed"), "StandardStatus"),
        (listing(ParcelNumber=None), "ParcelNumber"),
        (listing(ListPrice=None), "ListPrice"),
        (listing(ListPrice=True), "ListPrice"),
        (listing(ExpirationDate="31.03.2027"), "ExpirationDate"),
        (listing(ExpirationDate=None), "ExpirationDate"),
    ],
)
def test_listings_that_are_none(data: bytes, field: str) -> None:
    with pytest.raises(Refused, match="DOC_LISTING") as refused:
        read_listing(data)
    assert refused.value.facts["field"] == field


def test_what_readers_would_take_for_different_is_refused() -> None:
    with pytest.raises(Invalid, match="CODEC_JSON"):
        read_listing(b'{"ListPrice": 1, "ListPrice": 2}')
