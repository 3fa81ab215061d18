"""Whose turn it is, who sits out and for how long; and that one round has one proposal of ours."""

from __future__ import annotations

from itertools import pairwise

import pytest

from p2pchain.consensus.rotation import EMPTY, Rotation, decode_rotation, encode_rotation
from p2pchain.consensus.types import Restored, Start, Step, ValueBuilt
from p2pchain.model.ids import Height, Round, Signature
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import NO_LOCK
from p2pchain.model.voting import CommitCertificate
from tests.unit.consensus.height_world import PREVOTE, V, W, height, proposal, said, validators, vote

PARAMETERS = Parameters(sit_out_heights=16, sit_out_heights_max=64)


def certificate(at: int, round_: int, awake: set[int]) -> CommitCertificate | None:
    if at == 0:
        return None
    signatures = tuple((index, Signature(bytes(64))) for index in sorted(awake))
    return CommitCertificate(height=Height(at), round=Round(round_), block_id=V, signatures=signatures)


def after(
    rotation: Rotation,
    at: int,
    *,
    last_round: int,
    proposer: int,
    count: int = 4,
    awake: set[int] | None = None,
) -> Rotation:
    """The rotation once block ``at`` is final, whose certificate says that ``at - 1`` took ``last_round``
    rounds, and that ``awake`` (unless told, all) precommitted.
    """
    members = validators(count)
    return rotation.after(
        height=Height(at),
        proposer=members[proposer].public_key,
        last_certificate=certificate(at - 1, last_round, set(range(count)) if awake is None else awake),
        previous=members,
        following=members,
        parameters=PARAMETERS,
    )


def order(rotation: Rotation, at: int, count: int = 4) -> list[int]:
    return [rotation.proposer_index(validators(count), Height(at), Round(round_)) for round_ in range(count)]


class Chain:
    """Heights that are decided in the first round whose proposer is alive."""

    def __init__(self, count: int = 4) -> None:
        self.rotation = EMPTY
        self.count = count
        self.tip = 0
        self._last_round = 0

    def run(self, heights: int, dead: set[int]) -> list[int]:
        """The heights, of the next ``heights``, that cost a timeout."""
        costly = []
        for at in range(self.tip + 1, self.tip + heights + 1):
            turns = order(self.rotation, at, self.count)
            took = next(round_ for round_, index in enumerate(turns) if index not in dead)
            if took:
                costly.append(at)
            self.rotation = after(
                self.rotation,
                at,
                last_round=self._last_round,
                proposer=turns[took],
                count=self.count,
                awake=set(range(self.count)) - dead,
            )
            self._last_round, self.tip = took, at
        return costly


def test_turns_go_round_by_height_and_round() -> None:
    """(height + round) mod n while nobody sits out."""
    for at in range(1, 9):
        assert order(EMPTY, at) == [(at + round_) % 4 for round_ in range(4)]


def test_who_failed_sits_out_last_and_is_still_given_a_turn() -> None:
    """Height 4 took two rounds: its first proposer, 0, sits at 6 to 21, and comes last there."""
    rotation = after(after(EMPTY, 4, last_round=0, proposer=1), 5, last_round=1, proposer=1)
    for at in range(6, 22):
        assert order(rotation, at)[-1] == 0
        assert sorted(order(rotation, at)) == [0, 1, 2, 3]
        rotation = after(rotation, at, last_round=0, proposer=1)
    assert order(rotation, 24)[0] == 0


def test_one_dead_of_four_costs_a_timeout_in_as_many_heights_as_the_bound_says() -> None:
    """Nobody sees it vote, so it sits to the end: not every fourth block."""
    costly = Chain().run(400, {3})
    assert len(costly) <= 6
    assert all(64 < later - earlier <= 64 + 4 for earlier, later in pairwise(costly))


def test_who_votes_but_does_not_propose_sits_out_longer_each_time() -> None:
    """Sixteen heights, then twice as many, up to the bound."""
    chain = Chain()
    rotation, costly, last_round = EMPTY, [], 0
    for at in range(1, 401):
        took = next(round_ for round_, index in enumerate(order(rotation, at)) if index != 3)
        costly.extend([at] if took else [])
        rotation = after(rotation, at, last_round=last_round, proposer=order(rotation, at)[took])
        last_round = took
    gaps = [later - earlier for earlier, later in pairwise(costly)]
    assert gaps == sorted(gaps)
    assert all(16 < gap <= 64 + 4 for gap in gaps)
    assert len(costly) > len(chain.run(400, {3}))


def test_who_is_back_has_its_turn_again_once_it_is_seen_to_vote() -> None:
    """3 dies, sits on past its sixteen heights, and comes back long before the bound."""
    chain = Chain()
    chain.run(40, {3})
    assert all(order(chain.rotation, at)[-1] == 3 for at in range(41, 45)), "nobody saw it vote"
    chain.run(2, set())
    assert {order(chain.rotation, at)[0] for at in range(43, 47)} == {0, 1, 2, 3}


def test_who_votes_before_its_time_is_over_sits_on() -> None:
    """A vote within the sixteen heights releases nobody, and is not remembered."""
    rotation = after(after(EMPTY, 4, last_round=0, proposer=1), 5, last_round=1, proposer=1)
    for at in range(6, 21):
        rotation = after(rotation, at, last_round=0, proposer=1)
    for at in range(21, 30):
        rotation = after(rotation, at, last_round=0, proposer=1, awake={1, 2, 3})
    assert order(rotation, 30)[-1] == 0
    rotation = after(rotation, 30, last_round=0, proposer=1)
    assert {order(rotation, at)[0] for at in range(31, 35)} == {0, 1, 2, 3}


def test_parameters_may_let_nobody_sit() -> None:
    """``sit_out_heights`` 0."""
    members = validators(4)
    rotation = EMPTY
    for at, last_round in ((4, 0), (5, 1)):
        rotation = rotation.after(
            height=Height(at),
            proposer=members[1].public_key,
            last_certificate=certificate(at - 1, last_round, {1, 2, 3}),
            previous=members,
            following=members,
            parameters=Parameters(sit_out_heights=0, sit_out_heights_max=64),
        )
    assert {order(rotation, at)[0] for at in range(6, 10)} == {0, 1, 2, 3}


def test_the_newest_failure_takes_the_seat() -> None:
    """3 failed often and sits for long; it is back when 0 dies, so the one seat must go to 0 at once."""
    chain = Chain()
    chain.run(100, {3})
    assert len(chain.run(15, {0})) == 1


def test_of_one_height_the_later_failure_is_newer() -> None:
    """Rounds 0 and 1 failed: the proposer of round 1 has the one seat of four."""
    rotation = after(after(EMPTY, 4, last_round=0, proposer=2), 5, last_round=2, proposer=3)
    assert {order(rotation, at)[-1] for at in range(6, 22)} == {1}


def test_a_long_stall_leaves_everybody_a_turn() -> None:
    """Thirty rounds failed: all have a strike but the one that decided, and one of four sits."""
    rotation = after(after(EMPTY, 4, last_round=0, proposer=2), 5, last_round=30, proposer=2)
    assert {key[0] - 1 for key, _, _ in rotation.entries} == {0, 1, 3}
    assert {order(rotation, at)[-1] for at in range(6, 20)} == {1}, "round 29 of height 4 was 1's"


def test_a_committed_block_clears_the_strikes_of_its_maker() -> None:
    """So a validator that was down for an hour is a proposer like any other again."""
    chain = Chain()
    chain.run(60, {3})
    chain.run(140, set())
    assert chain.rotation.entries == ()


@pytest.mark.parametrize(("count", "seats"), [(1, 0), (2, 0), (3, 0), (4, 1), (7, 2), (10, 3)])
def test_at_most_a_third_sits(count: int, seats: int) -> None:
    """Every validator failed, yet only (n-1)//3 lose their place."""
    rotation = EMPTY
    for at in range(4, 6):
        rotation = after(rotation, at, last_round=(at - 4) * (count - 1), proposer=0, count=count)
    plain = [(6 + round_) % count for round_ in range(count)]
    moved = order(rotation, 6, count)
    sitting = moved[count - seats :]
    eligible = [index for index in range(count) if index not in sitting]
    turn = 6 % len(eligible)
    assert moved == [*eligible[turn:], *eligible[:turn], *sitting]
    assert sorted(moved) == sorted(plain)


def test_the_record_comes_back() -> None:
    """It is part of the state root: equal rotations, equal bytes."""
    chain = Chain(7)
    chain.run(50, {2, 5})
    raw = encode_rotation(chain.rotation)
    assert chain.rotation.entries
    assert decode_rotation(raw) == chain.rotation
    assert encode_rotation(decode_rotation(raw)) == raw


def test_a_round_has_one_proposal_of_ours() -> None:
    """A second value, built by whatever mistake, is not proposed."""
    core = height(0)
    core.handle(Start())
    assert said(core.handle(ValueBuilt(round=Round(0), block_id=V))) == [("proposal", 0, V)]
    assert said(core.handle(ValueBuilt(round=Round(0), block_id=W))) == []


def test_a_value_nobody_asked_for_is_not_proposed() -> None:
    """In a round of another, and in a round where an earlier life has proposed already."""
    other = height(1)
    other.handle(Start())
    assert said(other.handle(ValueBuilt(round=Round(0), block_id=V))) == []
    back = height(0, restored=Restored(round=Round(0), step=Step.PROPOSE, lock=NO_LOCK))
    back.handle(Start())
    assert said(back.handle(ValueBuilt(round=Round(0), block_id=W))) == []


def test_of_two_proposals_that_came_early_the_first_is_prevoted() -> None:
    """Both of round 1 came before we were there; entering it (L55), L22 takes the first."""
    core = height(3)
    for given in (Start(), proposal(V, 1), proposal(W, 1), vote(PREVOTE, 0, None, 1)):
        core.handle(given)
    assert said(core.handle(vote(PREVOTE, 2, None, 1))) == [("prevote", 1, V)]
