"""Accounts and whole organisations are frozen: they sign nothing until whoever froze them thaws them.

A freeze stands under a name, not under a key, so no exchange of keys shakes it off. What the quorum froze the
quorum alone thaws; what an organisation froze of its own, it or the quorum. An organisation as a whole is
frozen by the quorum alone: its accounts sign nothing, those included that it has yet to name, so it rotates
no key and adds none meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.ledger.consortium.membership.authority import (
    has_quorum,
    require_admins_left,
    require_own_or_quorum,
    require_quorum,
)
from p2pchain.ledger.consortium.membership.fields import ACCOUNT, OrgNamed
from p2pchain.ledger.consortium.membership.lookup import account_named, roles_held
from p2pchain.ledger.consortium.membership.names import frozen_key
from p2pchain.ledger.consortium.membership.refusals import AlreadyFrozen, NotFrozen
from p2pchain.ledger.consortium.membership.tally import count_admin
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Optional
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Freeze an account, or the whole organisation where ``account`` is None."""

    org: OrgNamed
    account: Annotated[
        str | None,
        Optional(inner=ACCOUNT, help="the account; left out: the organisation as a whole"),
        Entry(is_argument=True),
    ]


def freeze(context: Context, message: Freeze) -> None:
    """Let an account, or an organisation, sign nothing until it is thawed. The last admins that an
    organisation needs stay (``MEMBERSHIP_LAST_ADMIN``) unless the quorum says so. ``MEMBERSHIP_FROZEN``.
    """
    account: Signer | None = None
    maker: str | None = None
    if message.account is None:
        require_quorum(context)
        roles_held(context, message.org)
    else:
        account = account_named(context, message.org, message.account)
        require_own_or_quorum(context, message.org)
        maker = None if has_quorum(context) else message.org
        if maker is not None:
            require_admins_left(context, account)
    key = frozen_key(message.org, message.account)
    if context.get(key) is not None:
        raise AlreadyFrozen(facts_of(message))
    context.put(key, (context.height, maker))
    if account is not None:
        count_admin(context, account, -1)
    context.emit("frozen", (message.org, message.account, maker))


def unfreeze(context: Context, message: Freeze) -> None:
    """Let it sign again; what the quorum froze, the quorum alone. ``MEMBERSHIP_NOT_FROZEN``."""
    roles_held(context, message.org)
    require_own_or_quorum(context, message.org)
    record = context.get(frozen_key(message.org, message.account))
    if record is None:
        raise NotFrozen(facts_of(message))
    if record[1] is None:
        require_quorum(context)
    thaw(context, message.org, message.account)
    if message.account is not None:
        count_admin(context, account_named(context, message.org, message.account), 1)
    context.emit("unfrozen", (message.org, message.account))


def thaw(context: Context, org: str, account: str | None) -> None:
    """Take the record of a freeze away, where there is one."""
    context.delete(frozen_key(org, account))


def frozen_by(view: View, org: str, account: str | None) -> str | None:
    """Return the author of a freeze: its organisation, ``quorum``, or None where nothing is frozen."""
    record = view.get(frozen_key(org, account))
    if record is None:
        return None
    return "quorum" if record[1] is None else "organisation"


def facts_of(message: Freeze) -> dict[str, Fact]:
    """Name what is frozen or thawed."""
    return {"org": message.org, "account": message.account}
