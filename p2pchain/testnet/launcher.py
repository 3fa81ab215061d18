"""A local network of real daemons: made, started, hurt, healed and stopped; for people, load tests and tests
alike.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from p2pchain.client.node_client import NodeClient
from p2pchain.model.parameters import Parameters
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.network_files import create_network, lay_out_network
from p2pchain.testnet.node_queries import Question, ask
from p2pchain.testnet.places import RELAY, Places
from p2pchain.testnet.plan import NetworkMember, Plan, members_of, plan_on_hosts, read_plan
from p2pchain.testnet.processes import Process, Usage
from p2pchain.testnet.relay import order

READY_HEIGHT: Final = 2
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 10.0
ASK_TIMEOUT_MS: Final = 2_000
POLL_S: Final = 0.05
LOG_LINES_TOLD: Final = 12
LOG_TAIL_BYTES: Final = 16_384
Status = Mapping[str, Any]
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessContext:
    """Context in which a node's process is started. ``prefix``: words before its command line, of a program
    that in the end becomes the node's process, such as ``ip netns exec``.
    """

    prefix: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


PLAIN: Final = ProcessContext()
NO_CONTEXTS: Final[Mapping[str, ProcessContext]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """One node as seen from outside. ``state``: running, paused or down; ``status``: its own answer, None
    where it gave none.
    """

    name: str
    state: str
    pid: int | None
    usage: Usage | None
    status: Status | None


class Launcher:
    """Driver of the network in one directory; several launchers may drive the same one after another."""

    def __init__(self, directory: Path) -> None:
        """Open the network that ``directory`` holds; raises ``LaunchFailed("TESTNET_MISSING")``."""
        self.places = Places(directory.resolve())
        self.plan: Plan = read_plan(self.places.settings)
        names = (*self.plan.names, RELAY)
        self._processes = {name: Process(self.places.record(name)) for name in names}

    @classmethod
    def make(
        cls,
        directory: Path,
        *,
        count: int = 4,
        seed: str = "1",
        relayed: bool = False,
        parameters: Parameters | None = None,
        modules: Sequence[Path] = (),
        cast: Sequence[NetworkMember] = (),
    ) -> Launcher:
        """Make a network that does not run yet. ``relayed``: nodes meet through a relay, so that they can be
        parted; ``modules``: folders of packages of others, which every node loads; ``cast``: its members,
        where they are not the ``count`` usual ones.
        """
        places = Places(directory.resolve())
        create_network(
            places,
            members=cast or members_of(count),
            seed=seed,
            relayed=relayed,
            parameters=parameters or Parameters(),
            modules=modules,
        )
        return cls(directory)

    @classmethod
    def make_on_hosts(cls, directory: Path, hosts: Sequence[str], *, seed: str = "1") -> Launcher:
        """Make a network whose nodes have IPv4 addresses of their own; whoever starts them gives each its
        ``ProcessContext``.
        """
        lay_out_network(Places(directory.resolve()), plan_on_hosts(hosts, seed=seed), Parameters())
        return cls(directory)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all nodes, the first four organisations first."""
        return self.plan.names

    def home(self, name: str) -> Path:
        """Return the home of a node."""
        self._known(name)
        return self.places.home(name)

    def process(self, name: str) -> Process:
        """Return the process of a node, running or not."""
        self._known(name)
        return self._processes[name]

    def running(self) -> tuple[str, ...]:
        """Return the names of the nodes whose process runs."""
        return tuple(name for name in self.names if self._processes[name].pid is not None)

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command line of a node's ``p2pchain``, as ``subprocess`` takes it."""
        return [sys.executable, "-P", "-m", "p2pchain.cli", "--home", str(self.home(name)), *arguments]

    def start(
        self, names: Iterable[str] | None = None, contexts: Mapping[str, ProcessContext] = NO_CONTEXTS
    ) -> tuple[str, ...]:
        """Start those nodes that do not run, all by default, and the relay where there is one; which were
        started. ``contexts``: by name, the context of a process.
        """
        if self.plan.relayed and self._processes[RELAY].pid is None:
            self._launch(RELAY, [sys.executable, "-P", "-m", "p2pchain.testnet.relay", str(self.places.root)])
        wanted = self.names if names is None else tuple(names)
        idle = tuple(name for name in wanted if self.process(name).pid is None)
        for name in idle:
            self.places.control_socket(name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            context = contexts.get(name, PLAIN)
            command = [*context.prefix, *self.command(name, "run")]
            self._launch(name, command, context.environment)
        return idle

    def wait_for_height(
        self, height: int, names: Iterable[str] | None = None, timeout_s: float = START_TIMEOUT_S
    ) -> None:
        """Wait until nodes, all by default, are at ``height``. Raises ``LaunchFailed`` with the guilty
        node's last lines.
        """
        wanted = self.names if names is None else tuple(names)
        deadline = time.monotonic() + timeout_s
        lacking = list(wanted)
        while lacking:
            status = self.status(lacking[0])
            if status is not None and status["height"] >= height:
                lacking.pop(0)
                continue
            for name in lacking:
                if self.process(name).pid is None:
                    raise self._guilty("NODE_ENDED", name, exit_code=self.process(name).exit_code)
            if time.monotonic() > deadline:
                reached = None if status is None else int(status["height"])
                raise self._guilty(
                    "NODE_LATE", lacking[0], height=reached, wanted=height, seconds=int(timeout_s)
                )
            time.sleep(POLL_S)

    def wait_until(self, what: str, holds: Callable[[], bool], timeout_s: float) -> float:
        """Wait for a condition; return the seconds it took. Raises ``LaunchFailed`` naming it with the state
        of every node.
        """
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > timeout_s:
                states = "; ".join(_report_line(self.report(name)) for name in self.names)
                raise LaunchFailed(
                    "NOT_IN_TIME", {"awaited": what, "seconds": int(timeout_s), "nodes": states}
                )
            time.sleep(POLL_S)
        return time.monotonic() - began

    def status(self, name: str) -> Status | None:
        """Return the node's own account of itself, None where it gives none."""
        return self.ask(name, NodeClient.status)

    def ask(self, name: str, question: Question[_Answer]) -> _Answer | None:
        """Ask a node at its control socket; None where it gives no answer, or an error."""
        process = self.process(name)
        if process.pid is None or process.paused:
            return None
        return ask(self.places.control_socket(name), question, ASK_TIMEOUT_MS)

    def height(self, name: str) -> int:
        """Return the height of a node, 0 where it does not answer."""
        status = self.status(name)
        return 0 if status is None else int(status["height"])

    def report(self, name: str) -> NodeReport:
        """Report one node as seen from outside."""
        process = self.process(name)
        pid, paused = process.pid, process.paused
        state = "down" if pid is None else "paused" if paused else "running"
        return NodeReport(name=name, state=state, pid=pid, usage=process.usage(), status=self.status(name))

    def stop(self, names: Iterable[str] | None = None, timeout_s: float = STOP_TIMEOUT_S) -> tuple[str, ...]:
        """End nodes cleanly, all by default and the relay with them; return those that had to be killed after
        ``timeout_s``.
        """
        wanted = (*self.names, RELAY) if names is None else tuple(names)
        for name in wanted:
            self._processes[name].ask_to_end()
        return tuple(name for name in wanted if not self._processes[name].end_within(timeout_s))

    def kill(self, *names: str) -> None:
        """End nodes at once, as a power cut would end each."""
        for name in names:
            self.process(name).send(signal.SIGKILL)
        for name in names:
            self.process(name).kill()

    def restart(self, name: str) -> None:
        """Stop a node if it runs, and start it."""
        self.process(name).stop(STOP_TIMEOUT_S)
        self.start((name,))

    def pause(self, name: str) -> None:
        """Stop a node's process as it stands; its connections stay open and silent."""
        self._running(name).send(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused node go on."""
        self._running(name).send(signal.SIGCONT)

    def partition(self, groups: Sequence[Sequence[str]]) -> list[list[str]]:
        """Cut nodes of different groups apart (a node in no group from all); return the pairs that are cut
        now.
        """
        for group in groups:
            for name in group:
                self._known(name)
        return self._order([list(group) for group in groups])

    def heal(self) -> list[list[str]]:
        """Let all nodes reach each other again."""
        return self._order(None)

    def purge(self) -> None:
        """Stop everything and remove the directory with all keys and chains."""
        self.stop()
        shutil.rmtree(self.places.root)

    def log_tail(self, name: str, lines: int = LOG_LINES_TOLD, start: int = 0) -> list[str]:
        """Return the last lines of a node's log, none from before the byte ``start``."""
        try:
            with self.places.log(name).open("rb") as log:
                log.seek(max(start, os.fstat(log.fileno()).st_size - LOG_TAIL_BYTES))
                return log.read().decode(errors="replace").splitlines()[-lines:]
        except FileNotFoundError:
            return []

    def _order(self, groups: list[list[str]] | None) -> list[list[str]]:
        if not self.plan.relayed:
            hint = "make it without --direct: then nodes meet through a relay that can part them"
            raise LaunchFailed("TESTNET_DIRECT", {"directory": str(self.places.root)}, hint)
        return order(self.places, groups)

    def _launch(
        self, name: str, command: list[str], environment: Mapping[str, str] = PLAIN.environment
    ) -> None:
        self._processes[name].start(
            command,
            log=self.places.log(name),
            directory=self.places.root,
            environment={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )

    def _known(self, name: str) -> None:
        if name not in self.names:
            raise LaunchFailed("NODE_UNKNOWN", {"node": name, "nodes": ", ".join(self.names)})

    def _running(self, name: str) -> Process:
        process = self.process(name)
        if process.pid is None:
            raise LaunchFailed("NODE_DOWN", {"node": name}, f"start it with: scripts/testnet restart {name}")
        return process

    def _guilty(self, code: str, name: str, **facts: int | None) -> LaunchFailed:
        lines = self.log_tail(name, start=self.process(name).log_start)
        end = "\n  ".join(["ends:", *lines]) if lines else "has nothing of this start"
        hint = f"its log, {self.places.log(name)}, {end}"
        if code == "NODE_LATE":
            hint = (
                f"all processes run: scripts/testnet status shows them, scripts/testnet up waits on; {hint}"
            )
        return LaunchFailed(code, {"node": name, **facts}, hint)


def _report_line(report: NodeReport) -> str:
    status = report.status
    if status is None:
        return f"{report.name} {report.state}, no answer"
    reasons = ", ".join(status["reasons"])
    place = f"height {status['height']} round {status['round']}"
    return f"{report.name} {place} {status['health']} {reasons}".rstrip()
