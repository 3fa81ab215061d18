"""Policies as values, and whether the signers of a transaction satisfy one.

At least ``k`` of the parts must be filled, each by an account of its own; ``rules.py`` says where policies
stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from p2pchain.codec.genesis import is_role
from p2pchain.ledger.consortium.policy.refusals import PolicyRole, PolicyUnsatisfied
from p2pchain.ledger.context import View
from p2pchain.ledger.kinds import Bounds, Kind
from p2pchain.ledger.meter import FIT
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact, listed
from p2pchain.model.transaction import Value

PARTS_MAX = 32
"""Most parts of one policy."""
PART_BYTES_MAX = 64
ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyKind(Kind):
    """A policy, ``[k, [part, ...]]``: at least ``k`` of its parts have to be filled by signers."""

    @property
    def bounds(self) -> Bounds:
        """Kind, and how many parts it has at most."""
        return {"kind": "policy", "most": PARTS_MAX}

    def accepts(self, value: Value) -> bool:
        """Accept a policy: from 1 to all of its parts are needed, and their roles exist."""
        match value:
            case (int(needed), tuple(parts)) if type(needed) is int:
                return 1 <= needed <= len(parts) <= PARTS_MAX and all(map(is_part, parts))
            case _:
                return False


def require_satisfied(policy: Value, accounts: Sequence[Signer], governed: Mapping[str, Fact]) -> None:
    """Accept signers who satisfy a policy; ``POL_UNSATISFIED`` with the facts of what it governs."""
    if satisfied(policy, accounts):
        return
    held = sorted({account.org + "." + role for account in accounts for role in account.roles})
    needed, parts = parts_of(policy)
    facts: dict[str, Fact] = {**governed, "needed": needed, "parts": listed(parts)}
    raise PolicyUnsatisfied({**facts, "signed": listed(held)})


def matching_work(policy: Value, accounts: Sequence[Signer]) -> int:
    """Units of work of ``satisfied``, at most: whether an account fits a part is asked so often."""
    _, parts = parts_of(policy)
    return FIT * len(parts) * len(accounts) ** 2


def satisfied(policy: Value, accounts: Sequence[Signer]) -> bool:
    """Test whether enough parts can be filled, each by an account of its own."""
    needed, parts = parts_of(policy)
    filled: dict[int, int] = {}
    for place in range(len(parts)):
        _fill(place, parts, accounts, filled, [])
    return len(filled) >= needed


def _fill(
    place: int, parts: Sequence[str], accounts: Sequence[Signer], filled: dict[int, int], seen: list[int]
) -> bool:
    """Find an account for a part, along augmenting paths. Accounts that fill other parts are moved where need
    be; ``filled``: by account, the part that it fills.
    """
    for number, account in enumerate(accounts):
        if number in seen or not fits(parts[place], account):
            continue
        seen.append(number)
        if number not in filled or _fill(filled[number], parts, accounts, filled, seen):
            filled[number] = place
            return True
    return False


def fits(part: str, account: Signer) -> bool:
    """Test whether an account may fill a part."""
    org, _, role = part.rpartition(".")
    return role in account.roles and org in (ANY, account.org)


def in_words(policy: Value) -> str:
    """``OutOf(2, bank-a.financier, bank-b.financier)``."""
    needed, parts = parts_of(policy)
    return f"OutOf({needed}, {', '.join(parts)})"


def parts_of(policy: Value) -> tuple[int, tuple[str, ...]]:
    """Return the number of parts a policy needs, and all its parts."""
    match policy:
        case (int(needed), tuple(parts)):
            return needed, tuple(part for part in parts if isinstance(part, str))
        case _:
            raise AssertionError(f"policy {policy!r}")


def require_roles(view: View, policy: Value) -> None:
    """Refuse a policy that asks for a role that there is not: ``POL_ROLE``."""
    _, parts = parts_of(policy)
    for part in parts:
        _, _, role = part.rpartition(".")
        if role not in view.setting.roles:
            raise PolicyRole({"role": role, "roles": listed(view.setting.roles)})


def is_part(value: Value) -> bool:
    """Test the form ``org.role``; ``require_roles`` knows the roles."""
    if not isinstance(value, str) or len(value) > PART_BYTES_MAX:
        return False
    org, _, role = value.rpartition(".")
    return bool(org) and is_role(role)
