"""Counts and names of an organisation's accounts and nodes. No rule needs to walk over them.

Records (keys after ``membership/``): ``organisations`` → ``[how many]``; ``tally/<org>`` → ``[accounts,
admins that are not frozen themselves, nodes]``. What is counted keeps its name in ``names.py``.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import Final

from p2pchain.ledger.consortium.membership.names import (
    ACCOUNT_NAME,
    FORMER,
    NODE_NAME,
    frozen_key,
    name_key,
)
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.signer import Signer

ADMIN: Final = "admin"
ORGANISATIONS: Final = b"organisations"
TALLY: Final = b"tally/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Numbers of an organisation's accounts, of its admins that are not frozen, and of its nodes."""

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
    """Count the organisations."""
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


def enter_account(context: Context, org: str, name: str, public_key: bytes, roles: tuple[str, ...]) -> None:
    """Count an account that is not frozen, and keep its name."""
    tally = tally_of(context, org)
    admins = tally.admins + (ADMIN in roles)
    put_tally(context, org, replace(tally, accounts=tally.accounts + 1, admins=admins))
    context.put(ACCOUNT_NAME + name_key(org, name), (public_key,))


def leave_account(context: Context, account: Signer) -> None:
    """Count an account no more; its name stays taken for ever."""
    tally = tally_of(context, account.org)
    admins = tally.admins - is_active_admin(context, account)
    put_tally(context, account.org, replace(tally, accounts=tally.accounts - 1, admins=admins))
    context.put(ACCOUNT_NAME + name_key(account.org, account.name), (None,))


def move_account(context: Context, account: Signer, new_key: bytes) -> None:
    """Move an account's name to another key; the counts stay."""
    context.put(ACCOUNT_NAME + name_key(account.org, account.name), (new_key,))


def count_admin(context: Context, account: Signer, change: int) -> None:
    """Add ``change`` to the count of admins, for an admin that is not frozen."""
    if ADMIN in account.roles:
        tally = tally_of(context, account.org)
        put_tally(context, account.org, replace(tally, admins=tally.admins + change))


def enter_node(context: Context, org: str, name: str, peer_key: bytes) -> None:
    """Count a node, and keep its name."""
    tally = tally_of(context, org)
    put_tally(context, org, replace(tally, nodes=tally.nodes + 1))
    context.put(NODE_NAME + name.encode(), (peer_key,))


def leave_node(context: Context, org: str, name: str) -> None:
    """Count a node no more; its name stays taken for ever."""
    tally = tally_of(context, org)
    put_tally(context, org, replace(tally, nodes=tally.nodes - 1))
    context.put(NODE_NAME + name.encode(), (None,))


def is_active_admin(view: View, account: Signer) -> bool:
    """Test whether an account is an admin that is not frozen itself."""
    return ADMIN in account.roles and view.get(frozen_key(account.org, account.name)) is None


def put_tally(context: Context, org: str, tally: Tally) -> None:
    """Write the counts of an organisation."""
    assert min(astuple(tally)) >= 0, f"counts of {org}: {tally}"
    context.put(TALLY + org.encode(), astuple(tally))
