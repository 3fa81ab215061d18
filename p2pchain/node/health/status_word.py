"""One word for an operator who is woken at night, and the reasons for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.model.genesis import Member
from p2pchain.model.ids import PeerId, PublicKey
from p2pchain.model.validators import Validator, ValidatorSet

NO_ADDRESS: Final = "neither config.toml nor the ledger has an address of it"
STALLED_AFTER_INTERVALS = 3
"""Idle intervals without a block after which the chain counts as stalled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``word``: healthy, degraded or stalled; ``faults_tolerated``: how many more validators may fail (-1:
    too many have); ``warnings``: what is going to be wrong, and changes no word yet.
    """

    word: str
    faults_tolerated: int
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Signs from which health is read. ``nodes``: names of the validators' nodes; ``present``: consensus keys
    that are linked here, ours included; ``heard``: others whose votes come over other nodes; ``mute``: keys
    that are linked and sign nothing, with what they did not sign; ``banned``: those that this node keeps out;
    ``addressed``: those whose address its settings have; ``silent``: our own where it does not sign, which
    ``refusals`` explain.
    """

    validators: ValidatorSet
    nodes: Mapping[PublicKey, str]
    own: PublicKey | None
    present: Collection[PublicKey]
    heard: Collection[PublicKey]
    mute: Mapping[PublicKey, str]
    banned: Collection[PublicKey]
    addressed: Collection[PublicKey]
    silent: PublicKey | None
    since_block_ms: int
    idle_interval_ms: int
    syncing: bool
    height: int
    highest_claim: int
    refusals: Sequence[str]

    @property
    def up(self) -> set[PublicKey]:
        """Validators that take part: linked or heard over others, and not silent."""
        return ({*self.present, *self.heard} - {*self.mute}) - {self.silent}

    def lacks_address(self, validator: Validator) -> bool:
        """Test whether this node's settings lack a validator's address."""
        key = validator.public_key
        return key not in self.addressed and key not in self.present and key != self.own

    def node(self, validator: Validator) -> str:
        """Name a validator's node, as commands about peers take it."""
        return self.nodes.get(validator.public_key, "NAME")


def is_overdue(since_block_ms: int, idle_interval_ms: int) -> bool:
    """Test whether the next block should have come long ago, idle chain or not."""
    return since_block_ms > STALLED_AFTER_INTERVALS * idle_interval_ms


def assess(signs: Signs) -> Health:
    """Judge the signs; every reason says what, and what to do next. A validator counts as up by what it
    signs, not by an open socket.
    """
    validators = signs.validators
    up = signs.up
    down = [member for member in validators.members if member.public_key not in up]
    tolerated = tolerable_faults(validators, [member.power for member in down])
    overdue = is_overdue(signs.since_block_ms, signs.idle_interval_ms)
    reasons = [*_cut_off(signs, up)]
    if tolerated < 0:
        reasons.append(_no_quorum(signs, down))
    reasons += _missing(signs, down, tolerated)
    if overdue and tolerated >= 0:
        seconds = signs.since_block_ms // 1000
        reasons.append(f"no block for {seconds} s although a quorum is connected; see: p2pchain consensus")
    if signs.syncing:
        reasons.append(f"catching up: at {signs.height}, others claim {signs.highest_claim}")
    reasons.extend(signs.refusals)
    if tolerated < 0 or overdue:
        return Health(word="stalled", faults_tolerated=tolerated, reasons=tuple(reasons))
    word = "degraded" if down or signs.syncing or reasons else "healthy"
    return Health(word=word, faults_tolerated=tolerated, reasons=tuple(reasons))


def _cut_off(signs: Signs, up: Collection[PublicKey]) -> list[str]:
    """Report this node as cut off where it hears nobody else. That is likelier than that all others are
    down.
    """
    others = [member for member in signs.validators.members if member.public_key != signs.own]
    reached = {*signs.present, *signs.heard}
    if not others or any(member.public_key in reached for member in others):
        return []
    return [
        f"this node is cut off: it hears none of the {len(others)} other validators; check its network: "
        "p2pchain peers"
    ]


def _no_quorum(signs: Signs, down: Sequence[Validator]) -> str:
    """Say how many are up, how many are needed, and who is missing."""
    members, total = signs.validators.members, signs.validators.total_power
    names = ", ".join(
        member.org
        + (" (this node)" if member.public_key == signs.silent else "")
        + (f" ({NO_ADDRESS})" if signs.lacks_address(member) else "")
        + (" (banned here)" if member.public_key in signs.banned else "")
        + (f" ({signs.mute[member.public_key]})" if member.public_key in signs.mute else "")
        for member in sorted(down, key=lambda member: member.public_key == signs.silent)
    )
    needed = total * 2 // 3 + 1
    if len({member.power for member in members}) == 1:
        power = members[0].power
        up = len(members) - len(down)
        count = f"{up} of {len(members)} validators are up, {-(-needed // power)} are needed"
    else:
        power = total - sum(member.power for member in down)
        count = f"validators with {power} of {total} power are up, {needed} are needed"
    return f"no quorum: {count}; missing {names}; blocks go on once enough of them are back"


def _missing(signs: Signs, down: Sequence[Validator], tolerated: int) -> list[str]:
    """List validators that are unlinked, banned, silent, or heard over others alone."""
    reasons: list[str] = []
    quiet = {*signs.mute, *signs.banned, signs.silent}
    away = [member for member in down if member.public_key not in quiet]
    addressed = [member.org for member in away if not signs.lacks_address(member)]
    lacking = [member.org for member in away if signs.lacks_address(member)]
    banned = [
        member
        for member in signs.validators.members
        if member.public_key in signs.banned and member.public_key not in signs.present
    ]
    if addressed and tolerated >= 0:
        reasons.append(f"validators not connected: {', '.join(addressed)}; ask their operators")
    if lacking:
        reasons.append(
            f"validators not connected, {NO_ADDRESS}: {', '.join(lacking)}; add [[network.peers]] with their "
            "addresses to config.toml, then: systemctl reload"
        )
    if banned:
        reasons.append(
            f"validators not connected, banned here: {', '.join(member.org for member in banned)}; let in "
            f"again: {', '.join(f'p2pchain peer unban {signs.node(member)}' for member in banned)}"
        )
    for member in signs.validators.members:
        if member.public_key in signs.mute:
            unsigned = signs.mute[member.public_key]
            reasons.append(f"{member.org} is connected, but {unsigned}; ask its operator")
        elif member.public_key in signs.heard and member.public_key not in signs.banned:
            own = f" ({NO_ADDRESS})" if signs.lacks_address(member) else ""
            reasons.append(
                f"no link to {member.org}{own}, whose votes come over others; see: p2pchain peer show "
                f"{signs.node(member)}"
            )
    return reasons


def node_names(members: Sequence[Member]) -> Mapping[PublicKey, str]:
    """Map consensus keys to the names of the nodes that hold them."""
    return {member.consensus_key: member.name for member in members if member.consensus_key is not None}


def keys_of(members: Sequence[Member], peers: Collection[PeerId]) -> set[PublicKey]:
    """Consensus keys of the members among ``peers``."""
    return {
        member.consensus_key
        for member in members
        if member.consensus_key is not None and member.peer_id in peers
    }


def tolerable_faults(validators: ValidatorSet, absent_powers: Sequence[int]) -> int:
    """Count the further failures that leave a quorum, the strongest first; -1 where none is left now."""
    power = validators.total_power - sum(absent_powers)
    if not validators.is_quorum(power):
        return -1
    present = sorted((member.power for member in validators.members), reverse=True)
    for gone in absent_powers:
        present.remove(gone)
    count = 0
    for lost in present:
        power -= lost
        if not validators.is_quorum(power):
            break
        count += 1
    return count
