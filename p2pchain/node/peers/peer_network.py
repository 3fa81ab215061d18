"""The network for a while, with nothing of the node behind it: for what must be asked before it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import trio

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Fault
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId, OrgId
from p2pchain.net.events import NetEvent
from p2pchain.net.network import Network
from p2pchain.node.home.bans import read_bans
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.identity import Identity
from p2pchain.node.home.layout import Home
from p2pchain.node.run.assembly import EVENTS_MAX, network_of
from p2pchain.node.run.exit_codes import faults_in
from p2pchain.proofs.verifier import Verifier

T = TypeVar("T")
Events = trio.MemoryReceiveChannel[NetEvent]
Visit = Callable[[Network, Events], Awaitable[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Visitor of the network: a home with its settings and keys, and the members whom ``ledger`` names."""

    home: Home
    config: NodeConfig
    genesis: Genesis
    genesis_id: BlockId
    ledger: Ledger
    peer_key: SigningKey
    consensus_key: SigningKey | None


def visit(visitor: Visitor, ask: Visit[T]) -> T:
    """Run the network and return the result of ``ask``. Raises the ``Fault`` that ended it."""
    faults: list[Fault] = []
    try:
        results = trio.run(partial(_visit, visitor, ask, faults))
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        raise KeyboardInterrupt(
            "while peers were asked"
        ) from None  # Whoever typed it waits for no trace of tasks.
    if faults:
        raise faults[0]
    assert results, "it came to an end, or there is a fault"
    return results[0]


async def _visit(visitor: Visitor, ask: Visit[T], faults: list[Fault]) -> list[T]:
    identity = Identity(
        name=visitor.config.name,
        org=OrgId(""),
        chain_id=visitor.genesis.chain_id,
        genesis_id=visitor.genesis_id,
        peer_id=peer_id_of(visitor.peer_key.public_key),
        peer_key=visitor.peer_key,
        consensus_key=visitor.consensus_key,
    )
    send, receive = trio.open_memory_channel[NetEvent](EVENTS_MAX)
    verifier, banned = Verifier(identity.chain_id), read_bans(visitor.home.bans)
    network = network_of(visitor.config, identity, visitor.ledger, verifier, send, banned)
    results: list[T] = []
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(network.run)
            results.append(await ask(network, receive))
            nursery.cancel_scope.cancel()
    except* Fault as group:
        faults.extend(faults_in(group))
    return results
