"""Which blocks to ask of whom while the node is behind.

Peers claim heights; a claim is believed only so far that the peer is asked for the blocks. Every answer is
judged by whoever applies the blocks, in order; a peer whose answer was empty, late or wrong is not asked for
a while, and what it sent is thrown away, so one that withholds or lies costs one round trip. Times are
milliseconds of the monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.chain import FinalBlock
from p2pchain.model.ids import GENESIS_HEIGHT, Height, PeerId
from p2pchain.model.messages import FETCH_BLOCKS_MAX, BlocksRequest

AHEAD_MAX = 256
"""Most heights above the next one that are asked for or kept."""
SHUN_MS = 3_000
"""How long a peer is not asked after an answer that was empty, late or wrong."""
DEADLINE_MS = 5_000
"""How long a peer has for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask this peer for these blocks."""

    peer: PeerId
    request: BlocksRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A block that came from a peer and that nobody has judged yet."""

    peer: PeerId
    block: FinalBlock


class Planner:
    """Claims, questions under way and blocks that wait for their turn."""

    def __init__(self) -> None:
        """Nobody claims anything."""
        self._claims: dict[PeerId, Height] = {}
        self._asked: dict[PeerId, BlocksRequest] = {}
        self._waiting: dict[Height, Arrived] = {}
        self._shunned_until_ms: dict[PeerId, int] = {}
        self._without: dict[PeerId, Height] = {}

    @property
    def highest_claim(self) -> Height:
        """Highest final height that any connected peer claims; 0 where none does."""
        return max(self._claims.values(), default=GENESIS_HEIGHT)

    def claimed_by(self, voices: int) -> Height:
        """Highest final height that at least so many peers claim; 0 where fewer claim anything. A single
        peer may lie.
        """
        claims = sorted(self._claims.values(), reverse=True)
        return claims[voices - 1] if len(claims) >= voices else GENESIS_HEIGHT

    def is_withheld(self, following: Height) -> bool:
        """Whether everybody who claims ``following``, or more, last answered that it has no such block."""
        claiming = [peer for peer, height in self._claims.items() if height >= following]
        return bool(claiming) and all(self._without.get(peer) == following for peer in claiming)

    @property
    def waiting(self) -> int:
        """How many blocks wait for their turn."""
        return len(self._waiting)

    def claim(self, peer: PeerId, height: Height) -> None:
        """A peer says that this height is final for it."""
        self._claims[peer] = height

    def forget(self, peer: PeerId) -> None:
        """A peer is gone; what it sent stays, to be judged."""
        self._claims.pop(peer, None)
        self._asked.pop(peer, None)
        self._without.pop(peer, None)
        self._shunned_until_ms.pop(peer, None)

    def plan(self, following: Height, now_ms: int) -> tuple[Ask, ...]:
        """Questions to ask now, given that ``following`` is the next height to apply; one per peer
        at a time.
        """
        self._waiting = {height: kept for height, kept in self._waiting.items() if height >= following}
        free = [peer for peer in sorted(self._claims) if self._is_free(peer, now_ms)]
        asks: list[Ask] = []
        first = following
        end = Height(min(self.highest_claim, following + AHEAD_MAX - 1))
        while free and first <= end:
            if self._covered(first):
                first = Height(first + 1)
                continue
            peer = next((each for each in free if self._claims[each] >= first), None)
            if peer is None:
                break
            count = self._gap(first, min(end, self._claims[peer]))
            request = BlocksRequest(first=first, count=count)
            free.remove(peer)
            self._asked[peer] = request
            asks.append(Ask(peer=peer, request=request))
            first = Height(first + count)
        return tuple(asks)

    def answered(
        self, peer: PeerId, request: BlocksRequest, blocks: tuple[FinalBlock, ...], now_ms: int
    ) -> None:
        """Keep what came, as far as it is what was asked for; an empty answer is a withheld one."""
        if self._asked.get(peer) == request:
            del self._asked[peer]
        kept = 0
        for offset, block in enumerate(blocks[: request.count]):
            height = Height(request.first + offset)
            if block.block.header.height != height:
                break
            self._waiting.setdefault(height, Arrived(peer=peer, block=block))
            kept += 1
        if kept:
            self._without.pop(peer, None)
        else:
            self._without[peer] = request.first
            self.failed(peer, request, now_ms)

    def failed(self, peer: PeerId, request: BlocksRequest, now_ms: int) -> None:
        """No answer, or none that helps."""
        if self._asked.get(peer) == request:
            del self._asked[peer]
        self._shunned_until_ms[peer] = now_ms + SHUN_MS

    def rejected(self, peer: PeerId, now_ms: int) -> None:
        """A block of this peer is wrong: throw away all that came from it, and do not ask it for a while."""
        self._waiting = {height: kept for height, kept in self._waiting.items() if kept.peer != peer}
        self._shunned_until_ms[peer] = now_ms + SHUN_MS

    def next_block(self, height: Height) -> Arrived | None:
        """The block for this height if one came; it is handed out once."""
        return self._waiting.pop(height, None)

    def holds(self, height: Height) -> bool:
        """Whether a block for this height waits."""
        return height in self._waiting

    def _is_free(self, peer: PeerId, now_ms: int) -> bool:
        return peer not in self._asked and self._shunned_until_ms.get(peer, 0) <= now_ms

    def _covered(self, height: Height) -> bool:
        if height in self._waiting:
            return True
        return any(asked.first <= height < asked.first + asked.count for asked in self._asked.values())

    def _gap(self, first: Height, last: int) -> int:
        count = 0
        while count < FETCH_BLOCKS_MAX and first + count <= last and not self._covered(Height(first + count)):
            count += 1
        return count
