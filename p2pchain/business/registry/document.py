"""A document as the registry knows it: who registered it under which names, who finances which share of it.

Nothing of the invoice is here, but keyed hashes (``declaration``). Even amounts stay outside: what is
financed is a share of the total in parts of ``SHARE_WHOLE``, which the client computes as
``floor(amount_minor * SHARE_WHOLE / total_minor)``. Floors never sum up to more than the amounts do, so the
last part of a total always fits; and one minor unit too much is seen as long as total times number of parts
lies below ``SHARE_WHOLE``.

Records (keys after ``registry/``): ``document/<id>`` → ``[state, holder | null, share, repaid_share, reason |
null, closer | null, [org, ...]]``, registrants ascending; ``registration/<id>/<org>`` → ``[declarations]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from p2pchain.business.registry.declaration import Declarations, declarations_of, names_in, values_of
from p2pchain.business.registry.name_index import enter, keys_of, leave
from p2pchain.business.registry.refusals import DocumentUnknown
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.meter import DECLARED
from p2pchain.ledger.record import Record
from p2pchain.model.ids import OrgId

SHARE_WHOLE: Final = 10**18
"""The whole of a document's total, in shares."""
REGISTRATIONS_MAX: Final = 128
"""Most organisations that may have registered one document at a time."""

EXACT: Final = "exact"
MATCH_SIMILAR: Final = "similar"
"""How another document matches one."""

REGISTERED: Final = "registered"
FINANCED: Final = "financed"
RELEASED: Final = "released"
CANCELLED: Final = "cancelled"
STATES: Final = (REGISTERED, FINANCED, RELEASED, CANCELLED)

WITHDRAWN: Final = "withdrawn"
NOT_FUNDED: Final = "not_funded"
REPAID: Final = "repaid"
REASONS: Final = (WITHDRAWN, NOT_FUNDED, REPAID)
"""Reasons of release; the first two reopen the document, the last closes it for ever."""

DOCUMENT: Final = b"document/"
REGISTRATION: Final = b"registration/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document. ``holder`` finances ``share``; of what it financed ``repaid_share`` was repaid. All
    shares of ``SHARE_WHOLE``.
    """

    key: bytes
    state: str
    holder: OrgId | None
    share: int
    repaid_share: int
    reason: str | None
    registrants: tuple[OrgId, ...]

    @property
    def is_closed(self) -> bool:
        """Test whether it was financed and repaid: never to be financed again."""
        return self.state == RELEASED and self.reason == REPAID

    @property
    def remaining_share(self) -> int:
        """Return the share not financed yet; 0 once it is closed."""
        return 0 if self.is_closed else SHARE_WHOLE - self.share - self.repaid_share

    def is_cross_applicant(self, org: OrgId) -> bool:
        """Test whether the document is somebody else's to ``org``: financed by another, or else registered by
        another.
        """
        if self.holder is not None:
            return self.holder != org
        return any(registrant != org for registrant in self.registrants)

    def financed_share_of(self, org: OrgId) -> int:
        """Return the share that ``org`` finances."""
        return self.share if self.holder == org else 0

    def remaining_share_for(self, org: OrgId) -> int:
        """Return the share still open to ``org``; 0 where another holds the document."""
        return self.remaining_share if self.holder in (None, org) else 0

    def opened(self, state: str) -> Document:
        """The document in this state, with nothing financed or repaid."""
        return replace(self, state=state, holder=None, share=0, repaid_share=0, reason=None)


def new_document(id_: bytes) -> Document:
    """A document that nobody has registered yet."""
    return Document(
        key=id_,
        state=REGISTERED,
        holder=None,
        share=0,
        repaid_share=0,
        reason=None,
        registrants=(),
    )


def find(view: View, id_: bytes) -> Document | None:
    """The document of this id, None where it was never registered."""
    record = view.get(DOCUMENT + id_)
    return None if record is None else document_of(id_, record)


def require(view: View, id_: bytes) -> Document:
    """The document of this id, or ``DocumentUnknown``."""
    document = find(view, id_)
    if document is None:
        raise DocumentUnknown({"document": id_.hex()})
    return document


def store(context: Context, document: Document) -> None:
    """Write a document."""
    context.put(DOCUMENT + document.key, record_of(document))


def registration_of(view: View, id_: bytes, org: OrgId) -> Declarations:
    """Return the declarations of ``org`` for a document; none where it has not registered it."""
    record = view.get(_registration_key(id_, org))
    if record is None:
        return ()
    declarations = declarations_of(record[0])
    view.meter.spend(DECLARED * names_in(declarations))
    return declarations


def with_registration(
    context: Context, document: Document, org: OrgId, declarations: Declarations
) -> Document:
    """The document with what ``org`` declares of it now, which is entered in the index; not stored."""
    before = keys_of(registration_of(context, document.key, org))
    after = keys_of(declarations)
    leave(context, document.key, tuple(key for key in before if key not in after))
    enter(context, document.key, org, tuple(key for key in after if key not in before))
    context.put(_registration_key(document.key, org), (values_of(declarations),))
    if org in document.registrants:
        return document
    return replace(document, registrants=tuple(sorted((*document.registrants, org))))


def without_registration(context: Context, document: Document, org: OrgId) -> Document:
    """The document without ``org``'s registration, which leaves the index; not stored."""
    leave(context, document.key, keys_of(registration_of(context, document.key, org)))
    context.delete(_registration_key(document.key, org))
    return replace(document, registrants=tuple(other for other in document.registrants if other != org))


def walk_documents(view: View, after: bytes | None) -> Iterator[Document]:
    """All documents, ascending by id; those above ``after`` where it is given."""
    for key, record in view.walk(DOCUMENT, None if after is None else DOCUMENT + after):
        yield document_of(key[len(DOCUMENT) :], record)


def record_of(document: Document) -> Record:
    """The record of a document."""
    return (
        document.state,
        document.holder,
        document.share,
        document.repaid_share,
        document.reason,
        document.registrants,
    )


def document_of(id_: bytes, record: Record) -> Document:
    """The document of its record, which this module wrote."""
    match record:
        case (str(state), holder, int(share), int(repaid_share), reason, tuple(registrants)):
            return Document(
                key=id_,
                state=state,
                holder=holder,  # type: ignore[arg-type]
                share=share,
                repaid_share=repaid_share,
                reason=reason,  # type: ignore[arg-type]
                registrants=registrants,  # type: ignore[arg-type]
            )
        case _:
            raise AssertionError(f"document record {record!r}")


def _registration_key(id_: bytes, org: OrgId) -> bytes:
    return REGISTRATION + id_ + b"/" + org.encode()
