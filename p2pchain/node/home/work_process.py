"""Long work beside the node, in a process of its own: so that blocks go on as if nothing was being done (see
``snapshot_process.py`` for why).

It reads files alone, has a low priority, ends with its parent, and says how far it is by lines of JSON on its
standard output: ``{"done", "total"}``, and at last ``{"result"}`` or ``{"fault"}``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio

from p2pchain.codec.exact_json import read_json, write_json
from p2pchain.model.errors import Fact, Fault, Refused
from p2pchain.node.home.index_rebuild import build_index
from p2pchain.node.home.layout import Home
from p2pchain.node.home.priority import give_way
from p2pchain.node.home.snapshot_process import end_with
from p2pchain.node.offline.verification import verify_home

MODULE: Final = "p2pchain.node.home.work_process"
WORDS_MAX: Final = 1_000
"""How much of what a failed process said is kept."""
LINE_BYTES_MAX: Final = 65_536
SAY_EVERY_S: Final = 0.5

Progress = Callable[[int, int], None]
Result = Mapping[str, Fact | None]


class WorkFailed(Refused):
    """The process of a job ended without a result."""

    def __init__(self, work: str, exit_code: int, reason: str) -> None:
        """``exit_code``: of the process, below 0 for a signal."""
        facts: dict[str, Fact] = {"work": work, "exit_code": exit_code, "reason": reason}
        super().__init__(
            "JOB_PROCESS_FAILED", facts, "nothing was changed; look at the reason, and begin it again"
        )


class WorkRefused(Refused):
    """A fault that the process of a job met, by its own code."""


async def run_work(home: Home, work: str, progress: Progress) -> Result:
    """Do one of ``WORKS`` in a process, and return its result. Raises ``WorkRefused``, ``WorkFailed``."""
    command = [sys.executable, "-P", "-m", MODULE, work, str(home.root), str(os.getpid())]
    answer: dict[str, Any] = {}
    words = bytearray()
    async with trio.open_nursery() as nursery:
        start = partial(
            trio.run_process, command, stdin=b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False
        )
        process: trio.Process = await nursery.start(start)
        assert process.stdout is not None, "it is a pipe"
        assert process.stderr is not None, "it is a pipe"
        nursery.start_soon(_keep_words, process.stderr, words)
        rest = b""
        async for chunk in process.stdout:
            *lines, rest = (rest + chunk).split(b"\n")
            assert len(rest) <= LINE_BYTES_MAX, "our own process says short lines"
            for line in lines:
                report: Any = read_json(line)
                if "total" in report:
                    progress(report["done"], report["total"])
                else:
                    answer = report
    if "fault" in answer:
        fault = answer["fault"]
        raise WorkRefused(fault["code"], fault["facts"], fault["hint"])
    if process.returncode != 0 or "result" not in answer:
        raise WorkFailed(work, process.returncode or 0, words.decode("utf-8", "replace").strip()[-WORDS_MAX:])
    result: Result = answer["result"]
    return result


async def _keep_words(stream: trio.abc.ReceiveStream, words: bytearray) -> None:
    """Keep the last of what a process says on standard error."""
    async for chunk in stream:
        words += chunk
        del words[: -4 * WORDS_MAX]


# in the process


def _reindex(home: Home, progress: Progress) -> Result:
    return {"height": build_index(home, progress)}


def _verify(home: Home, progress: Progress, *, deep: bool) -> Result:
    """Prove the chain; the first fault that was found is raised, with the height up to which all holds."""
    verified = verify_home(home, deep=deep, progress=progress)
    for fault in verified.faults:
        raise WorkRefused(fault.code, {**fault.facts, "sound_up_to": verified.height}, fault.hint)
    return {
        "height": verified.height,
        "begins_after": verified.begins_after,
        "transactions": verified.transactions,
        "state_root": verified.state_root.hex(),
    }


WORKS: Final[Mapping[str, Callable[[Home, Progress], Result]]] = {
    "reindex": _reindex,
    "verify": partial(_verify, deep=False),
    "verify-deep": partial(_verify, deep=True),
}
"""Works by name."""


def main(work: str, root: str, parent: str) -> int:
    """Do one work, and say how far it is and what came of it."""
    going_on, said_at = end_with(int(parent)), 0.0

    def progress(done: int, total: int) -> None:
        nonlocal said_at
        going_on()
        if done == total or time.monotonic() - said_at >= SAY_EVERY_S:
            said_at = time.monotonic()
            print(write_json({"done": done, "total": total}), flush=True)

    try:
        result = WORKS[work](Home(Path(root)), progress)
    except Fault as fault:
        facts = {name: value for name, value in fault.facts.items() if isinstance(value, int | str)}
        print(write_json({"fault": {"code": fault.code, "facts": facts, "hint": fault.hint}}), flush=True)
        return 1
    print(write_json({"result": result}), flush=True)
    return 0


if __name__ == "__main__":
    give_way()
    sys.exit(main(*sys.argv[1:]))
