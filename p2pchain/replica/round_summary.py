"""Times at which peers are sent our place: once it has lasted, for as long as it lasts, and every second.

A healthy height passes through its steps in a few dozen milliseconds, and the votes themselves say so; a
summary for each step would be half of all messages, and would be answered with votes that are under way
already. So a step is told when it has lasted for ``SETTLED_MS``, which is when something is missing, and
again after each ``REPEAT_MS`` in which nothing moved: whatever was lost comes within a part of a timeout.
"""

from __future__ import annotations

from p2pchain.replica.effects import Broadcast, Emit, SetTimer
from p2pchain.replica.gossip import summary_of
from p2pchain.replica.height_work import HeightWork
from p2pchain.replica.inputs import StandDue, SummaryDue
from p2pchain.replica.moment import Now

SUMMARY_EVERY_MS = 1_000
SETTLED_MS = 100
"""How long a height, round and step must last to be told at once."""
REPEAT_MS = 250
"""How often a step of the voting that lasts is told again."""

assert SETTLED_MS < REPEAT_MS < SUMMARY_EVERY_MS, "told once it lasts, then again, and in any case"


class SummaryTimes:
    """Times at which peers are sent our height, round and step."""

    def __init__(self, emit: Emit) -> None:
        """Begin with nothing sent."""
        self._emit = emit
        self._stand: tuple[int, int, int] = (0, 0, 0)
        self._since_ms = 0
        self._waiting = False

    def start(self) -> None:
        """Send the summary every second from now on."""
        self._emit(SetTimer(timer=SummaryDue(), delay_ms=SUMMARY_EVERY_MS))

    def look(self, work: HeightWork, now: Now) -> None:
        """Note a change of position after an input."""
        consensus = work.consensus
        stand = (work.height, consensus.round, int(consensus.step))
        if stand != self._stand:
            self._stand = stand
            self._since_ms = now.monotonic_ms
            if not self._waiting:
                self._waiting = True
                self._emit(SetTimer(timer=StandDue(), delay_ms=SETTLED_MS))

    def settled(self, work: HeightWork, now: Now) -> None:
        """Send the position that has lasted, or wait on where another followed."""
        lasted_ms = now.monotonic_ms - self._since_ms
        if lasted_ms < SETTLED_MS:
            self._emit(SetTimer(timer=StandDue(), delay_ms=SETTLED_MS - lasted_ms))
            return
        self._emit(Broadcast(message=summary_of(work)))
        self._waiting = work.started
        if work.started:
            self._emit(SetTimer(timer=StandDue(), delay_ms=REPEAT_MS))

    def again(self, work: HeightWork) -> None:
        """Send the summary again after a second."""
        self._emit(Broadcast(message=summary_of(work)))
        self._emit(SetTimer(timer=SummaryDue(), delay_ms=SUMMARY_EVERY_MS))
