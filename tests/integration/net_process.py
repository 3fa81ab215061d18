"""One network as a process of its own, for tests that stop or kill it.

Arguments: own name, comma-separated names of all members, listen address, and ``name=address`` of each peer.
It prints its address, then sends a round summary to everybody every 50 ms.
"""

from __future__ import annotations

import logging
import sys

import structlog
import trio

from p2pchain.model.ids import Height, Round
from p2pchain.model.messages import RoundSummary
from tests.integration.net_nodes import members_of, start_node


async def main() -> None:
    """Run until killed."""
    name, names, listen, *peers = sys.argv[1:]
    addresses = dict(peer.split("=", 1) for peer in peers)
    async with trio.open_nursery() as nursery:
        node = await start_node(nursery, name, members_of(names.split(",")), addresses, listen=listen)
        print(node.address, flush=True)
        height = 0
        while True:
            height += 1
            summary = RoundSummary(height=Height(height), round=Round(0), step=0, rounds=())
            node.network.broadcast(summary)
            await trio.sleep(0.05)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    trio.run(main)
