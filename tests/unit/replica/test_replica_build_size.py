"""Own blocks are smaller after failed rounds, down to a floor, and whole again step by step."""

from __future__ import annotations

import pytest

from p2pchain.mempool.recent_service import SMALL
from p2pchain.mempool.turns import FULL
from p2pchain.model.ids import Round
from p2pchain.model.parameters import Parameters
from p2pchain.replica.build_size import HALVINGS_MAX, SMALL_TRANSACTIONS_MIN, BuildSize
from p2pchain.replica.effects import SignProposal
from p2pchain.replica.inputs import ConsensusTimeout, TransactionsSubmitted
from tests.unit.replica.effect_words import of
from tests.unit.replica.pool_world import note_of, pool_genesis
from tests.unit.replica.replica_votes import PRECOMMIT, PREVOTE
from tests.unit.replica.replica_world import Scene

CHAIN = Parameters()
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
    size = grown()
    for each in happened:
        match each:
            case "round failed":
                size.round_failed()
            case "decided in round 0":
                size.decided(Round(0))
            case _:
                size.decided(Round(1))
    assert size.halvings(CHAIN, modest=False) == halvings


def test_a_burst_begins_with_small_blocks_and_doubles() -> None:
    """Each full block shows that one twice as large may be tried; after a rest it begins again."""
    size = BuildSize()
    part = FULL >> 4
    assert size.halvings(CHAIN, modest=False) == 4
    for halvings in (3, 2, 1, 0, 0):
        size.measured(60, min(part, FULL))
        assert size.halvings(CHAIN, modest=False) == halvings
        part *= 2
    for _ in range(200):
        size.measured(40, 0)
    assert size.halvings(CHAIN, modest=False) == 4


@pytest.mark.parametrize(("filled", "halvings"), [(76, 0), (100, 0), (70, 4)])
def test_blocks_grow_that_fill_nearly_all_that_they_are_allowed(filled: int, halvings: int) -> None:
    """The last transaction seldom fits; heavy ones leave a good part of a small block free."""
    size = BuildSize()
    for _ in range(10):
        size.measured(60, (FULL >> size.halvings(CHAIN, modest=False)) * filled // 100)
    assert size.halvings(CHAIN, modest=False) == halvings


def test_blocks_fit_the_time_that_they_should_take() -> None:
    """A full one takes 2 s, an empty one 40 ms: alone a second, beside one modest far less."""
    size = grown()
    size.measured(40, 0)
    size.measured(2_040, FULL)
    assert size.halvings(CHAIN, modest=False) == 2, "1 s is to be kept: less than 960 / 2,000 of a full block"
    assert size.halvings(CHAIN, modest=True) == 5, "at least so many that the block is worth its votes"
    assert CHAIN.block_transactions_max >> 5 >= SMALL_TRANSACTIONS_MIN > CHAIN.block_transactions_max >> 6
    size = grown()
    size.measured(600, 0)
    size.measured(800, FULL)
    assert size.halvings(CHAIN, modest=True) == 0, "voting takes most of it: a small block would save nothing"


def test_one_slow_block_is_forgotten() -> None:
    """And the base is that of the fastest of late."""
    size = grown()
    size.measured(40, 0)
    size.measured(9_000, SMALL)
    assert size.halvings(CHAIN, modest=False) == 5
    for _ in range(300):
        size.measured(60, SMALL)
        size.measured(400, 0)
    assert size.halvings(CHAIN, modest=False) < 5


@pytest.mark.parametrize(("most", "halvings"), [(12, 0), (99, 0), (100, 1), (400, 3), (1_600, 5)])
def test_no_block_is_made_too_small_for_the_time_that_it_takes(most: int, halvings: int) -> None:
    parameters = Parameters(block_transactions_max=most)
    size = grown()
    size.measured(40, 0)
    size.measured(90_000, FULL)
    assert size.halvings(parameters, modest=True) == halvings


def grown() -> BuildSize:
    """Blocks have been full of late, and took no time."""
    size = BuildSize()
    size.measured(0, FULL)
    return size


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
    parameters = scene.replica.ledger.parameters
    before = scene.replica.heights.build_size.halvings(parameters, modest=False)
    assert before == HALVINGS_MAX
