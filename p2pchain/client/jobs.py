"""Jobs of a node, as an application begins and follows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

import trio

from p2pchain.client.node_client import Fields, NodeClient

LOOK_EVERY_S: Final = 0.3


async def list_jobs(client: NodeClient) -> Sequence[Fields]:
    """``GET /v1/jobs``: those that run and the last that ended. Raises as ``NodeClient`` does."""
    return await client.get_rows("/v1/jobs")


async def show_job(client: NodeClient, job_id: str) -> Fields:
    """``GET /v1/jobs/ID``. ``NodeRefused`` ``JOB_UNKNOWN``."""
    return await client.get(f"/v1/jobs/{quote(job_id, safe='')}")


async def begin_job(client: NodeClient, kind: str) -> Fields:
    """``POST /v1/jobs/KIND``: the job, begun now or before. ``NotPermitted``, ``NodeRefused``."""
    return await client.order(f"/v1/jobs/{quote(kind, safe='')}")


async def follow_job(client: NodeClient, job: Fields, seen: Callable[[Fields], object]) -> Fields:
    """Wait until a job has ended; ``seen`` is told it at each look."""
    while job["state"] == "running":
        seen(job)
        await trio.sleep(LOOK_EVERY_S)
        job = await show_job(client, str(job["id"]))
    return job
