"""Trying a mutant: a forked process has the fault in it and runs the catchers.

One process imports the product and all catchers, and its forks change a function in place. Where no test
fails there, or that cannot be done, a process that has imported nothing imports the product with the fault.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import Phase, settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.mutants.functions import TOP, functions_called
from tests.mutants.in_place import Imported, NotInPlace
from tests.mutants.mutant import Mutant, MutantFinder

CAUGHT, SURVIVED, BROKEN = 0, 10, 11
"""Exit codes of a trial: a test failed, none did, or the trial itself went wrong."""
HUNG: Final = -signal.SIGPROF
"""Exit code where a test used more than ``TEST_CPU_S`` of the processor: its mutant hangs it."""
TIMED_OUT: Final = 1
"""Exit code where a test lasted longer than ``TEST_WAIT_S``: ``faulthandler`` ends the process with it. That
shows nothing: the machine may have been busy with something else.
"""
TEST_CPU_S: Final = 120
TEST_WAIT_S: Final = 1_500
PRELOADED: Final = ("cbor2", "click", "ed25519_zebra", "h11", "structlog", "trio", "cryptography")
"""What a trial need not import again; nothing of the product is among them."""
_QUIET: Final = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""What is imported before pytest starts is not rewritten, and need not be."""
_OPTIONS: Final = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=line", *_QUIET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one trial. ``code``: see above; ``output``: what pytest said."""

    name: str
    code: int
    seconds: float
    output: str


class _Watch:
    """Counts tests that failed where they were called, for an import that fails catches nothing, and ends the
    process where one of them takes too much of the processor.
    """

    def __init__(self, test_cpu_s: int) -> None:
        self.called = 0
        self._test_cpu_s = test_cpu_s

    def pytest_sessionstart(self) -> None:
        """Take the first failing example of a property: nobody reads the smallest."""
        house = settings.get_profile("house")
        phases = [phase for phase in house.phases if phase not in (Phase.shrink, Phase.explain)]
        settings.register_profile("trial", parent=house, phases=phases)
        settings.load_profile("trial")

    def pytest_runtest_logstart(self) -> None:
        """Pytest begins a test."""
        signal.setitimer(signal.ITIMER_PROF, self._test_cpu_s)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Pytest tells of each phase."""
        self.called += report.when == "call" and report.failed


def preload() -> None:
    """Import what all trials share."""
    assert not any(name.split(".")[0] == "p2pchain" for name in sys.modules), "the product is imported anew"
    for name in PRELOADED:
        importlib.import_module(name)


def trials(
    mutants: Sequence[Mutant],
    jobs: int,
    test_cpu_s: int = TEST_CPU_S,
    test_wait_s: int = TEST_WAIT_S,
    control: bool = True,
) -> Iterator[Outcome]:
    """Try all, ``jobs`` at once, in any order; first, as ``control``, the catchers without any fault."""
    with tempfile.TemporaryDirectory(prefix="p2pchain-mutants-") as made:
        place = _Place(folder=Path(made), test_cpu_s=test_cpu_s, test_wait_s=test_wait_s)
        for mutant in mutants:
            functions_called(mutant.function)  # read before the fork, once for all trials
        catchers = tuple(sorted({catcher for mutant in mutants for catcher in mutant.catchers}))
        work: list[_Work] = [(mutant.name, mutant, mutant.catchers) for mutant in mutants]
        waiting = {name for name, _, _ in work}
        for outcome in _in_place(
            [("no fault", None, catchers)][: int(control)] + work, catchers, jobs, place
        ):
            waiting.discard(outcome.name)
            yield outcome
        yield from _run([each for each in work if each[0] in waiting], jobs, place)


_Work = tuple[str, Mutant | None, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where trials write what they say, and how long one test of them may take."""

    folder: Path
    test_cpu_s: int
    test_wait_s: int

    def output(self, name: str) -> Path:
        return self.folder / name.replace(" ", "-")


def _in_place(work: Sequence[_Work], catchers: Sequence[str], jobs: int, place: _Place) -> Iterator[Outcome]:
    """Try all in forks of a process that has imported all; outcomes of those that failed a test there."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(reading)
            with os.fdopen(writing, "w", encoding="utf-8") as outcomes:
                for outcome in _run(work, jobs, place, _import_all(catchers, place)):
                    if outcome.code in (CAUGHT, HUNG) or outcome.name == "no fault":
                        print(json.dumps(asdict(outcome)), file=outcomes, flush=True)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as outcomes:
        for line in outcomes:
            yield Outcome(**json.loads(line))
    os.waitpid(pid, 0)


def _import_all(catchers: Sequence[str], place: _Place) -> Imported:
    """Collect the catchers, and so import them and the product, as the forks will again at no cost."""
    os.chdir(TOP)
    with place.output("collected").open("w") as written:
        said = os.dup(1), os.dup(2)
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
        with Imported() as imported:
            pytest.main(["--collect-only", *_OPTIONS, *catchers], plugins=[_Watch(place.test_cpu_s)])
        sys.stdout.flush()
        os.dup2(said[0], 1)
        os.dup2(said[1], 2)
    return imported


def _run(
    work: Iterable[_Work], jobs: int, place: _Place, imported: Imported | None = None
) -> Iterator[Outcome]:
    waiting = list(work)
    running: dict[int, tuple[str, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            name, mutant, catchers = waiting.pop(0)
            pid = _fork(mutant, catchers, place.output(name), place, imported)
            running[pid] = (name, time.monotonic())
        pid, status = os.wait()
        name, began = running.pop(pid)
        output = place.output(name).read_text("utf-8", "replace")
        code = os.waitstatus_to_exitcode(status)
        yield Outcome(name=name, code=code, seconds=time.monotonic() - began, output=output)


def _fork(
    mutant: Mutant | None, catchers: tuple[str, ...], output: Path, place: _Place, imported: Imported | None
) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = BROKEN
    try:
        with output.open("w", encoding="utf-8") as written:
            os.dup2(written.fileno(), 1)
            os.dup2(written.fileno(), 2)
            code = _try(mutant, catchers, output, place, imported)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _try(
    mutant: Mutant | None, catchers: tuple[str, ...], output: Path, place: _Place, imported: Imported | None
) -> int:
    set_hypothesis_home_dir(output.with_suffix(".hypothesis"))
    finder = None
    if mutant is not None and imported is not None:
        try:
            imported.change(mutant)
        except NotInPlace:
            return BROKEN
    elif mutant is not None:
        finder = MutantFinder(mutant)
        sys.meta_path.insert(0, finder)
    os.chdir(TOP)
    watch = _Watch(place.test_cpu_s)
    ended = ["-o", f"faulthandler_timeout={place.test_wait_s}", "-o", "faulthandler_exit_on_timeout=true"]
    code = pytest.main(["-x", *_OPTIONS, *ended, *catchers], plugins=[watch])
    if finder is not None and not finder.loaded:
        print(f"the module {finder.module} was never imported")
        return BROKEN
    if code == pytest.ExitCode.OK:
        return SURVIVED
    return CAUGHT if code == pytest.ExitCode.TESTS_FAILED and watch.called else BROKEN
