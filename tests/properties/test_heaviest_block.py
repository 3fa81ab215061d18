"""The heaviest valid block of every module is searched for: it costs at most three ordinary full blocks.

Work is what the search climbs, and so is what a unit of it takes: a rule that does more than it counts is
found by the second. CPU time is compared within the run, the best of several tries, so that a busy machine
does not matter. The figures of the ordinary and of the heaviest block are printed.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st

from p2pchain.business.software import MODULES
from p2pchain.ledger.block_run import Execution
from p2pchain.model.parameters import Parameters
from tests.examples import examples
from tests.properties.heavy_blocks import OPERATIONS, ORDINARY, HeavyMarket, Load, loads, told

TIMES_ORDINARY_MAX = 3
EXAMPLES = 6
TRIES = 3
"""How often a block that seems too heavy is measured, and the ordinary one beside it."""
WITHOUT_ACTIONS = {"encumbrance"}


@cache
def market() -> HeavyMarket:
    """The market that all searches execute blocks on; none is committed."""
    return HeavyMarket()


@cache
def ordinary() -> tuple[Execution, int]:
    """An ordinary full block, and the CPU time in nanoseconds that it takes."""
    return market().measured([(ORDINARY, 1)], TRIES)


def test_every_module_with_actions_is_searched() -> None:
    assert {module.name for module in MODULES if module.actions} == set(loads(market()))
    assert {module.name for module in MODULES if not module.actions} == WITHOUT_ACTIONS


@pytest.mark.parametrize("module", [module.name for module in MODULES if module.actions])
def test_the_heaviest_block_of_a_module(module: str) -> None:
    kinds = loads(market())[module]
    block, ordinary_ns = ordinary()
    most = (0, "")

    @settings(
        max_examples=examples(EXAMPLES),
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.tuples(st.sampled_from(kinds), st.sampled_from(OPERATIONS)), min_size=1, max_size=3))
    def search(mixture: list[tuple[Load, int]]) -> None:
        nonlocal most
        execution, nanoseconds = market().measured(mixture, 1)
        work = execution.figures.work
        assert work <= Parameters().block_work_max
        target(work, label="work")
        target(nanoseconds // max(work, 100_000), label="nanoseconds of a unit")
        if nanoseconds > (TIMES_ORDINARY_MAX - 1) * ordinary_ns:
            nanoseconds = market().measured(mixture, TRIES)[1]
        line = told(mixture, execution, nanoseconds, ordinary_ns)
        most = max(most, (nanoseconds, line))
        assert nanoseconds <= TIMES_ORDINARY_MAX * ordinary_ns, line

    search()
    print(f"ordinary: {told([(ORDINARY, 1)], block, ordinary_ns, ordinary_ns)}\nheaviest: {most[1]}")
