"""Accesses: recorded before data flows, in one order with revocations; payloads linked to a consent, and
re-sealed for whoever was granted access to them.

``access`` asks the terms in force at that place in the order of all transactions: one place behind the
revocation it is refused, whoever sent it when. ``break_glass`` asks nothing but that the consent was not
revoked, and that the organisation's earlier ones were reviewed in time (``reviews.py``). ``deliver`` is the
only way to a further recipient of a payload, and asks once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.consent.fields import (
    CODE,
    LABELS_MAX,
    NONCE,
    PAYLOAD,
    PURPOSE,
    AccessId,
    ConsentId,
)
from p2pchain.business.consent.records import (
    ACCESS,
    Consent,
    GrantedAccess,
    due_key,
    link_key,
    require,
    require_access,
    require_active,
    require_controller,
    require_living,
    store,
    store_access,
    terms_in_force,
)
from p2pchain.business.consent.refusals import (
    AlreadyDelivered,
    CategoryOther,
    ConsentExists,
    NotGrantee,
    NotLinked,
)
from p2pchain.business.consent.reviews import REVIEW_MS, enter, require_reviewed
from p2pchain.business.consent.terms import AskedAccess, require_granted
from p2pchain.codec.consent_ids import access_id
from p2pchain.codec.private import SEALED_KEY_BYTES
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Array, Choice, Octets, Optional
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

EMERGENCY: Final = "emergency"
EMERGENCIES: Final = ("ETREAT", "BTG", "DISASTER")
"""Purposes of v3-ActReason that override a consent."""
CATEGORIES_ASKED: Final = Array(
    inner=CODE, most=LABELS_MAX, help="categories of the data, beside those of the payload"
)
PAYLOAD_ASKED: Final = Optional(inner=PAYLOAD, help="root of the payload that is asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPayload:
    """A payload of the controller falls under this consent, as data of these categories."""

    consent: ConsentId
    root: Annotated[bytes, PAYLOAD, Entry(is_argument=True)]
    categories: Annotated[
        tuple[str, ...],
        Array(inner=CODE, most=LABELS_MAX, help="categories of its data; none: the link ends"),
        Entry(option="category"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAccess:
    """A grantee wants data: ``root``, a payload that is linked, or data of these categories at large."""

    consent: ConsentId
    nonce: Annotated[bytes, NONCE]
    purpose: Annotated[str, PURPOSE]
    categories: Annotated[tuple[str, ...], CATEGORIES_ASKED, Entry(option="category")]
    root: Annotated[bytes | None, PAYLOAD_ASKED, Entry(option="payload")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """An emergency needs data at once, whatever the terms say."""

    consent: ConsentId
    nonce: Annotated[bytes, NONCE]
    purpose: Annotated[str, Choice(words=EMERGENCIES, help="which emergency"), Entry(default=EMERGENCIES[0])]
    categories: Annotated[tuple[str, ...], CATEGORIES_ASKED, Entry(option="category")]
    root: Annotated[bytes | None, PAYLOAD_ASKED, Entry(option="payload")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverPayload:
    """The payload's key, sealed by the controller to whoever was granted access."""

    access: AccessId
    sealed_key: Annotated[
        bytes, Octets(size=SEALED_KEY_BYTES, help="the payload's key, sealed anew"), Entry(is_made=True)
    ]


def link(context: Context, message: LinkPayload) -> None:
    """Link a payload, or link it anew with other categories. Refusals, in this order: ``CNS_NONE``,
    ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``CNS_ENDED``, ``PRIV_UNKNOWN``.
    """
    item = require(context, message.consent)
    controller = require_controller(context, item)
    require_living(item)
    context.call("private", "require_owned", message.root, controller)
    key = link_key(item.key, message.root)
    if message.categories:
        context.put(key, (message.categories,))
    else:
        context.delete(key)
    store(context, item, "linked" if message.categories else "unlinked", controller)
    context.emit("linked", (item.key, message.root, message.categories))


def access(context: Context, message: AskAccess) -> None:
    """Ask for access as a grantee. Refusals, in this order: ``CNS_NONE``, ``CNS_REVOKED``,
    ``CNS_NOT_GRANTEE``, ``CNS_NOT_LINKED``, those of ``require_granted``, ``CNS_EXISTS``.
    """
    item = require_active(context, message.consent)
    terms = terms_in_force(context, item)
    orgs = [account.org for account in context.accounts]
    org = next((org for org in orgs if org in terms.grantees), None)
    if org is None:
        raise NotGrantee({"consent": item.key.hex(), "org": orgs[0]})
    categories = _categories(context, item, message.root, message.categories)
    asked = AskedAccess(org=org, purpose=message.purpose, categories=categories, time_ms=context.time_ms)
    require_granted(context, item.key, terms, asked)
    granted = _granted(context, item, message, asked)
    _record(context, item, granted, "accessed")


def break_glass(context: Context, message: BreakGlass) -> None:
    """Take access in an emergency. Refusals, in this order: ``AUTH_ROLE``, ``CNS_NONE``, ``CNS_REVOKED``,
    ``CNS_NOT_LINKED``, ``CNS_CATEGORY`` where none is named, ``CNS_REVIEW_OVERDUE``, ``CNS_GLASSES_OPEN``,
    ``CNS_EXISTS``.
    """
    org = context.require_role(EMERGENCY).org
    item = require_active(context, message.consent)
    categories = _categories(context, item, message.root, message.categories)
    if not categories:
        raise CategoryOther({"consent": item.key.hex(), "category": None})
    require_reviewed(context, org)
    asked = AskedAccess(org=org, purpose=message.purpose, categories=categories, time_ms=context.time_ms)
    granted = replace(
        _granted(context, item, message, asked),
        break_glass=True,
        deadline_ms=context.time_ms + REVIEW_MS,
    )
    enter(context, org, granted.key)
    _record(context, item, granted, "glass_broken")


def deliver(context: Context, message: DeliverPayload) -> None:
    """Add whoever was granted access to the recipients of the payload. What was revoked or narrowed since is
    not delivered any more.

    Refusals, in this order: ``CNS_ACCESS_UNKNOWN``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``CNS_DELIVERED``,
    ``CNS_NONE``, ``CNS_REVOKED``, ``CNS_NOT_LINKED``, those of ``require_granted`` unless it was an
    emergency, and those of the module ``private``.
    """
    granted = require_access(context, message.access)
    item = require(context, granted.consent)
    controller = require_controller(context, item)
    if granted.delivered is not None:
        raise AlreadyDelivered({"access": granted.key.hex()})
    require_deliverable(context, granted)
    context.call("private", "reseal", granted.root, controller, granted.org, message.sealed_key)
    context.delete(due_key(controller, granted.key))
    store_access(context, replace(granted, delivered=context.height))
    store(context, item, "delivered", controller, granted.key)
    context.emit("delivered", (granted.key, item.key, granted.root, granted.org))


def require_deliverable(view: View, granted: GrantedAccess) -> None:
    """Refuse what would not be granted now. ``CNS_NONE``, ``CNS_REVOKED``, ``CNS_NOT_LINKED``, those of
    ``require_granted`` unless it was an emergency.
    """
    item = require_active(view, granted.consent)
    if granted.root is None:
        raise NotLinked({"consent": item.key.hex(), "root": None}, "it names no payload")
    categories = _categories(view, item, granted.root, granted.categories)
    if granted.break_glass:
        return
    asked = AskedAccess(org=granted.org, purpose=granted.purpose, categories=categories, time_ms=view.time_ms)
    require_granted(view, item.key, terms_in_force(view, item), asked)


def _granted(view: View, item: Consent, message: AskAccess | BreakGlass, asked: AskedAccess) -> GrantedAccess:
    """The access as it is recorded. ``CNS_EXISTS`` where the organisation has used the nonce."""
    key = access_id(asked.org, message.nonce)
    if view.get(ACCESS + key) is not None:
        raise ConsentExists({"id": key.hex()})
    return GrantedAccess(
        key=key,
        consent=item.key,
        version=item.version,
        org=OrgId(asked.org),
        purpose=asked.purpose,
        categories=asked.categories,
        root=message.root,
        height=view.height,
        time_ms=view.time_ms,
        break_glass=False,
        deadline_ms=None,
        verdict=None,
        reviewer=None,
        delivered=None,
    )


def _record(context: Context, item: Consent, granted: GrantedAccess, action: str) -> None:
    store_access(context, granted)
    if granted.root is not None:
        context.put(due_key(item.controller, granted.key), ())
    store(context, item, action, granted.org, granted.key)
    event = (granted.key, item.key, granted.org, granted.purpose, granted.categories, granted.root)
    context.emit(action, event)


def _categories(view: View, item: Consent, root: bytes | None, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Categories of the data that are asked for, ascending: those of the payload among them.
    ``CNS_NOT_LINKED``.
    """
    if root is None:
        return tuple(sorted(asked))
    facts: dict[str, Fact] = {"consent": item.key.hex(), "root": root.hex()}
    match view.get(link_key(item.key, root)):
        case (tuple(linked),):
            return tuple(sorted({*(str(category) for category in linked), *asked}))
    raise NotLinked(facts)
