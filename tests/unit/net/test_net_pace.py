"""Frames without data are read at a pace: thousands of pings in one message cost no more than that."""

from __future__ import annotations

from typing import cast

import pytest
import trio
import trio.testing
from libp2p.abc import ISecureConn
from libp2p.stream_muxer.yamux.yamux import HEADER_SIZE

from p2pchain.net.paced_session import FRAMES_BURST, FRAMES_PER_S, PacedSession
from p2pchain.net.read_pace import Pace


class Endless:
    """A secured connection that always has what is asked for."""

    is_initiator = False

    async def read(self, n: int | None = None) -> bytes:
        return bytes(n or 1)


async def test_heads_of_frames_are_read_at_a_pace(autojump_clock: trio.testing.MockClock) -> None:
    """The burst at once, then so many a second; bodies cost nothing of it."""
    session = PacedSession(cast(ISecureConn, Endless()))
    began = trio.current_time()
    for _ in range(FRAMES_BURST):
        await session.read(HEADER_SIZE)
    assert trio.current_time() == began
    for _ in range(3 * FRAMES_PER_S):
        await session.read(HEADER_SIZE)
        await session.read(65_536)
    assert trio.current_time() - began == pytest.approx(3.0, rel=0.01)


async def test_a_pace_recovers(autojump_clock: trio.testing.MockClock) -> None:
    """Whoever was quiet may burst again, and no more than once."""
    pace = Pace(per_s=10, burst=5)
    for _ in range(5):
        await pace.take()
    await trio.sleep(60)
    began = trio.current_time()
    for _ in range(5):
        await pace.take()
    assert trio.current_time() == began
    await pace.take()
    assert trio.current_time() - began == pytest.approx(0.1)
