"""A member that connects and says nothing is cut: no link in time, or a link without a hello."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import trio

from p2pchain.net.config import LINK_PROTOCOL, NetConfig
from tests.integration.net_nodes import DEADLINE_S, members_of, start_node, start_raw

CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
MEMBERS = ("alice", "bob", "eve")
SHORT_HELLO_MS = 400
"""So that what waits for a hello in vain need not wait long; nothing here hangs on what fits in it."""


async def test_a_connection_without_a_link_is_cut() -> None:
    """Nor one whose link says no hello. On a busy machine a link may open too late to count as one, and is
    cut for that: so eve comes again until alice names her silence.
    """
    members = members_of(MEMBERS)
    async with trio.open_nursery() as nursery:
        alice = await start_node(
            nursery, "alice", members, config=replace(CONFIG, hello_timeout_ms=SHORT_HELLO_MS)
        )
        eve = await start_raw(nursery, "eve")
        with trio.fail_after(DEADLINE_S):
            idle = await eve.dial(alice.network.peer_id, alice.address)
            await idle.closed()
            while "PEER_SILENT" not in alice.network.totals().counts:
                wire = await eve.dial(alice.network.peer_id, alice.address)
                with suppress(Exception):  # The library's own, for a connection that was cut meanwhile.
                    await eve.open(wire, LINK_PROTOCOL)
                await wire.closed()
        bob = await start_node(nursery, "bob", members, {"alice": alice.address})
        await alice.until_linked("bob", deadline_s=4 * DEADLINE_S)
        assert alice.network.totals().restarts == 0
        assert bob.network.totals().restarts == 0
        nursery.cancel_scope.cancel()
