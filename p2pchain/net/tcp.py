"""The TCP end below Noise: a socket of ours where the library would put its own."""

from __future__ import annotations

from typing import Final

import trio
from libp2p.io.abc import ReadWriteCloser
from libp2p.io.exceptions import ConnectionClosedError

from p2pchain.net.read_pace import Pace

SOCKET_READ_BYTES: Final = 65_536
SMALL_READ_BYTES: Final = 512
SMALL_READS_PER_S: Final = 1_000
"""Reads of less than ``SMALL_READ_BYTES`` of one socket, in the long run; a peer that sends byte by
byte is read in larger pieces then, and costs this node no more than any other.
"""
SMALL_READS_BURST: Final = 2_000


class Socket(ReadWriteCloser):
    """A TCP socket below Noise: reads ahead, counts, knows when it last heard, and can be cut at once.

    Without reading ahead every Noise message costs two system calls; without ``cut`` a connection whose
    peer stopped reading cannot be closed, since the library wants to write a farewell first and waits for
    that for ever.
    """

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._write_lock = trio.Lock()
        self._ahead = b""
        self._offset = 0
        self._small_reads = Pace(SMALL_READS_PER_S, SMALL_READS_BURST)
        self.rx_bytes = 0
        self.tx_bytes = 0
        self.heard_at = trio.current_time()
        self.write_began_at: float | None = None

    async def read(self, n: int | None = None) -> bytes:
        """Read up to ``n`` bytes, at least one; ``ConnectionClosedError`` at the end."""
        if n == 0:
            return b""
        if self._offset == len(self._ahead):
            try:
                self._ahead = bytes(await self._stream.receive_some(SOCKET_READ_BYTES))
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise ConnectionClosedError(f"TCP connection lost: {error}", transport="tcp") from error
            if not self._ahead:
                raise ConnectionClosedError("TCP connection closed by peer", transport="tcp")
            self._offset = 0
            if len(self._ahead) < SMALL_READ_BYTES:
                await self._small_reads.take()
            self.rx_bytes += len(self._ahead)
            self.heard_at = trio.current_time()
        end = len(self._ahead) if n is None else min(len(self._ahead), self._offset + n)
        taken = self._ahead[self._offset : end]
        self._offset = end
        return taken

    async def write(self, data: bytes) -> None:
        """Write all of it, or ``ConnectionClosedError``. Never cancelled without cutting the connection."""
        async with self._write_lock:
            self.write_began_at = trio.current_time()
            try:
                await self._stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise ConnectionClosedError(f"TCP connection lost: {error}", transport="tcp") from error
            finally:
                self.write_began_at = None
            self.tx_bytes += len(data)

    async def close(self) -> None:
        """Close without a farewell."""
        self.cut()
        await trio.lowlevel.checkpoint()

    def cut(self) -> None:
        """Close now; whoever reads or writes gets ``ConnectionClosedError``."""
        self._stream.socket.close()

    def get_remote_address(self) -> tuple[str, int] | None:
        """Return address and port of the other end, None once closed."""
        try:
            host, port = self._stream.socket.getpeername()[:2]
        except OSError:
            return None
        return str(host), int(port)
