"""The encrypted connection below Yamux, on which frames are read at a pace.

A Yamux frame without data (a ping, a window update, an opening of a stream) is twelve bytes, and the library
takes 50 µs and more for each. A peer may pack thousands into one encrypted message, below every other rate.
So reads of a frame's head are paced; what comes faster waits in the peer's own connection.
"""

from __future__ import annotations

from typing import Final

import multiaddr
from libp2p.abc import ISecureConn
from libp2p.connection_types import ConnectionType
from libp2p.crypto.keys import PrivateKey, PublicKey
from libp2p.peer.id import ID
from libp2p.stream_muxer.yamux.yamux import HEADER_SIZE

from p2pchain.net.read_pace import Pace

FRAMES_PER_S: Final = 2_000
"""Frames of one connection that are read in the long run; an honest peer's hold up to 64 KiB of data each."""
FRAMES_BURST: Final = 4_000


class PacedSession(ISecureConn):
    """A secured connection whose reads of a frame's head wait for their turn."""

    def __init__(self, secured: ISecureConn) -> None:
        """``secured``: the session that Noise made."""
        self._secured = secured
        self._pace = Pace(FRAMES_PER_S, FRAMES_BURST)
        self.is_initiator = secured.is_initiator

    async def read(self, n: int | None = None) -> bytes:
        """Read, a head only at the pace."""
        if n == HEADER_SIZE:
            await self._pace.take()
        return await self._secured.read(n)

    async def write(self, data: bytes) -> None:
        """Write all of it."""
        await self._secured.write(data)

    async def close(self) -> None:
        """Close the connection."""
        await self._secured.close()

    def get_local_peer(self) -> ID:
        """Return our own id."""
        return self._secured.get_local_peer()

    def get_local_private_key(self) -> PrivateKey:
        """Return our own key."""
        return self._secured.get_local_private_key()

    def get_remote_peer(self) -> ID:
        """Return the peer's id."""
        return self._secured.get_remote_peer()

    def get_remote_public_key(self) -> PublicKey:
        """Return the peer's key."""
        return self._secured.get_remote_public_key()

    def get_remote_address(self) -> tuple[str, int] | None:
        """Return the peer's address and port."""
        return self._secured.get_remote_address()

    def get_transport_addresses(self) -> list[multiaddr.Multiaddr]:
        """Return the addresses below."""
        return self._secured.get_transport_addresses()

    def get_connection_type(self) -> ConnectionType:
        """Return the kind of connection below."""
        return self._secured.get_connection_type()
