"""Commands run against a ledger in this process: a session and a client whose node is a test's world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import trio

from p2pchain.cli.session import Session
from p2pchain.client.faults import NodeRefused
from p2pchain.client.node_client import Argument, Fields, NodeClient, Submitted
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Transaction, VerifiedTransaction
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.values import json_of
from tests.unit.ledger.ledger_world import CHAIN_ID, World

T = TypeVar("T")


class LedgerClient(NodeClient):
    """A client that asks and instructs a world."""

    def __init__(self, world: World, directory: Directory) -> None:
        super().__init__(Path("control.sock"))
        self._world = world
        self._directory = directory

    async def status(self) -> Fields:
        """Chain and height."""
        return {"chain_id": CHAIN_ID, "height": self._world.ledger.height}

    async def query(
        self, module: str, name: str, args: Mapping[str, Argument], asker: SigningKey | None = None
    ) -> Fields:
        """What the ledger answers."""
        account = None if asker is None else asker.public_key
        try:
            answer: Fields = self._world.ledger.query(module, name, args, account)
        except Refused as refusal:
            raise self._refused(refusal) from refusal
        return answer

    async def submit(
        self, transaction: Transaction, *, wait: bool = True, timeout_ms: int = 30_000
    ) -> Submitted:
        """A block with this transaction."""
        try:
            self._world.ledger.check(transaction)
        except Refused as refusal:
            raise self._refused(refusal) from refusal
        (receipt,) = self._world.block(VerifiedTransaction(transaction=transaction))
        events = [
            {"module": event.module, "name": event.name, "fields": json_of(event.fields)}
            for event in receipt.events
        ]
        committed = {
            "height": self._world.ledger.height,
            "code": receipt.code,
            "facts": dict(receipt.facts),
            "events": events,
        }
        return Submitted(tx_id=transaction.tx_id, committed=committed if wait else None)

    def _refused(self, refusal: Refused) -> NodeRefused:
        status = self._directory.http_status(refusal.code) or 422
        return NodeRefused(status, refusal.code, dict(refusal.facts), refusal.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSession(Session):
    """One invocation whose node is a world."""

    world: World
    directory: Directory

    def ask(self, question: Callable[[NodeClient], Awaitable[T]]) -> T:
        """Ask the world."""

        async def asked() -> T:
            async with LedgerClient(self.world, self.directory) as client:
                return await question(client)

        return trio.run(asked)
