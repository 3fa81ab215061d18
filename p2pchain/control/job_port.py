"""Jobs: long work of a node that whoever asked for it need not wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from p2pchain.model.errors import Fact

RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed, as every error of the socket says it."""

    code: str
    hint: str
    details: Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. ``state``: running, done, failed; ``done`` of ``total``: heights, or None while it is not
    known; times are UTC in milliseconds, ``ended_ms`` None while it runs; ``result``: facts of what came out.
    """

    id: str
    kind: str
    what: str
    state: str
    done: int
    total: int | None
    began_ms: int
    ended_ms: int | None
    result: Mapping[str, Fact | None]
    error: JobError | None


class JobPort(Protocol):
    """The jobs of a node."""

    def list(self) -> Sequence[Job]:
        """Return those that run and the last that ended, the newest first."""
        ...

    def show(self, job_id: str) -> Job:
        """Return one job. Raises ``Refused("JOB_UNKNOWN")``."""
        ...

    def begin(self, kind: str) -> Job:
        """Begin a job of a kind, or return the one that runs already. Raises ``Refused("JOB_KIND")``."""
        ...
