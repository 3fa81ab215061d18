"""Names of an invoice: keyed hashes, one for each identity of its seller, under which it is found again.

No single identifier of a seller is in every file of one invoice: a converter drops the VAT identifier, a
register number stands without its court, a name is typed in another transliteration. So an invoice has a name
for each of them, and two invoices meet where they share one.

- A **strong** name rests on an identity that one company alone can have. Where two invoices share a strong
  name, they are of one seller and bear one number.
- A name that **tells apart** rests on an identity of which a seller has one in its scheme. Where two invoices
  have such names of one scheme, and share none of them, they are of two sellers whatever else agrees: the
  companies of one VAT group.
- Every other name is **weak**: it leads to what may be the same invoice.

``match_of`` is the rule. Names and content are HMACs (RFC 2104, SHA-256) under the key that the financiers of
a chain share: plain hashes of so few and guessable fields could be tried out by anybody who reads the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import hmac_sha256, sha256
from p2pchain.documents.refusals import FingerprintKeyTooShort

KEY_BYTES_MIN = 32
"""Shortest key that is accepted, in bytes: the length of the hash (RFC 2104 §3)."""
NAMES_MAX = 16
"""Most names of one invoice, and most names of the invoices that it corrects."""
SCHEME_TAG_BYTES = 8
"""Length of a scheme's tag."""
EXACT: Final = "exact"
SIMILAR: Final = "similar"

_VERSION: Final = 2
_DOMAIN_NAME: Final = "p2pchain/registry/name"
_DOMAIN_CONTENT: Final = "p2pchain/registry/content"
_DOMAIN_SCHEME: Final = "p2pchain/registry/scheme"
_DOMAIN_DOCUMENT: Final = "p2pchain/registry/document"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceName:
    """One name: ``scheme`` of the identity, ``digest`` of 32 bytes over scheme, identity and invoice number.

    ``strong``: an invoice that shares it is of the same seller and number. ``apart``: an invoice that has
    names of this scheme, but none of this invoice's, is of another seller.
    """

    scheme: str
    strong: bool
    apart: bool
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentNames:
    """Names of a document for the registry.

    ``content``: 32 bytes over what it says beside. ``corrects``: names of the invoices that this one corrects
    (BT-25), and of documents of other kinds that it refers to, at most ``NAMES_MAX`` as ``names``.
    """

    names: tuple[InvoiceName, ...]
    content: bytes
    corrects: tuple[bytes, ...]

    @property
    def document(self) -> bytes:
        """Return the id of the document: ``document_id`` of names and content."""
        return document_id(self.names, self.content)


def document_id(names: Iterable[InvoiceName], content: bytes) -> bytes:
    """Compute the id of a document, 32 bytes, without the key.

    SHA-256 over content and the digests of the names that are strong or tell apart, ascending; of all names
    where none is strong. Equal ids are one document.
    """
    held = tuple(names)
    if any(name.strong for name in held):
        held = tuple(name for name in held if name.strong or name.apart)
    digests = tuple(sorted({name.digest for name in held}))
    return sha256(encode((_DOMAIN_DOCUMENT, _VERSION, content, digests)))


def match_of(one: DocumentNames, other: DocumentNames) -> str | None:
    """Compare two invoices: ``EXACT``, ``SIMILAR``, or None where they share no name.

    Exact: equal ids; or equal content, a shared name that is strong in both, and no scheme in which both have
    names that tell apart and share none. Similar: any other shared name, or one corrects the other.
    """
    if one.document == other.document:
        return EXACT
    strong = _strong(one) & _strong(other)
    if strong and one.content == other.content and not _told_apart(one.names, other.names):
        return EXACT
    ours, theirs = {name.digest for name in one.names}, {name.digest for name in other.names}
    corrected = not ours.isdisjoint(other.corrects) or not theirs.isdisjoint(one.corrects)
    return SIMILAR if corrected or not ours.isdisjoint(theirs) else None


def scheme_tag(key: bytes, scheme: str) -> bytes:
    """Compute the tag of a scheme, ``SCHEME_TAG_BYTES`` long, that stands for it on the ledger.

    Raises ``FingerprintKeyTooShort``.
    """
    return _keyed(key, (_DOMAIN_SCHEME, _VERSION, scheme))[:SCHEME_TAG_BYTES]


def name_digest(key: bytes, scheme: str, identity: str, number: str) -> bytes:
    """Compute the digest of a name; ``identity`` and ``number`` are folded.

    Raises ``FingerprintKeyTooShort``.
    """
    return _keyed(key, (_DOMAIN_NAME, _VERSION, scheme, identity, number))


def content_digest(key: bytes, issue_date: str, currency: str, total_minor: int) -> bytes:
    """Compute the digest of what an invoice says beside its names. Raises ``FingerprintKeyTooShort``."""
    return _keyed(key, (_DOMAIN_CONTENT, _VERSION, issue_date, currency, total_minor))


def goods_digest(key: bytes, kind: str, content: tuple[str, ...]) -> bytes:
    """Compute the digest of what a document of goods says beside its names. ``FingerprintKeyTooShort``."""
    return _keyed(key, (_DOMAIN_CONTENT, _VERSION, kind, *content))


def _keyed(key: bytes, message: tuple[str | int, ...]) -> bytes:
    if len(key) < KEY_BYTES_MIN:
        raise FingerprintKeyTooShort(key_bytes=len(key), key_bytes_min=KEY_BYTES_MIN)
    return hmac_sha256(key, encode(message))


def _strong(invoice: DocumentNames) -> set[bytes]:
    return {name.digest for name in invoice.names if name.strong}


def _told_apart(ours: tuple[InvoiceName, ...], theirs: tuple[InvoiceName, ...]) -> bool:
    for scheme in {name.scheme for name in ours if name.apart}:
        mine = {name.digest for name in ours if name.apart and name.scheme == scheme}
        other = {name.digest for name in theirs if name.apart and name.scheme == scheme}
        if other and mine.isdisjoint(other):
            return True
    return False
