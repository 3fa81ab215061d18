"""A module whose only rule is given by the test, in a world of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from p2pchain.business.software import MODULES
from p2pchain.ledger.context import Context
from p2pchain.ledger.kinds import Text
from p2pchain.ledger.module import Action, Module
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import World, a_genesis, operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An action with one word."""

    word: Annotated[str, Text(bytes_max=64)]


def probe_module(rule: Callable[[Context, str], None]) -> Module:
    """The module ``probe`` with one action, ``go``."""

    def run(context: Context, message: Probe) -> None:
        rule(context, message.word)

    action = Action(name="go", message=Probe, run=run)
    return Module(name="probe", actions=(action,))


def probed(rule: Callable[[Context, str], None], **parameters: int) -> World:
    """A world of which ``rule`` is what the action of ``probe`` does."""
    genesis = a_genesis(Parameters(tx_lifetime=20, **parameters))
    return World(genesis, (*MODULES, probe_module(rule)))


def go(word: str = "") -> Operation:
    """The action of ``probe``."""
    return operation("probe", "go", word)
