"""Long work that was asked for over the control socket, one of a kind at a time, and what is remembered of
it; and catching up with the chain, which nobody has to ask for.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog
import trio

from p2pchain.control.job_port import DONE, FAILED, RUNNING, Job, JobError
from p2pchain.model.errors import Fact, Fault, Refused, listed

ENDED_KEPT: Final = 50
"""Jobs that have ended and are still shown."""
SYNC: Final = "sync"

Progress = Callable[[int, int], None]
Work = Callable[[Progress], Awaitable[Mapping[str, Fact | None]]]


class Jobs:
    """Implements ``JobPort``: the jobs of one life of a node."""

    def __init__(
        self,
        works: Mapping[str, tuple[str, Work]],
        behind: Callable[[], tuple[int, int] | None],
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """``works``: by kind what it does, in words, and the work; ``behind``: (height, newest) while the
        node lacks blocks, else None.
        """
        self._works = works
        self._behind = behind
        self._now_ms = now_ms
        self._running: dict[str, Job] = {}
        self._ended: deque[Job] = deque(maxlen=ENDED_KEPT)
        self._begun = 0
        self._send, self._receive = trio.open_memory_channel[str](len(works))

    def list(self) -> Sequence[Job]:
        """See ``JobPort``."""
        self._look_at_sync()
        running = sorted(self._running.values(), key=lambda job: job.began_ms, reverse=True)
        return [*running, *reversed(self._ended)]

    def show(self, job_id: str) -> Job:
        """See ``JobPort``."""
        for job in self.list():
            if job.id == job_id:
                return job
        raise Refused("JOB_UNKNOWN", {"job": job_id[:80]}, "see: p2pchain jobs")

    def begin(self, kind: str) -> Job:
        """See ``JobPort``."""
        if kind not in self._works:
            facts: dict[str, Fact] = {"kind": kind[:80], "kinds": listed(self._works)}
            raise Refused("JOB_KIND", facts, "name one of the kinds")
        if kind not in self._running:
            self._running[kind] = self._new(kind, self._works[kind][0])
            self._send.send_nowait(kind)  # As much room as there are kinds, each of which runs once.
        return self._running[kind]

    async def run(self) -> None:
        """Work until cancelled."""
        async with trio.open_nursery() as nursery:
            async for kind in self._receive:
                nursery.start_soon(self._work, kind)

    async def _work(self, kind: str) -> None:
        def progress(done: int, total: int) -> None:
            self._running[kind] = replace(self._running[kind], done=done, total=total)

        log, job_id = structlog.get_logger(), self._running[kind].id
        log.info("job.begun", job=job_id)
        try:
            result = await self._works[kind][1](progress)
        except Fault as fault:
            error = JobError(code=fault.code, hint=fault.hint, details=dict(fault.facts))
            self._end(kind, state=FAILED, error=error)
            log.error("job.failed", **{**fault.facts, "job": job_id, "code": fault.code})
        else:
            self._end(kind, state=DONE, result=result)
            log.info("job.done", job=job_id)

    def _new(self, kind: str, what: str) -> Job:
        self._begun += 1
        return Job(
            id=f"{kind}-{self._begun}",
            kind=kind,
            what=what,
            state=RUNNING,
            done=0,
            total=None,
            began_ms=self._now_ms(),
            ended_ms=None,
            result={},
            error=None,
        )

    def _end(
        self,
        kind: str,
        *,
        state: str,
        result: Mapping[str, Fact | None] | None = None,
        error: JobError | None = None,
    ) -> None:
        job = self._running.pop(kind)
        ended = replace(job, state=state, ended_ms=self._now_ms(), result=result or {}, error=error)
        self._ended.append(ended)

    def _look_at_sync(self) -> None:
        """Show that the node is catching up as a job, from when somebody first looks."""
        behind = self._behind()
        if behind is not None:
            height, newest = behind
            job = self._running.get(SYNC) or self._new(SYNC, "fetching blocks of the other members")
            self._running[SYNC] = replace(job, done=height, total=newest)
        elif SYNC in self._running:
            self._end(SYNC, state=DONE)
