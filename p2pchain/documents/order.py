"""Purchase orders: OASIS UBL 2.1 ``Order``, read by the names that an invoice has for the same things.

An order is the buyer's, whose series its number is of, and names the seller who may want it financed. Its
parties and its totals stand under other element names than an invoice's, with the same contents.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents import ubl
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.folding import fold_number, loosen_number
from p2pchain.documents.goods import ORDER, named, orders_of, weak
from p2pchain.documents.identities import PartyIdentity, identities_of
from p2pchain.documents.invoice import currency_of, issue_date_of, number_of, total_minor_of
from p2pchain.documents.names import NAMES_MAX, DocumentNames, content_digest
from p2pchain.documents.parties import read_party
from p2pchain.documents.refusals import MissingTerm
from p2pchain.documents.terms import BUYER, SELLER, Term

ROOT: Final = "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
_CAC: Final = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_CBC: Final = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_AS_INVOICE: Final = {
    f"{_CAC}BuyerCustomerParty": f"{_CAC}AccountingCustomerParty",
    f"{_CAC}SellerSupplierParty": f"{_CAC}AccountingSupplierParty",
    f"{_CAC}AnticipatedMonetaryTotal": f"{_CAC}LegalMonetaryTotal",
}


def read_order(root: Element) -> InvoiceFacts:
    """Read a purchase order. Raises ``MissingTerm``, ``InvalidTerm``."""
    for element in root:
        element.tag = _AS_INVOICE.get(element.tag, element.tag)
    for totals in root.iter(f"{_CAC}LegalMonetaryTotal"):
        if totals.find(f"{_CBC}TaxInclusiveAmount") is None:
            for element in totals.findall(f"{_CBC}PayableAmount"):
                element.tag = f"{_CBC}TaxInclusiveAmount"
    statements = ubl.ubl_statements(root, frozenset(Term))
    buyer = read_party(statements, BUYER)
    if not identities_of(buyer):
        path = statements.paths[Term.BUYER_VAT_ID]
        instead = (Term.BUYER_LEGAL_ID, Term.BUYER_NAME, Term.BUYER_ID)
        raise MissingTerm(term=Term.BUYER_VAT_ID, path=path, instead=instead)
    currency = currency_of(statements)
    total_minor = total_minor_of(statements, currency)
    return InvoiceFacts(
        kind=ORDER,
        number=number_of(statements),
        issue_date=issue_date_of(statements),
        type_code="",
        currency=currency,
        seller=read_party(statements, SELLER),
        buyer=buyer,
        total_minor=total_minor,
        payable_minor=total_minor,
    )


def name_order(facts: InvoiceFacts, key: bytes) -> DocumentNames:
    """Name a purchase order under ``key``: by its buyer, and by its seller's name for those who refer to it.

    Raises ``FingerprintKeyTooShort``.
    """
    assert facts.buyer is not None, "an order has a buyer"
    number, loose = fold_number(facts.number), loosen_number(facts.number)
    buyers = [_as_buyer(identity) for identity in identities_of(facts.buyer)]
    names = [named(identity, number, key) for identity in buyers]
    names += [
        named(replace(identity, strong=False, apart=False), loose, key)
        for identity in buyers
        if identity.main
    ]
    bears = [weak(digest) for digest in orders_of(facts.seller.name, (facts.number,), key)]
    kept = [*names[: NAMES_MAX - len(bears)], *bears]
    return DocumentNames(
        names=tuple({name.digest: name for name in reversed(kept)}.values())[::-1],
        content=content_digest(key, facts.issue_date, facts.currency, facts.total_minor),
        corrects=(),
    )


def _as_buyer(identity: PartyIdentity) -> PartyIdentity:
    return replace(identity, scheme=f"{ORDER}:{identity.scheme}")
