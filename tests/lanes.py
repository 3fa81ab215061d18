"""``scripts/test``: form and types, and the tests in lanes, which run beside each other.

What waits and what computes share the machine well: real networks mostly wait, so they run beside all
others, which give way to them. A file of networks stays on one worker, for its tests share what they have
started. What a session of pytest says comes out when it ends; the last line adds up their counts.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.examples import EXAMPLES_SHARE
from tests.lacking import ROOT_TESTS
from tests.patience import PATIENCE

TOP: Final = Path(__file__).parents[1]
TESTS: Final = TOP / "tests"
LANES: Final = ("all", "fast", "worlds", "networks", "mutants", "root")
WORLDS: Final = ("simulation", "soak", "twins", "replay", "fuzz")
NETWORKS: Final = ("integration", "torture")
MUTANTS: Final = ("mutants",)
CORES: Final = len(os.sched_getaffinity(0))
NETWORK_WORKERS: Final = max(2, min(4, CORES))
"""A network is four daemons: more at once than this, and they wait for the machine instead of each other."""
GIVING_WAY: Final = 15
"""Niceness of what computes beside real networks."""
BESIDE_OTHERS: Final = "8"
"""How many times longer a network may take for what it promises, beside everything else."""
FAST_PERCENT: Final = "10"
"""Share of Hypothesis's examples in the fast lane."""
POLL_S: Final = 0.2
NEWS_S: Final = 60
FORM: Final = (("ruff", "check", "."), ("ruff", "format", "--check", "."))
CLOSING: Final = re.compile(
    r"^=* ?(?:no tests ran|(\d+ [a-z]+(?:, \d+ [a-z]+)*)) in [\d.]+s.*$", re.MULTILINE
)
SLOWEST: Final = ("--durations=25", "--durations-min=5")
"""What a session says of its slowest tests: where to look first when the whole takes too long."""
PERCENT: Final = re.compile(r"\[ *(\d+)%\]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A process of its own. ``words``: after ``python -m``; ``niceness``: added to this process's own."""

    name: str
    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    niceness: int = 0


def paths(*folders: str) -> tuple[str, ...]:
    """Paths of test folders, for pytest."""
    return tuple(f"tests/{folder}" for folder in folders)


def fast_paths() -> tuple[str, ...]:
    """Paths of all tests that no other lane has."""
    others = {*WORLDS, *NETWORKS, *MUTANTS}
    found = [path for path in TESTS.iterdir() if path.is_dir() and any(path.rglob("test_*.py"))]
    files = [path.name for path in TESTS.glob("test_*.py")]
    return paths(*sorted({path.name for path in found} - others), *sorted(files))


def pure(name: str, folders: Sequence[str], percent: str = "100", niceness: int = 0) -> Session:
    """Tests that compute, one on each core."""
    words = ("pytest", "-q", *SLOWEST, "-n", str(CORES), "--dist", "worksteal", *folders)
    return Session(name=name, words=words, environment=((EXAMPLES_SHARE, percent),), niceness=niceness)


def networks(*options: str, patience: str = "1", environment: Sequence[tuple[str, str]] = ()) -> Session:
    """Tests with real daemons; a file on one worker."""
    dealt = ("-n", str(NETWORK_WORKERS), "--dist", "loadfile")
    words = ("pytest", "-q", *SLOWEST, *dealt, *options, *paths(*NETWORKS))
    return Session(name="networks", words=words, environment=((PATIENCE, patience), *environment))


def sessions(lane: str) -> tuple[Session, ...]:
    """Sessions of a lane, all at once."""
    types = Session(name="types", words=("mypy",))
    match lane:
        case "fast":
            return types, pure("fast", fast_paths(), FAST_PERCENT)
        case "worlds":
            return (pure("worlds", paths(*WORLDS)),)
        case "networks":
            return (networks(),)
        case "mutants":
            return (pure("mutants", paths(*MUTANTS)),)
        case "root":
            return (networks("-m", "root", environment=((ROOT_TESTS, "1"),)),)
        case _:
            computing = (*paths(*MUTANTS, *WORLDS), *fast_paths())
            return types, networks(patience=BESIDE_OTHERS), pure("others", computing, niceness=GIVING_WAY)


def run(wanted: Sequence[Session], folder: Path) -> int:
    """Run sessions beside each other, print what they said, and add up: 0 when all passed."""
    began = time.monotonic()
    running = {session.name: (session, _start(session, folder)) for session in wanted}
    counts: Counter[str] = Counter()
    failed: list[str] = []
    news_s = NEWS_S
    print(f"test: {', '.join(running)} at once", flush=True)
    while running:
        time.sleep(POLL_S)
        for session, process in list(running.values()):
            if process.poll() is None:
                continue
            del running[session.name]
            if process.returncode:
                failed.append(session.name)
            _report(
                session, process.returncode, (folder / session.name).read_text("utf-8", "replace"), counts
            )
        if running and time.monotonic() - began > news_s:
            news_s += NEWS_S
            print(f"test: {time.monotonic() - began:.0f} s: {_progress(list(running), folder)}", flush=True)
    if failed:
        print(f"test: failed: {', '.join(failed)}")
    if counts:
        order = sorted(counts, key=lambda word: (word != "failed", word != "passed", word))
        summed = ", ".join(f"{counts[word]} {word}" for word in order)
        print(f"===== {summed} in {time.monotonic() - began:.2f}s =====")
    return 1 if failed else 0


def _start(session: Session, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / session.name).open("wb") as out:
        return subprocess.Popen(
            ["nice", "-n", str(session.niceness), sys.executable, "-m", *session.words],
            cwd=TOP,
            env=_environment(session, folder),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def _environment(session: Session, folder: Path) -> dict[str, str]:
    """Environment of a session. Where compiled files may not lie beside their sources, they are kept for this
    run: without, each of the hundreds of daemons, commands and trials compiles the whole product again.
    """
    environment = {**os.environ, **dict(session.environment)}
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    return environment


def _report(session: Session, code: int, said: str, counts: Counter[str]) -> None:
    """Print what a session said but for its closing line, which is added to ``counts``."""
    for closing in CLOSING.finditer(said):
        for word in (closing[1] or "").split(", ") if closing[1] else ():
            number, name = word.split(" ")
            counts[name.removesuffix("s") if name in ("errors", "warnings") else name] += int(number)
    print(f"----- {session.name}\n{CLOSING.sub('', said).rstrip()}")
    print(f"----- {session.name} {'ended well' if code == 0 else f'ended with {code}'}", flush=True)


def _progress(names: Sequence[str], folder: Path) -> str:
    """Name the share that each session has behind it."""
    shares = []
    for name in names:
        lines = (folder / name).read_text("utf-8", "replace").splitlines()
        share = next((stated[1] for line in reversed(lines) if (stated := PERCENT.search(line))), None)
        shares.append(name if share is None else f"{name} {share} %")
    return ", ".join(shares)


def main(argv: Sequence[str] | None = None) -> int:
    """Check form, then run a lane; 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="scripts/test", description="Checks form, types and behaviour.")
    parser.add_argument("lane", nargs="?", default="all", choices=LANES)
    lane = parser.parse_args(argv).lane
    if lane in ("all", "fast"):
        for words in FORM:
            print(f"test: {' '.join(words)}", flush=True)
            if code := subprocess.run([sys.executable, "-m", *words], cwd=TOP, check=False).returncode:
                return code
    with tempfile.TemporaryDirectory(prefix="p2pchain-test-") as folder:
        return run(sessions(lane), Path(folder))


if __name__ == "__main__":
    sys.exit(main())
