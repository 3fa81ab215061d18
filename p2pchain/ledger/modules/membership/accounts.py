"""What an organisation does with its own accounts and its own name: freeze, exchange and replace keys, and
say which legal entity it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.ledger.account import Account
from p2pchain.ledger.context import Context
from p2pchain.ledger.modules.membership.changes import (
    is_admin_of,
    require_quorum,
    require_unused,
    retire,
    roles_held,
    unknown,
)
from p2pchain.ledger.modules.membership.identifiers import is_lei, is_uscc
from p2pchain.ledger.modules.membership.records import (
    ACCOUNT,
    FROZEN,
    IDENTIFIER,
    IDENTITY,
    KIND_ACCOUNT,
    ORGANISATION,
    account_of,
    roles_of,
    texts,
)
from p2pchain.ledger.modules.membership.tally import (
    count_admin,
    enter_account,
    is_active_admin,
    leave_account,
    leave_organisation,
    tally_of,
)
from p2pchain.model.errors import Fact, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify:
    """Which legal entity an organisation is; None where it has no such number."""

    org: str
    lei: str | None
    uscc: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveOrganisation:
    """An organisation is no member any more."""

    org: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAccount:
    """The account of a key is frozen, or thawed."""

    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The key of an account gives its place to another."""

    old_key: bytes
    new_key: bytes


def identify(context: Context, message: Identify) -> None:
    """Say which legal entity an organisation is; its own admin may, or the quorum. ``MEMBERSHIP_UNKNOWN``,
    ``MEMBERSHIP_LEI``, ``MEMBERSHIP_USCC``, ``MEMBERSHIP_IDENTIFIER_USED``.
    """
    roles_held(context, message.org)
    if not is_admin_of(context, message.org):
        require_quorum(context)
    if message.lei is not None and not is_lei(message.lei):
        hint = "20 characters, the last two of which are check digits (ISO 17442)"
        raise Refused("MEMBERSHIP_LEI", {"lei": message.lei}, hint)
    if message.uscc is not None and not is_uscc(message.uscc):
        hint = "18 characters, the last of which is a check character (GB 32100)"
        raise Refused("MEMBERSHIP_USCC", {"uscc": message.uscc}, hint)
    key = IDENTITY + message.org.encode()
    for number in context.get(key) or ():
        if isinstance(number, str):
            context.delete(IDENTIFIER + number.encode())
    for number in (message.lei, message.uscc):
        if number is not None:
            claim(context, number, message.org)
    context.put(key, (message.lei, message.uscc))
    context.emit("identified", (message.org, message.lei, message.uscc))


def claim(context: Context, number: str, org: str) -> None:
    """A number names one organisation: ``MEMBERSHIP_IDENTIFIER_USED``."""
    held = context.get(IDENTIFIER + number.encode())
    if held is not None:
        (org_named,) = texts(held)
        facts: dict[str, Fact] = {"identifier": number, "org": org_named}
        raise Refused("MEMBERSHIP_IDENTIFIER_USED", facts, "one entity is one member")
    context.put(IDENTIFIER + number.encode(), (org,))


def remove_organisation(context: Context, message: RemoveOrganisation) -> None:
    """An organisation leaves: needs the quorum, and its nodes have to be gone (``MEMBERSHIP_HAS_NODES``). Its
    accounts sign nothing any more; what they signed, and what others owe it, stays. Its name is never given
    again.
    """
    require_quorum(context)
    roles_held(context, message.org)
    nodes = tally_of(context, message.org).nodes
    if nodes:
        hint = "remove its validators and nodes first"
        raise Refused("MEMBERSHIP_HAS_NODES", {"org": message.org, "nodes": nodes}, hint)
    leave_organisation(context, message.org)
    for number in context.get(IDENTITY + message.org.encode()) or ():
        if isinstance(number, str):
            context.delete(IDENTIFIER + number.encode())
    context.delete(IDENTITY + message.org.encode())
    context.delete(ORGANISATION + message.org.encode())
    context.emit("removed", (message.org,))


def freeze(context: Context, message: OneAccount) -> None:
    """Let an account sign nothing until it is thawed; an admin of its organisation may, or the quorum. The
    last admin that is not frozen stays (``MEMBERSHIP_LAST_ADMIN``) unless the quorum says so.
    """
    account = require_authority(context, message.public_key)
    if account.frozen:
        raise Refused("MEMBERSHIP_FROZEN", {"account": account.name, "org": account.org, "frozen": True})
    last = is_active_admin(account) and tally_of(context, account.org).admins == 1
    if last and is_admin_of(context, account.org):
        raise Refused("MEMBERSHIP_LAST_ADMIN", {"org": account.org, "account": account.name})
    context.put(FROZEN + message.public_key, (context.height, not is_admin_of(context, account.org)))
    count_admin(context, account, -1)
    context.emit("account_frozen", (account.org, account.name, message.public_key))


def unfreeze(context: Context, message: OneAccount) -> None:
    """Let it sign again; what the quorum froze, the quorum alone. ``MEMBERSHIP_FROZEN`` where it is not
    frozen.
    """
    account = require_authority(context, message.public_key)
    record = context.get(FROZEN + message.public_key)
    if record is None:
        raise Refused("MEMBERSHIP_FROZEN", {"account": account.name, "org": account.org, "frozen": False})
    if record[1]:
        require_quorum(context)
    context.delete(FROZEN + message.public_key)
    count_admin(context, account, 1)
    context.emit("account_unfrozen", (account.org, account.name, message.public_key))


def rotate_account(context: Context, message: Exchange) -> None:
    """Exchange an account's key; the old and the new one sign the transaction. ``MEMBERSHIP_NOT_PROVEN``."""
    signing = {account.public_key for account in context.accounts}
    for key in (message.old_key, message.new_key):
        if key not in signing:
            hint = "the old and the new key sign the one transaction"
            raise Refused("MEMBERSHIP_NOT_PROVEN", {"public_key": key.hex()}, hint)
    exchange(context, message, "account_rotated")


def replace_account(context: Context, message: Exchange) -> None:
    """Put another key in the place of one that is lost; an admin of its organisation may, or the quorum."""
    require_authority(context, message.old_key)
    exchange(context, message, "account_replaced")


def exchange(context: Context, message: Exchange, event: str) -> None:
    """The new key has the old one's name and roles from now on; what the old one signed stays valid."""
    account = account_of(context, message.old_key)
    if account is None:
        raise unknown("account", message.old_key)
    require_unused(context, message.new_key)
    record = (account.name, account.org, roles_of(account.roles))
    context.delete(ACCOUNT + message.old_key)
    context.delete(FROZEN + message.old_key)
    retire(context, message.old_key, KIND_ACCOUNT, None)
    context.put(ACCOUNT + message.new_key, record)
    leave_account(context, account)
    enter_account(context, account.org, account.name, message.new_key, account.roles)
    context.emit(event, (account.org, account.name, message.old_key, message.new_key))


def require_authority(context: Context, public_key: bytes) -> Account:
    """An account that the signers may decide about: ``MEMBERSHIP_UNKNOWN``, ``MEMBERSHIP_NO_QUORUM``."""
    account = account_of(context, public_key)
    if account is None:
        raise unknown("account", public_key)
    if not is_admin_of(context, account.org):
        require_quorum(context)
    return account
