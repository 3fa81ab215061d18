"""Each checker is shown what it must not let pass: their silence over many worlds means something then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.codec.block import decode_block_record
from p2pchain.model.chain import BlockRecord
from p2pchain.model.ids import BlockId, Height, Round, Signature
from p2pchain.model.voting import Vote, VoteKind
from tests.simulation.checkers import Checkers, Violation
from tests.simulation.profiles import PROFILES
from tests.simulation.world import World

OTHER = BlockId(b"o" * 32)


@pytest.fixture
def world() -> World:
    """A calm world with a few blocks."""
    made = World(1, PROFILES["calm"])
    made.run_until(2_000)
    assert made.checkers.highest >= 2
    return made


def fresh(world: World) -> Checkers:
    """Checkers that have seen nothing yet."""
    honest = {node.number: node.key.public_key for node in world.nodes}
    return Checkers(world.genesis, world.genesis_id, honest)


def record(world: World, height: int) -> BlockRecord:
    """A block as node 0 keeps it."""
    return decode_block_record(world.nodes[0]._chain.read(height))


def test_what_happened_is_let_pass(world: World) -> None:
    checkers = fresh(world)
    for height in (1, 2):
        checkers.committed(0, record(world, height), None, world.nodes[0].replica)
    assert checkers.highest == 2


def test_another_block_at_a_height(world: World) -> None:
    world.checkers.blocks[Height(1)] = OTHER
    with pytest.raises(Violation, match="others"):
        world.checkers.committed(0, record(world, 1), None, world.nodes[0].replica)


def test_a_block_without_quorum_or_with_other_results(world: World) -> None:
    true = record(world, 1)
    few = replace(true.certificate, signatures=true.certificate.signatures[:1])
    for wrong, told in (
        (replace(true, certificate=few), "CERTIFICATE_NO_QUORUM"),
        (replace(true, changes=()), "differ from a replay"),
    ):
        with pytest.raises(Violation, match=told):
            fresh(world).committed(0, wrong, None, world.nodes[0].replica)


def test_another_state_root_than_the_header(world: World) -> None:
    with pytest.raises(Violation, match="state root"):
        fresh(world).committed(0, record(world, 1), bytes(32), world.nodes[0].replica)


def test_two_votes_at_one_place(world: World) -> None:
    checkers = fresh(world)
    vote = Vote(
        kind=VoteKind.PREVOTE,
        height=Height(9),
        round=Round(0),
        block_id=OTHER,
        validator=0,
        signature=Signature(bytes(64)),
    )
    checkers.signed(0, vote)
    checkers.signed(0, vote)
    with pytest.raises(Violation, match="signed"):
        checkers.signed(0, replace(vote, block_id=None))


def test_a_durable_block_that_is_gone_after_a_crash(world: World) -> None:
    checkers = fresh(world)
    block = record(world, 2).block
    checkers.durable(0, block)
    checkers.recovered(0, block.block_id, Height(2))
    with pytest.raises(Violation, match="came back at 1"):
        checkers.recovered(0, record(world, 1).block.block_id, Height(1))
    with pytest.raises(Violation, match="another block"):
        checkers.recovered(0, OTHER, Height(2))


def test_an_honest_node_penalised_or_in_doubt_of_its_key(world: World) -> None:
    with pytest.raises(Violation, match="penalised"):
        world.checkers.penalised(0, 1, "SIG_INVALID")
    with pytest.raises(Violation, match="doubts"):
        world.checkers.stopped(0, "GUARD_KEY_ELSEWHERE")


def test_a_queue_beyond_its_limit(world: World) -> None:
    replica = world.nodes[0].replica
    view = next(iter(replica.peers.values()))
    view.future = [None] * 10_000  # type: ignore[list-item]
    with pytest.raises(Violation, match="messages of the next height"):
        fresh(world).committed(0, record(world, 1), None, replica)
