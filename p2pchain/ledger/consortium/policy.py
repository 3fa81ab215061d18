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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from p2pchain.ledger.account import Account
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.meter import FIT
from p2pchain.ledger.module import Action, Json, Module, Query
from p2pchain.ledger.schema import Bounds, Field, IntegerField, Kind, OptionalField, TextField
from p2pchain.model.errors import Fact, Refused, listed
from p2pchain.model.genesis import ROLES
from p2pchain.model.ids import ORG_ID_CHARS_MAX
from p2pchain.model.transaction import Value

NAME = "policy"
RULE = b"rule/"
PARTS_MAX = 32
"""Most parts of one policy."""
OWN = b"own/"
WORD_BYTES_MAX = 64
OWN_MAX = 16
"""Most admins that an organisation may ask of itself: a transaction has no more signers."""
EXEMPT = (NAME, "membership", "governance")
ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyKind(Kind):
    """A policy: ``[k, [part, ...]]``."""

    @property
    def bounds(self) -> Bounds:
        """Its kind, and how many parts it has."""
        return {"kind": "policy", "most": PARTS_MAX}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is a policy: from 1 to all of its parts are needed, and their roles exist."""
        match value:
            case (int(needed), tuple(parts)) if type(needed) is int:
                return 1 <= needed <= len(parts) <= PARTS_MAX and all(map(is_part, parts))
            case _:
                return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """The policy of an action; None for none."""

    module: str
    action: str
    policy: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOwn:
    """How many admins of an organisation its own affairs need."""

    org: str
    needed: int


def set_own(context: Context, message: SetOwn) -> None:
    """Agree on how many admins one's own affairs need, with as many as they need now; or the quorum does.
    ``POL_OWN_UNSATISFIED``, ``MEMBERSHIP_NO_QUORUM``, ``POL_OWN_ADMINS`` where there are fewer.
    """
    if not context.call("membership", "is_member", message.org):
        raise Refused("MEMBERSHIP_UNKNOWN", {"org": message.org})
    context.call("membership", "require_own_or_quorum", message.org)
    admins = context.call("membership", "admin_count", message.org)
    assert isinstance(admins, int), f"a number, not {admins!r}"
    if message.needed > max(admins, 1):
        facts: dict[str, Fact] = {"org": message.org, "needed": message.needed, "admins": admins}
        raise Refused("POL_OWN_ADMINS", facts, "add admins first")
    if message.needed == 1:
        context.delete(OWN + message.org.encode())
    else:
        context.put(OWN + message.org.encode(), (message.needed,))
    context.emit("own_set", (message.org, message.needed))


def own_needed(view: View, org: Value) -> Value:
    """How many admins an organisation needs for its own affairs: 1 unless it has agreed on more."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    record = view.get(OWN + org.encode())
    return 1 if record is None else record[0]


def forget_own(context: Context, org: Value) -> Value:
    """Forget what an organisation that leaves had agreed on."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    context.delete(OWN + org.encode())
    return None


def set_policy(context: Context, message: Set) -> None:
    """Set or take away a policy. ``MEMBERSHIP_NO_QUORUM``, ``POL_EXEMPT``, ``POL_UNKNOWN_ACTION``."""
    context.call("membership", "require_quorum")
    require_open_to_policies(context, message)
    told: dict[str, Fact] = {"module": message.module, "action": message.action}
    key = RULE + message.module.encode() + b"/" + message.action.encode()
    left = message.policy is None and context.get(key) is not None  # Of an action that a version gave up.
    if (message.module, message.action) not in context.setting.actions and not left:
        raise Refused("POL_UNKNOWN_ACTION", told, "compare module and action with docs/ledger.md")
    if message.policy is None:
        context.delete(key)
    else:
        assert isinstance(message.policy, tuple), "the field takes a policy"
        context.put(key, message.policy)
    context.emit("set", (message.module, message.action, message.policy))


def require_open_to_policies(_view: View, message: Set) -> None:
    """``POL_EXEMPT`` for a module that takes no policy."""
    if message.module in EXEMPT:
        facts: dict[str, Fact] = {"module": message.module, "action": message.action}
        raise Refused("POL_EXEMPT", facts, "its own rules are not to be added to")


def require_satisfied(policy: Value, accounts: Sequence[Account], told: Mapping[str, Fact]) -> None:
    """``Refused("POL_UNSATISFIED")`` with what is ``told`` unless the signers satisfy a policy."""
    if satisfied(policy, accounts):
        return
    held = sorted({account.org + "." + role for account in accounts for role in account.roles})
    needed, parts = parts_of(policy)
    facts: dict[str, Fact] = {**told, "needed": needed, "parts": listed(parts)}
    hint = "have those sign the same transaction: p2pchain tx sign"
    raise Refused("POL_UNSATISFIED", {**facts, "signed": listed(held)}, hint)


def matching_work(policy: Value, accounts: Sequence[Account]) -> int:
    """Units of work of ``satisfied``, at most: whether an account fits a part is asked so often."""
    _, parts = parts_of(policy)
    return FIT * len(parts) * len(accounts) ** 2


def rule_key(module: str, action: str) -> bytes:
    """The state key of an action's policy, its namespace included."""
    return NAME.encode() + b"/" + RULE + module.encode() + b"/" + action.encode()


def satisfied(policy: Value, accounts: Sequence[Account]) -> bool:
    """Whether as many parts as needed can be filled, each by an account of its own."""
    needed, parts = parts_of(policy)
    filled: dict[int, int] = {}
    for place in range(len(parts)):
        _fill(place, parts, accounts, filled, [])
    return len(filled) >= needed


def _fill(
    place: int, parts: Sequence[str], accounts: Sequence[Account], filled: dict[int, int], seen: list[int]
) -> bool:
    """Find an account for a part, moving those that fill others where need be (augmenting paths);
    ``filled``: by account, the part that it fills.
    """
    for number, account in enumerate(accounts):
        if number in seen or not fits(parts[place], account):
            continue
        seen.append(number)
        if number not in filled or _fill(filled[number], parts, accounts, filled, seen):
            filled[number] = place
            return True
    return False


def fits(part: str, account: Account) -> bool:
    """Whether an account may fill a part."""
    org, _, role = part.rpartition(".")
    return role in account.roles and org in (ANY, account.org)


def in_words(policy: Value) -> str:
    """``OutOf(2, bank-a.financier, bank-b.financier)``."""
    needed, parts = parts_of(policy)
    return f"OutOf({needed}, {', '.join(parts)})"


def parts_of(policy: Value) -> tuple[int, tuple[str, ...]]:
    """How many parts a policy needs, and all of them."""
    match policy:
        case (int(needed), tuple(parts)):
            return needed, tuple(part for part in parts if isinstance(part, str))
        case _:
            raise AssertionError(f"policy {policy!r}")


def is_part(value: Value) -> bool:
    """Whether a value is ``org.role``."""
    if not isinstance(value, str) or len(value) > WORD_BYTES_MAX:
        return False
    org, _, role = value.rpartition(".")
    return bool(org) and role in ROLES


def answer_list(view: View, _args: Mapping[str, Value]) -> Json:
    """``{"policies": [{"module", "action", "policy"}, ...], "own": [{"org", "needed"}, ...]}``, policies in
    words.
    """
    found: list[Json] = []
    for key, policy in view.walk(RULE):
        module, _, action = key[len(RULE) :].decode().partition("/")
        found.append({"module": module, "action": action, "policy": in_words(policy)})
    own = [{"org": key[len(OWN) :].decode(), "needed": needed} for key, (needed,) in view.walk(OWN)]
    return {"policies": found, "own": own}


MODULE = Module(
    name=NAME,
    actions=(
        Action(
            name="set",
            message=Set,
            fields=(
                TextField(name="module", bytes_max=WORD_BYTES_MAX),
                TextField(name="action", bytes_max=WORD_BYTES_MAX),
                OptionalField(inner=Field(name="policy", kind=PolicyKind())),
            ),
            run=set_policy,
            lasting=require_open_to_policies,
        ),
        Action(
            name="set_own",
            message=SetOwn,
            fields=(
                TextField(name="org", bytes_max=ORG_ID_CHARS_MAX),
                IntegerField(name="needed", low=1, high=OWN_MAX),
            ),
            run=set_own,
        ),
    ),
    queries=(Query(name="list", fields=(), answer=answer_list),),
    publics={"own_needed": own_needed, "forget_own": forget_own},
)
