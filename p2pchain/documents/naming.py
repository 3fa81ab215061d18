"""From the facts of an invoice to its names: one for each identity of the seller, folded, with the number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.folding import fold_legal_id, fold_name, fold_number, fold_vat_id
from p2pchain.documents.names import InvoiceName, InvoiceNames, content_digest, name_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One identity of a seller, folded; ``strong`` and ``apart`` as for ``InvoiceName``."""

    scheme: str
    text: str
    strong: bool
    apart: bool


def name_invoice(facts: InvoiceFacts, key: bytes) -> InvoiceNames:
    """Name an invoice under ``key``. Raises ``FingerprintKeyTooShort``."""
    number = fold_number(facts.number)
    names = tuple(
        InvoiceName(
            scheme=identity.scheme,
            strong=identity.strong,
            apart=identity.apart,
            digest=name_digest(key, identity.scheme, identity.text, number),
        )
        for identity in identities_of(facts)
    )
    return InvoiceNames(
        names=names,
        content=content_digest(key, facts.issue_date, facts.currency, facts.total_minor),
        corrects=(),
        payable_minor=facts.total_minor,
        total_minor=facts.total_minor,
        currency=facts.currency,
    )


def identities_of(facts: InvoiceFacts) -> Iterator[Identity]:
    """Yield the identities of the seller: VAT (BT-31), legal registration (BT-30), name (BT-27)."""
    vat_id, legal_id, name = (
        fold_vat_id(facts.seller_vat_id or ""),
        fold_legal_id(facts.seller_legal_id or ""),
        fold_name(facts.seller_name or ""),
    )
    if vat_id:
        yield Identity(scheme="vat", text=vat_id, strong=True, apart=True)
    if legal_id:
        yield Identity(scheme="reg", text=legal_id, strong=False, apart=True)
    if legal_id and name:
        yield Identity(scheme="reg-name", text=f"{legal_id} {name}", strong=True, apart=False)
    if name:
        yield Identity(scheme="name", text=name, strong=False, apart=False)
