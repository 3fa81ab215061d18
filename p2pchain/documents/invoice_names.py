"""From the facts of an invoice to its names: one for each identity of the seller, with the folded number.

A self-billed invoice (BT-3 389 and its kin) is issued by the buyer, whose series the number is of: its names
are of the pair of seller and buyer, and those of the seller alone are weak.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.folding import fold_number, loosen_number
from p2pchain.documents.goods import bills_of, orders_of
from p2pchain.documents.identities import PartyIdentity, identities_of
from p2pchain.documents.names import NAMES_MAX, DocumentNames, InvoiceName, content_digest, name_digest
from p2pchain.documents.type_codes import SELF_BILLED_CODES

PAIRED_MAX: Final = 3
"""Most identities of a seller, and of a buyer, that the names of a self-billed invoice are made of."""
_PAIR: Final = "self:"
_LOOSE_FIRST: Final = 7
"""So many names stand before those with the loose number."""


def name_invoice(facts: InvoiceFacts, key: bytes) -> DocumentNames:
    """Name an invoice under ``key``. Raises ``FingerprintKeyTooShort``."""
    identities = naming_identities(facts)
    strict = _named(identities, fold_number(facts.number), key)
    loosely = (replace(identity, strong=False, apart=False) for identity in identities if identity.main)
    loose = _named(tuple(loosely), loosen_number(facts.number), key)
    names = _once((*strict[:_LOOSE_FIRST], *loose, *strict[_LOOSE_FIRST:]))
    return DocumentNames(
        names=names[:NAMES_MAX],
        content=content_digest(key, facts.issue_date, facts.currency, facts.total_minor),
        corrects=_corrected(facts, identities, key),
    )


def naming_identities(facts: InvoiceFacts) -> tuple[PartyIdentity, ...]:
    """Return the identities that an invoice is named by, in the order of its names."""
    sellers = identities_of(facts.seller)
    if facts.type_code not in SELF_BILLED_CODES:
        return sellers
    buyers = identities_of(facts.buyer) if facts.buyer else ()
    pairs = tuple(
        PartyIdentity(
            scheme=f"{_PAIR}{seller.scheme}:{buyer.scheme}",
            text=f"{seller.text}\n{buyer.text}",
            strong=seller.strong and buyer.strong,
            apart=seller.apart and buyer.apart,
        )
        for seller in sellers[:PAIRED_MAX]
        for buyer in buyers[:PAIRED_MAX]
    )
    return (*pairs, *(replace(seller, strong=False, apart=False) for seller in sellers))


def _corrected(facts: InvoiceFacts, identities: tuple[PartyIdentity, ...], key: bytes) -> tuple[bytes, ...]:
    """Return digests of the bills and orders that this invoice refers to, then those of the invoices that it
    corrects, the best names of all of them first.
    """
    numbers = tuple(dict.fromkeys(number for text in facts.preceding if (number := fold_number(text))))
    own = fold_number(facts.number)
    digests = (
        name_digest(key, identity.scheme, identity.text, number)
        for identity in identities
        for number in numbers
        if number != own
    )
    refers = (*bills_of(facts.bills, key), *orders_of(facts.seller.name, facts.orders, key))
    return tuple(dict.fromkeys((*refers, *digests)))[:NAMES_MAX]


def _named(identities: tuple[PartyIdentity, ...], number: str, key: bytes) -> tuple[InvoiceName, ...]:
    return tuple(
        InvoiceName(
            scheme=identity.scheme,
            strong=identity.strong,
            apart=identity.apart,
            digest=name_digest(key, identity.scheme, identity.text, number),
        )
        for identity in identities
    )


def _once(names: tuple[InvoiceName, ...]) -> tuple[InvoiceName, ...]:
    """Return each digest once, as its first name has it."""
    held: dict[bytes, InvoiceName] = {}
    for name in names:
        held.setdefault(name.digest, name)
    return tuple(held.values())
