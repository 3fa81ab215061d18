"""Four real daemons on four hosts of their own, and everything that can be done to one of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from p2pchain.testnet.launcher import READY_HEIGHT, Launcher, ProcessContext, Status
from p2pchain.testnet.plan import names_of
from tests.patience import patient
from tests.torture.fabric import Fabric, fabric, system
from tests.torture.told import Load

NODES: Final = 4
SETTLE_S: Final = patient(45.0)
"""After a fault's end: everybody at one height that grows. The promise is far below; machines may be slow."""
NEEDED: Final = ("ip", "nft", "strace", "faketime", "mount", "umount")
LIBRARY_PLACES: Final = ("/usr/lib", "/usr/lib64", "/lib")


class Violation(Exception):
    """A promise that the network did not keep; the text says which and where."""


def missing_tools() -> list[str]:
    """Programs that the faults are made with and that this machine lacks."""
    return [tool for tool in NEEDED if shutil.which(tool) is None]


def faketime_library() -> Path:
    """The library that gives a process another wall clock. Raises ``Violation`` where there is none."""
    for place in LIBRARY_PLACES:
        for found in sorted(Path(place).glob("**/faketime/libfaketimeMT.so.1")):
            return found
    raise Violation("libfaketimeMT.so.1 is not installed: apt-get install faketime")


@dataclass(slots=True)
class Rig:
    """A network under test. ``told``: what clients were told is final, over all scenarios; ``figures``: what
    scenarios measured, seconds by name.
    """

    launcher: Launcher
    hosts: Fabric
    stack: ExitStack
    told: list[tuple[bytes, int]] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the nodes."""
        return self.launcher.names

    def start(
        self, *names: str, prefix: Sequence[str] = (), environment: dict[str, str] | None = None
    ) -> None:
        """Start nodes on their hosts; ``prefix``: words before their command, such as ``strace ...``."""
        around = {
            name: ProcessContext(prefix=(*self.hosts.inside(name), *prefix), environment=environment or {})
            for name in names
        }
        self.launcher.start(names, around)

    def restart(
        self, name: str, *, prefix: Sequence[str] = (), environment: dict[str, str] | None = None
    ) -> None:
        """Stop a node cleanly, and start it in another surrounding."""
        self.launcher.stop((name,))
        self.start(name, prefix=prefix, environment=environment)

    def start_missing(self) -> None:
        """Start all that are down, on their hosts and nothing else around them."""
        self.start(*(name for name in self.names if self.launcher.process(name).pid is None))

    def heights(self) -> dict[str, int]:
        """Height of every node, 0 where it does not answer."""
        return {name: self.launcher.height(name) for name in self.names}

    def status(self, name: str) -> Status:
        """What a node says of itself; it must answer."""
        found = self.launcher.status(name)
        if found is None:
            raise Violation(f"{name} does not answer; its log ends: {self.launcher.log_tail(name)}")
        return found

    def hold(self, seconds: float) -> None:
        """Let a fault last: that is what is waited for, and nothing else."""
        time.sleep(seconds)

    def grows(self, *names: str, by: int = 2, timeout_s: float = SETTLE_S) -> float:
        """Wait until each of the nodes has ``by`` more blocks than the highest had; the seconds it took."""
        highest = max(self.heights().values())
        return self.launcher.wait_until(
            f"{', '.join(names)} at height {highest + by}",
            lambda: all(self.launcher.height(name) >= highest + by for name in names),
            timeout_s,
        )

    def ended_with(self, name: str, code: int, words: Sequence[str], timeout_s: float = SETTLE_S) -> None:
        """A node must end by itself with this exit code, and its last lines must say these words."""
        process = self.launcher.process(name)
        if not process.wait(timeout_s):
            raise Violation(f"{name} goes on although it should have ended with {code}")
        if process.exit_code != code:
            raise Violation(
                f"{name} ended with {process.exit_code}, not {code}: {self.launcher.log_tail(name)}"
            )
        said = "\n".join(self.launcher.log_tail(name))
        if lacking := [word for word in words if word not in said]:
            raise Violation(f"{name} ended without saying {lacking}: {said}")
        self.ended.append(name)

    def figure(self, name: str, seconds: float) -> None:
        """Remember what was measured."""
        self.figures.setdefault(name, []).append(round(seconds, 2))

    @contextmanager
    def small_disk(self, name: str, megabytes: int) -> Iterator[Path]:
        """While it lasts, a stopped node's ``data`` lies on a disk of its own of this size; what it holds in
        the end is brought back.
        """
        data = self.launcher.home(name) / "data"
        aside = data.with_name("data.aside")
        data.rename(aside)
        data.mkdir(mode=0o700)
        system("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "torture", str(data))
        try:
            shutil.copytree(aside, data, dirs_exist_ok=True)
            yield data
        finally:
            self.launcher.stop((name,))
            shutil.rmtree(aside)
            shutil.copytree(data, aside, ignore=shutil.ignore_patterns("ballast"))
            system("umount", str(data))
            data.rmdir()
            aside.rename(data)

    @contextmanager
    def load(self) -> Iterator[Load]:
        """Put load on all nodes while it lasts."""
        load = Load(self.launcher)
        try:
            with load:
                yield load
        finally:
            self.told += load.told


@contextmanager
def rig(directory: Path, *, seed: str = "1") -> Iterator[Rig]:
    """Make the hosts and the network, started and at height 2; nothing runs afterwards. The directory
    stays.
    """
    names = names_of(NODES)
    with ExitStack() as stack:
        hosts = stack.enter_context(fabric(names))
        addresses = [hosts.address(name) for name in names]
        launcher = Launcher.make_on_hosts(directory, addresses, seed=seed)
        stack.callback(launcher.stop)
        made = Rig(launcher=launcher, hosts=hosts, stack=stack)
        made.start(*names)
        launcher.wait_for_height(READY_HEIGHT)
        yield made
