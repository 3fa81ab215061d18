"""Counts and names of an organisation's accounts and nodes, so that no rule walks over them.

Records (keys after ``membership/``): ``organisations`` → ``[how many]``; ``tally/<org>`` → ``[accounts,
admins that are not frozen, nodes]``; ``account_name/<org>/<name>`` → ``[public key]``; ``node_name/<name>`` →
``[peer key]``; ``former/<org>`` → ``[height]``: an organisation that left in the block at this height, whose
name nobody gets again.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import Final

from p2pchain.ledger.account import Account
from p2pchain.ledger.context import Context, View

ADMIN: Final = "admin"
ORGANISATIONS: Final = b"organisations"
TALLY: Final = b"tally/"
ACCOUNT_NAME: Final = b"account_name/"
NODE_NAME: Final = b"node_name/"
FORMER: Final = b"former/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many accounts an organisation has, how many of them are admins and not frozen, how many nodes."""

    accounts: int = 0
    admins: int = 0
    nodes: int = 0


def tally_of(view: View, org: str) -> Tally:
    """The counts of an organisation."""
    match view.get(TALLY + org.encode()):
        case None:
            return Tally()
        case (int(accounts), int(admins), int(nodes)):
            return Tally(accounts=accounts, admins=admins, nodes=nodes)
        case record:
            raise AssertionError(f"tally record {record!r}")


def count_organisations(view: View) -> int:
    """How many organisations there are."""
    match view.get(ORGANISATIONS):
        case None:
            return 0
        case (int(count),):
            return count
        case record:
            raise AssertionError(f"count of organisations {record!r}")


def enter_organisation(context: Context, org: str) -> None:
    """Count a new organisation, which has nothing yet."""
    context.put(ORGANISATIONS, (count_organisations(context) + 1,))
    put_tally(context, org, Tally())


def leave_organisation(context: Context, org: str) -> None:
    """Count an organisation no more; its name stays taken for ever."""
    context.put(ORGANISATIONS, (count_organisations(context) - 1,))
    context.delete(TALLY + org.encode())
    context.put(FORMER + org.encode(), (context.height,))


def is_former(view: View, org: str) -> bool:
    """Whether an organisation of this name has left."""
    return view.get(FORMER + org.encode()) is not None


def enter_account(context: Context, org: str, name: str, public_key: bytes, roles: tuple[str, ...]) -> None:
    """Count an account that is not frozen, and keep its name."""
    tally = tally_of(context, org)
    admins = tally.admins + (ADMIN in roles)
    put_tally(context, org, replace(tally, accounts=tally.accounts + 1, admins=admins))
    context.put(account_name(org, name), (public_key,))


def leave_account(context: Context, account: Account) -> None:
    """Count an account no more, and free its name."""
    tally = tally_of(context, account.org)
    admins = tally.admins - is_active_admin(account)
    put_tally(context, account.org, replace(tally, accounts=tally.accounts - 1, admins=admins))
    context.delete(account_name(account.org, account.name))


def has_account(view: View, org: str, name: str) -> bool:
    """Whether the organisation has an account of this name."""
    return view.get(account_name(org, name)) is not None


def count_admin(context: Context, account: Account, change: int) -> None:
    """Count an account in or out of the admins that are not frozen, if it is an admin."""
    if ADMIN in account.roles:
        tally = tally_of(context, account.org)
        put_tally(context, account.org, replace(tally, admins=tally.admins + change))


def enter_node(context: Context, org: str, name: str, peer_key: bytes) -> None:
    """Count a node, and keep its name."""
    tally = tally_of(context, org)
    put_tally(context, org, replace(tally, nodes=tally.nodes + 1))
    context.put(NODE_NAME + name.encode(), (peer_key,))


def leave_node(context: Context, org: str, name: str) -> None:
    """Count a node no more, and free its name."""
    tally = tally_of(context, org)
    put_tally(context, org, replace(tally, nodes=tally.nodes - 1))
    context.delete(NODE_NAME + name.encode())


def has_node(view: View, name: str) -> bool:
    """Whether any organisation has a node of this name."""
    return view.get(NODE_NAME + name.encode()) is not None


def is_active_admin(account: Account) -> bool:
    """Whether an account is an admin that is not frozen."""
    return ADMIN in account.roles and not account.frozen


def account_name(org: str, name: str) -> bytes:
    """Where the name of an account is kept."""
    return ACCOUNT_NAME + org.encode() + b"/" + name.encode()


def put_tally(context: Context, org: str, tally: Tally) -> None:
    """Write the counts of an organisation."""
    assert min(astuple(tally)) >= 0, f"counts of {org}: {tally}"
    context.put(TALLY + org.encode(), astuple(tally))
