"""Following the events of a chain: each once, in order, over restarts of the node."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from urllib.parse import urlencode

import trio

from p2pchain.client.faults import DaemonNotRunning, NodeRefused
from p2pchain.client.node_client import Fields, NodeClient

QUIET_S: Final = 20.0
"""A node tells something every few seconds; one that is silent for so long is taken for gone."""
AGAIN_S: Final = 0.5
"""How long to wait before asking a node again that went away."""


async def follow_events(
    client: NodeClient, *, first: int | None = None, module: str | None = None, follow: bool = True
) -> AsyncGenerator[Fields, None]:
    """Events as ``docs/control.md`` lists them, from a height on (None: as the node does), each once and in
    order; with ``follow`` for ever: a node that goes away is asked again until it is back, and has caught up
    if it was set back. Raises ``NodeRefused``, ``HEIGHT_PRUNED`` among others: then events were missed;
    ``DaemonNotRunning`` where it is not there at the beginning.
    """
    seen: tuple[int, int] = (0, -1)
    reached = False
    while True:
        asked: dict[str, str | int] = {"follow": int(follow)}
        if first is not None:
            asked["from"] = first
        if module is not None:
            asked["module"] = module
        try:
            async with aclosing(client.event_lines(f"/v1/events?{urlencode(asked)}", QUIET_S)) as lines:
                async for line in lines:
                    reached = True
                    height = int(line["height"])
                    if "tx_id" not in line:
                        first = height + 1
                    elif (height, int(line["place"])) > seen:
                        seen = (height, int(line["place"]))
                        first = height
                        yield line
        except DaemonNotRunning:
            if not (follow and reached):
                raise
        except NodeRefused as refusal:
            if not (follow and reached and refusal.code == "HEIGHT_UNKNOWN"):
                raise
        if not follow:
            return
        await trio.sleep(AGAIN_S)
