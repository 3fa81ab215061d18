"""Links that are missing for good: an address in nobody's configuration, a ban. What one says reaches the
others over whoever is linked to both.
"""

from __future__ import annotations

from itertools import combinations, permutations

import pytest

from tests.simulation.network import connected
from tests.simulation.profiles import PROFILES
from tests.simulation.world import World

NODES = 4
TWO_CAPPED_TIMEOUTS_MS = 20_000
PAIRS = [frozenset(pair) for pair in combinations(range(NODES), 2)]
Links = frozenset[frozenset[int]]


def graphs() -> list[Links]:
    """Every connected graph of four nodes."""
    chosen = [frozenset(links) for count in range(3, 7) for links in combinations(PAIRS, count)]
    return [links for links in chosen if connected(frozenset(range(NODES)), links)]


def cases() -> list[tuple[Links, int, int]]:
    """Every graph, each node dead whose loss leaves the others connected, each other one restarted; of those
    that differ only in the numbers of the nodes, one.
    """
    found: dict[tuple[object, ...], tuple[Links, int, int]] = {}
    for links in graphs():
        for dead in range(NODES):
            if connected(frozenset(range(NODES)) - {dead}, links):
                for again in set(range(NODES)) - {dead}:
                    found.setdefault(shape((links, dead, again)), (links, dead, again))
    return list(found.values())


def shape(case: tuple[Links, int, int]) -> tuple[object, ...]:
    """What is the same for cases that differ only in the numbers of the nodes."""
    links, dead, again = case
    named = [
        (sorted(sorted(numbers[node] for node in link) for link in links), numbers[dead], numbers[again])
        for numbers in permutations(range(NODES))
    ]
    pairs, *nodes = min(named)
    return (tuple(map(tuple, pairs)), *nodes)


def name(case: tuple[Links, int, int]) -> str:
    """The links, who is dead and who restarts."""
    links, dead, again = case
    pairs = " ".join(sorted("".join(map(str, sorted(link))) for link in links))
    return f"{pairs}, {dead} dead, {again} again"


def test_there_are_as_many_graphs_as_there_should_be() -> None:
    """Connected labelled graphs of four nodes (OEIS A001187)."""
    assert len(graphs()) == 38


@pytest.mark.parametrize("case", cases(), ids=name)
def test_three_of_four_that_are_connected_go_on(case: tuple[Links, int, int]) -> None:
    """One is dead, another restarts: blocks go on, and who restarted signs again."""
    links, dead, again = case
    world = World(11, PROFILES["calm"])
    world.network.missing = set(PAIRS) - links
    world.run_until(10_000)
    assert world.checkers.highest > 2
    world.nodes[dead].crash()
    world.nodes[again].crash()
    world.run_until(world.now_ms + 1_000)
    world.nodes[again].start()
    world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
    reached = world.checkers.highest
    assert world.nodes[again].replica.heights.readiness.ready
    world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
    assert min(node.height for node in world.nodes if node.up) > reached + 4
