"""Invariants of the voting on one height, asserted at each transition; a broken one ends the node.

They hold whatever peers do, for they speak of this node alone: an input that nobody foresaw may stop the
voting, but where one of these is broken the next signature might be the second one for its place. So they
stay on in production, and each costs a few comparisons. A round of None stands for -1, as in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.consensus.types import Step
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.safety import LockState
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate, PolkaCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightState:
    """Round, step, lock and decision of one height at one moment."""

    round: Round
    step: Step
    lock: LockState
    decided: CommitCertificate | None


def assert_state(state: HeightState) -> None:
    """Assert what holds at every moment: locked round <= valid round <= round in progress."""
    lock = state.lock
    locked, valid = _number(lock.locked_round), _number(lock.valid_round)
    assert (lock.locked_round is None) == (lock.locked_block is None), f"half a lock: {lock}"
    assert (lock.valid_round is None) == (lock.valid_block is None), f"half a valid value: {lock}"
    assert locked <= valid, f"locked in round {locked}, and valid in {valid}"
    assert valid <= state.round, f"valid in round {valid}, ahead of {state.round}"
    assert locked < valid or lock.locked_block == lock.valid_block, f"two values of round {valid}: {lock}"
    assert state.step is not Step.NEW_HEIGHT or not state.round, f"round {state.round} of no height begun"


def assert_transition(before: HeightState, after: HeightState) -> None:
    """Assert what one rule may change: round, step and locks only rise, and a decision is for good."""
    assert_state(after)
    assert before.decided is None or after == before, f"moved after the decision: {before}, {after}"
    where, was = (after.round, after.step), (before.round, before.step)
    assert where >= was, f"back from round {was[0]}, {was[1].name} to {where[0]}, {where[1].name}"
    old, new = before.lock, after.lock
    locked = _number(new.locked_round)
    if _rises("lock", old.locked_round, new.locked_round, old.locked_block == new.locked_block):
        assert where == (locked, Step.PRECOMMIT), f"locked round {locked} without precommit in it"
        assert new.valid_round == new.locked_round, f"locked without being valid: {new}"
    if _rises("valid value", old.valid_round, new.valid_round, old.valid_block == new.valid_block):
        assert new.valid_round == after.round, f"valid in round {new.valid_round}, seen in {after.round}"


def assert_speech(last: tuple[Round, Step] | None, position: tuple[Round, Step]) -> None:
    """Assert that what is to be signed lies after all that was asked to be signed before."""
    assert last is None or position > last, f"{position} is to be signed after {last}"


def assert_precommit(lock: LockState, round_: Round, block_id: BlockId | None) -> None:
    """Assert that a precommit for a block is locked on it in its own round."""
    locked = (lock.locked_round, lock.locked_block)
    assert block_id is None or locked == (round_, block_id), f"precommit in round {round_} without lock"


def assert_prevote(lock: LockState, block_id: BlockId | None, valid_round: Round | None) -> None:
    """Assert that a prevote against the lock has a polka that is no older; ``valid_round``: that polka's."""
    free = block_id is None or lock.locked_round is None or block_id == lock.locked_block
    assert free or _number(valid_round) >= _number(lock.locked_round), f"prevote against the lock: {lock}"


def assert_certificate(
    certificate: CommitCertificate | PolkaCertificate, height: Height, validators: ValidatorSet
) -> None:
    """Assert that a certificate is of this height and has a quorum; whoever hands it in has verified it."""
    assert certificate.height == height, f"a certificate of {certificate.height} at {height}"
    power = sum(validators[index].power for index, _ in certificate.signatures)
    assert validators.is_quorum(power), f"a certificate of power {power} of {validators.total_power}"


def _rises(what: str, old: Round | None, new: Round | None, same_block: bool) -> bool:
    """Assert that a round never falls, nor its block changes within it; return whether it rose."""
    assert _number(new) >= _number(old), f"{what} falls from round {old} to {new}"
    assert new != old or same_block, f"{what} of round {new} is exchanged"
    return new != old


def _number(round_: Round | None) -> int:
    return -1 if round_ is None else round_
