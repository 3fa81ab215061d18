"""The rules of the registry.

A document is ``registered`` (somebody offers it), ``financed`` (one organisation, the holder, finances a
share of it), ``released`` (the holder has let go) or ``cancelled`` (nobody offers it any more). What is not
in this table is refused::

    state                 register    finance   release: all, a part   cancel: the last, not the last
    unknown               registered
    registered            registered  financed                         cancelled, registered
    financed              financed    financed  released, financed
    released, not repaid  registered  financed                         cancelled, released
    released, repaid      released
    cancelled             registered

- ``register`` of a known document adds the registrant and tells the state: that of a financed one too, naming
  nobody. Who registers it again declares it anew.
- ``finance`` is for a registrant. What another organisation claims is a duplicate, whoever applies and under
  whatever names (``claims``); so is one's own of which nothing is left. Every other document with a name in
  common, and one that corrects it or that it corrects, must be acknowledged.
- ``release``: by the holder, of all it finances or of a share. ``withdrawn`` and ``not_funded`` give the
  share back; ``repaid`` does not. When the holder's last share goes, the document is released: open again if
  nothing of it was ever repaid, else closed for ever.
- ``cancel`` takes back one's own registration while nobody finances; with the last one the document is
  cancelled.
- A claim that was contested and not disclosed in time (``contest``) ends before anything else is looked at.

Every refusal about a known document tells ``document``, ``state``, ``match`` and ``cross_applicant``. No
refusal and no event names another organisation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.registry.claims import (
    blockers,
    claimant,
    end_lapsed,
    free_claim,
    renew_claim,
    require_not_struck,
    same_invoice,
    take_claim,
)
from p2pchain.business.registry.declaration import (
    Declarations,
    DeclarationsKind,
    declarations_of,
    names_in,
)
from p2pchain.business.registry.document import (
    CANCELLED,
    EXACT,
    FINANCED,
    MATCH_SIMILAR,
    REASONS,
    REGISTERED,
    REGISTRATIONS_MAX,
    RELEASED,
    REPAID,
    SHARE_WHOLE,
    Document,
    find,
    new_document,
    registration_of,
    require,
    store,
    with_registration,
    without_registration,
)
from p2pchain.business.registry.fields import DOCUMENT_ID, SHARE_OF_TOTAL, WORD, DocumentId, nullable
from p2pchain.business.registry.financiers_key import FINANCIER, require_live
from p2pchain.business.registry.name_index import overlap
from p2pchain.business.registry.refusals import (
    DeclaredOtherwise,
    DocumentCancelled,
    DocumentFinanced,
    DocumentNotFinanced,
    DocumentNotRegistered,
    DocumentRepaid,
    DuplicateFinanced,
    ExceedsFinanced,
    ExceedsTotal,
    NotHolder,
    ReasonUnknown,
    ShareTooSmall,
    SimilarDocumentUnacknowledged,
    TooManyRegistrations,
)
from p2pchain.business.registry.terms import terms
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Flag
from p2pchain.ledger.meter import DECLARED
from p2pchain.model.errors import Fact, listed
from p2pchain.model.ids import OrgId
from p2pchain.model.refusal import Refusal
from p2pchain.model.transaction import Value

TOLD_MAX: Final = 16
"""Most documents whose registrants are told of one that is similar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Offer a document for financing. ``document``: its id under the key of one epoch that lives."""

    document: Annotated[bytes, DOCUMENT_ID, Entry(is_made=True)]
    declarations: Annotated[
        Value, DeclarationsKind(help="its names and content under each live key"), Entry(is_made=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinanceDocument:
    """Finance ``share`` of a document, or so much more of it. ``acknowledge_similar``: similar documents were
    looked at.
    """

    document: DocumentId
    share: Annotated[int, SHARE_OF_TOTAL, Entry(is_made=True)]
    acknowledge_similar: Annotated[bool, Flag(help="similar documents were looked at")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Let go of ``share`` of a document, None for all of it, for one of ``REASONS``."""

    document: DocumentId
    share: Annotated[int | None, nullable(SHARE_OF_TOTAL), Entry(is_made=True)]
    reason: Annotated[str, WORD]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRegistration:
    """Take back the registration of a document."""

    document: DocumentId


def register(context: Context, message: Register) -> None:
    """Add a registration: to a new document, to a known one, or to one that it reopens.

    Refusals, in this order: ``AUTH_ROLE``, ``REG_KEY_UNKNOWN``, ``REG_KEY_EPOCHS``, ``REG_WRONG_KEY``,
    ``REG_DECLARED_OTHERWISE`` where the declarations are not of this document, ``REG_STRUCK``,
    ``REG_TOO_MANY_REGISTRATIONS`` where ``REGISTRATIONS_MAX`` others have registered it.
    """
    org = context.require_role(FINANCIER).org
    declarations = declarations_of(message.declarations)
    context.meter.spend(DECLARED * names_in(declarations))
    require_live(context, declarations)
    if message.document not in [declaration.document for declaration in declarations]:
        raise DeclaredOtherwise({"document": message.document.hex()})
    end_lapsed(context, message.document)
    require_not_struck(context, message.document, declarations, org)
    before = find(context, message.document) or new_document(message.document)
    known = bool(before.registrants)
    if len(before.registrants) >= REGISTRATIONS_MAX and org not in before.registrants:
        raise about(TooManyRegistrations, before, org, match=EXACT, most=REGISTRATIONS_MAX)
    earlier = registration_of(context, message.document, org)
    if claimant(context, message.document) == org:
        declarations = with_earlier(earlier, declarations)
        renew_claim(context, message.document, earlier, declarations)
    after = with_registration(context, before, org, declarations)
    if after.state in (RELEASED, CANCELLED) and not after.is_closed:
        after = replace(after, state=REGISTERED, reason=None)
    store(context, after)
    others = overlap(context, message.document, declarations)
    same = (
        known
        or blockers(context, message.document, declarations)
        or same_invoice(context, declarations, others)
    )
    match = EXACT if same else MATCH_SIMILAR if others.count else None
    tell(context, "registered", after, org, match=match)
    if org not in before.registrants:
        tell_similar(context, after, others.documents)


def with_earlier(earlier: Declarations, later: Declarations) -> Declarations:
    """Add a claimant's new epochs to its earlier declarations. The claim keeps the names under which it was
    taken.
    """
    epochs = {declaration.epoch for declaration in earlier}
    newer = tuple(declaration for declaration in later if declaration.epoch not in epochs)
    return (*earlier, *newer)[-2:]


def finance(context: Context, message: FinanceDocument) -> None:
    """Finance a share of a registered document.

    Refusals, in this order: ``REG_UNKNOWN_DOCUMENT``, ``REG_DUPLICATE_FINANCED`` (by another:
    ``cross_applicant`` true), ``REG_REPAID``, ``REG_CANCELLED``, ``REG_DUPLICATE_FINANCED`` (outside of the
    registry: a receivable that it backs is pledged or financed), ``REG_NOT_REGISTERED``,
    ``REG_DUPLICATE_FINANCED`` (all of it by oneself; or as another document of the same invoice, which is
    told as ``as_document``), ``REG_EXCEEDS_TOTAL`` with ``remaining_share``, ``REG_SHARE_TOO_SMALL`` with
    ``share_min``, ``REG_SIMILAR_UNACKNOWLEDGED`` with how many there are, and what ``take_claim`` refuses.
    """
    org = context.require_role(FINANCIER).org
    end_lapsed(context, message.document)
    document = require(context, message.document)
    claim = claimant(context, document.key)
    if document.holder is not None and document.holder != org:
        raise duplicate(document, org)
    if document.is_closed:
        raise about(DocumentRepaid, document, org, match=EXACT)
    if document.state == CANCELLED:
        raise about(DocumentCancelled, document, org)
    if claim is not None and document.holder is None:
        raise duplicate(document, org, cross_applicant=True)
    declarations = registration_of(context, document.key, org)
    if not declarations:
        raise about(DocumentNotRegistered, document, org)
    if others := blockers(context, document.key, declarations):
        other, whose = others[0]
        raise duplicate(document, org, cross_applicant=whose != org, as_document=other.hex())
    require_share(context, document, org, message.share)
    similar = overlap(context, document.key, declarations)
    if similar.count and not message.acknowledge_similar:
        raise about(SimilarDocumentUnacknowledged, document, org, match=MATCH_SIMILAR, similar=similar.count)
    if document.holder is None:
        take_claim(context, document.key, context.module, document.key, FINANCED, org)
    after = replace(document, state=FINANCED, holder=org, share=document.share + message.share, reason=None)
    store(context, after)
    match = MATCH_SIMILAR if similar.count else None
    tell(context, "financed", after, org, share=message.share, match=match)
    tell_similar(context, after, similar.documents)


def require_share(context: Context, document: Document, org: OrgId, share: int) -> None:
    """Accept a share: some is left, it is no more than that, and no less than the least share unless it is
    all that is left.
    """
    remaining_share = document.remaining_share
    if remaining_share == 0:
        raise duplicate(document, org)
    if share > remaining_share:
        raise about(ExceedsTotal, document, org, remaining_share=remaining_share, share_whole=SHARE_WHOLE)
    share_min = terms(context)[0]
    if share < min(share_min, remaining_share):
        raise too_small(document, org, share_min)


def release(context: Context, message: Release) -> None:
    """Let go of what one finances, or of a share of it.

    Refusals, in this order: ``REG_BAD_REASON``, ``REG_UNKNOWN_DOCUMENT``, ``REG_NOT_FINANCED``,
    ``REG_NOT_HOLDER``, ``REG_EXCEEDS_FINANCED`` with ``financed_share``, ``REG_SHARE_TOO_SMALL`` where less
    than the least share would stay financed, though not repaid in parts.
    """
    org = context.require_role(FINANCIER).org
    if message.reason not in REASONS:
        raise ReasonUnknown({"reason": message.reason, "expected": listed(REASONS)})
    end_lapsed(context, message.document)
    document = require(context, message.document)
    if document.holder is None:
        raise about(DocumentNotFinanced, document, org)
    if document.holder != org:
        raise about(NotHolder, document, org)
    share = document.share if message.share is None else message.share
    if share > document.share:
        raise about(ExceedsFinanced, document, org, financed_share=document.share)
    share_min = terms(context)[0]
    if message.reason != REPAID and 0 < document.share - share < min(share_min, document.share):
        raise too_small(document, org, share_min)
    repaid_share = document.repaid_share + (share if message.reason == REPAID else 0)
    after = replace(document, share=document.share - share, repaid_share=repaid_share)
    if after.share == 0:
        reason = REPAID if repaid_share else message.reason
        after = replace(after, state=RELEASED, holder=None, reason=reason)
        if not after.is_closed:
            free_claim(context, document.key, context.module, document.key)
    store(context, after)
    tell(context, "released", after, org, share=share, reason=after.reason or message.reason)


def cancel(context: Context, message: CancelRegistration) -> None:
    """Take back one's own registration.

    Refusals, in this order: ``REG_UNKNOWN_DOCUMENT``, ``REG_FINANCED`` (by anybody; or by oneself through a
    receivable), ``REG_REPAID``, ``REG_CANCELLED``, ``REG_NOT_REGISTERED``.
    """
    org = context.require_role(FINANCIER).org
    end_lapsed(context, message.document)
    document = require(context, message.document)
    if document.holder is not None:
        raise about(DocumentFinanced, document, org)
    if document.is_closed:
        raise about(DocumentRepaid, document, org)
    if claimant(context, document.key) == org:
        raise about(DocumentFinanced, document, org)
    if document.state == CANCELLED:
        raise about(DocumentCancelled, document, org)
    if org not in document.registrants:
        raise about(DocumentNotRegistered, document, org)
    after = without_registration(context, document, org)
    if not after.registrants:
        after = replace(after, state=CANCELLED, reason=None)
    store(context, after)
    tell(context, "cancelled", after, org)


def duplicate(document: Document, org: OrgId, **facts: Fact) -> Refusal:
    """The refusal of what is already financed; it does not tell by whom."""
    return about(DuplicateFinanced, document, org, match=EXACT, remaining_share=0, **facts)


def too_small(document: Document, org: OrgId, share_min: int) -> Refusal:
    """The refusal of a share below the least one."""
    return about(ShareTooSmall, document, org, share_min=share_min, share_whole=SHARE_WHOLE)


def about(refusal: type[Refusal], document: Document, org: OrgId, **facts: Fact) -> Refusal:
    """A refusal about a known document: what an event would tell ``org`` of it, and the facts given."""
    known: dict[str, Fact] = {
        "document": document.key.hex(),
        "state": document.state,
        "match": None,
        "cross_applicant": document.is_cross_applicant(org),
    }
    return refusal({**known, **facts})


def tell(
    context: Context,
    name: str,
    document: Document,
    org: OrgId,
    *,
    share: int = 0,
    match: str | None = None,
    reason: str | None = None,
) -> None:
    """Emit an event of the registry; all have the same fields.

    ``[document, state, match, cross_applicant, share, financed_share, remaining_share, reason]``: state after
    the action; ``share`` that of the action; the two others what the organisation that signed finances, and
    could still finance.
    """
    context.emit(
        name,
        (
            document.key,
            document.state,
            match,
            document.is_cross_applicant(org),
            share,
            document.financed_share_of(org),
            document.remaining_share_for(org),
            document.reason if reason is None else reason,
        ),
    )


def tell_similar(context: Context, document: Document, others: tuple[bytes, ...]) -> None:
    """Tell those who registered or claim similar documents, by an event that names the documents alone."""
    for other in others[:TOLD_MAX]:
        context.emit("similar", (other, document.key, document.state))
