"""Collections of invoices: which of them are one document, similar, or refused."""

from __future__ import annotations

from itertools import combinations

import pytest

from p2pchain.documents import match_of, name_invoice, read_invoice
from p2pchain.model.errors import Refused
from tests.unit.documents.invoice_collections import COLLECTIONS, OWN, Collection

KEY = bytes(range(32))

each_collection = pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda each: each.name)


@each_collection
def test_each_pair_matches_as_expected(collection: Collection) -> None:
    named = {stem: name_invoice(read_invoice(collection.data(stem)), KEY) for stem in collection.invoices}
    assert len(named) == len(collection.invoices)
    told = set()
    for one, other in combinations(sorted(named), 2):
        expected = collection.match(one, [other])
        assert match_of(named[one], named[other]) == expected, (one, other)
        told.add(expected)
    assert told == {"exact", "similar", None}


@each_collection
def test_credit_notes_are_refused(collection: Collection) -> None:
    for stem in collection.credit_notes:
        with pytest.raises(Refused) as caught:
            read_invoice(collection.data(stem))
        assert caught.value.code == "DOC_CREDIT_NOTE"


@each_collection
def test_one_number_of_two_sellers(collection: Collection) -> None:
    """Number, date and total are equal; the sellers' VAT identifiers are not, nor is what is to be paid."""
    stems = collection.two_sellers
    one, other = (read_invoice(collection.data(stem)) for stem in (stems[0], stems[-1]))
    assert (one.number, one.issue_date, one.total_minor) == (
        other.number,
        other.issue_date,
        other.total_minor,
    )
    assert one.seller.vat_id != other.seller.vat_id
    assert one.seller.ids == other.seller.ids
    assert (one.payee, one.preceding) == (None, ())
    assert other.payee is not None
    assert other.preceding
    assert other.payable_minor * 2 == other.total_minor == one.payable_minor


def test_our_own_state_what_they_shall() -> None:
    by_plain_id = read_invoice(OWN.data("invoice-plain-id-may"))
    assert (by_plain_id.seller.vat_id, by_plain_id.seller.legal_id) == (None, None)
    assert [(each.scheme, each.text) for each in by_plain_id.seller.ids] == [("", "9900011701")]
    dutch = read_invoice(OWN.data("invoice-shared-gln-nl-cii"))
    assert (dutch.seller.vat_id, dutch.seller.trading_names) == ("NL990001170B01", ("LySu",))
    assert (dutch.payee, dutch.preceding) == ("Amstel Factoring B.V.", ("LS-2026-0309",))
    assert (dutch.total_minor, dutch.payable_minor) == (4_675_000, 2_337_500)
