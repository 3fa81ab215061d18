"""Serving snapshots to nodes that join, beside the main loop: heads, links and chunks, as they are stored."""

from __future__ import annotations

from collections.abc import Callable

import structlog
import trio

from p2pchain.codec.messages import encode_fetch_response, encode_links_response, encode_snapshots_response
from p2pchain.model.errors import Corrupt
from p2pchain.model.messages import (
    FETCH_ANSWER_BYTES_MAX,
    FETCH_LINKS_MAX,
    ChunkRequest,
    ChunkResponse,
    FetchRequest,
    LinksRequest,
    SnapshotsRequest,
)
from p2pchain.net.events import FetchArrived
from p2pchain.net.network import Network
from p2pchain.storage.snapshots import SnapshotOffsets, SnapshotStore

SERVED_AT_ONCE_MAX = 8
"""Most answers under way; past it the asker gets none and asks another. They are read one after another."""
SnapshotRequest = SnapshotsRequest | LinksRequest | ChunkRequest


class SnapshotServer:
    """Reads snapshots in a worker thread, one answer at a time."""

    def __init__(
        self,
        store: SnapshotStore,
        log: structlog.typing.FilteringBoundLogger,
        asked: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing is under way. ``asked``: called when a peer has asked for the snapshots that are held."""
        self._store = store
        self._asked = asked
        self._log = log
        self._limiter = trio.CapacityLimiter(1)
        self._places: dict[int, SnapshotOffsets | None] = {}
        self._under_way = 0

    def serves(self, request: FetchRequest) -> bool:
        """Test whether the request is for this server."""
        return isinstance(request, SnapshotRequest)

    def serve(self, nursery: trio.Nursery, network: Network, event: FetchArrived) -> None:
        """Answer a request for which ``serves`` is true."""
        if self._under_way >= SERVED_AT_ONCE_MAX:
            network.respond_encoded(event.peer, event.request_id, _nothing(event.request))
            return
        self._under_way += 1
        if isinstance(event.request, SnapshotsRequest):
            self._asked()
        nursery.start_soon(self._answer, network, event)

    async def _answer(self, network: Network, event: FetchArrived) -> None:
        try:
            payload = await trio.to_thread.run_sync(self.read, event.request, limiter=self._limiter)
        finally:
            self._under_way -= 1
        network.respond_encoded(event.peer, event.request_id, payload)

    def read(self, request: FetchRequest) -> bytes:
        """The encoded answer; an empty one where the snapshot is not held, or is damaged. One thread at a
        time; blocks while the disk works.
        """
        try:
            match request:
                case SnapshotsRequest():
                    return encode_snapshots_response(self._heads())
                case LinksRequest(height=height, first=first):
                    return encode_links_response(self._links(height, first))
                case ChunkRequest(height=height, index=index):
                    return encode_fetch_response(ChunkResponse(chunk=self._chunk(height, index)))
        except (Corrupt, FileNotFoundError) as fault:
            self._log.warning("snapshot.not_served", reason=str(fault))
        return _nothing(request)

    def _heads(self) -> list[bytes]:
        heights = self._store.heights()
        self._places = {height: places for height, places in self._places.items() if height in heights}
        heads: list[bytes] = []
        for height in heights:
            places = self._places_of(height)
            if places is not None:
                heads.append(self._store.read_at(height, places, places.head))
        return heads

    def _links(self, height: int, first: int) -> list[bytes]:
        places = self._places_of(height)
        if places is None:
            return []
        links: list[bytes] = []
        room = FETCH_ANSWER_BYTES_MAX
        for offset in places.links[first : first + FETCH_LINKS_MAX]:
            link = self._store.read_at(height, places, offset)
            room -= len(link)
            if links and room < 0:
                break
            links.append(link)
        return links

    def _chunk(self, height: int, index: int) -> bytes | None:
        places = self._places_of(height)
        if places is None or index >= len(places.chunks):
            return None
        return self._store.read_at(height, places, places.chunks[index])

    def _places_of(self, height: int) -> SnapshotOffsets | None:
        """Locate the records of a snapshot, once. None where it is damaged or not there."""
        if height not in self._places:
            if height not in self._store.heights():
                return None
            try:
                self._places[height] = self._store.places(height)
            except Corrupt as fault:
                self._log.warning("snapshot.unreadable", code=fault.code, **fault.facts)
                self._places[height] = None
        return self._places[height]


def _nothing(request: FetchRequest) -> bytes:
    match request:
        case LinksRequest():
            return encode_links_response(())
        case ChunkRequest():
            return encode_fetch_response(ChunkResponse(chunk=None))
        case _:
            return encode_snapshots_response(())
