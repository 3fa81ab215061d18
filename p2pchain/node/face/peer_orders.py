"""Operator's orders about one peer: connect, disconnect, ban, unban."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog
import trio

from p2pchain.control.port import Json
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import PeerId
from p2pchain.net.network import Network
from p2pchain.node.home.bans import write_bans
from p2pchain.replica.replica import Replica

CONNECT_WAIT_MS: Final = 5_000
"""How long an order to connect waits for the link."""
LOOK_EVERY_S: Final = 0.05

log = structlog.get_logger("p2pchain.node")


class Peering:
    """Carries out orders about peers, each named by its node's name or its peer id. Every answer has
    ``name`` (null for a ban of who is no member any more), ``peer_id``, ``connected``, ``banned``.
    """

    def __init__(self, *, replica: Replica, network: Network, bans: Path) -> None:
        """``bans``: the file that keeps what ``network`` has banned."""
        self._replica = replica
        self._network = network
        self._bans = bans
        self._writing = trio.Lock()

    async def connect(self, which: str) -> Mapping[str, Json]:
        """Dial now and wait for the link. Raises ``Refused``: ``PEER_UNKNOWN``, ``PEER_BANNED``,
        ``PEER_NO_ADDRESS``, ``PEER_UNREACHABLE`` with what came of it.
        """
        peer = self._find(which)
        before = self._failures(peer)
        self._network.connect(peer)
        with trio.move_on_after(CONNECT_WAIT_MS / 1000):
            while not self._is_connected(peer):
                for code, (detail, count) in self._failures(peer).items():
                    if count > before.get(code, ("", 0))[1]:
                        raise self._unreachable(peer, detail)
                await trio.sleep(LOOK_EVERY_S)
        if not self._is_connected(peer):
            raise self._unreachable(peer, f"no link within {CONNECT_WAIT_MS} ms")
        return self._link_state(peer, connected=True)

    def disconnect(self, which: str) -> Mapping[str, Json]:
        """End the link; both ends dial again within seconds. Raises ``Refused``: ``PEER_UNKNOWN``,
        ``PEER_NOT_CONNECTED``.
        """
        peer = self._find(which)
        self._network.disconnect(peer)
        log.warning("peer.disconnected", peer=peer)
        return self._link_state(peer, connected=False)

    async def ban(self, which: str) -> Mapping[str, Json]:
        """Keep a peer out until it is unbanned, over restarts too: written first, then done. Raises
        ``Refused("PEER_UNKNOWN")``, ``DiskFailure``.
        """
        peer = self._find(which)
        async with self._writing:
            await trio.to_thread.run_sync(write_bans, self._bans, self._network.banned | {peer})
            self._network.ban(peer)
        log.warning("peer.banned", peer=peer)
        return self._link_state(peer, connected=False)

    async def unban(self, which: str) -> Mapping[str, Json]:
        """Let a peer in again, and dial it at once where its address is known; nothing happens to one that
        is not banned. Raises ``Refused("PEER_UNKNOWN")``, ``DiskFailure``.
        """
        peer = self._find(which)
        async with self._writing:
            if peer in self._network.banned:
                await trio.to_thread.run_sync(write_bans, self._bans, self._network.banned - {peer})
                self._network.unban(peer)
                log.warning("peer.unbanned", peer=peer)
        return self._link_state(peer, connected=self._is_connected(peer))

    def _find(self, which: str) -> PeerId:
        """The peer id of another member's node, or of a ban that outlived its membership."""
        others = [
            member for member in self._replica.ledger.members if member.peer_id != self._network.peer_id
        ]
        for member in others:
            if which in (member.name, member.peer_id):
                return member.peer_id
        for peer in self._network.banned:
            if which == peer:
                return peer
        facts: dict[str, Fact] = {
            "peer": which[:80],
            "peers": ", ".join(member.name for member in others) or "none",
        }
        raise Refused("PEER_UNKNOWN", facts, "see: p2pchain peers")

    def _name(self, peer: PeerId) -> str | None:
        names = (member.name for member in self._replica.ledger.members if member.peer_id == peer)
        return next(names, None)

    def _is_connected(self, peer: PeerId) -> bool:
        return any(statistics.peer_id == peer for statistics in self._network.statistics())

    def _failures(self, peer: PeerId) -> dict[str, tuple[str, int]]:
        """Return a peer's recent failures: by code, the detail and how often."""
        refusals = self._network.totals().refusals
        return {refusal.code: (refusal.detail, refusal.count) for refusal in refusals if refusal.peer == peer}

    def _unreachable(self, peer: PeerId, reason: str) -> Refused:
        facts: dict[str, Fact] = {"peer": self._name(peer) or peer, "reason": reason}
        hint = "it is dialled again by itself; is it running, at that address, and does it let this node in?"
        return Refused("PEER_UNREACHABLE", facts, hint)

    def _link_state(self, peer: PeerId, *, connected: bool) -> Mapping[str, Json]:
        banned = peer in self._network.banned
        return {"name": self._name(peer), "peer_id": peer, "connected": connected, "banned": banned}
