"""Policies: who has to sign an action, beyond what its module asks for itself.

A policy is ``OutOf(k, part, part, ...)``, a part being ``org.role`` or ``*.role`` (any organisation): at
least ``k`` of the parts must be filled, each by an account of its own that signs the transaction, of that
organisation and with that role. A part may stand there more than once: ``OutOf(2, buyer.issuer,
buyer.issuer)`` wants four eyes. A policy is set for one action of one module by the organisations that hold
more than 2/3 of the power, and asked before the action's own rule; it can only add to that rule. There is
none for this module, for ``membership`` and ``governance``, so nobody locks everybody out, and what
governance decides asks none.

**For itself** an organisation agrees on how many of its admins its own affairs need (``set_own``): who its
accounts are and which of them are frozen, the key of its validator, which legal entity it is, and this
number. Without a word of it one admin is enough. It changes under itself alone; where an organisation has
lost so many keys that it can raise that number no more, the quorum lowers it.

Records (keys after ``policy/``): ``rule/<module>/<action>`` → ``[k, [part, ...]]``; ``own/<org>`` → ``[k]``,
absent for 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.ledger.consortium.membership.refusals import MemberUnknown
from p2pchain.ledger.consortium.policy.refusals import ActionUnknown, AdminsTooFew, ModuleExempt
from p2pchain.ledger.consortium.policy.signers import PolicyKind, require_roles
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Integer, Optional, Organisation, Text
from p2pchain.model.errors import Fact
from p2pchain.model.transaction import Value

NAME = "policy"
RULE = b"rule/"
OWN = b"own/"
WORD_BYTES_MAX = 64
OWN_MAX = 16
"""Most admins that an organisation may ask of itself: a transaction has no more signers."""
EXEMPT = (NAME, "membership", "governance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """The policy of an action; None for none."""

    module: Annotated[
        str, Text(bytes_max=WORD_BYTES_MAX, help="module of the action"), Entry(is_argument=True)
    ]
    action: Annotated[str, Text(bytes_max=WORD_BYTES_MAX, help="the action"), Entry(is_argument=True)]
    policy: Annotated[
        Value,
        Optional(
            inner=PolicyKind(help="who has to sign it, too; left out: nobody else"),
            help="who has to sign it, too; left out: nobody else",
        ),
        Entry(is_argument=True),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOwn:
    """Set the number of admins that an organisation's own affairs need."""

    org: Annotated[str, Organisation(help="organisation that decides"), Entry(is_argument=True)]
    needed: Annotated[
        int,
        Integer(low=1, high=OWN_MAX, unit="admins", help="how many admins its own affairs need"),
        Entry(is_argument=True),
    ]


def set_own(context: Context, message: SetOwn) -> None:
    """Set the number of admins that one's own affairs need. As many sign as are needed now, or the quorum
    does. ``POL_OWN_UNSATISFIED``, ``MEMBERSHIP_NO_QUORUM``, ``POL_OWN_ADMINS`` where there are fewer.
    """
    if not context.call("membership", "is_member", message.org):
        raise MemberUnknown({"org": message.org})
    context.call("membership", "require_own_or_quorum", message.org)
    admins = context.call("membership", "admin_count", message.org)
    assert isinstance(admins, int), f"a number, not {admins!r}"
    if message.needed > max(admins, 1):
        facts: dict[str, Fact] = {"org": message.org, "needed": message.needed, "admins": admins}
        raise AdminsTooFew(facts)
    if message.needed == 1:
        context.delete(OWN + message.org.encode())
    else:
        context.put(OWN + message.org.encode(), (message.needed,))
    context.emit("own_set", (message.org, message.needed))


def own_needed(view: View, org: Value) -> Value:
    """Return the number of admins an organisation needs; 1 unless it agreed on more."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    record = view.get(OWN + org.encode())
    return 1 if record is None else record[0]


def forget_own(context: Context, org: Value) -> Value:
    """Forget what an organisation that leaves had agreed on."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    context.delete(OWN + org.encode())
    return None


def set_policy(context: Context, message: Set) -> None:
    """Set or take away a policy. ``MEMBERSHIP_NO_QUORUM``, ``POL_EXEMPT``, ``POL_UNKNOWN_ACTION``,
    ``POL_ROLE``.
    """
    context.call("membership", "require_quorum")
    require_open_to_policies(context, message)
    named: dict[str, Fact] = {"module": message.module, "action": message.action}
    key = RULE + message.module.encode() + b"/" + message.action.encode()
    left = message.policy is None and context.get(key) is not None  # Of an action that a version gave up.
    if (message.module, message.action) not in context.setting.actions and not left:
        raise ActionUnknown(named)
    if message.policy is None:
        context.delete(key)
    else:
        require_roles(context, message.policy)
        assert isinstance(message.policy, tuple), "the field takes a policy"
        context.put(key, message.policy)
    context.emit("set", (message.module, message.action, message.policy))


def require_open_to_policies(_view: View, message: Set) -> None:
    """``POL_EXEMPT`` for a module that takes no policy."""
    if message.module in EXEMPT:
        facts: dict[str, Fact] = {"module": message.module, "action": message.action}
        raise ModuleExempt(facts)


def rule_key(module: str, action: str) -> bytes:
    """The state key of an action's policy, its namespace included."""
    return NAME.encode() + b"/" + RULE + module.encode() + b"/" + action.encode()
