"""Load on all nodes beside the faults, and what clients were told of it: that must be true for ever."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.codec.transaction import decode_transaction
from p2pchain.model.errors import Fault
from p2pchain.model.ids import ChainId
from p2pchain.model.parameters import Parameters
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.mixes.notes import notes
from p2pchain.testnet.network_files import account_key
from p2pchain.testnet.stock import Stock

BATCH: Final = 5
PAUSE_S: Final = 0.25
"""Between two batches of one node: with four nodes, at most 80 transactions a second."""
ANSWER_MS: Final = 4_000
TOLD_MAX: Final = 500_000
"""Answers remembered; a run has fewer."""


class Load:
    """A client at every node, in a thread of its own: a context manager.

    ``told``: (transaction id, height) of all of which a client was told that it is final.
    """

    def __init__(self, launcher: Launcher) -> None:
        """Nothing is sent before it is entered."""
        self.told: list[tuple[bytes, int]] = []
        self._launcher = launcher
        self._tip = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=trio.run, args=(self._run,), name="load")

    def __enter__(self) -> Self:
        self._tip = max(self._launcher.height(name) for name in self._launcher.names)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    async def _run(self) -> None:
        async with trio.open_nursery() as nursery:
            for name in self._launcher.names:
                socket = self._launcher.places.control_socket(name)
                nursery.start_soon(self._send, name, socket)

    async def _send(self, name: str, socket: Path) -> None:
        plan = self._launcher.plan
        key = account_key(plan.seed, name)
        stock = Stock(ChainId(plan.chain_id), notes([key]), Parameters().tx_lifetime)
        async with NodeClient(socket, answer_timeout_ms=ANSWER_MS) as client:
            while not self._over.is_set():
                stock.sign(BATCH, self._tip)
                batch = stock.take(BATCH, self._tip)
                try:
                    outcomes = await client.submit_many(batch, wait=True, timeout_ms=ANSWER_MS)
                except Fault:
                    outcomes = ()
                for raw, (code, height) in zip(batch, outcomes, strict=bool(outcomes)):
                    if code == "OK" and height is not None and len(self.told) < TOLD_MAX:
                        self.told.append((decode_transaction(raw).tx_id, height))
                        self._tip = max(self._tip, height)
                await trio.sleep(PAUSE_S)
