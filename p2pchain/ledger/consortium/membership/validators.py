"""Changes of the validators, and their bounds. None leaves a chain that survives no failure unless somebody
has agreed to that.

A change in block ``H`` holds from ``H + 2`` on. In one block either a single validator changes (comes, goes,
changes its power or its key), or those that stay as they are hold more than 2/3 of the power of the set
before the block, and of the set after it: so the newcomers of one block cannot stop the chain by being
absent, however many they are, unless they come into a set that is too small to lose one.

**What is left to bear.** Of a set, ``spare`` is how many more of its validators may fail, whichever they are,
until the others hold no more than 2/3 of its power. Those that the chain knows to fail are gone already: the
proposers of failed rounds that no certificate has shown to vote since, as the rotation's record in the state
after ``H - 1`` has them. (One that signs nothing is struck when its turn comes, at the latest after as many
heights as there are validators. What a node sees of others' links is no rule's business, for it differs from
node to node.) A removal or a change of power that leaves none to spare, and a newcomer so heavy that its
failure alone would stop the chain, are refused unless they say so.

A consensus key validates once in the life of a chain: whoever returns brings a new one. So what is known of
a key's signatures never has a gap.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from p2pchain.ledger.consortium.membership.authority import (
    decides_for_itself,
    own_admins_signing,
    require_own_or_quorum,
    require_quorum,
)
from p2pchain.ledger.consortium.membership.fields import (
    CONSENSUS_KEY,
    MADE,
    NEW_KEY,
    OLD_KEY,
    PEER_KEY,
    POWER,
    NodeName,
    NoSpare,
    Proof,
)
from p2pchain.ledger.consortium.membership.lookup import (
    node_named,
    node_of,
    require_room,
    require_unused,
    retire,
    unknown,
)
from p2pchain.ledger.consortium.membership.records import (
    KIND_CONSENSUS,
    NODE,
    VALIDATOR,
    validator_of_record,
    validators_of,
)
from p2pchain.ledger.consortium.membership.refusals import (
    ChangeTooLarge,
    KeyUnproven,
    LastValidator,
    MemberUnknown,
    NodeValidates,
    SpareMissing,
)
from p2pchain.ledger.consortium.membership.tally import ADMIN
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Signed
from p2pchain.ledger.meter import MEMBER, SIGNATURE
from p2pchain.ledger.refusals import RoleMissing
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.genesis import Member
from p2pchain.model.ids import PublicKey, Signature
from p2pchain.model.validators import VALIDATORS_MAX, Validator, ValidatorSet
from p2pchain.model.voting import Succession


@dataclass(frozen=True, slots=True, kw_only=True)
class AddValidator:
    """A node that may connect validates with this key; ``possession``: the key's signature that it will;
    ``no_spare``: even if the chain then bears no failure.
    """

    peer_key: Annotated[bytes, PEER_KEY, MADE]
    consensus_key: Annotated[bytes, CONSENSUS_KEY, MADE]
    power: Annotated[int, POWER, Entry(default=1)]
    possession: Proof
    no_spare: NoSpare


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveValidator:
    """A node validates no more, whatever its key is by then."""

    node: NodeName
    no_spare: NoSpare


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPower:
    """The validator of a node has this power."""

    node: NodeName
    power: Annotated[int, POWER, Entry(is_argument=True)]
    no_spare: NoSpare


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateValidator:
    """A validator's key gives its place to another; both sign that."""

    old_key: Annotated[bytes, OLD_KEY, MADE]
    new_key: Annotated[bytes, NEW_KEY, MADE]
    old_possession: Annotated[bytes, Signed(help="signature of the key that goes"), MADE]
    new_possession: Annotated[bytes, Signed(help="signature of the key that comes"), MADE]


def add_validator(context: Context, message: AddValidator) -> None:
    """Let a node validate, from two heights on. Codes: ``MEMBERSHIP_...``."""
    require_quorum(context)
    member = node_of(context, message.peer_key)
    if member.consensus_key is not None:
        raise NodeValidates({"node": member.name}, "a node has one validator")
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
    left = spares(context)
    if left.after < left.before:
        require_spare(left, no_spare=message.no_spare)
    context.emit("validator_added", (member.org, member.name, message.consensus_key, message.power))


def remove_validator(context: Context, message: RemoveValidator) -> None:
    """Let a node validate no more, from two heights on; not the last one (``MEMBERSHIP_LAST_VALIDATOR``), and
    none whose place bears the last failure (``MEMBERSHIP_NO_SPARE``) unless that is said.
    """
    require_quorum(context)
    member, validator = validating(context, message.node)
    if len(validators_of(context)) == 1:
        raise LastValidator({"org": validator.org})
    context.delete(VALIDATOR + validator.public_key)
    context.put(NODE + member.peer_key, (member.name, member.org, None))
    retire(context, validator.public_key, KIND_CONSENSUS, member.peer_key)
    require_bounded(context)
    require_spare(spares(context), no_spare=message.no_spare)
    context.emit("validator_removed", (member.org, member.name, validator.public_key))


def set_power(context: Context, message: SetPower) -> None:
    """Give a node's validator another power, from two heights on. ``MEMBERSHIP_NO_SPARE`` as above."""
    require_quorum(context)
    member, validator = validating(context, message.node)
    context.put(VALIDATOR + validator.public_key, (message.power, validator.org, member.peer_key))
    require_bounded(context)
    require_spare(spares(context), no_spare=message.no_spare)
    context.emit("power_set", (member.org, member.name, validator.public_key, validator.power, message.power))


def rotate_validator(context: Context, message: RotateValidator) -> None:
    """Exchange a validator's key, from two heights on; its organisation may. ``AUTH_ROLE``,
    ``POL_OWN_UNSATISFIED``.
    """
    validator, member = validator_of(context, message.old_key)
    if not own_admins_signing(context, validator.org):
        facts: dict[str, Fact] = {"role_needed": ADMIN, "org": validator.org, "module": context.module}
        hint = f"sign with an account of {validator.org} that holds the role admin"
        raise RoleMissing(facts, hint)
    if not decides_for_itself(context, validator.org):
        require_own_or_quorum(context, validator.org)
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


def require_bounded(context: Context) -> None:
    """Bound the validators that one block changes; ``MEMBERSHIP_CHANGE_TOO_LARGE``. Where it changes more
    than one, the unchanged ones must be a quorum of the set before and of the set after.
    """
    before, after = context.setting.validators, validators_of(context)
    context.meter.spend(3 * MEMBER * len(after))
    stays = [member for member in after.members if same_in(before, member)]
    changed = max(len(before), len(after)) - len(stays)
    power = sum(member.power for member in stays)
    if changed > 1 and not (before.is_quorum(power) and after.is_quorum(power)):
        facts: dict[str, Fact] = {"changed": changed, "staying_power": power}
        totals: dict[str, Fact] = {"power_before": before.total_power, "power_after": after.total_power}
        raise ChangeTooLarge({**facts, **totals})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spares:
    """Numbers of further validator failures survived, before and after a change; ``failing``: how many do
    already.
    """

    before: int
    after: int
    failing: int


def spares(context: View) -> Spares:
    """Compute the failures that the chain survives before and after this change."""
    before, after, failing = context.setting.validators, validators_of(context), context.setting.failing
    context.meter.spend(3 * MEMBER * (len(before) + len(after)))
    gone = sum(member.public_key in failing for member in after.members)
    return Spares(before=spare(before, failing), after=spare(after, failing), failing=gone)


def spare(validators: ValidatorSet, failing: Collection[PublicKey]) -> int:
    """Count the further failures that a set survives, with those ``failing`` gone. It is -1 where the others
    are no quorum now.
    """
    standing = [member.power for member in validators.members if member.public_key not in failing]
    power = sum(standing)
    count = -1
    for lost in (0, *sorted(standing, reverse=True)):
        power -= lost
        if not validators.is_quorum(power):
            return count
        count += 1
    return count


def require_spare(left: Spares, *, no_spare: bool) -> None:
    """Require a spare validator or consent to none; ``MEMBERSHIP_NO_SPARE``."""
    if left.after < 1 and not no_spare:
        facts: dict[str, Fact] = {"before": left.before, "after": left.after, "failing": left.failing}
        raise SpareMissing(facts)


def same_in(validators: ValidatorSet, member: Validator) -> bool:
    """Test whether a set has this validator with the same power."""
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
        raise KeyUnproven(facts, hint) from None


def validating(context: View, node: str) -> tuple[Member, Validator]:
    """The node of a name and its validator, or ``MEMBERSHIP_UNKNOWN``."""
    member = node_named(context, node)
    if member.consensus_key is None:
        raise MemberUnknown({"node": node, "validator": None})
    validator, _ = validator_of(context, member.consensus_key)
    return member, validator


def validator_of(context: View, consensus_key: bytes) -> tuple[Validator, Member]:
    """The validator of a key with its node, or ``MEMBERSHIP_UNKNOWN``."""
    record = context.get(VALIDATOR + consensus_key)
    if record is None:
        raise unknown("validator", consensus_key)
    validator, peer_key = validator_of_record(PublicKey(consensus_key), record)
    return validator, node_of(context, peer_key)
