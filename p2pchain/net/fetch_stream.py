"""Requests and answers with one peer: ids, how many at a time, deadlines, and whether an answer fits its
request.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

import trio

from p2pchain.codec.messages import (
    decode_fetch_request,
    decode_fetch_response,
    encode_fetch_request,
    encode_fetch_response,
    name_of,
)
from p2pchain.model.errors import PeerFault, Refused
from p2pchain.model.ids import PeerId
from p2pchain.model.messages import (
    FETCH_BLOCKS_MAX,
    FRAME_BYTES_MAX,
    BlocksRequest,
    BlocksResponse,
    ChunkRequest,
    ChunkResponse,
    FetchRequest,
    FetchResponse,
    LinksRequest,
    LinksResponse,
    PayloadRequest,
    PayloadResponse,
    SnapshotsRequest,
    SnapshotsResponse,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.net.config import NetConfig
from p2pchain.net.events import FetchArrived, FetchFailed
from p2pchain.net.frame_decoder import off_the_loop
from p2pchain.net.frames import ANSWER, FETCH_HEAD_BYTES, REQUEST, fetch_frame, split_fetch

REQUESTS_WAITING_MAX = 64
"""Requests that wait to be written; more only happens while the peer takes no bytes."""
UNANSWERED_MAX_S = 30.0
"""A request that the node did not answer for so long no longer holds a place."""


class _PendingRequest:
    """A request of ours that waits for its answer."""

    def __init__(self, request: FetchRequest) -> None:
        self.request = request
        self.done = trio.Event()
        self.response: FetchResponse | None = None


class FetchTable:
    """Both directions of the fetch stream with one peer, without the stream itself.

    ``next_frame`` is what to write; ``receive`` takes what was read. ``ids`` numbers the requests that
    arrive, unique over all peers and links, so that an answer to an old link can never be taken for one to
    a new link.
    """

    def __init__(self, peer: PeerId, config: NetConfig, ids: Iterator[int]) -> None:
        self._peer = peer
        self._requests_max = config.requests_in_flight_max
        self._answers_bytes_max = config.answers_bytes_max
        self._ids = ids
        self._places = trio.Semaphore(config.fetches_in_flight_max)
        self._questions: dict[int, _PendingRequest] = {}
        self._asked = 0
        self._arrived: OrderedDict[int, tuple[int, float]] = OrderedDict()
        self._answered = trio.Event()
        self._requests_out: deque[bytes] = deque()
        self._answers_out: deque[bytes] = deque()
        self._answers_bytes = 0
        self._ready = trio.Event()
        self._closed = False
        self.dropped = 0

    async def ask(self, request: FetchRequest, deadline_ms: int) -> FetchResponse:
        """Ask the peer and return its answer; raises ``FetchFailed``."""
        facts = {"peer": self._peer, "deadline_ms": deadline_ms}
        with trio.move_on_after(deadline_ms / 1000):
            async with self._places:
                return await self._answer_to(request)
        raise FetchFailed("FETCH_DEADLINE", facts)

    async def _answer_to(self, request: FetchRequest) -> FetchResponse:
        if self._closed:
            raise FetchFailed("FETCH_PEER_LOST", {"peer": self._peer})
        if len(self._requests_out) >= REQUESTS_WAITING_MAX:
            raise FetchFailed("FETCH_PEER_SLOW", {"peer": self._peer, "waiting": len(self._requests_out)})
        question_id = self._asked
        self._asked += 1
        question = self._questions[question_id] = _PendingRequest(request)
        self._requests_out.append(fetch_frame(REQUEST, question_id, encode_fetch_request(request)))
        self._ready.set()
        try:
            await question.done.wait()
        finally:
            self._questions.pop(question_id, None)
        if question.response is None:
            raise FetchFailed("FETCH_PEER_LOST", {"peer": self._peer})
        return question.response

    def answer(self, request_id: int, response: FetchResponse) -> None:
        """Queue the answer to a request; nothing if it is forgotten or there is no room (counted)."""
        if request_id in self._arrived:
            self.answer_encoded(request_id, encode_fetch_response(response))

    def answer_encoded(self, request_id: int, payload: bytes) -> None:
        """Queue an answer in bytes that ``encode_fetch_response`` or ``encode_blocks_response`` made."""
        arrived = self._arrived.pop(request_id, None)
        if arrived is None:
            return
        self._answered.set()
        full = self._answers_bytes + len(payload) > self._answers_bytes_max
        if full or len(payload) + FETCH_HEAD_BYTES > FRAME_BYTES_MAX:
            self.dropped += 1
            return
        answer = fetch_frame(ANSWER, arrived[0], payload)
        self._answers_out.append(answer)
        self._answers_bytes += len(answer)
        self._ready.set()

    async def next_frame(self) -> bytes:
        """Return the next frame to write, our requests first: they are small and somebody waits."""
        await self._ready.wait()
        if self._requests_out:
            taken = self._requests_out.popleft()
        else:
            taken = self._answers_out.popleft()
            self._answers_bytes -= len(taken)
        if not self._requests_out and not self._answers_out:
            self._ready = trio.Event()
        return taken

    async def receive(self, payload: bytes) -> FetchArrived | None:
        """Take one frame: an answer goes to its request, a request is returned for the owner.

        Waits while ``requests_in_flight_max`` requests are open: the peer's further ones stay in its stream.
        ``PeerFault`` for what does not decode, was not asked, or does not fit what was asked.
        """
        kind, frame_id, body = split_fetch(payload)
        if kind == ANSWER:
            await self._take_answer(frame_id, body)
            return None
        try:
            request = decode_fetch_request(body)
        except Refused as refused:
            raise PeerFault("NET_BAD_MESSAGE", {"reason": str(refused), "while": "request"}) from refused
        await self._wait_for_place()
        request_id = next(self._ids)
        self._arrived[request_id] = (frame_id, trio.current_time())
        return FetchArrived(peer=self._peer, request_id=request_id, request=request)

    async def _take_answer(self, question_id: int, body: bytes) -> None:
        question = self._questions.get(question_id)
        if question is None:
            if question_id >= self._asked:
                raise PeerFault("NET_UNASKED_ANSWER", {"id": question_id})
            return
        try:
            response = await off_the_loop(decode_fetch_response, body)
        except Refused as refused:
            raise PeerFault("NET_BAD_MESSAGE", {"reason": str(refused), "while": "answer"}) from refused
        if not _fits(question.request, response):
            facts = {"asked": name_of(question.request), "found": name_of(response)}
            raise PeerFault("NET_WRONG_ANSWER", facts)
        question.response = response
        question.done.set()

    async def _wait_for_place(self) -> None:
        while len(self._arrived) >= self._requests_max:
            oldest = next(iter(self._arrived))
            wait_s = self._arrived[oldest][1] + UNANSWERED_MAX_S - trio.current_time()
            self._answered = trio.Event()
            with trio.move_on_after(max(0.0, wait_s)) as waiting:
                await self._answered.wait()
            if waiting.cancelled_caught:
                self._arrived.pop(oldest, None)

    def close(self) -> None:
        """Fail every request that waits with ``FetchFailed("FETCH_PEER_LOST")``: the link ended."""
        self._closed = True
        for question in self._questions.values():
            question.done.set()


def _fits(request: FetchRequest, response: FetchResponse) -> bool:
    match request, response:
        case BlocksRequest(), BlocksResponse():
            return len(response.blocks) <= min(request.count, FETCH_BLOCKS_MAX)
        case TransactionsRequest(), TransactionsResponse():
            return len(response.transactions) <= len(request.tx_ids)
        case SnapshotsRequest(), SnapshotsResponse():
            return True
        case LinksRequest(), LinksResponse():
            return True
        case ChunkRequest(), ChunkResponse():
            return True
        case PayloadRequest(), PayloadResponse():
            return True
        case _:
            return False
