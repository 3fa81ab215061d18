"""Own blocks are smaller after failed rounds, down to a floor, and whole again step by step."""

from __future__ import annotations

import pytest

from p2pchain.mempool.recent_shares import RecentShares
from p2pchain.mempool.turns import FULL
from p2pchain.model.ids import OrgId, Round
from p2pchain.model.parameters import Parameters
from p2pchain.replica.build_size import HALVINGS_MAX, OCCASIONAL_HALVINGS, BuildSize
from p2pchain.replica.effects import SignProposal
from p2pchain.replica.inputs import ConsensusTimeout, TransactionsSubmitted
from tests.unit.replica.effect_words import of
from tests.unit.replica.pool_world import note_of, pool_genesis
from tests.unit.replica.replica_votes import PRECOMMIT, PREVOTE
from tests.unit.replica.replica_world import Scene

MOST = 2_000
F, D, L = "round failed", "decided in round 0", "decided later"
TABLE = [
    ([F], 1),
    ([F, F], 2),
    ([F, L], 1),
    ([F, L, D], 0),
    ([F, F, L, D], 1),
    ([F, F, L, D, D], 0),
    ([D, D], 0),
    ([F] * 20, HALVINGS_MAX),
    ([*[F] * 20, D], HALVINGS_MAX - 1),
]
"""What happened, and how often an own block's bounds are halved afterwards."""


@pytest.mark.parametrize(("happened", "halvings"), TABLE)
def test_steps(happened: list[str], halvings: int) -> None:
    size = BuildSize(RecentShares())
    for each in happened:
        match each:
            case "round failed":
                size.round_failed()
            case "decided in round 0":
                size.decided(Round(0))
            case _:
                size.decided(Round(1))
    assert size.halvings(MOST) == halvings


def test_own_blocks_are_small_while_somebody_occasional_is_served() -> None:
    shares = RecentShares()
    size = BuildSize(shares)
    shares.charge(OrgId("bulk"), FULL)
    shares.charge(OrgId("seldom"), FULL // 1_000)
    shares.settle()
    assert size.halvings(MOST) == OCCASIONAL_HALVINGS
    assert [size.halvings(most) for most in (12, 99, 100, 400, 1_600)] == [0, 0, 1, 3, 5]
    for _ in range(HALVINGS_MAX):
        size.round_failed()
    assert size.halvings(MOST) == HALVINGS_MAX, "failed rounds make them smaller still"
    for _ in range(50):
        shares.charge(OrgId("bulk"), FULL)
        shares.settle()
        size.decided(Round(0))
    assert size.halvings(MOST) == 0


def fail_round(scene: Scene, round_: int) -> None:
    """The others prevote and precommit nil, whoever proposed."""
    scene.votes(PREVOTE, None, 1, 2, 3, round_=round_)
    scene.votes(PRECOMMIT, None, 1, 2, 3, round_=round_)
    scene.elapse(_precommit_timeout(scene, round_))


def _precommit_timeout(scene: Scene, round_: int) -> ConsensusTimeout:
    timers = [
        effect.timer
        for effect in scene.effects
        if hasattr(effect, "timer") and isinstance(effect.timer, ConsensusTimeout)
    ]
    return next(each for each in reversed(timers) if each.round == round_ and each.kind.name == "PRECOMMIT")


def test_an_own_block_after_failed_rounds_holds_less_and_after_success_more_again() -> None:
    """Whoever proposed in those rounds; with the largest transaction of the chain always fitting."""
    scene = Scene(genesis=pool_genesis(Parameters(block_transactions_max=64), validators=4))
    many = tuple(note_of("org-1", number % 40) for number in range(200))
    scene.tell(TransactionsSubmitted(ticket=1, transactions=many))
    sizes: dict[int, int] = {}
    for round_ in range(9):
        fail_round(scene, round_)
        for effect in of(SignProposal, scene.effects):
            sizes[effect.proposal.round] = len(effect.proposal.tx_ids)
    assert sizes, "it was our turn"
    for round_, size in sizes.items():
        assert size == 64 >> min(round_, HALVINGS_MAX)
    before = scene.replica.heights.build_size.halvings(64)
    assert before == HALVINGS_MAX
