"""The events of accepted transactions, in their order, out of the chain log: each once, and on with each new
block for whoever follows.

A stream is lines of JSON. A line with ``tx_id`` is an event; a line of a height alone says that everything up
to that height was told, so that a reader who was cut off knows where to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import trio

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.exact_json import write_json
from p2pchain.control.port import EventChoice, Lines
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import Height, PublicKey
from p2pchain.node.face.chain_json import value_json
from p2pchain.storage.chain import ChainLog

STREAMS_MAX: Final = 64
"""Most streams that are open at once."""
PAGE_BLOCKS: Final = 32
"""Most blocks that are read from the log in one step of a worker thread."""
PAGE_BYTES: Final = 1_048_576
"""A page ends with the block that brings its lines to so many bytes."""
HEARTBEAT_S: Final = 5.0
"""How often a stream with nothing to tell tells its height."""
NEWEST_BLOCKS: Final = 100
"""How many blocks are looked at where nobody says from which on."""


CHOSEN_AT_ONCE_MAX: Final = 50
"""Events whose rights are looked at before others run: about a millisecond."""

EventLine = tuple[dict[str, Any], Sequence[PublicKey], bytes]
"""An event, the signers of its transaction, and its line."""


class EventSource:
    """Hears of final blocks; feeds the streams."""

    def __init__(self, chain_log: ChainLog) -> None:
        """All that the log holds is final."""
        self._chain_log = chain_log
        self._tip = Height(chain_log.tip)
        self._arrived = trio.Event()
        self._streams = 0

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable."""
        self._tip = record.block.height
        self._arrived.set()
        self._arrived = trio.Event()

    def stream(
        self,
        first: Height | None,
        module: str | None,
        *,
        follow: bool,
        choice: EventChoice | None = None,
    ) -> Lines:
        """Lines from a height on: to the newest block, or with ``follow`` for ever. Without ``first`` from
        the next block on, or the newest ``NEWEST_BLOCKS``. Where a reader is so slow that the next block was
        pruned before it came, the stream ends there: who asks again from that height is told.

        Raises ``Refused``: ``HEIGHT_PRUNED``, ``HEIGHT_UNKNOWN``, ``TOO_MANY_STREAMS``.
        """
        tip, lowest = self._tip, self._chain_log.first
        if first is None:
            first = Height(tip + 1 if follow else max(lowest, tip - NEWEST_BLOCKS + 1))
        facts: dict[str, Fact] = {"height": first, "first": lowest, "tip": tip}
        if first < lowest:
            hint = "this node has pruned it; ask a member that keeps all blocks"
            raise Refused("HEIGHT_PRUNED", facts, hint)
        if first > tip + 1:
            raise Refused("HEIGHT_UNKNOWN", facts, "it is not decided here yet; see: p2pchain status")
        if self._streams >= STREAMS_MAX:
            raise Refused("TOO_MANY_STREAMS", {"most": STREAMS_MAX}, "close another one first")
        return self._lines(first, module, follow, choice)

    async def _lines(
        self, following: Height, module: str | None, follow: bool, choice: EventChoice | None
    ) -> Lines:
        self._streams += 1
        write = _line if choice is None else choice.write
        try:
            yield write({"height": following - 1})
            while True:
                arrived, tip = self._arrived, self._tip
                if following <= tip:
                    last = Height(min(tip, following + PAGE_BLOCKS - 1))
                    page, reached = await self._chosen_page(following, last, module, choice)
                    if reached < following:
                        return
                    yield page
                    following = Height(reached + 1)
                    continue
                if not follow:
                    return
                with trio.move_on_after(HEARTBEAT_S) as quiet:
                    await arrived.wait()
                if quiet.cancelled_caught:
                    yield write({"height": tip})
        finally:
            self._streams -= 1

    async def _chosen_page(
        self, first: int, last: int, module: str | None, choice: EventChoice | None
    ) -> tuple[bytes, int]:
        """The page of ``_page``, cut to a choice, in turns with the other streams that have one. Rights are
        looked at here, between two steps of the main loop, and not in a thread beside it.
        """
        if choice is None:
            events, reached = await trio.to_thread.run_sync(self._page, first, last, module)
            return b"".join((*(line for _, _, line in events), _line({"height": reached}))), reached
        lines: list[bytes] = []
        async with choice.share.turn():
            events, reached = await trio.to_thread.run_sync(self._page, first, last, module)
            for number, (event, signers, _) in enumerate(events):
                if number % CHOSEN_AT_ONCE_MAX == 0:
                    await trio.lowlevel.checkpoint()
                if (event["height"], event["place"]) > choice.after and choice.sees(event, signers):
                    lines.append(choice.write(event))
        return b"".join((*lines, choice.write({"height": reached}))), reached

    def _page(self, first: int, last: int, module: str | None) -> tuple[list[EventLine], int]:
        """The events of some blocks, and up to which height they are; below ``first`` where it was pruned."""
        events: list[EventLine] = []
        held, reached = 0, first - 1
        while reached < last and held < PAGE_BYTES:
            try:
                record = decode_block_record(self._chain_log.read(Height(reached + 1)))
            except Refused:
                break
            taken = _events(record, module)
            events += taken
            held += sum(len(line) for _, _, line in taken)
            reached += 1
        return events, reached


def _events(record: BlockRecord, module: str | None) -> list[EventLine]:
    """The events of a block; ``place`` counts all of them from 0, whatever the module."""
    header, place = record.block.header, 0
    lines: list[EventLine] = []
    for verified, receipt in zip(record.block.transactions, record.receipts, strict=True):
        for event in receipt.events:
            if module in (None, event.module):
                line = {
                    "height": header.height,
                    "place": place,
                    "time_ms": header.time_ms,
                    "tx_id": receipt.tx_id.hex(),
                    "module": event.module,
                    "name": event.name,
                    "fields": value_json(event.fields),
                }
                lines.append((line, verified.transaction.body.signers, _line(line)))
            place += 1
    return lines


def _line(line: object) -> bytes:
    return write_json(line).encode() + b"\n"
