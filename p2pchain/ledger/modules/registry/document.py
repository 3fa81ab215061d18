"""A document as the registry knows it: two fingerprints, who registered it, who finances which share of it.

Nothing of the invoice is here. ``exact`` and ``weak`` are keyed hashes made by the client (HMAC with a key
that only the financiers share): over seller, number, date, currency and total; and over seller and number
alone. Even amounts stay outside: what is financed is a share of the total in parts of ``SHARE_WHOLE``, which
the client computes as ``floor(amount_minor * SHARE_WHOLE / total_minor)``. Floors never sum up to more than
the amounts do, so the last part of a total always fits; and one minor unit too much is seen as long as total
times number of parts lies below ``SHARE_WHOLE``.

Record (key after ``registry/``): ``document/<exact>`` → ``[state, holder | null, share, repaid_share, reason
| null, [[org, weak], ...]]``, registrations ascending by org. ``weak_index`` keeps what shares a ``weak``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from p2pchain.ledger.context import Context, View
from p2pchain.ledger.modules.encumbrance import DOCUMENT as THING
from p2pchain.ledger.modules.registry.weak_index import documents_under, enter, leave
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Refused
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

SHARE_WHOLE = 10**18
"""The whole of a document's total, in shares."""
REGISTRATIONS_MAX = 128
"""Most organisations that may have registered one document at a time."""

REGISTERED = "registered"
FINANCED = "financed"
RELEASED = "released"
CANCELLED = "cancelled"
STATES = (REGISTERED, FINANCED, RELEASED, CANCELLED)

WITHDRAWN = "withdrawn"
NOT_FUNDED = "not_funded"
REPAID = "repaid"
REASONS = (WITHDRAWN, NOT_FUNDED, REPAID)
"""Reasons of release; the first two reopen the document, the last closes it for ever."""

DOCUMENT = b"document/"

Registrations = tuple[tuple[OrgId, bytes], ...]
"""(organisation, weak fingerprint that it gave), ascending by organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document. ``holder`` finances ``share``; of what it financed ``repaid_share`` was repaid. All
    shares of ``SHARE_WHOLE``.
    """

    exact: bytes
    state: str
    holder: OrgId | None
    share: int
    repaid_share: int
    reason: str | None
    registrations: Registrations

    @property
    def is_closed(self) -> bool:
        """Whether it was financed and repaid: never to be financed again."""
        return self.state == RELEASED and self.reason == REPAID

    @property
    def remaining_share(self) -> int:
        """What nobody has financed yet; 0 once it is closed."""
        return 0 if self.is_closed else SHARE_WHOLE - self.share - self.repaid_share

    def weak_of(self, org: OrgId) -> bytes | None:
        """The weak fingerprint under which ``org`` registered it, None where it has not."""
        for registrant, weak in self.registrations:
            if registrant == org:
                return weak
        return None

    def registered_by_others(self, org: OrgId) -> bool:
        """Whether anybody but ``org`` has registered it."""
        return any(registrant != org for registrant, _ in self.registrations)

    def is_cross_applicant(self, org: OrgId) -> bool:
        """Whether ``org`` meets here somebody else's document: financed by another, or else registered by
        another.
        """
        if self.holder is not None:
            return self.holder != org
        return self.registered_by_others(org)

    def financed_share_of(self, org: OrgId) -> int:
        """What ``org`` finances."""
        return self.share if self.holder == org else 0

    def remaining_share_for(self, org: OrgId) -> int:
        """What ``org`` could still finance: nothing where another holds it."""
        return self.remaining_share if self.holder in (None, org) else 0

    def with_registration(self, org: OrgId, weak: bytes) -> Document:
        """The document with ``org``'s registration; an earlier one of ``org`` stays as it was."""
        if self.weak_of(org) is not None:
            return self
        return replace(self, registrations=tuple(sorted((*self.registrations, (org, weak)))))

    def without_registration(self, org: OrgId) -> Document:
        """The document without ``org``'s registration."""
        return replace(self, registrations=tuple(entry for entry in self.registrations if entry[0] != org))


def new_document(exact: bytes, org: OrgId, weak: bytes) -> Document:
    """A document that only ``org`` has registered."""
    return Document(
        exact=exact,
        state=REGISTERED,
        holder=None,
        share=0,
        repaid_share=0,
        reason=None,
        registrations=((org, weak),),
    )


def find(view: View, exact: bytes) -> Document | None:
    """The document with this fingerprint, None where it was never registered."""
    record = view.get(DOCUMENT + exact)
    return None if record is None else document_of(exact, record)


def require(view: View, exact: bytes) -> Document:
    """The document with this fingerprint, or ``Refused("REG_UNKNOWN_DOCUMENT")``."""
    document = find(view, exact)
    if document is None:
        raise Refused("REG_UNKNOWN_DOCUMENT", {"document": exact.hex()}, "register the document first")
    return document


def store(context: Context, before: Document | None, after: Document) -> None:
    """Write a document, and keep the index of weak fingerprints in step with its registrations."""
    old = set() if before is None else {weak for _, weak in before.registrations}
    new = {weak for _, weak in after.registrations}
    for weak in sorted(new - old):
        enter(context, weak, after.exact)
    for weak in sorted(old - new):
        leave(context, weak, after.exact)
    context.put(DOCUMENT + after.exact, record_of(after))


def count_similar(view: View, document: Document | None, weak: bytes) -> int:
    """How many other documents are registered under ``weak``; ``document`` itself, where there is one, does
    not count.
    """
    own = document is not None and any(weak == other for _, other in document.registrations)
    return documents_under(view, weak)[0] - (1 if own else 0)


def named_similar(view: View, exact: bytes, weak: bytes) -> tuple[Document, ...]:
    """The other documents that are named under ``weak``, ascending by fingerprint."""
    return tuple(require(view, other) for other in documents_under(view, weak)[1] if other != exact)


def is_encumbered_elsewhere(view: View, exact: bytes) -> bool:
    """Whether a deal outside of the registry has pledged or financed what stands for it."""
    return view.call("encumbrance", "kind_for", THING + exact, view.module, exact) is not None


def walk_documents(view: View, after: bytes | None) -> Iterator[Document]:
    """All documents, ascending by fingerprint; those above ``after`` where it is given."""
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
        document.registrations,
    )


def document_of(exact: bytes, record: Record) -> Document:
    """The document of its record."""
    match record:
        case (str(state), holder, int(share), int(repaid_share), reason, tuple(registrations)):
            assert holder is None or isinstance(holder, str), f"document record {record!r}"
            assert reason is None or isinstance(reason, str), f"document record {record!r}"
            return Document(
                exact=exact,
                state=state,
                holder=None if holder is None else OrgId(holder),
                share=share,
                repaid_share=repaid_share,
                reason=reason,
                registrations=tuple(registration_of(entry) for entry in registrations),
            )
        case _:
            raise AssertionError(f"document record {record!r}")


def registration_of(entry: Value) -> tuple[OrgId, bytes]:
    """One registration of a record."""
    match entry:
        case (str(org), bytes(weak)):
            return OrgId(org), weak
        case _:
            raise AssertionError(f"registration {entry!r}")
