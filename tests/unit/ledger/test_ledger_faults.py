"""A bug of a module becomes a receipt, the same on every node; what depends on the machine ends the node."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from p2pchain.codec.cbor import encode
from p2pchain.ledger.block_run import FAULTS_MAX
from p2pchain.ledger.context import Context
from p2pchain.ledger.fault_containment import MachineExhausted
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.versions import Software
from p2pchain.model.errors import Corrupt, Invalid, Refused
from p2pchain.model.ids import GENESIS_HEIGHT, Height
from p2pchain.proofs.verifier import Verifier
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, facts, key
from tests.unit.ledger.probing import go, probed


def raising(bug: BaseException) -> Callable[[Context, str], None]:
    """A rule that writes, emits and then has a bug, unless the word is ``fine``."""

    def rule(context: Context, word: str) -> None:
        context.put(b"record", (word,))
        context.emit("done", (word,))
        if word != "fine":
            raise bug

    return rule


BUGS = [
    AssertionError("a rule of ours"),
    KeyError("x"),
    ZeroDivisionError(),
    Invalid("CODEC_INTEGER", {"field": "value"}),
    Corrupt("CHAIN_GAP", {"height": 1}),
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
def test_a_bug_is_a_receipt_and_nothing_of_the_transaction_is_left(bug: Exception) -> None:
    world = probed(raising(bug))
    before = dict(world.ledger.walk(b""))
    execution = world.execute(
        world.transaction("bank-a", go("fine"), go("bug")), world.transaction("bank-b", go("fine"))
    )
    broken, good = execution.receipts
    assert (broken.code, broken.events) == ("MODULE_FAULT", ())
    assert facts(broken) == {"module": "probe", "version": 1, "action": "go", "operation": 1}
    assert good.code == "OK"
    world.ledger.commit(execution)
    left = {key: value for key, value in world.ledger.walk(b"") if before.get(key) != value}
    assert list(left) == [b"probe/record"]


def test_the_place_of_the_bug_is_handed_out_beside_the_chain() -> None:
    world = probed(raising(ZeroDivisionError("by zero")))
    transaction = world.transaction("bank-a", go("bug"))
    execution = world.execute(transaction)
    (fault,) = execution.faults
    assert (fault.tx_id, fault.module, fault.version, fault.action) == (transaction.tx_id, "probe", 1, "go")
    assert "test_ledger_faults.py" in fault.trace.splitlines()[-2]
    assert fault.trace.splitlines()[-1] == "ZeroDivisionError: by zero"
    assert facts(execution.receipts[0]) == {"module": "probe", "version": 1, "action": "go"}


def test_the_receipt_does_not_depend_on_what_the_exception_says() -> None:
    roots = set()
    for text in ("one", "another"):
        world = probed(raising(ValueError(text)))
        roots.add(world.execute(world.transaction("bank-a", go("bug"), nonce=1)).results_root)
    assert len(roots) == 1


def test_traces_are_bounded_and_all_faults_are_counted() -> None:
    world = probed(raising(ValueError("x")))
    many = [world.transaction("bank-a", go("bug")) for _ in range(FAULTS_MAX + 3)]
    execution = world.execute(*many)
    assert (len(execution.faults), execution.faults_count) == (FAULTS_MAX, FAULTS_MAX + 3)


@pytest.mark.parametrize("cause", [MemoryError(), RecursionError()], ids=repr)
def test_what_depends_on_the_machine_is_no_receipt(cause: Exception) -> None:
    world = probed(raising(cause))
    transaction = world.transaction("bank-a", go("bug"))
    with pytest.raises(MachineExhausted) as raised:
        world.execute(transaction)
    assert (raised.value.tx_id, raised.value.__cause__) == (transaction.tx_id, cause)


def test_a_bug_in_what_a_vote_executes_is_contained_too() -> None:
    def rule(context: Context, word: str) -> None:
        if word == "outer":
            assert context.perform((go("inner"),), context.accounts) is None
        raise ValueError(word)

    receipt = probed(rule).submit("bank-a", go("outer"))
    assert (receipt.code, facts(receipt)) == (
        "MODULE_FAULT",
        {"module": "probe", "version": 1, "action": "go"},
    )


@pytest.mark.parametrize("value", [2**63, 1.5, {}], ids=repr)
def test_an_event_or_a_refusal_that_the_wire_cannot_hold_is_a_bug(value: int) -> None:
    def emitting(context: Context, _: str) -> None:
        context.emit("done", (value,))

    def refusing(_context: Context, _: str) -> None:
        raise Refused("PROBE_NO", {"value": value})

    for rule in (emitting, refusing):
        assert probed(rule).submit("bank-a", go()).code == "MODULE_FAULT"


def test_a_bug_where_signers_are_looked_up_is_one_of_the_membership() -> None:
    """An account without roles, which no rule leaves behind."""
    sound = probed(raising(ValueError("x")))
    values = dict(sound.ledger.walk(b""))
    values[b"membership/account/" + key("bank-a")] = encode(("bank-a", "bank-a"))
    broken = Ledger(
        verifier=Verifier(CHAIN_ID),
        software=Software(sound.modules),
        values=values,
        window=ReplayWindow(),
        height=GENESIS_HEIGHT,
        time_ms=TIME_MS,
    )
    execution = broken.execute(
        height=Height(1),
        time_ms=TIME_MS + 1,
        transactions=[sound.transaction("bank-a", go("fine")), sound.transaction("bank-b", go("fine"))],
        evidence=(),
        system=(),
    )
    assert [receipt.code for receipt in execution.receipts] == ["MODULE_FAULT", "OK"]
    assert facts(execution.receipts[0]) == {"module": "membership", "version": 1, "action": None}
