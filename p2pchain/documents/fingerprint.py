"""Fingerprints: two keyed hashes under which an invoice is found again without being told.

A plain hash of such few and guessable fields could be tried out by anybody who reads the ledger; a keyed one
only by those who hold the key, which the financiers of a chain share (HMAC, RFC 2104, with SHA-256).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import hmac_sha256
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.folding import fold_legal_id, fold_name, fold_number, fold_vat_id
from p2pchain.documents.names import KEY_BYTES_MIN
from p2pchain.documents.refusals import FingerprintKeyTooShort

_DOMAIN_EXACT: Final = "p2pchain/registry/document"
_DOMAIN_WEAK: Final = "p2pchain/registry/similar"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Two hashes of 32 bytes each.

    ``exact`` is equal for one and the same invoice, ``weak`` for all invoices of one seller with one number.
    """

    exact: bytes
    weak: bytes


def fingerprint(facts: InvoiceFacts, key: bytes) -> Fingerprint:
    """Fingerprint of ``facts`` under ``key`` (at least ``KEY_BYTES_MIN`` bytes).

    Each is HMAC-SHA-256 over the deterministic CBOR (RFC 8949 §4.2.1) of an array; ``docs/documents.md``
    gives the bytes. Raises ``FingerprintKeyTooShort``.
    """
    if len(key) < KEY_BYTES_MIN:
        raise FingerprintKeyTooShort(key_bytes=len(key), key_bytes_min=KEY_BYTES_MIN)
    seller, number = seller_id(facts), fold_number(facts.number)
    weak = (_DOMAIN_WEAK, _VERSION, seller, number)
    exact = (_DOMAIN_EXACT, _VERSION, seller, number, facts.issue_date, facts.currency, facts.total_minor)
    return Fingerprint(exact=hmac_sha256(key, encode(exact)), weak=hmac_sha256(key, encode(weak)))


def seller_id(facts: InvoiceFacts) -> str:
    """The folded identifier of the seller: VAT (BT-31), else legal registration (BT-30), else name (BT-27).

    The first that identifies somebody wins. Syntaxes bind the same three terms, so the choice does not depend
    on the syntax.
    """
    folded = (
        fold_vat_id(facts.seller_vat_id or "")
        or fold_legal_id(facts.seller_legal_id or "")
        or fold_name(facts.seller_name or "")
    )
    assert folded, "facts name a seller"
    return folded
