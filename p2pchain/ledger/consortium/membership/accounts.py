"""Accounts of organisations: they come with a key that has proven itself, and leave with a name that serves
nobody again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.codec.genesis import ACCOUNTS_MAX, is_name
from p2pchain.ledger.consortium.membership.authority import require_admins_left, require_own_or_quorum
from p2pchain.ledger.consortium.membership.fields import (
    ACCOUNT_KEY,
    MADE,
    NEW_KEY,
    OLD_KEY,
    AccountName,
    AccountProven,
    OrgNamed,
    OrgProven,
    Proof,
    Roles,
)
from p2pchain.ledger.consortium.membership.freezing import thaw
from p2pchain.ledger.consortium.membership.lookup import (
    account_named,
    require_fresh,
    require_held,
    require_name,
    require_room,
    require_unused,
    retire,
    roles_held,
    unknown,
)
from p2pchain.ledger.consortium.membership.names import ACCOUNT_NAME, name_key
from p2pchain.ledger.consortium.membership.records import ACCOUNT, KIND_ACCOUNT, account_of, roles_of
from p2pchain.ledger.consortium.membership.refusals import KeyUnproven, RoleUnknown
from p2pchain.ledger.consortium.membership.tally import enter_account, leave_account, move_account, tally_of
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import listed
from p2pchain.model.ids import PublicKey
from p2pchain.model.possession import ACCOUNT as AS_ACCOUNT
from p2pchain.model.possession import Possession


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAccount:
    """A client key of an organisation; ``roles`` is a subset of the organisation's; ``possession``: the key's
    signature that it will serve under this name.
    """

    org: OrgProven
    name: AccountProven
    public_key: Annotated[bytes, ACCOUNT_KEY, MADE]
    roles: Roles
    possession: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAccount:
    """An account signs nothing any more."""

    org: OrgNamed
    name: AccountName


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate:
    """The key of an account gives its place to another; both sign the transaction."""

    old_key: Annotated[bytes, OLD_KEY, Entry(is_argument=True)]
    new_key: Annotated[bytes, NEW_KEY, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """An account has another key; ``possession``: that key's signature that it will serve under the name."""

    org: OrgProven
    name: AccountProven
    new_key: Annotated[bytes, NEW_KEY, MADE]
    possession: Proof


def add_account(context: Context, message: AddAccount) -> None:
    """Add an account; the organisation may, or the quorum (for its first one). ``MEMBERSHIP_...``."""
    held = roles_held(context, message.org)
    require_own_or_quorum(context, message.org)
    for role in message.roles:
        if role not in held:
            raise RoleUnknown({"role": role, "roles": listed(held)})
    require_new_account(context, message)
    require_room(tally_of(context, message.org).accounts, ACCOUNTS_MAX, "accounts")
    context.put(ACCOUNT + message.public_key, (message.name, message.org, roles_of(message.roles)))
    enter_account(context, message.org, message.name, message.public_key, message.roles)
    context.emit("account_added", (message.org, message.name, message.public_key))


def require_new_account(view: View, message: AddAccount) -> None:
    """Require an allowed, unused name and a new key that has proven possession. Neither may have been in use
    before.
    """
    require_name(is_name(message.name), message.name)
    require_unused(view, message.public_key)
    require_account_held(view, message.org, message.name, message.public_key, message.possession)
    key = name_key(message.org, message.name)
    require_fresh(view, ACCOUNT_NAME, key, {"org": message.org, "account": message.name})


def remove_account(context: Context, message: RemoveAccount) -> None:
    """Remove an account; its organisation may, or the quorum. As many admins stay as the organisation needs
    (``MEMBERSHIP_LAST_ADMIN``), or nobody could speak for it.
    """
    account = account_named(context, message.org, message.name)
    require_own_or_quorum(context, message.org)
    require_admins_left(context, account)
    context.delete(ACCOUNT + account.public_key)
    leave_account(context, account)
    thaw(context, account.org, account.name)
    retire(context, account.public_key, KIND_ACCOUNT, None)
    context.emit("account_removed", (account.org, account.name, account.public_key))


def rotate_account(context: Context, message: Rotate) -> None:
    """Exchange an account's key; the old and the new one sign the transaction. ``MEMBERSHIP_NOT_PROVEN``."""
    signing = {account.public_key for account in context.accounts}
    for key in (message.old_key, message.new_key):
        if key not in signing:
            raise KeyUnproven({"public_key": key.hex()}, "the old and the new key sign the one transaction")
    account = account_of(context, message.old_key)
    if account is None:
        raise unknown("account", message.old_key)
    exchange(context, account, message.new_key, "account_rotated")


def replace_account(context: Context, message: Replace) -> None:
    """Put another key in the place of one that is lost; its organisation may, or the quorum. A freeze stays,
    for it stands under the name.
    """
    account = account_named(context, message.org, message.name)
    require_own_or_quorum(context, message.org)
    require_account_held(context, message.org, message.name, message.new_key, message.possession)
    exchange(context, account, message.new_key, "account_replaced")


def exchange(context: Context, account: Signer, new_key: bytes, event: str) -> None:
    """Replace an account's key; the new one has its name and roles. Signatures of the old key stay valid."""
    require_unused(context, new_key)
    record = context.get(ACCOUNT + account.public_key)
    assert record is not None, "an account has a record"
    context.delete(ACCOUNT + account.public_key)
    retire(context, account.public_key, KIND_ACCOUNT, None)
    context.put(ACCOUNT + new_key, record)
    move_account(context, account, new_key)
    context.emit(event, (account.org, account.name, account.public_key, new_key))


def require_account_held(view: View, org: str, name: str, key: bytes, signature: bytes) -> None:
    """``MEMBERSHIP_NOT_PROVEN`` unless the key signed that it serves as this account."""
    statement = Possession(kind=AS_ACCOUNT, org=org, name=name, key=PublicKey(key))
    require_held(view, statement, signature)
