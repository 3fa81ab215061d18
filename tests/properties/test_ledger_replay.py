"""Histories: the same blocks give the same roots, and unrelated transactions in any order too.

Every history runs on one ledger block by block, on another that is restored half-way from the records, and on
a third that is restored at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.business.software import MODULES
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, VerifiedTransaction
from tests.examples import examples
from tests.unit.ledger.ledger_world import BANKS, World, a_genesis, operation
from tests.unit.ledger.registering import Keyed, doc, register

LIFETIME = 4
NAMES = st.sampled_from((*BANKS, "nobody"))
NOTE = operation("note", "put", "x")
STEP = st.tuples(NAMES, st.integers(0, 5), st.integers(0, LIFETIME + 1))
"""Signer, nonce, and how far beyond the last block it is valid: repetitions and expiries on purpose."""


def made(world: World, steps: Sequence[tuple[str, int, int]]) -> list[VerifiedTransaction]:
    """The transactions of some steps."""
    height = world.ledger.height
    return [
        world.transaction(name, NOTE, nonce=nonce, valid_until=height + ahead) for name, nonce, ahead in steps
    ]


@settings(max_examples=examples(60), deadline=None)
@given(history=st.lists(st.lists(STEP, max_size=4), max_size=12), cut=st.integers(0, 12))
def test_admission_is_the_same_for_whoever_was_restored(
    history: list[list[tuple[str, int, int]]], cut: int
) -> None:
    world = World(a_genesis(Parameters(tx_lifetime=LIFETIME)))
    followed = Ledger.from_genesis(world.genesis, MODULES)
    used: dict[tuple[str, int], int] = {}
    for number, steps in enumerate(history):
        if number == cut:
            followed = world.restored()
        candidates = made(world, steps)
        height = Height(world.ledger.height + 1)
        chosen = world.ledger.selects(candidates, height)
        assert chosen == followed.selects(candidates, height)
        for (name, nonce, _), candidate in zip(steps, candidates, strict=True):
            checks = [admitted(ledger, candidate) for ledger in (world.ledger, followed)]
            assert checks[0] == checks[1]
            if any(candidate is each for each in chosen):
                since = used.get((name, nonce))
                assert since is None or since <= height - LIFETIME, "used again within the window"
                assert checks[0] == (name != "nobody"), "what is selected is admitted, but for strangers"
                used[name, nonce] = height
        world.block(*chosen)
        followed.commit(
            followed.execute(
                height=height, time_ms=world.ledger.time_ms, transactions=chosen, evidence=(), system=()
            )
        )
        assert followed.state_root == world.ledger.state_root
    assert world.restored().state_root == world.ledger.state_root


def admitted(ledger: Ledger, transaction: VerifiedTransaction) -> bool:
    """Whether ``check`` takes it."""
    try:
        ledger.check(transaction.transaction)
    except Refused:
        return False
    return True


def story(number: int) -> tuple[str, list[Operation]]:
    """A transaction on a document of its own."""
    exact = doc(f"document {number}")
    operations = [register(f"document {number}", f"weak {number}")]
    if number % 2:
        operations.append(operation("registry", "finance", exact, 10**16 + number, False))
    if number % 3 == 0:
        operations.append(operation("registry", "cancel", exact))
    return BANKS[number % 3], operations


@settings(max_examples=examples(30), deadline=None)
@given(order=st.permutations(range(12)), cuts=st.lists(st.integers(0, 12), max_size=3))
def test_unrelated_transactions_in_any_order_and_any_blocks(order: list[int], cuts: list[int]) -> None:
    roots = set()
    for numbers, ends in ((list(range(12)), [12]), (order, [*sorted(cuts), 12])):
        world, start = Keyed(), 0
        for end in ends:
            world.block(*(world.transaction(name, *steps) for name, steps in map(story, numbers[start:end])))
            start = end
        roots.add(world.ledger.state_root)
    assert len(roots) == 1
