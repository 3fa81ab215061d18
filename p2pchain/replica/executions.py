"""Executions under way: at most one at a time, each input does a bounded part of it.

Executing a block may take a second, and nobody must wait so long for a vote or a heartbeat. So an execution
is a task that counts its work (``model/steps.py``). An input begins a task and does at most a slice of units;
where that is not enough, ``ContinueExecution`` asks to be told back as ``ExecutionDue``, and whoever carries
the effects out lets other inputs pass in between. A small block is done within the input that completed it.

Nothing queues here: whenever no task runs, the height in progress is asked what it needs most. A task whose
result nobody wants any more is dropped, and so is every task when a block is committed, for it stood on the
state before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from p2pchain.model.errors import Invalid
from p2pchain.model.steps import Steps
from p2pchain.replica.candidates import Candidate
from p2pchain.replica.effects import ContinueExecution, Emit
from p2pchain.replica.moment import Now

SLICE_UNITS: Final = 100_000
"""Units of work in one input: about 10 ms. The last step may pass it, by at most one operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One execution. ``wanted``: whether its result still matters; ``done`` takes the result, or the reason
    why the block is invalid, and the moment.
    """

    steps: Steps[Candidate]
    wanted: Callable[[], bool]
    done: Callable[[Candidate | Invalid, Now], None]


class Executions:
    """The task under way, and the units of work that the input in hand has left."""

    def __init__(self, emit: Emit, slice_units: int = SLICE_UNITS) -> None:
        """``slice_units``: units of work in one input, above 0."""
        assert slice_units > 0, "an execution must come to its end"
        self.units = 0
        """Units done in the last input."""
        self._emit = emit
        self._slice_units = slice_units
        self._task: Task | None = None
        self._asked = False
        self._may_go_on = True

    @property
    def running(self) -> bool:
        """Return whether a task is under way."""
        return self._task is not None

    def begin_input(self, *, due: bool) -> None:
        """Begin an input; a task under way goes on only where it is its turn: ``due``."""
        self.units = 0
        self._may_go_on = due or self._task is None
        if due:
            self._asked = False

    def drop(self) -> None:
        """Forget the task under way: the state that it stood on is gone, or nobody wants its result."""
        if self._task is not None:
            self._task.steps.close()
            self._task = None
        self._may_go_on = True

    def advance(self, next_task: Callable[[], Task | None], now: Now) -> bool:
        """Work on the task under way, or begin the next; True where one was finished."""
        if self._task is not None and not self._task.wanted():
            self.drop()
        task = self._task = self._task or next_task()
        if task is None:
            return False
        while self._may_go_on and self.units < self._slice_units:
            result: Candidate | Invalid
            try:
                self.units += next(task.steps)
                continue
            except StopIteration as end:
                result = end.value
            except Invalid as fault:
                result = fault
            self._task = None
            task.done(result, now)
            return True
        if not self._asked:
            self._asked = True
            self._emit(ContinueExecution())
        return False
