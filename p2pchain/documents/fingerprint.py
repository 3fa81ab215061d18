"""Fingerprints: the id of an invoice, and its best name, under which similar ones are found."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.naming import name_invoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Two hashes of 32 bytes each.

    ``exact`` is equal for one and the same invoice, ``weak`` for all invoices of one seller with one number.
    """

    exact: bytes
    weak: bytes


def fingerprint(facts: InvoiceFacts, key: bytes) -> Fingerprint:
    """Fingerprint of ``facts`` under ``key``: id and first name. Raises ``FingerprintKeyTooShort``."""
    named = name_invoice(facts, key)
    return Fingerprint(exact=named.document, weak=named.names[0].digest)
