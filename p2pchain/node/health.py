"""One word for an operator who is woken at night, and the reasons for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from p2pchain.model.ids import PublicKey
from p2pchain.model.validators import ValidatorSet

STALLED_AFTER_INTERVALS = 3
"""Idle intervals without a block after which the chain counts as stalled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``word``: healthy, degraded or stalled; ``faults_tolerated``: how many more validators may fail (-1:
    too many have).
    """

    word: str
    faults_tolerated: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What health is read from. ``present``: consensus keys that are connected, ours included; ``banned``:
    those that this node keeps out; ``silent``: our own where it does not sign, which ``refusals`` explain.
    """

    validators: ValidatorSet
    present: Collection[PublicKey]
    banned: Collection[PublicKey]
    silent: PublicKey | None
    since_block_ms: int
    idle_interval_ms: int
    syncing: bool
    height: int
    highest_claim: int
    refusals: Sequence[str]


def assess(signs: Signs) -> Health:
    """Judge the signs; every reason says what, and what to do next."""
    validators = signs.validators
    absent = [member for member in validators.members if member.public_key not in signs.present]
    tolerated = tolerable_faults(validators, [member.power for member in absent])
    banned = [member.org for member in absent if member.public_key in signs.banned]
    away = [
        member.org
        for member in absent
        if member.public_key not in signs.banned and member.public_key != signs.silent
    ]
    silent = [f"{member.org} (this node)" for member in absent if member.public_key == signs.silent]
    overdue = signs.since_block_ms > STALLED_AFTER_INTERVALS * signs.idle_interval_ms
    reasons: list[str] = []
    if tolerated < 0:
        names = ", ".join([*away, *silent, *(f"{org} (banned here)" for org in banned)])
        reasons.append(f"no quorum: missing {names}; blocks go on once enough of them are back")
    elif away:
        reasons.append(f"validators not connected: {', '.join(away)}; ask their operators")
    if banned:
        reasons.append(
            f"validators not connected, banned here: {', '.join(banned)}; see: p2pchain peer unban --help"
        )
    if overdue and tolerated >= 0:
        seconds = signs.since_block_ms // 1000
        reasons.append(f"no block for {seconds} s although a quorum is connected; see: p2pchain consensus")
    if signs.syncing:
        reasons.append(f"catching up: at {signs.height}, others claim {signs.highest_claim}")
    reasons.extend(signs.refusals)
    if tolerated < 0 or overdue:
        return Health(word="stalled", faults_tolerated=tolerated, reasons=tuple(reasons))
    word = "degraded" if absent or signs.syncing or signs.refusals else "healthy"
    return Health(word=word, faults_tolerated=tolerated, reasons=tuple(reasons))


def tolerable_faults(validators: ValidatorSet, absent_powers: Sequence[int]) -> int:
    """How many more validators, the strongest first, may fail with a quorum left; -1 where none is
    left now.
    """
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
