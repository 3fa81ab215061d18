"""Joining a running chain: a home that is laid out follows it up to the block that names its node.

By a snapshot where a peer gives one, by blocks otherwise. Members let a node in once their ledger names it,
so whoever comes before that waits, as long as it takes. A snapshot may be older than the admission: then
blocks lead on from it. Once the ledger names the node, the daemon goes on by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
import trio

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.genesis import Member
from p2pchain.model.ids import BlockId, PeerId
from p2pchain.net.network import Network
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import Recovered, recover
from p2pchain.node.peers.block_fetch import BlockFetch
from p2pchain.node.peers.peer_network import Events, Visitor, visit
from p2pchain.node.run.snapshot_entry import enter
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.start_state import origin_of
from p2pchain.signing.keyfile import read_key
from p2pchain.storage.lock import HomeLock

NOTHING_AFTER_S: Final = 60.0
"""How long peers that let the node in may have no snapshot: one that has none writes it meanwhile."""
SAY_EVERY_S: Final = 15.0
"""How often it is said what is waited for."""
LOOK_EVERY_S: Final = 1.0
SYNC_EVERY: Final = 256
"""Blocks between two fsyncs, and between two lines about them."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """State of a joined home. ``member``: the node as the ledger names it; ``first``: the lowest block
    here.
    """

    height: int
    first: int
    member: Member


def join_chain(home: Home, passphrase: bytes | None, say: Say, *, by_blocks: bool = False) -> Joined:
    """Follow the chain until its ledger names this home's node, however long that takes. ``say`` gets lines
    for people; ``by_blocks``: from block 1 on, even if there is a snapshot. Going on after an interruption is
    the same call.

    Raises ``Fault`` where home, network or disk refuse.
    """
    config, genesis, log = home.read_config(), home.read_genesis(), structlog.get_logger()
    with HomeLock(home.lock):
        peer_key = read_key(home.peer_key, passphrase, kind="peer")
        own = peer_id_of(peer_key.public_key)
        recovered = recover(home, genesis, log, config.storage.segment_bytes)
        if recovered.ledger.height == 0 and not by_blocks:
            say("looking for a snapshot of the state")
            waiting = partial(_say_what_is_waited_for, own, say)
            enter(home, config, recovered, (peer_key, None), waiting, nothing_after_s=NOTHING_AFTER_S)
            recovered = recover(home, genesis, log, config.storage.segment_bytes)
            height = recovered.ledger.height
            say(f"snapshot of height {height}" if height else "no member gives a snapshot: fetching blocks")
        if member_of(recovered.ledger, own) is None:
            _follow(home, config, recovered, peer_key, say)
        member = member_of(recovered.ledger, own)
        assert member is not None, "it is followed until it names the node"
        first = recovered.chain_log.first
        recovered.index.close()
        recovered.chain_log.close()
        return Joined(height=recovered.ledger.height, first=first, member=member)


def member_of(ledger: Ledger, peer: PeerId) -> Member | None:
    """The node as the ledger names it, None where it does not."""
    return next((member for member in ledger.members if member.peer_id == peer), None)


def _follow(home: Home, config: NodeConfig, recovered: Recovered, peer_key: SigningKey, say: Say) -> None:
    """Fetch and execute blocks until the ledger names the node."""
    ledger, chain_log = recovered.ledger, recovered.chain_log
    own = peer_id_of(peer_key.public_key)
    visitor = Visitor(
        home=home,
        config=config,
        genesis=recovered.genesis,
        genesis_id=recovered.genesis_id,
        ledger=ledger,
        peer_key=peer_key,
        consensus_key=None,
    )

    def append(height: int, payload: bytes, _: BlockId) -> None:
        chain_log.append(height, payload)
        if height % SYNC_EVERY == 0:
            chain_log.sync()
            say(f"at block {height}")

    async def ask(network: Network, events: Events) -> None:
        genesis_id, time_ms = recovered.genesis_id, recovered.genesis.time_ms
        fetch = BlockFetch(
            network=network,
            verifier=Verifier(recovered.genesis.chain_id),
            ledger=ledger,
            tip=origin_of(genesis_id, time_ms, ledger, recovered.last, ()).tip,
            append=append,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fetch.listen, events)
            nursery.start_soon(_say_what_is_waited_for, own, say, network)
            while member_of(ledger, own) is None:
                if await fetch.advance():
                    network.members_changed()
                else:
                    await trio.sleep(LOOK_EVERY_S)
            nursery.cancel_scope.cancel()

    visit(visitor, ask)
    chain_log.sync()


async def _say_what_is_waited_for(own: PeerId, say: Say, network: Network) -> None:
    """A line for people as long as no member lets this node in, until cancelled."""
    while True:
        await trio.sleep(SAY_EVERY_S)
        if network.statistics():
            continue
        say(
            f"waiting for a member to let this node in (peer id {own}): have the members admit it; if they "
            f"have, look at its addresses and firewall ({network.totals().dials_failed} dials failed)"
        )
