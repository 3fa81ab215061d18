"""Public functions of the membership, for other modules."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.ledger.consortium.membership.authority import require_own_or_quorum, require_quorum
from p2pchain.ledger.consortium.membership.lookup import require_held
from p2pchain.ledger.consortium.membership.records import ORGANISATION, account_of
from p2pchain.ledger.consortium.membership.tally import tally_of
from p2pchain.ledger.context import Context, Public, View
from p2pchain.model.ids import PublicKey
from p2pchain.model.possession import Possession
from p2pchain.model.transaction import Value


def is_member(view: View, org: Value) -> Value:
    """Test whether an organisation of this name is a member."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    return view.get(ORGANISATION + org.encode()) is not None


def org_has_role(view: View, org: Value, role: Value) -> Value:
    """Test whether an organisation of this name holds a role."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    record = view.get(ORGANISATION + org.encode())
    return record is not None and isinstance(record[1], tuple) and role in record[1]


def signed_by_quorum(view: View) -> Value:
    """Require admins of organisations with more than 2/3 of the power. Raises
    ``Refused("MEMBERSHIP_NO_QUORUM")``.
    """
    require_quorum(view)
    return None


def account_at(view: View, public_key: Value) -> Value:
    """``(name, org, roles, frozen)`` of an account, null for a stranger."""
    assert isinstance(public_key, bytes), f"a key, not {public_key!r}"
    account = account_of(view, public_key)
    return None if account is None else (account.name, account.org, account.roles, account.frozen)


def signed_by_own(view: View, org: Value) -> Value:
    """Refuse unless an organisation decides for itself, or the quorum does: ``POL_OWN_UNSATISFIED``,
    ``MEMBERSHIP_NO_QUORUM``.
    """
    assert isinstance(org, str), f"an organisation, not {org!r}"
    require_own_or_quorum(view, org)
    return None


def admin_count(view: View, org: Value) -> Value:
    """Count an organisation's admins that are not frozen themselves."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    return tally_of(view, org).admins


def proven_key(context: Context, kind: Value, org: Value, name: Value, key: Value, signature: Value) -> Value:
    """Refuse a key that has not signed that it serves so: ``MEMBERSHIP_NOT_PROVEN``."""
    match kind, org, name, key, signature:
        case str(), str(), str(), bytes(), bytes():
            statement = Possession(kind=kind, org=org, name=name, key=PublicKey(key))
            require_held(context, statement, signature)
            return None
        case _:
            raise AssertionError(f"a statement of possession, not {(kind, org, name, key)!r}")


PUBLICS: Mapping[str, Public] = {
    "is_member": is_member,
    "org_has_role": org_has_role,
    "require_quorum": signed_by_quorum,
    "require_own_or_quorum": signed_by_own,
    "admin_count": admin_count,
    "require_held": proven_key,
    "account_at": account_at,
}
