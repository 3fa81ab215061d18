"""Documents behind a receivable that is financed or pledged. They are an invoice, or the statement that there
is none.

An invoice may be sold apart from the receivable that stands for it: to one bank the one, to another bank
the other. So whoever gives money for a receivable names its invoice, which it has read and registered under
the names that are in it; then the claims on invoices (``registry.claims``) decide. That the invoice is the
one of this debtor and this creditor the chain cannot see: it is the word of the financier that registered
it and signs for the receivable. A receivable that has no invoice is taken with the financier's explicit
word that there is none. It is recorded and shown, and then debtor, creditor, amount, currency and due day,
as they were issued, are a weak name: whoever meets it again, for another such receivable, has to
acknowledge that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from p2pchain.business.receivable.records import UNDOCUMENTED, Receivable, facts_of, require
from p2pchain.business.receivable.refusals import (
    DocumentNeeded,
    DocumentOther,
    DocumentUnregistered,
    SimilarInvoiceUnacknowledged,
)
from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, View
from p2pchain.model.ids import OrgId

ROOTS_MAX: Final = 16
"""Most receivables without a document that are named under one weak name; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Statement about the documents. ``document``: the invoice, where the receivable names none yet.
    ``no_document``: there is none. ``acknowledge_similar``: similar ones were looked at.
    """

    document: bytes | None
    no_document: bool
    acknowledge_similar: bool


def word_of(document: bytes | None, no_document: bool, acknowledge_similar: bool) -> Word:
    """Gather what an operation says of the documents."""
    return Word(document=document, no_document=no_document, acknowledge_similar=acknowledge_similar)


def documented(context: Context, item: Receivable, taker: OrgId, word: Word) -> Receivable:
    """The receivable with what ``taker`` says of its documents.

    Refusals, in this order: ``RCV_DOCUMENT_OTHER`` where the receivable names another one than is said,
    ``RCV_DOCUMENT_NEEDED`` where nothing is said, ``RCV_DOCUMENT_UNREGISTERED`` where the taker has not
    registered the document, ``RCV_SIMILAR_UNACKNOWLEDGED`` with ``similar``, how many there are.
    """
    document = item.document or word.document
    if document is not None and (word.no_document or word.document not in (None, document)):
        facts = facts_of(item, document=document.hex())
        raise DocumentOther(facts)
    if document is None:
        if not word.no_document:
            raise DocumentNeeded(facts_of(item))
        return _undocumented(context, item, taker, word)
    if not is_registered(context, document, taker):
        facts = facts_of(item, document=document.hex(), taker=taker)
        raise DocumentUnregistered(facts)
    similar = context.call("registry", "similar_count", document, taker)
    assert isinstance(similar, int), f"a count, not {similar!r}"
    _require_acknowledged(item, word, similar)
    return replace(item, document=document)


def is_registered(view: View, document: bytes | None, org: OrgId) -> bool:
    """Test whether ``org`` has registered the document."""
    return document is not None and view.call("registry", "is_registered", document, org) is True


def _undocumented(context: Context, item: Receivable, taker: OrgId, word: Word) -> Receivable:
    issued = require(context, item.root)
    key = UNDOCUMENTED + sha256(
        encode((issued.debtor, issued.creditor, issued.amount_minor, issued.currency, issued.due_day))
    )
    roots, more = _roots(context, key)
    _require_acknowledged(item, word, sum(1 for root in roots if root != item.root) + more)
    if item.root not in roots:
        if len(roots) < ROOTS_MAX:
            context.put(key, ((*roots, item.root), more))
        else:
            context.put(key, (roots, more + 1))
    return replace(item, no_document=taker)


def _require_acknowledged(item: Receivable, word: Word, similar: int) -> None:
    if similar and not word.acknowledge_similar:
        raise SimilarInvoiceUnacknowledged(facts_of(item, similar=similar))


def _roots(view: View, key: bytes) -> tuple[tuple[bytes, ...], int]:
    match view.get(key):
        case (tuple(roots), int(more)):
            return tuple(root for root in roots if isinstance(root, bytes)), more
    return (), 0
