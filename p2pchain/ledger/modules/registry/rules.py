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
  nobody.
- ``finance`` is for a registrant. What another organisation finances is a duplicate, whoever applies; so is
  one's own of which nothing is left. Another document under the registrant's weak fingerprint that is not
  cancelled must be acknowledged.
- ``release``: by the holder, of all it finances or of a share. ``withdrawn`` and ``not_funded`` give the
  share back; ``repaid`` does not. When the holder's last share goes, the document is released: open again if
  nothing of it was ever repaid, else closed for ever.
- ``cancel`` takes back one's own registration while nobody finances; with the last one the document is
  cancelled.

Every refusal about a known document tells ``document``, ``state``, ``match`` and ``cross_applicant``. No
refusal and no event names another organisation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from p2pchain.ledger.context import Context
from p2pchain.ledger.modules.encumbrance import DOCUMENT as THING
from p2pchain.ledger.modules.registry.document import (
    CANCELLED,
    FINANCED,
    REASONS,
    REGISTERED,
    REGISTRATIONS_MAX,
    RELEASED,
    REPAID,
    SHARE_WHOLE,
    Document,
    count_similar,
    find,
    is_encumbered_elsewhere,
    new_document,
    require,
    store,
)
from p2pchain.model.errors import Fact, Refused, listed
from p2pchain.model.ids import OrgId

FINANCIER = "financier"
"""The role that every action needs."""
EXACT = "exact"
MATCH_SIMILAR = "similar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Offer a document for financing."""

    exact: bytes
    weak: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Finance:
    """Finance ``share`` of a document, or so much more of it. ``acknowledge_similar``: similar documents were
    looked at.
    """

    exact: bytes
    share: int
    acknowledge_similar: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Let go of ``share`` of a document, None for all of it, for one of ``REASONS``."""

    exact: bytes
    share: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Take back the registration of a document."""

    exact: bytes


def register(context: Context, message: Register) -> None:
    """Add a registration: to a new document, to a known one, or to one that it reopens.

    ``Refused("REG_TOO_MANY_REGISTRATIONS")`` where ``REGISTRATIONS_MAX`` others have registered it.
    """
    org = context.require_role(FINANCIER).org
    before = find(context, message.exact)
    similar = count_similar(context, before, message.weak)
    if before is None:
        after = new_document(message.exact, org, message.weak)
    else:
        after = before.with_registration(org, message.weak)
        if len(after.registrations) > REGISTRATIONS_MAX:
            raise refusal("REG_TOO_MANY_REGISTRATIONS", before, org, match=EXACT, most=REGISTRATIONS_MAX)
    if after.state in (RELEASED, CANCELLED) and not after.is_closed:
        after = replace(after, state=REGISTERED, reason=None)
    store(context, before, after)
    known = before is not None and before.state != CANCELLED
    tell(context, "registered", after, org, match=EXACT if known else MATCH_SIMILAR if similar else None)


def finance(context: Context, message: Finance) -> None:
    """Finance a share of a registered document.

    Refusals, in this order: ``REG_UNKNOWN_DOCUMENT``, ``REG_DUPLICATE_FINANCED`` (by another:
    ``cross_applicant`` true), ``REG_REPAID``, ``REG_CANCELLED``, ``REG_NOT_REGISTERED``,
    ``REG_DUPLICATE_FINANCED`` (all of it by oneself, or outside of the registry: a receivable that it backs
    is pledged or financed), ``REG_EXCEEDS_TOTAL`` with ``remaining_share``,
    ``REG_SIMILAR_UNACKNOWLEDGED`` with how many there are.
    """
    org = context.require_role(FINANCIER).org
    document = require(context, message.exact)
    if document.holder is not None and document.holder != org:
        raise duplicate(document, org)
    if document.is_closed:
        raise refusal("REG_REPAID", document, org, match=EXACT)
    if document.state == CANCELLED:
        raise refusal("REG_CANCELLED", document, org, hint="register it again")
    if is_encumbered_elsewhere(context, document.exact):
        raise duplicate(document, org, cross_applicant=True)
    weak = document.weak_of(org)
    if weak is None:
        raise refusal("REG_NOT_REGISTERED", document, org, hint="register the document first")
    remaining_share = document.remaining_share
    if remaining_share == 0:
        raise duplicate(document, org)
    if message.share > remaining_share:
        raise refusal(
            "REG_EXCEEDS_TOTAL", document, org, remaining_share=remaining_share, share_whole=SHARE_WHOLE
        )
    similar = count_similar(context, document, weak)
    if similar and not message.acknowledge_similar:
        raise refusal(
            "REG_SIMILAR_UNACKNOWLEDGED",
            document,
            org,
            hint="look at the similar documents, then acknowledge them",
            match=MATCH_SIMILAR,
            similar=similar,
        )
    if document.holder is None:
        context.call("encumbrance", "take", THING + document.exact, context.module, document.exact, FINANCED)
    after = replace(document, state=FINANCED, holder=org, share=document.share + message.share, reason=None)
    store(context, document, after)
    tell(context, "financed", after, org, share=message.share, match=MATCH_SIMILAR if similar else None)


def release(context: Context, message: Release) -> None:
    """Let go of what one finances, or of a share of it.

    Refusals, in this order: ``REG_BAD_REASON``, ``REG_UNKNOWN_DOCUMENT``, ``REG_NOT_FINANCED``,
    ``REG_NOT_HOLDER``, ``REG_EXCEEDS_FINANCED`` with ``financed_share``.
    """
    org = context.require_role(FINANCIER).org
    if message.reason not in REASONS:
        raise Refused("REG_BAD_REASON", {"reason": message.reason, "expected": listed(REASONS)})
    document = require(context, message.exact)
    if document.holder is None:
        raise refusal("REG_NOT_FINANCED", document, org)
    if document.holder != org:
        raise refusal("REG_NOT_HOLDER", document, org)
    share = document.share if message.share is None else message.share
    if share > document.share:
        raise refusal("REG_EXCEEDS_FINANCED", document, org, financed_share=document.share)
    repaid_share = document.repaid_share + (share if message.reason == REPAID else 0)
    after = replace(document, share=document.share - share, repaid_share=repaid_share)
    if after.share == 0:
        reason = REPAID if repaid_share else message.reason
        after = replace(after, state=RELEASED, holder=None, reason=reason)
        if not after.is_closed:
            context.call("encumbrance", "free", THING + document.exact, context.module, document.exact)
    store(context, document, after)
    tell(context, "released", after, org, share=share, reason=after.reason or message.reason)


def cancel(context: Context, message: Cancel) -> None:
    """Take back one's own registration.

    Refusals, in this order: ``REG_UNKNOWN_DOCUMENT``, ``REG_FINANCED`` (by anybody), ``REG_REPAID``,
    ``REG_CANCELLED``, ``REG_NOT_REGISTERED``.
    """
    org = context.require_role(FINANCIER).org
    document = require(context, message.exact)
    if document.holder is not None:
        raise refusal("REG_FINANCED", document, org)
    if document.is_closed:
        raise refusal("REG_REPAID", document, org)
    if document.state == CANCELLED:
        raise refusal("REG_CANCELLED", document, org)
    if document.weak_of(org) is None:
        raise refusal("REG_NOT_REGISTERED", document, org)
    after = document.without_registration(org)
    if not after.registrations:
        after = replace(after, state=CANCELLED, reason=None)
    store(context, document, after)
    tell(context, "cancelled", after, org)


def duplicate(document: Document, org: OrgId, **facts: Fact) -> Refused:
    """The refusal of what is already financed; it does not tell by whom."""
    return refusal(
        "REG_DUPLICATE_FINANCED",
        document,
        org,
        hint="the document is already financed",
        match=EXACT,
        remaining_share=0,
        **facts,
    )


def refusal(code: str, document: Document, org: OrgId, hint: str = "", **facts: Fact) -> Refused:
    """A refusal about a known document: what an event would tell ``org`` of it, and the facts given."""
    told: dict[str, Fact] = {
        "document": document.exact.hex(),
        "state": document.state,
        "match": None,
        "cross_applicant": document.is_cross_applicant(org),
    }
    return Refused(code, {**told, **facts}, hint)


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
            document.exact,
            document.state,
            match,
            document.is_cross_applicant(org),
            share,
            document.financed_share_of(org),
            document.remaining_share_for(org),
            document.reason if reason is None else reason,
        ),
    )
