"""After the faults: blocks within two timeouts of the highest round reached, and everybody at the tip.

A round lasts at most its three timeouts. Two whole rounds are allowed, the highest that an honest node had
reached and the one after it, and one more for each hostile validator, whose turn it may be; then a node that
fell behind may need to fetch what it missed, from peers of which some withhold.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from p2pchain.model.genesis import Genesis
from p2pchain.model.parameters import Parameters
from p2pchain.sync.planner import DEADLINE_MS, SHUN_MS
from tests.simulation.checkers import Checkers, Violation
from tests.simulation.node import SimulatedNode

LOOK_EVERY_MS = 100
STARTING_MS = 1_500
"""To link again, and to hear where the others are."""


class Settling(Protocol):
    """What is looked at."""

    now_ms: int
    checkers: Checkers
    genesis: Genesis
    faulty_max: int
    honest: list[SimulatedNode]
    nodes: list[SimulatedNode]

    def run_until(self, end_ms: int) -> None: ...


def demand_settled(world: Settling) -> Generator[None, None, int]:
    """Let the world run, a little at a time; how long it took, in ms.

    Raises ``Violation`` where a block or a node did not come in time.
    """
    parameters = world.genesis.parameters
    began_ms, reached = world.now_ms, world.checkers.highest
    # Who is down, or has just started, goes on from the round that it signed in: that may be all who did.
    round_ = max(
        (node.replica.work.consensus.round for node in world.honest if node.up),
        default=0,
    )
    round_ = max(round_, world.checkers.highest_round(reached + 1))
    hostile = len(world.nodes) - len(world.honest)
    rounds_ms = sum(round_ms(parameters, round_ + further) for further in range(2 + hostile))
    block_ms = STARTING_MS + rounds_ms + parameters.empty_block_interval_ms
    tip_ms = block_ms + (1 + hostile) * (DEADLINE_MS + SHUN_MS)
    while not _at_tip(world, reached):
        waited_ms = world.now_ms - began_ms
        if world.checkers.highest <= reached and waited_ms > block_ms:
            raise Violation(
                f"no block within {block_ms} ms after the faults, at round {round_}: {_told(world)}"
            )
        if waited_ms > tip_ms:
            raise Violation(f"not all at the tip within {tip_ms} ms after the faults: {_told(world)}")
        world.run_until(world.now_ms + LOOK_EVERY_MS)
        yield
    return world.now_ms - began_ms


def round_ms(parameters: Parameters, round_: int) -> int:
    """The longest that a round may last: its three timeouts."""
    propose_ms = parameters.timeout_propose_ms + parameters.timeout_propose_delta_ms * round_
    vote_ms = parameters.timeout_vote_ms + parameters.timeout_vote_delta_ms * round_
    return min(propose_ms, parameters.timeout_cap_ms) + 2 * min(vote_ms, parameters.timeout_cap_ms)


def _at_tip(world: Settling, reached: int) -> bool:
    heights = [node.height if node.up else 0 for node in world.honest]
    return min(heights) > reached and max(heights) - min(heights) <= 1


def _told(world: Settling) -> str:
    return ", ".join(f"{node.number}: {node.height if node.up else 'down'}" for node in world.nodes)
