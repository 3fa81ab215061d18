"""Putting a network under load, and what came of it.

Three loads. *Saturation*: every node has a fixed number of batches in flight; as soon as one is final, the
next goes in, so the network does as much as it can and no queue grows. *Rate*: batches go in by the clock,
whatever came of those before; latency counts from when a batch was due, so a network that falls behind
cannot hide it. *Latency*: one transaction at a time, the chain idle in between.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.model.errors import Fault
from p2pchain.testnet.stock import Stock

LANES_PER_NODE: Final = 4
BATCH_MAX: Final = 64
"""At saturation: batches in flight per node, and transactions in each."""
RATE_LANES_PER_NODE: Final = 48
"""Batches in flight per node at a given rate; one that finds no room is counted as not sent."""
RATE_INTERVAL_MS: Final = 50
"""At a given rate each node gets a batch so often, or one transaction less often."""
IDLE_PAUSE_MS: Final = 100
WAIT_MS: Final = 20_000
"""After so long a transaction counts as lost."""
BACK_OFF_S: Final = 0.1
SIGN_SLICE: Final = 20
"""Signed in one go while the load runs: about 1 ms."""
SIGN_PAUSE_S: Final = 0.005
REFILL_S: Final = 0.1
LATENCIES_MAX: Final = 1_000_000


@dataclass(slots=True)
class LoadTally:
    """Counts of the load: ``latencies_ms`` of committed transactions, refusals by code; times on
    trio's clock.
    """

    began: float
    ends: float
    tip: int
    committed: int = 0
    late: int = 0
    """Final after the measured time; counted as correct, not as throughput."""
    lost: int = 0
    unsent: int = 0
    latencies_ms: list[int] = field(default_factory=list)
    finals: list[tuple[float, int]] = field(default_factory=list)
    """When each batch was final, on trio's clock, and its latency in milliseconds."""
    refused: Counter[str] = field(default_factory=Counter)
    per_second: Counter[int] = field(default_factory=Counter)

    def add(self, outcomes: Sequence[tuple[str | None, int | None]], due: float) -> bool:
        """Count the outcomes of a batch that was due at ``due``; return whether all of it is final and
        accepted.
        """
        now = trio.current_time()
        fine = 0
        for code, height in outcomes:
            if height is None:
                if code is None:
                    self.lost += 1
                else:
                    self.refused[code] += 1
            elif code == "OK":
                fine += 1
                self.tip = max(self.tip, height)
            else:
                self.refused[code or ""] += 1
        if now <= self.ends:
            self.committed += fine
            self.per_second[int(now - self.began)] += fine
            if len(self.latencies_ms) < LATENCIES_MAX:
                latency_ms = round((now - due) * 1000)
                self.latencies_ms += [latency_ms] * fine
                self.finals.append((now, latency_ms))
        else:
            self.late += fine
        return fine == len(outcomes)


class Load:
    """Load for a set of nodes from one stock."""

    def __init__(self, sockets: Sequence[Path], stock: Stock, tip: int, seconds: float) -> None:
        """``sockets``: control sockets of the nodes; ``tip``: height of the chain now. The time begins to
        run.
        """
        now = trio.current_time()
        self.tally = LoadTally(began=now, ends=now + seconds, tip=tip)
        self._sockets = tuple(sockets)
        self._stock = stock

    async def saturate(self, lanes: int, batch: int) -> None:
        """Keep ``lanes`` batches of ``batch`` transactions in flight at every node until the time is over."""
        async with trio.open_nursery() as keeper:
            keeper.start_soon(self._refill, 4 * len(self._sockets) * lanes * batch)
            async with trio.open_nursery() as senders:
                for _ in range(lanes):
                    for socket in self._sockets:
                        senders.start_soon(self._keep_sending, socket, batch)
            keeper.cancel_scope.cancel()

    async def pace(self, rate: float) -> None:
        """Submit ``rate`` transactions a second, spread over all nodes by the clock."""
        nodes = len(self._sockets)
        interval_s = max(RATE_INTERVAL_MS / 1000, nodes / rate)
        async with trio.open_nursery() as keeper:
            keeper.start_soon(self._refill, math.ceil(rate) + 1)
            async with trio.open_nursery() as senders:
                for index, socket in enumerate(self._sockets):
                    first = self.tally.began + interval_s * index / nodes
                    senders.start_soon(self._pace_one, socket, rate / nodes, interval_s, first)
            keeper.cancel_scope.cancel()

    async def one_at_a_time(self) -> None:
        """Submit one transaction after the other, each at the next node, with a pause between."""
        lanes = [NodeClient(socket) for socket in self._sockets]
        for turn in itertools.count():
            if trio.current_time() >= self.tally.ends:
                break
            await self._submit(lanes[turn % len(lanes)], self._take(1), trio.current_time())
            await trio.sleep(IDLE_PAUSE_MS / 1000)
        for lane in lanes:
            await lane.aclose()

    async def _keep_sending(self, socket: Path, batch: int) -> None:
        lane = NodeClient(socket)
        while trio.current_time() < self.tally.ends:
            if not await self._submit(lane, self._take(batch), trio.current_time()):
                await trio.sleep(BACK_OFF_S)
        await lane.aclose()

    async def _pace_one(self, socket: Path, rate: float, interval_s: float, first: float) -> None:
        """Start a batch whenever one is due; ``rate`` is that of this node."""
        idle = [NodeClient(socket) for _ in range(RATE_LANES_PER_NODE)]
        offered = 0
        async with trio.open_nursery() as batches:
            for turn in itertools.count(1):
                due = first + (turn - 1) * interval_s
                await trio.sleep_until(due)
                if due >= self.tally.ends:
                    break
                count = round(turn * rate * interval_s) - offered
                offered += count
                if not idle:
                    self.tally.unsent += count
                elif count:
                    batches.start_soon(self._send_once, idle, idle.pop(), count, due)
        for lane in idle:
            await lane.aclose()

    async def _send_once(self, idle: list[NodeClient], lane: NodeClient, count: int, due: float) -> None:
        await self._submit(lane, self._take(count), due)
        idle.append(lane)

    async def _submit(self, lane: NodeClient, transactions: Sequence[bytes], due: float) -> bool:
        try:
            outcomes = await lane.submit_many(transactions, wait=True, timeout_ms=WAIT_MS)
        except Fault as fault:
            self.tally.refused[fault.code] += len(transactions)
            return False
        return self.tally.add(outcomes, due)

    def _take(self, count: int) -> list[bytes]:
        """Take transactions that are valid now; signed on the spot where the stock has run out."""
        batch = self._stock.take(count, self.tally.tip)
        if len(batch) < count:
            self._stock.sign(count - len(batch), self.tally.tip)
            batch += self._stock.take(count - len(batch), self.tally.tip)
        return batch

    async def _refill(self, low: int) -> None:
        """Keep at least ``low`` fresh transactions in stock, signed in slices between other work."""
        while True:
            while self._stock.fresh(self.tally.tip) < low:
                self._stock.sign(SIGN_SLICE, self.tally.tip)
                await trio.sleep(SIGN_PAUSE_S)
            await trio.sleep(REFILL_S)
