"""The gateway's process as the node sees it: started, started again when it ends, reloaded, listened to.

It has a low priority, so that its handshakes wait for the node's votes where both want the same core, and it
ends with the node. Nothing that it does or fails to do ends the node.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from typing import Any, Final

import structlog
import trio

from p2pchain.codec.exact_json import read_json
from p2pchain.control.gateway.worker import JOB, LISTENER, GatewayJob
from p2pchain.model.errors import Invalid
from p2pchain.telemetry.metrics import GatewayMeters

MODULE: Final = "p2pchain.node.gateway"
AGAIN_S: Final = (1, 2, 5, 10, 30)
"""How long it waits before the process is started again; the last one from then on."""
LASTED_S: Final = 60
"""A process that ran for so long had started well: the next wait is the shortest again."""
WORDS_MAX: Final = 1_000
"""How much of what a failed process said is logged."""
REPORT_BYTES_MAX: Final = 65_536
CODES_MAX: Final = 64
"""Codes of refusals that one report may have."""


class GatewayProcess:
    """The process of one gateway."""

    def __init__(self, job: GatewayJob, meters: GatewayMeters, python: str = sys.executable) -> None:
        """``python``: the interpreter that runs it."""
        self._job = job
        self._meters = meters
        self._python = python
        self._process: trio.Process | None = None
        self.trouble: str | None = None
        """Why it does not serve, None where it does."""
        self._log = structlog.get_logger()

    async def run(self, listener: trio.SocketListener) -> None:
        """Keep it running until cancelled; it serves ``listener``, which stays open between its lives."""
        failed = 0
        while True:
            began = trio.current_time()
            words = await self._live(listener.socket.fileno())
            self._meters.connections.set(0)
            failed = 0 if trio.current_time() - began > LASTED_S else failed + 1
            wait_s = AGAIN_S[min(failed, len(AGAIN_S)) - 1] if failed else AGAIN_S[0]
            self.trouble = f"the gateway's process ended and is started again: {words[-200:] or 'no word'}"
            self._log.error("gateway.ended", words=words, again_s=wait_s)
            await trio.sleep(wait_s)

    def reload(self) -> None:
        """Have it read its certificate again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    async def _live(self, descriptor: int) -> str:
        """Run one process to its end; return its last words."""
        environment = {**os.environ, JOB: self._job.write(), LISTENER: str(descriptor)}
        words = bytearray()
        try:
            async with trio.open_nursery() as nursery:
                run = partial(
                    trio.run_process,
                    [self._python, "-P", "-m", MODULE],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    check=False,
                    env=environment,
                    pass_fds=(descriptor,),
                )
                self._process = process = await nursery.start(run)
                self._meters.starts.inc()
                self._log.info("gateway.started", pid=process.pid)
                nursery.start_soon(_gather, process.stderr, words)
                await self._listen(process.stdout)
        except OSError as error:
            return repr(error)
        finally:
            self._process = None
        return words.decode("utf-8", "replace").strip()[-WORDS_MAX:]

    async def _listen(self, reports: trio.abc.ReceiveStream) -> None:
        """Take what the process reports until it reports no more."""
        rest = b""
        async for piece in reports:
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > REPORT_BYTES_MAX:
                return
            for line in lines:
                with suppress(Invalid):
                    self._take(read_json(line))

    def _take(self, report: Any) -> None:
        match report:
            case {"connections": int(connections), "requests": int(requests), "refused": dict(refused)}:
                self.trouble = None
                self._meters.connections.set(connections)
                self._meters.requests.inc(requests)
                for code, count in list(refused.items())[:CODES_MAX]:
                    self._meters.refused.labels(code).inc(count)
            case {"reloaded": str(not_after)}:
                self._log.info("gateway.certificate_read", not_after=not_after)
            case {"refusal": {"code": code, "facts": dict(facts)}}:
                self._log.error("gateway.certificate_refused", code=code, **facts)


async def _gather(stream: trio.abc.ReceiveStream, words: bytearray) -> None:
    """Keep the end of what a process writes on standard error."""
    async for piece in stream:
        words += piece
        del words[: -WORDS_MAX * 4]
