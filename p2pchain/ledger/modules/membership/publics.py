"""What other modules may ask the membership."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.ledger.context import Public, View
from p2pchain.ledger.modules.membership.changes import require_quorum
from p2pchain.ledger.modules.membership.records import ORGANISATION, account_of
from p2pchain.model.transaction import Value


def is_member(view: View, org: Value) -> Value:
    """Whether there is an organisation of this name."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    return view.get(ORGANISATION + org.encode()) is not None


def signed_by_quorum(view: View) -> Value:
    """``Refused("MEMBERSHIP_NO_QUORUM")`` unless admins of organisations with more than 2/3 of the power
    sign.
    """
    require_quorum(view)
    return None


def account_at(view: View, public_key: Value) -> Value:
    """``(name, org, roles, frozen)`` of an account, null for a stranger."""
    assert isinstance(public_key, bytes), f"a key, not {public_key!r}"
    account = account_of(view, public_key)
    return None if account is None else (account.name, account.org, account.roles, account.frozen)


PUBLICS: Mapping[str, Public] = {
    "is_member": is_member,
    "require_quorum": signed_by_quorum,
    "account_at": account_at,
}
