"""Large frames are decoded beside the loop: other tasks run while a hostile answer is taken apart."""

from __future__ import annotations

import pytest
import trio
import trio.lowlevel

from p2pchain.codec.cbor import decode, pack
from p2pchain.codec.messages import decode_fetch_response
from p2pchain.model.errors import Invalid
from p2pchain.net.frame_decoder import AT_ONCE_BYTES_MAX, off_the_loop

TINY_ARRAYS = pack((2, tuple(pack(tuple(() for _ in range(60_000))) for _ in range(15))))
"""An answer of transactions that are none: 15 byte strings of 60,000 empty arrays each."""


async def test_others_run_while_a_large_frame_is_decoded() -> None:
    """Counted in turns of another task, not in time: while it is decoded, that task has at least ten."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    data = pack(tuple(pack(tuple(() for _ in range(60_000))) for _ in range(15)))

    def slowly(raw: bytes) -> object:
        return [decode(part, bytes_max=len(part)) for part in decode(raw, bytes_max=len(raw))]  # type: ignore[union-attr, arg-type]

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        await trio.lowlevel.checkpoint()
        before = turns
        await off_the_loop(slowly, data)
        assert turns - before >= 10
        nursery.cancel_scope.cancel()


async def test_a_refusal_comes_through() -> None:
    """Whichever way it was decoded."""
    for data in (TINY_ARRAYS, TINY_ARRAYS[:AT_ONCE_BYTES_MAX]):
        with pytest.raises(Invalid):
            await off_the_loop(decode_fetch_response, data)
