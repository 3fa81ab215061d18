"""Rate limits of a peer's messages: token buckets in counts and bytes, and the ladder of sanctions.

Every kind of message costs this node something, and an honest peer sends of each no more than its protocol
asks for; how much that is follows from the chain's parameters (``honest_rates``). Above it a peer is

1. throttled: what moves consensus is read as fast as its rate allows, so it waits in the peer's own
   connection; transactions beyond their rate are left out and counted;
2. dropped, once that has gone on for ``FLOOD_S``: the link ends with ``PEER_FLOODS`` and the peer is refused
   for a while, twice as long each time;
3. named, in the log, in ``status`` and in the metrics, by that code and the kind.

A frame is charged before it is decoded: its second byte is its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from p2pchain.codec import messages as codec
from p2pchain.model.errors import PeerFault

FLOODS: Final = "PEER_FLOODS"
FLOOD_NAMED_S: Final = 600.0
"""How long a peer that was dropped for flooding is named in ``status``."""
FLOOD_S: Final = 10.0
"""Seconds of throttling, less those in which it abates, after which the link ends."""
ABATES_PER_S: Final = 0.5
LEFT_OUT_FACTOR: Final = 8
"""A peer may bring so many times the rate of transactions before leaving them out counts as throttling: its
clients may be many.
"""
MARGIN: Final = 4
"""How many times the honest rate is allowed."""
BURST_S: Final = 10
"""Seconds of the rate that may come at once, after a link was cut or this node stood still."""
BURST_MIN: Final = 1_024
TOPIC_UNITS_MAX: Final = 128
"""Messages and words of gossip in one packet; whoever answers with all that gossip remembers sends 40."""
INTERVAL_MIN_MS: Final = 20
"""Shortest block interval that is reckoned with."""


class RatedKind(Enum):
    """Kind of frame that is counted apart."""

    VOTE = "votes"
    PROPOSAL = "proposals"
    CERTIFICATE = "certificates"
    SUMMARY = "summaries"
    HEIGHT = "height questions and statements"
    BATCH = "batches"
    HELD = "announced ids"
    HEARTBEAT = "heartbeats"
    REQUEST = "requests"
    TOPIC = "messages of the block topic"
    STREAM = "openings of streams"


_BY_CODE: Final[Mapping[int, RatedKind]] = {
    codec.HELLO: RatedKind.HEARTBEAT,
    codec.PING: RatedKind.HEARTBEAT,
    codec.PONG: RatedKind.HEARTBEAT,
    codec.BATCH: RatedKind.BATCH,
    codec.HELD: RatedKind.HELD,
    codec.SUMMARY: RatedKind.SUMMARY,
    codec.VOTE: RatedKind.VOTE,
    codec.PROPOSAL: RatedKind.PROPOSAL,
    codec.POLKA: RatedKind.CERTIFICATE,
    codec.COMMIT: RatedKind.CERTIFICATE,
    codec.QUESTION: RatedKind.HEIGHT,
    codec.STATEMENT: RatedKind.HEIGHT,
}
_LEFT_OUT: Final = (RatedKind.BATCH, RatedKind.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Rate allowed to one kind: per second, and so much at once."""

    per_s: float
    burst: float
    bytes_per_s: float
    bytes_burst: float


Rates = Mapping[RatedKind, Rate]


def honest_rates(*, validators: int, block_interval_min_ms: int) -> Rates:
    """R

    Votes: two of each validator a round, heard first or as the filling of a gap. Summaries: one for a place
    that has lasted 100 ms, and one a second. Heights: four questions a second, each with a statement of each
    validator. Batches: one in 20 ms. The block topic: two messages in 250 ms, whoever made
    them, and what gossip says once a second. Streams: three of a
    connection that was lost and came again. Each kind is bounded in bytes as well.
    """
    rounds_per_s = 1_000 / max(block_interval_min_ms, INTERVAL_MIN_MS)

    def rate(per_s: float, message_bytes: int, burst_min: int = BURST_MIN) -> Rate:
        per_s *= MARGIN
        burst = max(burst_min, BURST_S * per_s)
        return Rate(
            per_s=per_s, burst=burst, bytes_per_s=per_s * message_bytes, bytes_burst=burst * message_bytes
        )

    return {
        RatedKind.VOTE: rate(2 * validators * rounds_per_s, 512),
        RatedKind.PROPOSAL: rate(rounds_per_s, 65_536, burst_min=64),
        RatedKind.CERTIFICATE: rate(2 * rounds_per_s, 256 + 128 * validators, burst_min=64),
        RatedKind.SUMMARY: rate(11, 4_096, burst_min=64),
        RatedKind.HEIGHT: rate(4 * (validators + 1), 256),
        RatedKind.BATCH: rate(50, 24_576, burst_min=64),
        RatedKind.HELD: rate(50, 4_096, burst_min=64),
        RatedKind.HEARTBEAT: rate(2, 64, burst_min=64),
        RatedKind.REQUEST: rate(50, 4_096, burst_min=64),
        RatedKind.STREAM: rate(3, 64, burst_min=64),
        RatedKind.TOPIC: rate(16, 1_024 + 128 * validators, burst_min=64),
    }


class _Bucket:
    """Tokens of one kind, in messages and bytes."""

    __slots__ = ("at_s", "bytes", "messages")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self.messages, self.bytes, self.at_s = rate.burst, rate.bytes_burst, now_s

    def refill(self, rate: Rate, now_s: float) -> None:
        passed_s = max(0.0, now_s - self.at_s)
        self.at_s = now_s
        self.messages = min(rate.burst, self.messages + passed_s * rate.per_s)
        self.bytes = min(rate.bytes_burst, self.bytes + passed_s * rate.bytes_per_s)


class PeerRates:
    """Frames that one peer has sent of late. ``left_out`` counts messages that were not looked at."""

    def __init__(self, rates: Callable[[], Rates], now_s: float) -> None:
        """``rates``: those in force, looked up anew for each message; ``now_s``: monotonic."""
        self._rates = rates
        self._buckets = {kind: _Bucket(rate, now_s) for kind, rate in rates().items()}
        self._throttled_s = 0.0
        self._throttled_at_s = now_s
        self._rests_until_s = now_s
        self.left_out = 0

    def charge(self, payload: bytes, now_s: float) -> float | None:
        """Charge a frame of the link; return the seconds to wait before it is taken, None where it is left
        out.

        Raises ``PeerFault("PEER_FLOODS")`` once that has gone on for ``FLOOD_S``.
        """
        kind = _BY_CODE.get(payload[1], RatedKind.HEARTBEAT) if len(payload) > 1 else RatedKind.HEARTBEAT
        if kind not in _LEFT_OUT:
            return self._wait_s(kind, len(payload), now_s)
        if kind is RatedKind.BATCH and now_s < self._rests_until_s:
            self.left_out += 1
            return None
        rate, bucket = self._refilled(kind, now_s)
        if bucket.messages >= 1 and bucket.bytes >= len(payload):
            self._spend(bucket, len(payload))
            return 0.0
        self.left_out += 1
        owed_s = max(1 / rate.per_s, len(payload) / rate.bytes_per_s)
        self._throttle(kind, rate, owed_s / LEFT_OUT_FACTOR, now_s)
        return None

    def rest(self, until_s: float) -> None:
        """Leave out the transactions that it pushes until then, without blame: the node has no use for
        more.
        """
        self._rests_until_s = until_s

    def charge_request(self, payload: bytes, now_s: float) -> float:
        """Charge a request of the fetch stream; return the seconds to wait before it is taken.
        ``PEER_FLOODS``.
        """
        return self._wait_s(RatedKind.REQUEST, len(payload), now_s)

    def charge_topic(self, units: int, size: int, now_s: float) -> float:
        """Charge a packet of the block topic: ``units`` messages and words of gossip, ``size`` bytes; return
        the seconds to wait before it is taken. ``PEER_FLOODS``, for more than ``TOPIC_UNITS_MAX`` too.
        """
        if units > TOPIC_UNITS_MAX:
            raise PeerFault(
                FLOODS, {"kind": RatedKind.TOPIC.value, "at_once": units, "most": TOPIC_UNITS_MAX}
            )
        return self._wait_s(RatedKind.TOPIC, size, now_s, units)

    def charge_stream(self, now_s: float) -> None:
        """Charge a stream that the peer opened. ``PEER_FLOODS`` at once beyond the burst: a connection whose
        streams wait is not read, and would be taken for silent.
        """
        rate, bucket = self._refilled(RatedKind.STREAM, now_s)
        self._spend(bucket, 0)
        if bucket.messages < 0:
            raise PeerFault(FLOODS, {"kind": RatedKind.STREAM.value, "per_s_max": int(rate.per_s)})

    # leaves

    def _wait_s(self, kind: RatedKind, size: int, now_s: float, units: int = 1) -> float:
        """Spend, into debt where need be; return the debt, which the reader waits."""
        rate, bucket = self._refilled(kind, now_s)
        self._spend(bucket, size, units)
        wait_s = max(0.0, -bucket.messages / rate.per_s, -bucket.bytes / rate.bytes_per_s)
        if wait_s > 0:
            self._throttle(kind, rate, wait_s, now_s)
        return wait_s

    def _refilled(self, kind: RatedKind, now_s: float) -> tuple[Rate, _Bucket]:
        rate, bucket = self._rates()[kind], self._buckets[kind]
        bucket.refill(rate, now_s)
        return rate, bucket

    def _spend(self, bucket: _Bucket, size: int, units: int = 1) -> None:
        bucket.messages -= units
        bucket.bytes -= size

    def _throttle(self, kind: RatedKind, rate: Rate, wait_s: float, now_s: float) -> None:
        abated_s = ABATES_PER_S * (now_s - self._throttled_at_s)
        self._throttled_s = max(0.0, self._throttled_s - abated_s) + wait_s
        self._throttled_at_s = now_s
        if self._throttled_s > FLOOD_S:
            facts = {
                "kind": kind.value,
                "per_s_max": int(rate.per_s),
                "bytes_per_s_max": int(rate.bytes_per_s),
            }
            raise PeerFault(FLOODS, facts, "ask its operator; it is refused for a while")
