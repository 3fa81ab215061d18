"""Asking a node of a local network one thing, from code that is not asynchronous."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.model.errors import Fault

_Answer = TypeVar("_Answer")
Question = Callable[[NodeClient], Awaitable[_Answer]]
"""What to ask, such as ``NodeClient.status``."""


def ask(socket: Path, question: Question[_Answer], timeout_ms: int) -> _Answer | None:
    """Ask a node and return its answer; None where it gives none in time, or an error."""

    async def put() -> _Answer:
        async with NodeClient(socket, answer_timeout_ms=timeout_ms) as client:
            return await question(client)

    try:
        return trio.run(put)
    except Fault:
        return None
