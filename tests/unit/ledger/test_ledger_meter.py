"""Work is counted and held against budgets: of an operation, a transaction, a block, a query."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.parameters import WORK_MIN
from p2pchain.codec.transaction import encode_receipt
from p2pchain.ledger import meter
from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.module import Json, Module, Query
from p2pchain.model.bounds import (
    RECEIPT_BYTES_MAX,
    RECEIPT_EVENTS_MAX,
    TX_WRITTEN_BYTES_MAX,
    WRITTEN_BYTES_MAX,
)
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Value, VerifiedTransaction
from tests.unit.ledger.ledger_world import World, facts
from tests.unit.ledger.probing import go, probed

PLENTY = {"operation_work_max": 10**9, "tx_work_max": 10**9, "block_work_max": 10**9}


def spend(context: Context, word: str) -> None:
    """Do as many units of work as the word says, and leave a record."""
    context.put(b"record", (word,))
    context.meter.spend(int(word))


def cost(world: World, *words: str) -> int:
    """Units of work of one transaction that says these words."""
    return world.execute(world.transaction("bank-a", *map(go, words))).figures.work


def test_everything_that_a_rule_does_is_counted() -> None:
    """Each count times its weight, and the bytes: nothing else makes up the work."""

    def rule(context: Context, _: str) -> None:
        assert context.get(b"none") is None
        context.put(b"k1", (b"x" * 100,))
        context.put(b"k2", ())
        assert len(list(context.walk(b"k"))) == 2
        context.delete(b"k2")
        assert context.call("membership", "is_member", "bank-a") is True
        context.emit("done", ())

    world = probed(rule)
    execution = world.execute(world.transaction(("bank-a", "bank-b"), go()))
    assert [receipt.code for receipt in execution.receipts] == ["OK"]
    found = execution.figures
    assert (found.puts, found.deletes, found.calls, found.events, found.operations) == (2, 1, 1, 1, 1)
    assert (found.gets, found.steps) == (1 + 1 + 2 + 1, 2)  # A policy; absent; walked; in the function.
    written = [len("probe/k1") + 11 + 103, len("probe/k2") + 11 + 1, len("probe/k2") + 11]
    receipt_bytes = len(encode_receipt(execution.receipts[0]))
    assert found.bytes_written == sum(written) + receipt_bytes
    organisation = world.ledger.get(b"membership/organisation/bank-a")
    assert organisation is not None
    read = [103, 1, len(organisation)]
    assert found.bytes_read == sum(read)
    assert found.work == (
        found.gets * meter.GET
        + found.puts * meter.PUT
        + found.deletes * meter.DELETE
        + meter.WALK
        + found.steps * meter.STEP
        + found.calls * meter.CALL
        + found.events * meter.EVENT
        + found.operations * meter.OPERATION
        + meter.TRANSACTION
        + 2 * meter.SIGNER
        + sum(size >> meter.BYTES_SHIFT for size in (*read, *written, receipt_bytes))
    )


def test_an_operation_has_a_budget() -> None:
    """Beyond it the transaction is refused, writes nothing, and its work counts."""
    world = probed(spend, operation_work_max=WORK_MIN)
    execution = world.execute(world.transaction("bank-a", go("0"), go(str(WORK_MIN))))
    (receipt,) = execution.receipts
    assert (receipt.code, receipt.events) == ("TX_WORK_EXCEEDED", ())
    assert facts(receipt) == {"budget": "operation", "bound": WORK_MIN, "operation": 1}
    assert execution.changes == ()
    assert execution.figures.work > WORK_MIN
    assert world.submit("bank-a", go("0"), go(str(WORK_MIN // 2)), go(str(WORK_MIN // 2))).code == "OK"


def test_a_transaction_has_a_budget() -> None:
    world = probed(spend, operation_work_max=WORK_MIN, tx_work_max=WORK_MIN)
    half = str(WORK_MIN // 2)
    receipt = world.submit("bank-a", go(half), go(half))
    assert receipt.code == "TX_WORK_EXCEEDED"
    assert facts(receipt) == {"budget": "transaction", "bound": WORK_MIN, "operation": 1}


def test_what_a_vote_executes_counts_for_the_vote() -> None:
    """``perform`` is no way around the budget, and the refusal is the transaction's, not the proposal's."""

    def rule(context: Context, word: str) -> None:
        if word == "outer":
            assert context.perform((go(str(WORK_MIN)),), context.accounts) is None
        else:
            spend(context, word)

    receipt = probed(rule, operation_work_max=WORK_MIN).submit("bank-a", go("outer"))
    assert (receipt.code, facts(receipt)) == (
        "TX_WORK_EXCEEDED",
        {"budget": "operation", "bound": WORK_MIN},
    )


def test_events_of_a_transaction_have_a_bound() -> None:
    def rule(context: Context, word: str) -> None:
        for _ in range(int(word)):
            context.emit("happened", ())

    world = probed(rule, **PLENTY)
    most = RECEIPT_EVENTS_MAX // 2
    assert len(world.submit("bank-a", go(str(most)), go(str(most))).events) == RECEIPT_EVENTS_MAX
    receipt = world.submit("bank-a", go(str(most)), go(str(most + 1)))
    assert receipt.code == "TX_WORK_EXCEEDED"
    assert facts(receipt) == {"budget": "events", "bound": RECEIPT_EVENTS_MAX, "operation": 1}


def test_the_receipt_of_a_transaction_has_a_bound() -> None:
    def rule(context: Context, word: str) -> None:
        context.emit("told", (bytes(int(word)),))

    world = probed(rule, **PLENTY)
    receipt = world.submit("bank-a", go(str(RECEIPT_BYTES_MAX - 100)))
    assert receipt.code == "OK"
    assert len(encode_receipt(receipt)) <= RECEIPT_BYTES_MAX
    receipt = world.submit("bank-a", go(str(RECEIPT_BYTES_MAX)))
    assert (receipt.code, facts(receipt)) == (
        "TX_WORK_EXCEEDED",
        {"budget": "receipt", "bound": RECEIPT_BYTES_MAX},
    )


def write_60_kb(context: Context, word: str) -> None:
    """So many records of 60,000 bytes."""
    for number in range(int(word)):
        context.put(b"%d" % number, (bytes(60_000),))


def test_what_a_transaction_writes_has_a_bound() -> None:
    world = probed(write_60_kb, **PLENTY)
    assert world.submit("bank-a", go("34")).code == "OK"
    receipt = world.submit("bank-a", go("36"))
    assert (receipt.code, facts(receipt)) == (
        "TX_WORK_EXCEEDED",
        {"budget": "bytes", "bound": TX_WRITTEN_BYTES_MAX},
    )


def test_a_block_beyond_its_budget_is_invalid_and_a_proposer_stops_before_it() -> None:
    """Building takes exactly what judging allows: one more, and the block is invalid."""
    world = probed(spend, operation_work_max=50_000, tx_work_max=50_000, block_work_max=100_000)
    waiting = [world.transaction("bank-a", go("30000")) for _ in range(5)]
    built = build(world, *waiting)
    assert built.transactions == tuple(waiting[:3])
    judged = world.execute(*built.transactions)
    assert (judged.state_root, judged.results_root) == (built.state_root, built.results_root)
    assert judged.figures == built.figures
    assert judged.replay_keys == built.replay_keys
    with pytest.raises(Invalid, match="BLOCK_WORK_EXCEEDED") as refused:
        world.execute(*waiting[:4])
    assert refused.value.facts == {"height": 1, "place": 3, "budget": "block", "bound": 100_000}


def test_a_smaller_block_does_less_and_always_one_transaction() -> None:
    """After failed rounds a proposer halves the budget of its own block, down to that of a transaction."""
    world = probed(spend, operation_work_max=50_000, tx_work_max=50_000, block_work_max=400_000)
    waiting = [world.transaction("bank-a", go("40000")) for _ in range(12)]
    held = [len(build(world, *waiting, halvings=halvings).transactions) for halvings in range(6)]
    assert held[0] > 2 * held[1] - 2 > 2
    assert held == sorted(held, reverse=True)
    assert held[3:] == [1, 1, 1]


def test_refused_transactions_use_up_the_budget_of_the_block() -> None:
    def rule(context: Context, word: str) -> None:
        spend(context, word)
        raise Refused("PROBE_NO", {"why": "because"})

    world = probed(rule, operation_work_max=50_000, tx_work_max=50_000, block_work_max=100_000)
    waiting = [world.transaction("bank-a", go(word)) for word in ("30000", "60000", "30000")]
    codes = [receipt.code for receipt in build(world, *waiting).receipts]
    assert codes == ["PROBE_NO", "TX_WORK_EXCEEDED"]
    waiting = [world.transaction("bank-a", go("30000")) for _ in range(5)]
    assert len(build(world, *waiting).transactions) == 3


def test_a_transaction_that_does_not_fit_fits_an_empty_block() -> None:
    """However much the block before it held: a proposer never waits for ever."""
    world = probed(spend, operation_work_max=50_000, tx_work_max=50_000, block_work_max=50_000)
    waiting = [world.transaction("bank-a", go(word)) for word in ("30000", "60000")]
    assert build(world, *waiting).transactions == (waiting[0],)
    alone = build(world, waiting[1])
    assert [receipt.code for receipt in alone.receipts] == ["TX_WORK_EXCEEDED"]
    assert alone.figures.work == 50_000


def test_what_a_block_writes_has_a_bound() -> None:
    world = probed(write_60_kb, **PLENTY)
    waiting = [world.transaction("bank-a", go("30")) for _ in range(5)]
    built = build(world, *waiting)
    assert len(built.transactions) == WRITTEN_BYTES_MAX // (30 * 60_000)
    with pytest.raises(Invalid, match="BLOCK_WORK_EXCEEDED") as refused:
        world.execute(*waiting)
    assert refused.value.facts["budget"] == "bytes"


def test_a_run_may_be_interrupted_after_each_operation() -> None:
    world = probed(spend)
    transactions = [
        world.transaction("bank-a", go("1000"), go("2000")),
        world.transaction("bank-a", go("3000")),
    ]
    run = world.ledger.begin(
        height=Height(world.ledger.height + 1),
        time_ms=world.ledger.time_ms + 100,
        transactions=transactions,
        evidence=(),
        system=(),
    )
    seen = []
    steps = run.steps()
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            execution = end.value
            break
    ours = [each for each in seen if each >= 1_000]
    assert [each // 1_000 for each in ours] == [1, 2, 3]
    assert execution.receipts == world.execute(*transactions).receipts


def build(world: World, *waiting: VerifiedTransaction, halvings: int = 0) -> Execution:
    """The block that a proposer would build of what waits."""
    return world.ledger.execute(
        height=Height(world.ledger.height + 1),
        time_ms=world.ledger.time_ms + 100,
        transactions=waiting,
        evidence=(),
        system=(),
        fill=True,
        halvings=halvings,
    )


def test_a_query_has_a_bound_of_its_own() -> None:
    """A walk that goes on for longer is refused, not answered in minutes."""

    def answer(view: View, _args: Mapping[str, Value]) -> Json:
        while True:
            view.get(b"record")

    endless = Module(name="probe", queries=(Query(name="endless", fields=(), answer=answer),))
    world = World(modules=(*MODULES, endless))
    with pytest.raises(Refused, match="QUERY_WORK_EXCEEDED") as refused:
        world.ledger.query("probe", "endless", {}, None)
    assert refused.value.facts["bound"] == meter.QUERY_WORK_MAX
