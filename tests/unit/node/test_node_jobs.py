"""Jobs: one of a kind at a time, progress, what came out, how many are kept; and works in a process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import trio
import trio.testing
from structlog import get_logger

from p2pchain.codec.genesis import genesis_id
from p2pchain.model.errors import Fact, Refused
from p2pchain.node.face.jobs import ENDED_KEPT, Jobs, Progress
from p2pchain.node.home.index_rebuild import build_index, take_place, unfinished
from p2pchain.node.home.recovery import recover
from p2pchain.node.home.work_process import WorkFailed, WorkRefused, run_work
from p2pchain.storage.index import ChainIndex
from p2pchain.storage.index_rows import Selection
from tests.unit.node.test_node_snapshot_writer import GENESIS, Living


class Working:
    """Work that goes on when it is told to."""

    def __init__(self) -> None:
        self.go_on = trio.Event()
        self.fault: Refused | None = None

    async def work(self, progress: Progress) -> Mapping[str, Fact | None]:
        progress(3, 10)
        await self.go_on.wait()
        if self.fault is not None:
            raise self.fault
        return {"height": 10}


async def test_a_job_shows_its_progress_and_what_came_of_it() -> None:
    working, moments = Working(), iter(range(1_000, 2_000))
    jobs = Jobs({"count": ("counting", working.work)}, lambda: None, lambda: next(moments))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(jobs.run)
        begun = jobs.begin("count")
        assert (begun.id, begun.state, begun.total, begun.what) == ("count-1", "running", None, "counting")
        await trio.testing.wait_all_tasks_blocked()
        assert (jobs.show("count-1").done, jobs.show("count-1").total) == (3, 10)
        assert jobs.begin("count").id == "count-1"
        working.go_on.set()
        await trio.testing.wait_all_tasks_blocked()
        ended = jobs.show("count-1")
        assert (ended.state, ended.result, ended.began_ms, ended.ended_ms) == (
            "done",
            {"height": 10},
            1_000,
            1_001,
        )
        working.fault = Refused("SOME_FAULT", {"height": 4}, "look at it")
        assert jobs.begin("count").id == "count-2"
        await trio.testing.wait_all_tasks_blocked()
        error = jobs.show("count-2").error
        assert error is not None
        assert (error.code, error.details, error.hint) == ("SOME_FAULT", {"height": 4}, "look at it")
        assert [job.id for job in jobs.list()] == ["count-2", "count-1"]
        nursery.cancel_scope.cancel()


async def test_only_the_last_jobs_are_kept_and_unknown_ones_refused() -> None:
    working = Working()
    working.go_on.set()
    jobs = Jobs({"count": ("counting", working.work)}, lambda: None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(jobs.run)
        for _ in range(ENDED_KEPT + 5):
            jobs.begin("count")
            await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert len(jobs.list()) == ENDED_KEPT
    assert jobs.list()[0].id == f"count-{ENDED_KEPT + 5}"
    with pytest.raises(Refused, match="JOB_UNKNOWN"):
        jobs.show("count-1")
    with pytest.raises(Refused, match="JOB_KIND"):
        jobs.begin("dance")


async def test_catching_up_is_a_job_as_well() -> None:
    behind: list[tuple[int, int] | None] = [None, (3, 90), (40, 95), None]
    jobs = Jobs({}, lambda: behind.pop(0))
    assert jobs.list() == []
    assert [(job.kind, job.done, job.total) for job in jobs.list()] == [("sync", 3, 90)]
    assert [(job.id, job.done, job.total) for job in jobs.list()] == [("sync-1", 40, 95)]
    behind.append(None)
    assert [(job.state, job.done) for job in jobs.list()] == [("done", 40)]


async def test_an_index_made_by_a_process_is_the_one_of_the_log(tmp_path: Path) -> None:
    """It lies beside the old one until it takes its place; progress ends with the tip."""
    living = Living(tmp_path)
    living.grow(9)
    recovered = recover(living.home, GENESIS, get_logger())
    everything = Selection(limit=100)
    wanted = recovered.index.transactions(everything)
    seen: list[tuple[int, int]] = []
    result = await run_work(living.home, "reindex", lambda done, total: seen.append((done, total)))
    assert result == {"height": 9}
    assert seen[-1] == (9, 9)
    assert recovered.index.transactions(everything) == wanted
    recovered.index.close()
    take_place(living.home)
    assert not unfinished(living.home).exists()
    again = ChainIndex(living.home.index, genesis_id(GENESIS))
    assert (again.height, again.transactions(everything)) == (9, wanted)
    assert again.owners() == recovered_owners(living)


def recovered_owners(living: Living) -> dict[bytes, str]:
    """Those that the blocks of this chain named: none, for nobody joined."""
    assert build_index(living.home, lambda done, total: None) == 9
    return {}


async def test_a_work_that_meets_a_fault_says_it_by_its_code(tmp_path: Path) -> None:
    """A flipped bit of the log; and a work that there is not ends with the process's own words."""
    living = Living(tmp_path)
    living.grow(9)
    with pytest.raises(WorkRefused, match="SIG_INVALID") as caught:  # Signatures are stand-ins here.
        await run_work(living.home, "verify", lambda done, total: None)
    assert caught.value.facts["sound_up_to"] == 0
    path = min(living.home.chain.glob("*.seg"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(WorkRefused, match="LOG_CORRUPT"):
        await run_work(living.home, "reindex", lambda done, total: None)
    with pytest.raises(WorkFailed, match="KeyError"):
        await run_work(living.home, "dance", lambda done, total: None)
