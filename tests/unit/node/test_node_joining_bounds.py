"""What a node that joins by snapshot spends on it at most: memory, and time on a slow source."""

from __future__ import annotations

from dataclasses import replace

import trio
import trio.testing
from structlog.testing import capture_logs

from p2pchain.codec.snapshot import encode_chunk
from p2pchain.crypto.hashing import sha256
from p2pchain.model.messages import (
    ChunkRequest,
    ChunkResponse,
    FetchRequest,
    FetchResponse,
    SnapshotsResponse,
)
from p2pchain.node.peers.snapshot_join import CHUNK_S, CHUNKS_AT_ONCE, OFFER_S
from tests.unit.node.test_node_joining import NEW, OLD, PEERS, assert_true, joined, peers_with

FAT = [encode_chunk([(b"note/%d" % index, bytes(20_000))]) for index in range(500)]


def fattened(request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """A true header over a thousand large chunks that nobody's ledger wrote, whose digests fit."""
    match request, response:
        case _, SnapshotsResponse(heads=heads):
            digests = tuple(sha256(chunk) for chunk in FAT)
            return SnapshotsResponse(heads=tuple(replace(head, digests=digests) for head in heads))
        case ChunkRequest(index=index), ChunkResponse():
            return ChunkResponse(chunk=FAT[index])
    return response


async def test_a_state_without_end_is_left_at_the_limit(autojump_clock: trio.testing.MockClock) -> None:
    """Long before all of it is here; and the true one of another height is taken."""
    peers = peers_with((NEW,), (OLD,), first=fattened)
    assert_true(await joined(peers, bytes_max=1_000_000), OLD)
    assert peers.chunks_of.count(PEERS[0]) <= 50 + CHUNKS_AT_ONCE


async def test_a_true_state_above_the_limit_is_not_taken(autojump_clock: trio.testing.MockClock) -> None:
    """And the log says which setting to raise."""
    peers = peers_with((NEW,))
    with capture_logs() as logs:
        assert await joined(peers, bytes_max=1_000) is None
    (left,) = [each for each in logs if each["event"] == "join.offer_left"]
    assert "storage.join_bytes_max" in left["reason"]
    assert peers.dropped == [], "nobody is blamed for it"


async def test_a_peer_that_gives_drops_is_left_for_an_older_snapshot(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Each answer comes within its deadline, all of them only after hours."""
    peers = peers_with((NEW,), (OLD,), first=fattened)
    peers.takes_s[PEERS[0]] = 9.9
    began = trio.current_time()
    assert_true(await joined(peers, bytes_max=10**9), OLD)
    assert trio.current_time() - began < OFFER_S + len(FAT) * CHUNK_S + 10


async def test_a_slow_peer_is_better_than_none(autojump_clock: trio.testing.MockClock) -> None:
    peers = peers_with((NEW,))
    peers.takes_s[PEERS[0]] = OFFER_S * 2
    assert_true(await joined(peers), NEW)
