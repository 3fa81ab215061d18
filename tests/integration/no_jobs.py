"""A node that has no long work to do."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.control.job_port import Job
from p2pchain.model.errors import Refused


class NoJobs:
    """Implements ``JobPort``."""

    def list(self) -> Sequence[Job]:
        """None."""
        return ()

    def show(self, job_id: str) -> Job:
        """No job is known."""
        raise Refused("JOB_UNKNOWN", {"job": job_id[:80]}, "see: p2pchain jobs")

    def begin(self, kind: str) -> Job:
        """No kind is known."""
        raise Refused("JOB_KIND", {"kind": kind[:80]}, "name one of the kinds")
