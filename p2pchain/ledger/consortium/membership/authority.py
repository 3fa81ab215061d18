"""Authority over the membership: the quorum of all, or an organisation for itself.

Whatever touches who agrees on blocks, or who may connect, needs the organisations that hold more than 2/3 of
the power: an account of each that holds the role ``admin`` signs the one transaction. The power is that of
the validators of ``H + 1``, which no operation of block ``H`` changes any more.

An organisation's own accounts, its own consensus key and its own name need its own admins alone: one of them,
or as many as it has agreed on (``policy set_own``). What it can no longer raise itself, the quorum does for
it: it may do whatever an organisation may do for itself.
"""

from __future__ import annotations

from p2pchain.ledger.consortium.membership.refusals import LastAdmin, OwnAdminsMissing, QuorumMissing
from p2pchain.ledger.consortium.membership.tally import ADMIN, is_active_admin, tally_of
from p2pchain.ledger.context import View
from p2pchain.ledger.meter import MEMBER
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact, listed


def require_quorum(context: View) -> None:
    """Require admins of organisations with more than 2/3 of the power; ``MEMBERSHIP_NO_QUORUM``."""
    validators = context.setting.validators
    signing, power = quorum_of(context)
    if not validators.is_quorum(power):
        facts: dict[str, Fact] = {"orgs": listed(sorted(signing)), "power": power}
        raise QuorumMissing({**facts, "total_power": validators.total_power})


def has_quorum(context: View) -> bool:
    """Test whether admins with more than 2/3 of the power sign."""
    _, power = quorum_of(context)
    return context.setting.validators.is_quorum(power)


def quorum_of(context: View) -> tuple[frozenset[str], int]:
    """Organisations of which an admin signs, and the power of their validators."""
    signing = frozenset(account.org for account in context.accounts if ADMIN in account.roles)
    members = context.setting.validators.members
    context.meter.spend(MEMBER * len(members))
    return signing, sum(member.power for member in members if member.org in signing)


def require_own_or_quorum(context: View, org: str) -> None:
    """``MEMBERSHIP_NO_QUORUM`` unless the organisation decides for itself, or the quorum does; where admins
    of it sign, but too few, ``POL_OWN_UNSATISFIED``.
    """
    if decides_for_itself(context, org) or has_quorum(context):
        return
    signing, needed = own_admins_signing(context, org), own_needed(context, org)
    if signing:
        facts: dict[str, Fact] = {"org": org, "needed": needed, "signed": signing}
        raise OwnAdminsMissing(facts)
    require_quorum(context)


def decides_for_itself(context: View, org: str) -> bool:
    """Test whether enough admins of the organisation sign for its own affairs."""
    return own_admins_signing(context, org) >= own_needed(context, org)


def own_admins_signing(context: View, org: str) -> int:
    """Count the organisation's admins among the signers; a key signs once."""
    return len(
        {account.public_key for account in context.accounts if account.org == org and ADMIN in account.roles}
    )


def own_needed(context: View, org: str) -> int:
    """Return the number of admins that an organisation's own affairs need."""
    needed = context.call("policy", "own_needed", org)
    assert isinstance(needed, int), f"a number, not {needed!r}"
    return needed


def require_admins_left(context: View, account: Signer) -> None:
    """``MEMBERSHIP_LAST_ADMIN`` where an organisation without this admin could not decide for itself."""
    if not is_active_admin(context, account):
        return
    left, needed = tally_of(context, account.org).admins - 1, own_needed(context, account.org)
    if left < needed:
        facts: dict[str, Fact] = {"org": account.org, "account": account.name, "admins": left}
        raise LastAdmin({**facts, "needed": needed})
