"""Whatever the order, whoever crashes, whatever one of four says: agreement, kept locks, no double vote.

The world checks every word as it is said. Afterwards the network turns calm, and everybody must decide: that
is where a lost polka, a timeout not scheduled, or a round that cannot be reached would show.
"""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.properties.consensus_world import COUNT, World

ROUNDS_TO_DECIDE_MAX = 2 * COUNT
"""Each validator proposes twice in that many rounds; one of them holds the latest valid value."""


@settings(max_examples=examples(400))
@given(
    seed=st.integers(0, 2**32),
    liar=st.sampled_from([None, 0, 1, 2, 3]),
    steps=st.integers(0, 400),
)
def test_one_decision_whatever_happens(seed: int, liar: int | None, steps: int) -> None:
    """Random deliveries, early timeouts, lies and crashes; then calm, and a decision of all."""
    world = World(Random(seed), liar=liar)
    for _ in range(steps):
        world.step()
    world.calm(ROUNDS_TO_DECIDE_MAX)
    assert len({one.decided for one in world.honest.values()}) == 1


def test_the_worlds_are_not_tame() -> None:
    """The runs above mean something only if rounds fail, locks are held, and equivocations happen."""
    rounds = locked_before_deciding = equivocators = 0
    for seed in range(40):
        world = World(Random(seed), liar=seed % COUNT)
        for _ in range(400):
            world.step()
        for one in world.honest.values():
            lock = one.core.lock
            rounds = max(rounds, one.core.round)
            locked_before_deciding += lock.locked_round is not None and one.decided is None
        voters = {key[:2] for key, who in world.spoken.items() if world.liar in who}
        words = sum(world.liar in who for who in world.spoken.values())
        equivocators += words > len(voters)
    assert rounds >= 3
    assert locked_before_deciding >= 5
    assert equivocators >= 30
