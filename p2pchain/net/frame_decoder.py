"""Decoding of what peers send, without standing still: a MiB full of tiny arrays takes most of a second.

A large frame is decoded in a thread. That costs 60 µs, and the loop runs on meanwhile, every 5 ms or so:
votes, heartbeats and the control socket are answered. The reader that waits keeps the order of its link.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import trio

T = TypeVar("T")
AT_ONCE_BYTES_MAX: Final = 16_384
"""Up to this size a frame is decoded at once: at the worst 3 ms."""


async def off_the_loop(decode: Callable[[bytes], T], data: bytes) -> T:
    """Decode, in a thread where ``data`` is large; raises what ``decode`` raises."""
    if len(data) <= AT_ONCE_BYTES_MAX:
        return decode(data)
    return await trio.to_thread.run_sync(decode, data)
