"""Validators that come and go while everything else goes wrong: the set grows by the spare nodes, one by one,
and shrinks back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

from p2pchain.codec.voting import succession_sign_bytes
from p2pchain.model.genesis import Genesis
from p2pchain.model.transaction import Operation
from p2pchain.model.voting import Succession
from tests.simulation.clients import Client, signed_together
from tests.simulation.keys import StandInKey
from tests.simulation.node import SimulatedNode

EVERY_MS = (200, 1_500)
"""How soon the next change, or the same one again, is asked for."""
VALID_FOR = 40


class Changing(Protocol):
    """The world, as whoever changes its validators sees it."""

    random: Random
    tally: Counter[str]
    genesis: Genesis
    clients: list[Client]

    @property
    def nodes(self) -> Sequence[SimulatedNode]: ...

    def after(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None: ...


class SetChanges:
    """Adds every spare validator, then removes them again; each is asked for until a block has made it."""

    def __init__(self, world: Changing, spares: Sequence[tuple[StandInKey, StandInKey]]) -> None:
        """``spares``: consensus key and peer key of each node that does not validate at genesis."""
        self._world = world
        self._steps = [(True, *spare) for spare in spares] + [(False, *spare) for spare in reversed(spares)]

    def begin(self) -> None:
        """Ask for the first one soon."""
        self._again()

    def _again(self) -> None:
        self._world.after(self._world.random.randint(*EVERY_MS), self._ask)

    def _ask(self) -> None:
        up = [node for node in self._world.nodes if node.up]
        if up:
            ahead = max(up, key=lambda node: node.height)
            while self._steps and self._is_done(ahead):
                added, *_ = self._steps.pop(0)
                self._world.tally["validators added" if added else "validators removed"] += 1
            if self._steps:
                transaction = signed_together(
                    self._world.clients,
                    (self._operation(),),
                    self._world.random,
                    valid_until=ahead.height + VALID_FOR,
                )
                self._world.random.choice(up).submit(transaction)
        if self._steps:
            self._again()

    def _is_done(self, node: SimulatedNode) -> bool:
        """Whether a block has made the change that is asked for; it holds from two heights later on."""
        added, key, _ = self._steps[0]
        return (node.replica.ledger.next_validators.index_of(key.public_key) is not None) == added

    def _operation(self) -> Operation:
        added, key, peer = self._steps[0]
        if not added:
            (node,) = (
                node.name
                for organisation in self._world.genesis.organisations
                for node in organisation.nodes
                if node.peer_key == peer.public_key
            )
            return Operation(module="membership", action="remove_validator", args=(node, True))
        statement = Succession(peer_key=peer.public_key, old_key=None, new_key=key.public_key)
        possession = key.sign(succession_sign_bytes(self._world.genesis.chain_id, statement))
        args = (peer.public_key, key.public_key, 1, possession, True)
        return Operation(module="membership", action="add_validator", args=args)
