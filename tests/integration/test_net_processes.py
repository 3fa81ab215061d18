"""Networks as real processes: one that is stopped is noticed and dropped, one that is killed comes back,
one that stops reading loses transactions first; the others never notice.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import trio

from p2pchain.model.ids import Height, Round, TxId
from p2pchain.model.messages import RoundSummary, TransactionsHeld
from p2pchain.net.config import NetConfig
from tests.integration.net_nodes import Node, id_of, members_of, start_node
from tests.patience import patient

TOP = Path(__file__).parents[2]
MEMBERS = ("alice", "bob", "carol")
CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
SUMMARY = RoundSummary(height=Height(1), round=Round(0), step=0, rounds=())


@asynccontextmanager
async def process_of(
    name: str, peer: Node, listen: str = "/ip4/127.0.0.1/tcp/0"
) -> AsyncIterator[tuple[trio.Process, str]]:
    """A node process that dials ``peer``, and its address; killed at the end."""
    arguments = [name, ",".join(MEMBERS), listen, f"{peer.name}={peer.address}"]
    command = [sys.executable, "-m", "tests.integration.net_process", *arguments]
    process = await trio.lowlevel.open_process(command, cwd=TOP, stdout=PIPE)
    assert process.stdout is not None
    try:
        with trio.fail_after(patient(20)):
            line = b""
            while not line.endswith(b"\n"):
                line += await process.stdout.receive_some(1_000)
        yield process, line.decode().strip()
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdout.aclose()


def heights(node: Node, peer: str) -> int:
    """How many summaries of a peer arrived."""
    return sum(getattr(event, "peer", None) == id_of(peer) for event in node.events)


async def test_a_stopped_process_is_dropped_in_time_and_back_when_it_goes_on() -> None:
    quick = replace(CONFIG, ping_interval_ms=300, silence_max_ms=1_500)
    members = members_of(MEMBERS)
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members, config=quick)
        carol = await start_node(nursery, "carol", members, {"alice": alice.address}, config=quick)
        async with process_of("bob", alice) as (bob, _):
            await alice.until_linked("bob", "carol")
            bob.send_signal(signal.SIGSTOP)
            stopped = time.monotonic()
            await alice.until(lambda: "PEER_SILENT" in alice.downs(), 4)
            assert 1 < time.monotonic() - stopped < patient(3.5)
            alice.network.broadcast(SUMMARY)
            await carol.until(lambda: SUMMARY in carol.received(), 1)
            bob.send_signal(signal.SIGCONT)
            await alice.until_linked("bob", "carol", deadline_s=5)
        assert carol.downs() == []
        nursery.cancel_scope.cancel()


async def test_a_killed_process_that_starts_again_is_linked_within_three_seconds() -> None:
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members_of(MEMBERS))
        async with process_of("bob", alice) as (bob, address):
            await alice.until_linked("bob")
            bob.kill()
            await alice.until(lambda: alice.linked() == set(), 2)
        async with process_of("bob", alice, address):
            started = time.monotonic()
            await alice.until_linked("bob", deadline_s=3)
            seen = heights(alice, "bob")
            await alice.until(lambda: heights(alice, "bob") > seen + 5)
            assert time.monotonic() - started < patient(3)
        nursery.cancel_scope.cancel()


async def test_a_peer_that_stops_reading_loses_transactions_first_and_then_its_link() -> None:
    unhurried = replace(CONFIG, silence_max_ms=600_000, urgent_frames_max=500, bulk_frames_max=50)
    members = members_of(MEMBERS)
    batch = TransactionsHeld(tx_ids=tuple(TxId(bytes([number % 256]) * 32) for number in range(2_000)))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members, config=unhurried)
        carol = await start_node(nursery, "carol", members, {"alice": alice.address}, config=unhurried)
        async with process_of("bob", alice) as (bob, _):
            await alice.until_linked("bob", "carol")
            bob.send_signal(signal.SIGSTOP)
            longest_s, began = 0.0, time.monotonic()
            with trio.fail_after(patient(20)):
                while "bob" in alice.linked():
                    turn = time.monotonic()
                    alice.network.send(id_of("bob"), batch)
                    alice.network.broadcast(SUMMARY)
                    longest_s = max(longest_s, time.monotonic() - turn)
                    await trio.sleep(0.005)
            assert alice.network.totals().messages_dropped_out > 50
            assert alice.downs()[-1] in ("PEER_TOO_SLOW", "PEER_STALLED")
            assert longest_s < patient(0.5), "sending must never wait"
            assert time.monotonic() - began > 0.1
            sent = len(carol.received())
            alice.network.broadcast(SUMMARY)
            await carol.until(lambda: len(carol.received()) > sent, 1)
        assert carol.downs() == []
        nursery.cancel_scope.cancel()
