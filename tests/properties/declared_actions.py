"""Drives an action of a module with arguments that Hypothesis draws, and checks what holds for all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from hypothesis import assume
from hypothesis import strategies as st

from p2pchain.ledger.consortium.governance.proposal import DAY_MS
from p2pchain.ledger.module import Action, Module
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import CODE_MODULE_FAULT, CODE_OK, Operation, Receipt, Value
from p2pchain.presentation.directory import Directory
from tests.properties.strategies_of_kinds import (
    hostile_arguments,
    invalid_arguments,
    known_bytes,
    valid_arguments,
)
from tests.unit.ledger.ledger_world import TIME_MS, World
from tests.unit.ledger.receivable_steps import a_market

SIGNERS: Final = (
    *(("bank-a",), ("bank-b",), ("buyer",), ("supplier",), ("buyer-clerk",), ("nobody",)),
    *(("buyer", "supplier"), ("bank-a", "bank-b", "buyer", "supplier")),
)
STEPS_MAX: Final = 3
EXPIRES: Final = 1_000


class DrivenModule:
    """A small market in which one module's actions are tried."""

    def __init__(self, modules: Sequence[Module], module: Module) -> None:
        """``modules``: all that run, ``module`` among them."""
        self.world = World(a_market(), modules)
        self.module = module
        self.directory = Directory(modules)

    def drive(self, action: Action, data: st.DataObject) -> list[Receipt]:
        """Valid transactions of the module, then the action with valid, invalid and hostile arguments."""
        before = data.draw(st.lists(st.sampled_from(self.module.actions), max_size=STEPS_MAX), label="before")
        receipts = [
            self.transact(step, data.draw(valid_arguments(step.fields, self.known())), data)
            for step in (*before, action)
        ]
        spoilt = self.transact(action, data.draw(invalid_arguments(action.fields, self.known())), data)
        assert spoilt.code != CODE_OK, "arguments that no kind accepts"
        return [*receipts, spoilt, self.transact(action, data.draw(hostile_arguments(action.fields)), data)]

    def transact(self, action: Action, args: tuple[Value, ...], data: st.DataObject) -> Receipt:
        """One block with this action."""
        return self.carry_out(Operation(module=self.module.name, action=action.name, args=args), data)

    def propose(self, action: Action, data: st.DataObject) -> Receipt:
        """A proposal that would do it with valid arguments."""
        args = data.draw(valid_arguments(action.fields, self.known()))
        proposed = (self.module.name, action.name, args)
        stated = ("for the better", EXPIRES, TIME_MS + DAY_MS, (proposed,))
        return self.carry_out(Operation(module="governance", action="propose", args=stated), data)

    def carry_out(self, operation: Operation, data: st.DataObject) -> Receipt:
        """One block with this operation: it ends with a receipt, and a refusal leaves the state alone."""
        transaction = self.world.transaction(data.draw(st.sampled_from(SIGNERS), label="signers"), operation)
        assume(len(transaction.raw) <= self.world.ledger.parameters.tx_bytes_max)
        root = self.world.ledger.state_root
        with suppress(Refused):
            self.world.ledger.check(transaction.transaction)
        execution = self.world.execute(transaction)
        self.world.ledger.commit(execution)
        (receipt,) = execution.receipts
        assert receipt.code != CODE_MODULE_FAULT, receipt
        if receipt.code != CODE_OK:
            assert self.world.ledger.state_root == root, f"{receipt.code} left something behind"
            assert receipt.events == ()
        self.require_declared(receipt)
        return receipt

    def require_declared(self, receipt: Receipt) -> None:
        """Assert that declared events fit, and everything reads as text."""
        for event in receipt.events:
            known = self.directory.event(event.module, event.name, len(event.fields))
            if known is not None:
                for field, value in zip(known.fields, event.fields, strict=True):
                    assert field.accepts(value), f"{event.module} {event.name} {field.name}: {value!r}"
            assert self.directory.event_text(event.module, event.name, event.fields)

    def known(self) -> list[bytes]:
        """Ids and keys of the world."""
        return known_bytes(self.world.ledger.walk(b""))
