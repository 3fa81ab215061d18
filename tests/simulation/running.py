"""Many worlds, over all cores: each a seed with a profile and a number of nodes."""

from __future__ import annotations

import itertools
import multiprocessing
import signal
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from p2pchain.model.errors import Fault
from tests.simulation.profiles import PROFILES
from tests.simulation.world import Outcome, World

EVENTS_TOLD = 40
"""How many of the last events of a failing world are told."""
_BROKEN = (AssertionError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, Fault)
"""A broken promise, and whatever else ends a world: any of it is our fault."""
CHUNK = 4
"""Worlds handed to a worker at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One world to run."""

    seed: int
    profile: str
    nodes: int
    heights: int

    def run(self) -> Outcome | str:
        """What it came to, or the violation in words."""
        try:
            return World(self.seed, PROFILES[self.profile], nodes=self.nodes).run(self.heights)
        except _BROKEN as violation:
            return f"{type(violation).__name__}: {violation}"

    def transcript(self) -> Iterator[str]:
        """Run it with every event told, a line each; the violation, if any, is the last."""
        lines: deque[str] = deque()
        world = World(
            self.seed,
            PROFILES[self.profile],
            nodes=self.nodes,
            trace=lambda now_ms, node, what: lines.append(f"{now_ms:>9} ms  node {node}  {what}"),
        )
        try:
            for _ in world.steps(self.heights):
                yield from lines
                lines.clear()
        except _BROKEN as violation:
            yield from lines
            yield f"{type(violation).__name__}: {violation}"

    def last_events(self) -> list[str]:
        """The end of the transcript."""
        return list(deque(self.transcript(), maxlen=EVENTS_TOLD))


@dataclass(slots=True)
class Summary:
    """What many worlds came to. ``cpu_s``: of all workers together."""

    seeds: int = 0
    heights: int = 0
    events: int = 0
    rounds: int = 0
    simulated_ms: int = 0
    settled_ms_max: int = 0
    cpu_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[Case, str]] = field(default_factory=list)

    def add(self, case: Case, outcome: Outcome | str, cpu_s: float) -> None:
        """Count one world."""
        self.seeds += 1
        self.cpu_s += cpu_s
        if isinstance(outcome, str):
            self.violations.append((case, outcome))
            return
        self.heights += outcome.heights
        self.events += outcome.events
        self.rounds += outcome.rounds
        self.simulated_ms += outcome.simulated_ms
        self.settled_ms_max = max(self.settled_ms_max, outcome.settled_ms)
        self.faults.update(outcome.tally)


def cases(seeds: range, profiles: Sequence[str], nodes: Sequence[int], heights: int) -> Iterator[Case]:
    """One world a seed: the profiles take turns, and so do the numbers of nodes."""
    mixtures = list(itertools.product(nodes, profiles))
    for seed in seeds:
        count, profile = mixtures[seed % len(mixtures)]
        yield Case(seed=seed, profile=profile, nodes=count, heights=heights)


def run_all(worlds: Sequence[Case], jobs: int) -> Iterator[tuple[Case, Outcome | str, float]]:
    """Each world with what it came to and the CPU seconds it took, as they end."""
    if jobs == 1:
        yield from map(_run, worlds)
        return
    with multiprocessing.get_context("fork").Pool(jobs, initializer=_leave_signals_to_the_parent) as pool:
        yield from pool.imap_unordered(_run, worlds, chunksize=CHUNK)


def _run(case: Case) -> tuple[Case, Outcome | str, float]:
    began = time.process_time()
    outcome = case.run()
    return case, outcome, time.process_time() - began


def _leave_signals_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
