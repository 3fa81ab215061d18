"""What a module sees: its records, the block, the signers, what others offer; its bugs are no refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Text
from p2pchain.ledger.meter import Meter
from p2pchain.ledger.module import Action, Module
from p2pchain.ledger.record import read_record
from p2pchain.ledger.state import State
from p2pchain.model.bounds import RECORD_BYTES_MAX
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Receipt, Value
from tests.unit.ledger.ledger_world import World, facts, operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An action with one word."""

    word: Annotated[str, Text(bytes_max=2)]


def run_probe(
    rule: Callable[[Context], None], signers: str | tuple[str, ...] = "bank-a"
) -> tuple[World, Receipt]:
    """A block with one transaction of a module whose only rule is ``rule``."""

    def run(context: Context, message: Probe) -> None:
        assert message.word == "go"
        rule(context)

    def count(view: View, text: Value) -> Value:
        record = view.get(b"count")
        number = 0 if record is None else record[0]
        assert isinstance(number, int)
        if isinstance(view, Context):
            view.put(b"count", (number + 1,))
            view.emit("counted", (text,))
        return number + 1

    probe = Action(name="go", message=Probe, run=run)
    modules = (
        *MODULES,
        Module(name="probe", actions=(probe,)),
        Module(name="counter", publics={"count": count}),
    )
    world = World(modules=modules)
    return world, world.submit(signers, operation("probe", "go", "go"))


def test_block_and_signers() -> None:
    seen: list[object] = []

    def rule(context: Context) -> None:
        seen.extend((context.height, context.time_ms, [account.name for account in context.accounts]))
        seen.append(context.require_role("financier").name)

    world, receipt = run_probe(rule, ("buyer", "bank-b"))
    assert receipt.code == "OK"
    assert seen == [1, world.genesis.time_ms + 100, ["buyer", "bank-b"], "bank-b"]


def test_a_role_that_no_signer_holds() -> None:
    def rule(context: Context) -> None:
        context.require_role("auditor")

    _, receipt = run_probe(rule)
    assert receipt.code == "AUTH_ROLE"
    assert facts(receipt) == {"role_needed": "auditor", "module": "probe", "account": "bank-a"}


def test_records_live_under_the_modules_name_and_are_walked_in_order() -> None:
    def rule(context: Context) -> None:
        for name in (b"b", b"c", b"a"):
            context.put(b"list/" + name, (name, 1))
        context.delete(b"list/c")
        assert list(context.walk(b"list/")) == [(b"list/a", (b"a", 1)), (b"list/b", (b"b", 1))]
        assert [name for name, _ in context.walk(b"list/", b"list/a")] == [b"list/b"]
        assert context.get(b"list/c") is None

    world, receipt = run_probe(rule)
    assert receipt.code == "OK"
    assert world.ledger.get(b"probe/list/a") is not None
    assert world.ledger.get(b"probe/list/c") is None


def test_public_functions_of_another_module_write_within_the_transaction() -> None:
    def rule(context: Context) -> None:
        assert [context.call("counter", "count", "x") for _ in range(2)] == [1, 2]
        assert context.get(b"count") is None, "another module's records are out of sight"

    world, receipt = run_probe(rule)
    assert [(event.module, event.name, event.fields) for event in receipt.events] == [
        ("counter", "counted", ("x",))
    ] * 2
    assert world.ledger.get(b"counter/count") is not None

    def refusing(context: Context) -> None:
        context.call("counter", "count", "x")
        raise Refused("PROBE_NO", {"why": "because"})

    world, receipt = run_probe(refusing)
    assert (receipt.code, receipt.events, facts(receipt)) == ("PROBE_NO", (), {"why": "because"})
    assert world.ledger.get(b"counter/count") is None


def test_a_record_has_a_bound() -> None:
    _, receipt = run_probe(lambda context: context.put(b"big", (bytes(RECORD_BYTES_MAX),)))
    assert receipt.code == "TX_RECORD_TOO_LARGE"


def test_a_record_that_does_not_decode_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="does not decode"):
        read_record(b"\xff")


def test_queries_read_what_others_offer() -> None:
    view = View(
        reader=State({}),
        module="probe",
        height=Height(1),
        time_ms=1,
        accounts=(),
        publics={("counter", "count"): lambda view, text: view.module + str(text)},
        setting=World().setting(),
        meter=Meter(),
    )
    assert view.call("counter", "count", "!") == "counter!"
    with pytest.raises(Refused, match="AUTH_ROLE") as refused:
        view.require_role("auditor")
    assert "account" not in refused.value.facts
