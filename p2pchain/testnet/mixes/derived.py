"""Load of a module that has no mix of its own, derived from its declaration.

Arguments are drawn from the kinds of the fields, and each transaction is rehearsed on a ledger in this
process. What is refused there is drawn anew, so later ones find what earlier ones made. A network executes
them beside each other, and at another hour, so it may refuse some; the report counts those that it did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle
from typing import Final

from p2pchain import business
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.module import Module
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.sdk.draws import Draws
from p2pchain.sdk.world import World
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.mixes.mix import BenchMix, Mix
from p2pchain.testnet.plan import MARKET

DRAWS_MAX: Final = 500
"""Draws after which a module is said to accept none."""
KNOWN_EVERY: Final = 32
"""Transactions between two looks at the ids that there are."""


def is_derivable(module: Module) -> bool:
    """Accept trades, and not what the consortium is: members drawn out of it stop its network."""
    return bool(module.actions) and module.source.startswith(f"{business.__name__}.")


def derived(module: Module) -> BenchMix:
    """Derive the mix of a module. Making it raises nothing; its first transaction
    ``LaunchFailed("TESTNET_MIX")`` where no drawn arguments are accepted.
    """
    brought = module.roles if module.at_genesis else ()
    cast = tuple(replace(member, roles=tuple(dict.fromkeys((*member.roles, *brought)))) for member in MARKET)

    def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
        rehearsal = _Rehearsal(module, {member.name: member.roles for member in cast}, run)

        def step(_number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
            signers, operation = rehearsal.accepted()
            return tuple(keys[org] for org in signers), (operation,)

        return step

    return BenchMix(make=make, cast=cast)


class _Rehearsal:
    """A ledger that has executed all that was handed out."""

    def __init__(self, module: Module, roles: Mapping[str, tuple[str, ...]], run: bytes) -> None:
        self._name = module.name
        self._world = World(module, roles=roles)
        self._draws = Draws(int.from_bytes(run, "big"))
        self._actions = cycle(module.actions)
        self._handed_out = 0
        self._known: list[bytes] = []

    def accepted(self) -> tuple[tuple[str, ...], Operation]:
        """Draw who signs the next transaction, and what it does."""
        if self._handed_out % KNOWN_EVERY <= 1:
            keys = self._world.records()
            self._known = [key[-size:] for key in keys for size in (16, 32) if len(key) >= size]
        self._handed_out += 1
        for action, _ in zip(self._actions, range(DRAWS_MAX), strict=False):
            args = self._draws.arguments(action.fields, self._known)
            operation = Operation(module=self._name, action=action.name, args=args)
            signers = self._draws.signers()
            if self._world.operate(signers, operation).code == CODE_OK:
                return signers, operation
        raise LaunchFailed(
            "TESTNET_MIX",
            {"module": self._name, "draws": DRAWS_MAX},
            f"write what it is to do into p2pchain/testnet/mixes/{self._name}.py",
        )
