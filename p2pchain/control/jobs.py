"""Handlers of jobs: begin one (202), list them, show one with its progress."""

from __future__ import annotations

from dataclasses import asdict
from typing import Protocol

from p2pchain.control.http import Request, Response, json_response
from p2pchain.control.job_port import JobPort


class WorkingPort(Protocol):
    """The part of ``NodePort`` that the handlers here ask."""

    @property
    def jobs(self) -> JobPort:
        """The jobs."""
        ...


async def list_jobs(port: WorkingPort, request: Request) -> Response:
    """Jobs that run and the last that ended, the newest first."""
    return json_response([asdict(job) for job in port.jobs.list()])


async def show_job(port: WorkingPort, request: Request) -> Response:
    """One job, with its progress and what came out."""
    return json_response(asdict(port.jobs.show(request.captured["job"])))


async def begin_job(port: WorkingPort, request: Request) -> Response:
    """Begin long work: reindex, snapshot, verify or verify-deep. Answers 202 with the job; where one of the
    kind runs already, with that."""
    return json_response(asdict(port.jobs.begin(request.captured["job"])), 202)
