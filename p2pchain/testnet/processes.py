"""Processes that outlive whoever started them: started in sessions of their own, known again by more than
their number.

The system gives process numbers away again, so a record also holds when the process began, and in which
boot. A record of which either differs is of a process that is gone, and nobody is signalled.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.testnet.faults import LaunchFailed

POLL_S: Final = 0.02
KILL_TIMEOUT_S: Final = 10.0
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_STATE, _UTIME, _STIME, _START, _RSS = 0, 11, 12, 19, 21
"""Places in /proc/PID/stat, counted after the name of the command (proc(5))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Resources of a process: ``cpu_ms`` since its start, resident memory now and at most."""

    cpu_ms: int
    rss_bytes: int
    rss_max_bytes: int


class Process:
    """One process, through the file that records it."""

    def __init__(self, record: Path) -> None:
        """``record``: where its number, beginning and boot are kept; need not exist."""
        self._record = record
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its number, None where it does not run."""
        if self._child is not None:
            self._child.poll()
        try:
            recorded = json.loads(self._record.read_text())
            pid = int(recorded["pid"])
            same = recorded["boot"] == _boot() and recorded["start"] == int(_stat(pid)[_START])
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return None
        if same and _stat(pid)[_STATE] not in "ZX":
            return pid
        if self._child is not None and self._child.pid == pid:
            self._child.wait(KILL_TIMEOUT_S)
        return None

    @property
    def paused(self) -> bool:
        """Return whether it was stopped by a signal and waits to go on."""
        pid = self.pid
        return pid is not None and _stat(pid)[_STATE] == "T"

    @property
    def exit_code(self) -> int | None:
        """Exit code, as ``subprocess`` has it; known only to who started the process."""
        return None if self._child is None else self._child.poll()

    @property
    def log_start(self) -> int:
        """Bytes that its log held before it was started."""
        try:
            return int(json.loads(self._record.read_text())["log_start"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def start(
        self, command: Sequence[str], *, log: Path, directory: Path, environment: Mapping[str, str]
    ) -> None:
        """Start it in a session of its own, its output appended to ``log``. It must not run already."""
        pid = self.pid
        assert pid is None, f"{self._record.stem} runs already as process {pid}"
        with log.open("ab") as output:
            log_start = os.fstat(output.fileno()).st_size
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=dict(environment),
                start_new_session=True,
            )
        start = int(_stat(self._child.pid)[_START])
        aside = self._record.with_suffix(".new")
        record = {"pid": self._child.pid, "start": start, "boot": _boot(), "log_start": log_start}
        aside.write_text(json.dumps(record))
        aside.replace(self._record)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing where it does not run."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, number)

    def stop(self, timeout_s: float) -> bool:
        """Ask it to end, wait, and kill it after ``timeout_s``; return whether it ended by itself."""
        self.ask_to_end()
        return self.end_within(timeout_s)

    def ask_to_end(self) -> None:
        """Send SIGTERM, and wake it where it is paused."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)

    def end_within(self, timeout_s: float) -> bool:
        """Wait for its end, and kill it after ``timeout_s``; return whether it ended by itself."""
        ended = self.wait(timeout_s)
        if not ended:
            self.kill()
        return ended

    def kill(self) -> None:
        """End it at once, as kill -9 does. Raises ``LaunchFailed("PROCESS_IMMORTAL")``."""
        pid = self.pid
        self.send(signal.SIGKILL)
        if not self.wait(KILL_TIMEOUT_S):
            raise LaunchFailed("PROCESS_IMMORTAL", {"process": self._record.stem, "pid": pid}, "see: ps")

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; return whether it came within ``timeout_s``."""
        deadline = time.monotonic() + timeout_s
        while self.pid is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def usage(self) -> Usage | None:
        """Return the resources that it has used, None where it does not run."""
        pid = self.pid
        return None if pid is None else usage_of(pid)


def usage_of(pid: int) -> Usage | None:
    """Return the resources of a process; None where it is gone."""
    try:
        stat = _stat(pid)
        peak = next(
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")
        )
    except (OSError, StopIteration):
        return None
    ticks = int(stat[_UTIME]) + int(stat[_STIME])
    return Usage(
        cpu_ms=ticks * 1000 // CLOCK_TICKS,
        rss_bytes=int(stat[_RSS]) * PAGE_BYTES,
        rss_max_bytes=int(peak.split()[1]) * 1024,
    )


def _stat(pid: int) -> list[str]:
    """Read the fields of /proc/PID/stat after the command's name, which may itself hold blanks and
    brackets.
    """
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
