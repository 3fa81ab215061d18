"""How the members change the membership: who may, and within which bounds.

Whatever touches who agrees on blocks, or who may connect, needs the organisations that hold more than 2/3 of
the power: an account of each that holds the role ``admin`` signs the one transaction. An organisation's own
accounts, and the exchange of its own consensus key, need its own admin alone.

The power is that of the validators of ``H + 1``, which no operation of block ``H`` changes any more; a change
in block ``H`` holds from ``H + 2`` on. In one block either a single validator changes (comes, goes, changes
its power or its key), or those that stay as they are hold more than 2/3 of the power of the set before the
block, and of the set after it: so the newcomers of one block cannot stop the chain by being absent, however
many they are, unless they come into a set that is too small to lose one.

A consensus key validates once in the life of a chain: whoever returns brings a new one. So what is known of
a key's signatures never has a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.codec.genesis import ACCOUNTS_MAX, NODES_MAX, ORGANISATIONS_MAX, is_name, is_org
from p2pchain.codec.legal_name import is_legal_name
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.meter import SIGNATURE
from p2pchain.ledger.modules.membership.records import (
    ACCOUNT,
    KIND_ACCOUNT,
    KIND_CONSENSUS,
    KIND_PEER,
    NODE,
    ORGANISATION,
    RETIRED,
    VALIDATOR,
    account_of,
    member_of,
    roles_of,
    texts,
    validator_of_record,
    validators_of,
)
from p2pchain.ledger.modules.membership.tally import (
    ADMIN,
    count_organisations,
    enter_account,
    enter_node,
    enter_organisation,
    has_account,
    has_node,
    is_active_admin,
    is_former,
    leave_account,
    leave_node,
    tally_of,
)
from p2pchain.model.errors import Fact, Refused, listed
from p2pchain.model.genesis import ROLES, Member
from p2pchain.model.ids import PublicKey, Signature
from p2pchain.model.validators import VALIDATORS_MAX, Validator, ValidatorSet
from p2pchain.model.voting import Succession


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """A new organisation, with the roles that it may hold."""

    org: str
    legal_name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAccount:
    """A client key of an organisation; ``roles`` is a subset of the organisation's."""

    org: str
    name: str
    public_key: bytes
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAccount:
    """The account of this key signs nothing any more."""

    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNode:
    """A node of a member may connect."""

    org: str
    name: str
    peer_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNode:
    """A node may connect no more."""

    peer_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddValidator:
    """A node that may connect validates with this key; ``possession``: the key's signature that it will."""

    peer_key: bytes
    consensus_key: bytes
    power: int
    possession: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveValidator:
    """A key validates no more."""

    consensus_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPower:
    """A validator has this power."""

    consensus_key: bytes
    power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateValidator:
    """A validator's key gives its place to another; both sign that."""

    old_key: bytes
    new_key: bytes
    old_possession: bytes
    new_possession: bytes


def admit(context: Context, message: Admit) -> None:
    """Add an organisation. ``MEMBERSHIP_NAME``, ``MEMBERSHIP_ROLE``, ``MEMBERSHIP_EXISTS``, ``..._FULL``."""
    require_quorum(context)
    require_name(is_org(message.org), message.org)
    require_name(is_legal_name(message.legal_name), message.legal_name)
    for role in message.roles:
        if role not in ROLES:
            raise Refused("MEMBERSHIP_ROLE", {"role": role, "roles": listed(ROLES)})
    if context.get(ORGANISATION + message.org.encode()) is not None or is_former(context, message.org):
        raise Refused("MEMBERSHIP_EXISTS", {"org": message.org})
    require_room(count_organisations(context), ORGANISATIONS_MAX, "organisations")
    context.put(ORGANISATION + message.org.encode(), (message.legal_name, roles_of(message.roles)))
    enter_organisation(context, message.org)
    context.emit("admitted", (message.org,))


def add_account(context: Context, message: AddAccount) -> None:
    """Add an account; an admin of the organisation may, or the quorum (for its first one)."""
    held = roles_held(context, message.org)
    if not is_admin_of(context, message.org):
        require_quorum(context)
    require_name(is_name(message.name), message.name)
    for role in message.roles:
        if role not in held:
            raise Refused("MEMBERSHIP_ROLE", {"role": role, "roles": listed(held)})
    require_unused(context, message.public_key)
    require_room(tally_of(context, message.org).accounts, ACCOUNTS_MAX, "accounts")
    if has_account(context, message.org, message.name):
        raise Refused("MEMBERSHIP_EXISTS", {"org": message.org, "account": message.name})
    context.put(ACCOUNT + message.public_key, (message.name, message.org, roles_of(message.roles)))
    enter_account(context, message.org, message.name, message.public_key, message.roles)
    context.emit("account_added", (message.org, message.name, message.public_key))


def remove_account(context: Context, message: RemoveAccount) -> None:
    """Remove an account; an admin of its organisation may, or the quorum. The last admin stays
    (``MEMBERSHIP_LAST_ADMIN``), or nobody could speak for the organisation.
    """
    account = account_of(context, message.public_key)
    if account is None:
        raise unknown("account", message.public_key)
    if not is_admin_of(context, account.org):
        require_quorum(context)
    if is_active_admin(account) and tally_of(context, account.org).admins == 1:
        raise Refused("MEMBERSHIP_LAST_ADMIN", {"org": account.org, "account": account.name})
    context.delete(ACCOUNT + message.public_key)
    leave_account(context, account)
    retire(context, message.public_key, KIND_ACCOUNT, None)
    context.emit("account_removed", (account.org, account.name, message.public_key))


def add_node(context: Context, message: AddNode) -> None:
    """Let a node in. A peer key that was removed may return; a key of another use may not."""
    require_quorum(context)
    roles_held(context, message.org)
    require_name(is_name(message.name), message.name)
    require_unused(context, message.peer_key, unless_retired=KIND_PEER)
    require_room(tally_of(context, message.org).nodes, NODES_MAX, "nodes")
    if has_node(context, message.name):
        raise Refused("MEMBERSHIP_EXISTS", {"node": message.name})
    context.delete(RETIRED + message.peer_key)
    context.put(NODE + message.peer_key, (message.name, message.org, None))
    enter_node(context, message.org, message.name, message.peer_key)
    context.emit("node_added", (message.org, message.name, message.peer_key))


def remove_node(context: Context, message: RemoveNode) -> None:
    """Keep a node out. ``MEMBERSHIP_NODE_VALIDATES`` as long as its votes count at the next height."""
    require_quorum(context)
    member = node_of(context, message.peer_key)
    counting = (context.get(RETIRED + each.public_key) for each in context.setting.validators.members)
    leaving = any(record is not None and record[2] == message.peer_key for record in counting)
    if member.consensus_key is not None or leaving:
        hint = "remove its validator first; the node may go in a later block"
        raise Refused("MEMBERSHIP_NODE_VALIDATES", {"node": member.name}, hint)
    context.delete(NODE + message.peer_key)
    leave_node(context, member.org, member.name)
    retire(context, message.peer_key, KIND_PEER, None)
    context.emit("node_removed", (member.org, member.name, message.peer_key))


def add_validator(context: Context, message: AddValidator) -> None:
    """Let a node validate, from two heights on. Codes: ``MEMBERSHIP_...``."""
    require_quorum(context)
    member = node_of(context, message.peer_key)
    if member.consensus_key is not None:
        raise Refused("MEMBERSHIP_NODE_VALIDATES", {"node": member.name}, "a node has one validator")
    require_unused(context, message.consensus_key)
    require_possession(
        context,
        Succession(peer_key=member.peer_key, old_key=None, new_key=PublicKey(message.consensus_key)),
        message.consensus_key,
        message.possession,
    )
    require_room(len(validators_of(context)), VALIDATORS_MAX, "validators")
    context.put(VALIDATOR + message.consensus_key, (message.power, member.org, member.peer_key))
    context.put(NODE + message.peer_key, (member.name, member.org, message.consensus_key))
    require_bounded(context)
    context.emit("validator_added", (member.org, member.name, message.consensus_key, message.power))


def remove_validator(context: Context, message: RemoveValidator) -> None:
    """Let a key validate no more, from two heights on; not the last one (``MEMBERSHIP_LAST_VALIDATOR``)."""
    require_quorum(context)
    validator, member = validator_of(context, message.consensus_key)
    if len(validators_of(context)) == 1:
        raise Refused("MEMBERSHIP_LAST_VALIDATOR", {"org": validator.org})
    context.delete(VALIDATOR + message.consensus_key)
    context.put(NODE + member.peer_key, (member.name, member.org, None))
    retire(context, message.consensus_key, KIND_CONSENSUS, member.peer_key)
    require_bounded(context)
    context.emit("validator_removed", (member.org, member.name, message.consensus_key))


def set_power(context: Context, message: SetPower) -> None:
    """Give a validator another power, from two heights on."""
    require_quorum(context)
    validator, member = validator_of(context, message.consensus_key)
    context.put(VALIDATOR + message.consensus_key, (message.power, validator.org, member.peer_key))
    require_bounded(context)
    context.emit("power_set", (validator.org, message.consensus_key, validator.power, message.power))


def rotate_validator(context: Context, message: RotateValidator) -> None:
    """Exchange a validator's key, from two heights on; its organisation's admin may. ``AUTH_ROLE``."""
    validator, member = validator_of(context, message.old_key)
    if not is_admin_of(context, validator.org):
        facts: dict[str, Fact] = {"role_needed": ADMIN, "org": validator.org, "module": context.module}
        hint = f"sign with an account of {validator.org} that holds the role admin"
        raise Refused("AUTH_ROLE", facts, hint)
    require_unused(context, message.new_key)
    statement = Succession(
        peer_key=member.peer_key, old_key=PublicKey(message.old_key), new_key=PublicKey(message.new_key)
    )
    require_possession(context, statement, message.old_key, message.old_possession)
    require_possession(context, statement, message.new_key, message.new_possession)
    context.delete(VALIDATOR + message.old_key)
    context.put(VALIDATOR + message.new_key, (validator.power, validator.org, member.peer_key))
    context.put(NODE + member.peer_key, (member.name, member.org, message.new_key))
    retire(context, message.old_key, KIND_CONSENSUS, member.peer_key)
    require_bounded(context)
    context.emit("validator_rotated", (member.org, member.name, message.old_key, message.new_key))


# authority and bounds


def require_quorum(context: View) -> None:
    """``MEMBERSHIP_NO_QUORUM`` unless admins of organisations with more than 2/3 of the power sign."""
    signing = {account.org: None for account in context.accounts if ADMIN in account.roles}
    validators = context.setting.validators
    power = sum(member.power for member in validators.members if member.org in signing)
    if not validators.is_quorum(power):
        facts: dict[str, Fact] = {"orgs": listed(sorted(signing)), "power": power}
        hint = "have admins of organisations with more than 2/3 of the power sign the one transaction"
        raise Refused("MEMBERSHIP_NO_QUORUM", {**facts, "total_power": validators.total_power}, hint)


def require_bounded(context: Context) -> None:
    """``MEMBERSHIP_CHANGE_TOO_LARGE`` where this block changes more than one validator, and those that stay
    as they are are no quorum of the set before it or after it.
    """
    before, after = context.setting.validators, validators_of(context)
    stays = [member for member in after.members if same_in(before, member)]
    changed = max(len(before), len(after)) - len(stays)
    power = sum(member.power for member in stays)
    if changed > 1 and not (before.is_quorum(power) and after.is_quorum(power)):
        facts: dict[str, Fact] = {"changed": changed, "staying_power": power}
        totals: dict[str, Fact] = {"power_before": before.total_power, "power_after": after.total_power}
        raise Refused("MEMBERSHIP_CHANGE_TOO_LARGE", {**facts, **totals}, "spread it over several blocks")


def same_in(validators: ValidatorSet, member: Validator) -> bool:
    """Whether a validator stands in a set with the same power."""
    index = validators.index_of(member.public_key)
    return index is not None and validators[index] == member


def require_possession(context: Context, statement: Succession, key: bytes, signature: bytes) -> None:
    """``MEMBERSHIP_NOT_PROVEN`` unless the consensus key signed the statement."""
    context.meter.spend(SIGNATURE)
    try:
        context.setting.verifier.succession(statement, PublicKey(key), Signature(signature))
    except Refused as fault:
        facts: dict[str, Fact] = {"consensus_key": key.hex(), "reason": fault.code}
        hint = "the key must sign the succession statement: docs/formats.md"
        raise Refused("MEMBERSHIP_NOT_PROVEN", facts, hint) from None


USES: Final = {ACCOUNT: "account", NODE: "node", VALIDATOR: "validator", RETIRED: "retired"}
"""Where keys are recorded, and what that use is called."""


def require_unused(context: Context, key: bytes, unless_retired: str | None = None) -> None:
    """``MEMBERSHIP_KEY_USED`` where a key serves or has ever served; ``unless_retired``: but for this use."""
    for use in USES:
        record = context.get(use + key)
        if record is not None and not (use == RETIRED and record[0] == unless_retired):
            facts: dict[str, Fact] = {"public_key": key.hex(), "use": USES[use]}
            raise Refused("MEMBERSHIP_KEY_USED", facts, "no key serves twice: make a new one")


def require_room(count: int, most: int, what: str) -> None:
    """``MEMBERSHIP_FULL`` where there are as many as there may be."""
    if count >= most:
        raise Refused("MEMBERSHIP_FULL", {"what": what, "most": most})


def require_name(good: bool, name: str) -> None:
    """``MEMBERSHIP_NAME`` for a name that genesis would not take either."""
    if not good:
        raise Refused("MEMBERSHIP_NAME", {"name": name}, "names are as in genesis.json")


# leaves


def is_admin_of(context: View, org: str) -> bool:
    """Whether an admin of the organisation is among the signers."""
    return any(account.org == org and ADMIN in account.roles for account in context.accounts)


def roles_held(context: View, org: str) -> tuple[str, ...]:
    """Roles of an organisation, or ``MEMBERSHIP_UNKNOWN``."""
    record = context.get(ORGANISATION + org.encode())
    if record is None:
        raise Refused("MEMBERSHIP_UNKNOWN", {"org": org})
    return texts(record[1])


def node_of(context: View, peer_key: bytes) -> Member:
    """The node of a peer key, or ``MEMBERSHIP_UNKNOWN``."""
    record = context.get(NODE + peer_key)
    if record is None:
        raise unknown("node", peer_key)
    return member_of(PublicKey(peer_key), record)


def validator_of(context: View, consensus_key: bytes) -> tuple[Validator, Member]:
    """The validator of a key with its node, or ``MEMBERSHIP_UNKNOWN``."""
    record = context.get(VALIDATOR + consensus_key)
    if record is None:
        raise unknown("validator", consensus_key)
    validator, peer_key = validator_of_record(PublicKey(consensus_key), record)
    return validator, node_of(context, peer_key)


def unknown(what: str, key: bytes) -> Refused:
    """Nobody has this key."""
    return Refused("MEMBERSHIP_UNKNOWN", {what: key.hex()})


def retire(context: Context, key: bytes, kind: str, holder: PublicKey | None) -> None:
    """The key has left; ``holder``: the peer key of the node that validated with it."""
    context.put(RETIRED + key, (kind, context.height, holder))
