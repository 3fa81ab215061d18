"""Transfer of an accepted receivable: offered and taken over, split, pledged, financed.

What changes hands is offered by the holder and taken by the other, in two transactions or in one that both
sign. The holder before enters the endorsements, with its word whether it stays liable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.encumbrance.module import FINANCED, PLEDGED, RECEIVABLE
from p2pchain.business.encumbrance.refusals import EncumbranceActive
from p2pchain.business.receivable.document_backing import documented, word_of
from p2pchain.business.receivable.fields import (
    PARTS,
    POLICY_OR_NONE,
    PRICE,
    RECOURSE,
    AcknowledgeSimilar,
    DocumentIfNew,
    NoDocument,
    ReceivableId,
)
from p2pchain.business.receivable.parties import (
    FINANCIER,
    require_not_overdue,
    require_org,
    require_party,
    require_party_role,
    require_state,
    require_tradable,
    require_unpledged,
    without_offer,
)
from p2pchain.business.receivable.records import (
    ACCEPTED,
    DEFAULTED,
    ENDORSEMENTS_MAX,
    PAID,
    POLICY,
    PRESENTED,
    SPLIT,
    Receivable,
    amounts_of,
    facts_of,
    find,
    require,
    store,
)
from p2pchain.business.receivable.refusals import (
    EndorsementsExceeded,
    NotOffered,
    NotPledged,
    PartyInvalid,
    PriceTooHigh,
    ReceivableExists,
    SplitSumOther,
)
from p2pchain.codec.receivable_ids import part_id
from p2pchain.ledger.consortium.policy import require_roles
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Organisation
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The holder offers it to another; ``recourse``: it stays liable."""

    receivable: ReceivableId
    to: Annotated[str, Organisation(help="who is to hold it")]
    recourse: Annotated[bool, RECOURSE]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFinance:
    """The holder asks a financier to discount it for ``price_minor``."""

    receivable: ReceivableId
    financier: Annotated[str, Organisation(help="who is asked"), Entry(option="by")]
    price_minor: Annotated[int, PRICE]
    recourse: Annotated[bool, RECOURSE]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOffer:
    """Take over, decline or withdraw an offer."""

    receivable: ReceivableId


@dataclass(frozen=True, slots=True, kw_only=True)
class FinanceReceivable:
    """A financier discounts what it was asked to."""

    receivable: ReceivableId
    document: DocumentIfNew
    no_document: NoDocument
    acknowledge_similar: AcknowledgeSimilar


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The holder makes parts of it."""

    receivable: ReceivableId
    amounts: Annotated[tuple[int, ...], PARTS, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """The holder gives it as security."""

    receivable: ReceivableId
    to: Annotated[str, Organisation(help="organisation that holds it as security")]
    document: DocumentIfNew
    no_document: NoDocument
    acknowledge_similar: AcknowledgeSimilar


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpledge:
    """Release a receivable held as security."""

    receivable: ReceivableId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPolicy:
    """Set the policy for the holder's signatures; None: any account of it."""

    receivable: ReceivableId
    policy: Annotated[Value, POLICY_OR_NONE, Entry(is_argument=True)]


def transfer(context: Context, message: Transfer) -> None:
    """Offer a receivable. ``AUTH_CONTROLLER``, what ``require_tradable`` refuses, ``RCV_PARTY``."""
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    require_tradable(context, item)
    to = require_taker(context, item, message.to)
    offered = replace(item, offer_to=to, offer_price=None, offer_recourse=message.recourse)
    store(context, item, offered, "offered", org, to)


def accept_transfer(context: Context, message: OnOffer) -> None:
    """Take what is offered. ``RCV_NOT_OFFERED``, ``AUTH_CONTROLLER``, ``RCV_STATE``, ``RCV_OVERDUE`` after
    its due day, when an offer has lapsed.
    """
    item = require(context, message.receivable)
    taker = require_offer(item, financing=False)
    require_party(context, item, taker, "offered_to")
    require_state(item, ACCEPTED)
    require_not_overdue(context, item)
    store(context, item, handed_over(item, taker), "transferred", taker, item.holder)


def request_finance(context: Context, message: RequestFinance) -> None:
    """Ask for financing. As ``transfer``; ``RCV_PRICE`` above the amount; ``ENC_ACTIVE`` where it, or the
    invoice behind it, is financed already.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    require_tradable(context, item)
    to = require_taker(context, item, message.financier)
    if message.price_minor > item.amount_minor:
        facts = amounts_of(item, price_minor=message.price_minor)
        raise PriceTooHigh(facts)
    require_unfinanced(item)
    offered = replace(item, offer_to=to, offer_price=message.price_minor, offer_recourse=message.recourse)
    store(context, item, offered, "finance_requested", org, to)


def finance(context: Context, message: FinanceReceivable) -> None:
    """Discount what one was asked to. ``RCV_NOT_OFFERED``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``RCV_STATE``, ``RCV_OVERDUE`` as for ``accept_transfer``, ``ENC_ACTIVE``, what ``documented`` refuses.
    """
    item = require(context, message.receivable)
    taker = require_offer(item, financing=True)
    require_party_role(context, item, taker, "financier", FINANCIER)
    require_state(item, ACCEPTED)
    require_not_overdue(context, item)
    require_unfinanced(item)
    word = word_of(message.document, message.no_document, message.acknowledge_similar)
    item = documented(context, item, taker, word)
    encumber(context, item, FINANCED, taker)
    terms = (item.offer_price, item.offer_recourse)
    store(context, item, replace(handed_over(item, taker), financier=taker), "financed", taker, terms)


def decline(context: Context, message: OnOffer) -> None:
    """Say no to an offer. ``RCV_NOT_OFFERED``, ``AUTH_CONTROLLER``."""
    item = require(context, message.receivable)
    org = require_party(context, item, require_offer(item), "offered_to").org
    store(context, item, without_offer(item), "declined", org, None)


def withdraw(context: Context, message: OnOffer) -> None:
    """Take an offer back. ``RCV_NOT_OFFERED``, ``AUTH_CONTROLLER``."""
    item = require(context, message.receivable)
    require_offer(item)
    org = require_party(context, item, item.holder, "holder").org
    store(context, item, without_offer(item), "withdrawn", org, None)


def split(context: Context, message: Split) -> None:
    """Make parts, whose sum is the amount: ``RCV_SPLIT_SUM``. The receivable is spent, its parts have what it
    had. As ``transfer`` besides.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    require_tradable(context, item)
    if sum(message.amounts) != item.amount_minor or len(message.amounts) < 2:
        facts = amounts_of(item, parts_minor=sum(message.amounts))
        raise SplitSumOther(facts)
    for number, amount_minor in enumerate(message.amounts):
        part(context, item, amount_minor, number, org)
    if item.financier is not None:
        release(context, item)
    store(context, item, replace(item, state=SPLIT), "split", org, message.amounts)


def pledge(context: Context, message: Pledge) -> None:
    """Give it as security to whoever signs too: a pledge is a contract, and binds the pledgee. As
    ``transfer``; ``ENC_ACTIVE`` where it, or the invoice behind it, is encumbered; ``AUTH_CONTROLLER``
    without the pledgee; what ``documented`` refuses.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    require_tradable(context, item)
    to = require_taker(context, item, message.to)
    require_unfinanced(item)
    word = word_of(message.document, message.no_document, message.acknowledge_similar)
    require_party(context, item, to, "pledgee")
    item = documented(context, item, to, word)
    encumber(context, item, PLEDGED, to)
    store(context, item, replace(item, pledgee=to), "pledged", org, to)


def unpledge(context: Context, message: Unpledge) -> None:
    """Let go of a security; the pledgee alone may. ``RCV_NOT_PLEDGED``, ``AUTH_CONTROLLER``."""
    item = require(context, message.receivable)
    if item.pledgee is None:
        raise NotPledged(facts_of(item))
    org = require_party(context, item, item.pledgee, "pledgee").org
    require_state(item, ACCEPTED, PRESENTED, PAID, DEFAULTED)
    release(context, item)
    store(context, item, replace(item, pledgee=None), "unpledged", org, None)


def set_policy(context: Context, message: SetPolicy) -> None:
    """The holder says who has to sign what it does with this receivable, as long as it holds it. The policy
    before this one has to be satisfied, too. ``RCV_SPENT`` where it was split: its parts go by its policy.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    if item.state == SPLIT:
        require_state(item)
    if message.policy is None:
        if item.policy_at == item.key:
            context.delete(POLICY + item.key)
        policy_at = None
    else:
        policy_at = item.key
        require_roles(context, message.policy)
        assert isinstance(message.policy, tuple), "the field takes a policy"
        context.put(POLICY + item.key, message.policy)
    store(context, item, replace(item, policy_at=policy_at), "policy_set", org, message.policy)


def encumber(context: Context, item: Receivable, kind: str, org: OrgId) -> None:
    """Take the receivable, and the invoice behind it, for ``org`` and the receivable that was issued."""
    context.call("encumbrance", "take", RECEIVABLE + item.key, context.module, item.root, kind, org)
    if item.document is not None:
        context.call("registry", "take", item.document, context.module, item.root, kind, org)


def release(context: Context, item: Receivable) -> None:
    """Free what ``encumber`` took."""
    context.call("encumbrance", "free", RECEIVABLE + item.key, context.module, item.root)
    if item.document is not None:
        context.call("registry", "free", item.document, context.module, item.root)


def part(context: Context, item: Receivable, amount_minor: int, number: int, org: OrgId) -> bytes:
    """Make a part of a receivable that is spent; its id, made of the parent's and its number. ``RCV_EXISTS``
    where there is one of this id: ids are cut hashes, and no part takes the place of what is owed.
    """
    id_ = part_id(item.key, number)
    if find(context, id_) is not None:
        raise ReceivableExists({"receivable": id_.hex()}, "one of its parts would have its id")
    made = replace(item, key=id_, amount_minor=amount_minor, parent=item.key, events=0, page=0)
    if item.financier is not None:
        encumber(context, made, FINANCED, item.financier)
    store(context, None, made, "part_made", org, None)
    return id_


def handed_over(item: Receivable, taker: OrgId) -> Receivable:
    """The receivable in the hands of whoever takes it. ``RCV_ENDORSEMENTS`` where it has changed hands too
    often.
    """
    if len(item.endorsements) == ENDORSEMENTS_MAX:
        raise EndorsementsExceeded(facts_of(item, most=ENDORSEMENTS_MAX))
    endorsements = (*item.endorsements, (item.holder, item.offer_recourse))
    return replace(without_offer(item), holder=taker, endorsements=endorsements)


def require_offer(item: Receivable, *, financing: bool | None = None) -> OrgId:
    """To whom it is offered; ``RCV_NOT_OFFERED`` where it is not, or not for this."""
    if item.offer_to is None or (financing is not None and financing != (item.offer_price is not None)):
        raise NotOffered(facts_of(item))
    return item.offer_to


def require_taker(context: Context, item: Receivable, name: str) -> OrgId:
    """An organisation that may hold it or have it as security: not the holder, and not the debtor."""
    org = require_org(context, name, "taker")
    if org in (item.holder, item.debtor):
        raise PartyInvalid({"part": "taker", "org": org}, "neither its holder nor its debtor")
    return org


def require_unfinanced(item: Receivable) -> None:
    """``ENC_ACTIVE`` where a financier has discounted it, or it is pledged."""
    require_unpledged(item)
    if item.financier is not None:
        facts = facts_of(item, encumbrance=FINANCED, financier=item.financier)
        raise EncumbranceActive(facts, "it was financed once; nobody finances it again")
