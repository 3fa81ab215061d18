"""Plan of block requests to peers while the node is behind.

Peers claim heights; a claim is believed only so far that the peer is asked for the blocks. Every answer is
judged by whoever applies the blocks, in order. Some of those who claim will lie, or withhold, and they choose
their ids, their moments and their number of links; so what they cost must not depend on any of these:

- **Turns.** Whoever was asked longest ago is asked first, who never was before all others, in an order that
  a secret of this life decides. Nobody is asked again before every other that could give the block, and a
  turn is remembered when a link closes: who connects anew is no newcomer.
- **A race for the next block.** All others wait for it, so two sources are asked for it at once, and every
  ``LATE_MS`` in which neither gave it two more. Members that withhold cost ``LATE_MS`` for each two of them.
- **Misses.** An answer that was empty, late or wrong is a miss. Who missed is not asked for ``SHUN_MS``, for
  twice as long after each further miss in a row, and before that only where nobody else is left. What it sent
  goes where one block of it was wrong. Misses are told by name.
- **Bytes.** What waits to be judged is held within ``WAITING_BYTES_MAX``, what is needed first before what is
  needed later; nothing is asked for that would find no room.

Times are milliseconds of the monotonic clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from p2pchain.crypto.hashing import sha256
from p2pchain.model.chain import FinalBlock
from p2pchain.model.ids import GENESIS_HEIGHT, Height, PeerId
from p2pchain.model.messages import FETCH_ANSWER_BYTES_MAX, FETCH_BLOCKS_MAX, BlocksRequest

AHEAD_MAX: Final = 256
"""Most heights above the next one that are asked for or kept."""
WAITING_BYTES_MAX: Final = 64 * 1024 * 1024
"""Most bytes of blocks that wait to be judged; the next one is always kept."""
SOURCES: Final = 2
"""Of how many peers the next block is asked at once."""
LATE_MS: Final = 1_000
"""After so long without an answer a question counts as not asked: others are asked, too."""
SHUN_MS: Final = 3_000
"""How long a peer is not asked after a first miss."""
SHUN_MAX_MS: Final = 96_000
DEADLINE_MS: Final = 5_000
"""How long a peer has for an answer."""
RECORDS_MAX: Final = 1_024
"""Peers whose turns and misses are remembered, connected or not."""
_BLOCK_BYTES: Final = 1_024
_SIGNATURE_BYTES: Final = 80
"""What a block and each signature of a certificate take beside the transactions, about."""

assert LATE_MS < DEADLINE_MS, "others are asked before an answer is given up"
assert SHUN_MS <= SHUN_MAX_MS, "misses are shunned for longer, up to the most"
assert FETCH_BLOCKS_MAX <= AHEAD_MAX, "whatever one answer brings is kept"
assert WAITING_BYTES_MAX >= FETCH_ANSWER_BYTES_MAX, "in bytes, too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Order to ask this peer for these blocks."""

    peer: PeerId
    request: BlocksRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A block that came from a peer and that nobody has judged yet."""

    peer: PeerId
    block: FinalBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A peer that claims a block and did not give it, ``times`` in a row; ``empty``: it answered that it has
    no such block.
    """

    peer: PeerId
    height: Height
    times: int
    empty: bool


@dataclass(slots=True, kw_only=True)
class _Record:
    """Record of a peer. ``turn``: number of its last question, 0 for none."""

    turn: int = 0
    missed_ms: int = 0
    miss: Miss | None = None

    def shunned_until_ms(self) -> int:
        times = 0 if self.miss is None else self.miss.times
        return self.missed_ms + min(SHUN_MS << min(times - 1, 16), SHUN_MAX_MS) if times else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _PendingBlocks:
    request: BlocksRequest
    asked_ms: int

    def covers(self, height: int) -> bool:
        return self.request.first <= height < self.request.first + self.request.count


class Planner:
    """Planner of block fetches: claims, questions under way and blocks that wait for their turn."""

    def __init__(self, secret: bytes) -> None:
        """Begin without claims. ``secret``: drawn anew for this life."""
        self._secret = secret
        self._claims: dict[PeerId, Height] = {}
        self._asked: dict[PeerId, _PendingBlocks] = {}
        self._waiting: dict[Height, Arrived] = {}
        self._waiting_bytes = 0
        self._records: dict[PeerId, _Record] = {}
        self._turn = 0

    @property
    def highest_claim(self) -> Height:
        """Highest final height that any connected peer claims; 0 where none does."""
        return max(self._claims.values(), default=GENESIS_HEIGHT)

    def claimed_by(self, voices: int) -> Height:
        """R"""
        claims = sorted(self._claims.values(), reverse=True)
        return claims[voices - 1] if len(claims) >= voices else GENESIS_HEIGHT

    @property
    def claims(self) -> dict[PeerId, Height]:
        """Return the final heights that connected peers claim."""
        return dict(self._claims)

    def is_withheld(self, following: Height) -> bool:
        """Return whether everybody who claims ``following``, or more, last answered that it has no such
        block.
        """
        claiming = [peer for peer, height in self._claims.items() if height >= following]
        return bool(claiming) and all(
            (miss := self._record(peer).miss) is not None and miss.empty and miss.height == following
            for peer in claiming
        )

    def misses(self, following: Height) -> tuple[Miss, ...]:
        """Return the connected peers that claim blocks from ``following`` on and did not give them
        when asked.
        """
        misses = (self._records[peer].miss for peer in sorted(self._claims) if peer in self._records)
        return tuple(miss for miss in misses if miss is not None and miss.height >= following)

    @property
    def waiting(self) -> int:
        """Number of blocks that wait for their turn."""
        return len(self._waiting)

    @property
    def waiting_bytes(self) -> int:
        """Bytes that they take, about."""
        return self._waiting_bytes

    def claim(self, peer: PeerId, height: Height) -> None:
        """Note the height that a peer claims to be final."""
        self._claims[peer] = height

    def forget(self, peer: PeerId) -> None:
        """Forget a peer that is gone; its blocks stay, to be judged, and so does the memory of its turn and
        misses.
        """
        self._claims.pop(peer, None)
        self._asked.pop(peer, None)

    def plan(self, following: Height, now_ms: int) -> tuple[Ask, ...]:
        """Plan the questions to ask now, given that ``following`` is the next height to apply; one per peer
        at a time.
        """
        for height in [height for height in self._waiting if height < following]:
            self._drop(height)
        free = self._free(now_ms)
        asks = list(self._race(following, free, now_ms))
        first = following
        end = Height(min(self.highest_claim, following + AHEAD_MAX - 1))
        while first <= end and self._has_room():
            if self._covered(first, now_ms):
                first = Height(first + 1)
                continue
            peer = next((candidate for candidate in free if self._claims[candidate] >= first), None)
            if peer is None:
                break
            count = self._gap(first, min(end, self._claims[peer]), now_ms)
            asks.append(self._ask(peer, first, count, free, now_ms))
            first = Height(first + count)
        return tuple(asks)

    def answered(
        self, peer: PeerId, request: BlocksRequest, blocks: tuple[FinalBlock, ...], now_ms: int
    ) -> None:
        """Keep the blocks of an answer, as far as they were asked for; an empty answer is a miss."""
        self._done(peer, request)
        kept = 0
        for offset, block in enumerate(blocks[: request.count]):
            height = Height(request.first + offset)
            if block.block.header.height != height:
                break
            self._keep(height, Arrived(peer=peer, block=block))
            kept += 1
        if kept:
            self._record(peer).miss = None
        else:
            self._miss(peer, request.first, now_ms, empty=True)

    def failed(self, peer: PeerId, request: BlocksRequest, now_ms: int) -> None:
        """Note that no answer came, or none that helps."""
        self._done(peer, request)
        self._miss(peer, request.first, now_ms, empty=False)

    def rejected(self, peer: PeerId, now_ms: int) -> None:
        """Discard all blocks of a peer that sent a wrong one, and do not ask it for a while."""
        wrong = [height for height, kept in self._waiting.items() if kept.peer == peer]
        for height in wrong:
            self._drop(height)
        self._miss(peer, min(wrong, default=GENESIS_HEIGHT), now_ms, empty=False)

    def next_block(self, height: Height) -> Arrived | None:
        """Return the block for this height if one came, once."""
        return self._drop(height)

    def holds(self, height: Height) -> bool:
        """Return whether a block for this height waits."""
        return height in self._waiting

    # leaves

    def _race(self, following: Height, free: list[PeerId], now_ms: int) -> Iterator[Ask]:
        """Ask for the next block until enough are asked that are not late, and with it for the blocks behind
        it of which nobody is asked.
        """
        if following in self._waiting:
            return
        asked = sum(question.covers(following) for question in self._young(now_ms))
        for peer in [candidate for candidate in free if self._claims[candidate] >= following]:
            if asked >= SOURCES:
                return
            last = min(self._claims[peer], following + AHEAD_MAX - 1)
            count = min(FETCH_BLOCKS_MAX, 1 + self._gap(Height(following + 1), last, now_ms))
            yield self._ask(peer, following, count, free, now_ms)
            asked += 1

    def _ask(self, peer: PeerId, first: Height, count: int, free: list[PeerId], now_ms: int) -> Ask:
        free.remove(peer)
        request = BlocksRequest(first=first, count=count)
        self._turn += 1
        self._record(peer).turn = self._turn
        self._asked[peer] = _PendingBlocks(request=request, asked_ms=now_ms)
        return Ask(peer=peer, request=request)

    def _free(self, now_ms: int) -> list[PeerId]:
        """Return the peers that may be asked, in the order of their turns: first those that are not shunned,
        then those whose last miss is ``SHUN_MS`` ago at least.
        """
        idle = sorted((peer for peer in self._claims if peer not in self._asked), key=self._order)
        shunned = [peer for peer in idle if self._record(peer).shunned_until_ms() > now_ms]
        return [peer for peer in idle if peer not in shunned] + [
            peer for peer in shunned if self._record(peer).missed_ms + SHUN_MS <= now_ms
        ]

    def _order(self, peer: PeerId) -> tuple[int, bytes]:
        return self._record(peer).turn, sha256(self._secret + peer.encode())

    def _record(self, peer: PeerId) -> _Record:
        if peer not in self._records:
            if len(self._records) >= RECORDS_MAX:
                gone = next((recorded for recorded in self._records if recorded not in self._claims), None)
                self._records.pop(next(iter(self._records)) if gone is None else gone)
            self._records[peer] = _Record()
        return self._records[peer]

    def _miss(self, peer: PeerId, height: Height, now_ms: int, *, empty: bool) -> None:
        record = self._record(peer)
        times = 1 if record.miss is None else record.miss.times + 1
        record.missed_ms = now_ms
        record.miss = Miss(peer=peer, height=height, times=times, empty=empty)

    def _done(self, peer: PeerId, request: BlocksRequest) -> None:
        question = self._asked.get(peer)
        if question is not None and question.request == request:
            del self._asked[peer]

    def _keep(self, height: Height, arrived: Arrived) -> None:
        """Keep the first block that came for a height; where there is no room, the one needed last goes."""
        if height in self._waiting:
            return
        self._waiting[height] = arrived
        self._waiting_bytes += _size(arrived.block)
        while self._waiting_bytes > WAITING_BYTES_MAX and len(self._waiting) > 1:
            self._drop(max(self._waiting))

    def _drop(self, height: Height) -> Arrived | None:
        gone = self._waiting.pop(height, None)
        if gone is not None:
            self._waiting_bytes -= _size(gone.block)
        return gone

    def _has_room(self) -> bool:
        expected = FETCH_ANSWER_BYTES_MAX * (len(self._asked) + 1)
        return self._waiting_bytes + expected <= WAITING_BYTES_MAX

    def _young(self, now_ms: int) -> Iterator[_PendingBlocks]:
        return (question for question in self._asked.values() if now_ms - question.asked_ms < LATE_MS)

    def _covered(self, height: int, now_ms: int) -> bool:
        return height in self._waiting or any(question.covers(height) for question in self._young(now_ms))

    def _gap(self, first: Height, last: int, now_ms: int) -> int:
        count = 0
        while count < FETCH_BLOCKS_MAX and first + count <= last and not self._covered(first + count, now_ms):
            count += 1
        return count


def _size(block: FinalBlock) -> int:
    raw = block.block
    certificates = len(block.certificate.signatures)
    if raw.last_certificate is not None:
        certificates += len(raw.last_certificate.signatures)
    parts = _BLOCK_BYTES * (1 + len(raw.evidence)) + _SIGNATURE_BYTES * certificates
    return parts + sum(len(transaction.raw) for transaction in raw.transactions)
