"""Following the events of a real node through a restart of it: each comes once, in order."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import trio

from p2pchain.client.events import follow_events
from p2pchain.client.node_client import NodeClient
from p2pchain.client.receivable import new_nonce, receivable_operation
from p2pchain.client.transactions import send_operations
from p2pchain.codec.receivable_ids import issued_id
from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.network_files import account_key
from tests.patience import patient

EVENTS = 6


async def test_a_follower_hears_everything_once_over_a_restart(tmp_path: Path) -> None:
    """A chain of three needs all: nothing is decided while the one that is followed is down."""
    launcher = Launcher.make(tmp_path / "net", seed="events", count=3)
    key = account_key(launcher.plan.seed, "buyer")
    issued: list[str] = []
    heard: list[str] = []
    reached = trio.Event()
    """A follower that no event has reached yet ends when there is no node."""

    async def issue() -> None:
        async with NodeClient(launcher.places.control_socket("buyer")) as client:
            for number in range(EVENTS):
                if number == EVENTS // 2:
                    await reached.wait()
                    await trio.to_thread.run_sync(launcher.restart, "bank-a")
                nonce = new_nonce()
                due = (await client.status())["block_time_ms"] // 86_400_000 + 30
                terms = ("buyer", "bank-a", 100 + number, "EUR", due, None, None)
                done = await send_operations(client, (receivable_operation("issue", nonce, *terms),), (key,))
                assert done.committed is not None
                assert done.committed["code"] == "OK", done
                issued.append(issued_id("buyer", nonce).hex())

    async def follow() -> None:
        async with (
            NodeClient(launcher.places.control_socket("bank-a")) as client,
            aclosing(follow_events(client, first=1, module="receivable")) as events,
        ):
            async for event in events:
                heard.append(event["fields"][0])
                reached.set()
                if len(heard) == EVENTS:
                    return

    try:
        await trio.to_thread.run_sync(launcher.start)
        await trio.to_thread.run_sync(launcher.wait_for_height, READY_HEIGHT)
        with trio.fail_after(patient(60)):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(follow)
                nursery.start_soon(issue)
    finally:
        await trio.to_thread.run_sync(launcher.stop)
    assert heard == issued
