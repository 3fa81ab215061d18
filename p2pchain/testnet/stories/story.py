"""A story as it is told: commands of ``p2pchain`` on a network of real nodes, with what they print.

A line is what a person types after ``p2pchain``, with quotes as in a shell; ``{name}`` in it stands for what
the story has kept under that name, an id or a path. The story fails where a command does not come out as it
says.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.launcher import Launcher

COMMAND_TIMEOUT_S: Final = 60
SHORT_CHARS: Final = 12
SAMPLES: Final = Path(__file__).parents[3] / "tests" / "samples"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """Output and exit code of a command."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Story:
    """The network and the names of the story. ``say`` prints each line."""

    launcher: Launcher
    say: Say
    names: dict[str, str] = field(default_factory=dict)
    """What stands for an id or a path in the lines: ``{whole}``, ``{first}``, ``{proof}``, ..."""

    def chapter(self, text: str) -> None:
        """Print a heading."""
        self.say(f"\n{text}\n")

    def does(self, who: str, line: str, *, at: str | None = None) -> CommandResult:
        """Run a command of ``who``, which succeeds. ``at``: the node, where it is not its own."""
        return self._succeeded(line, self._run(who, line, at))

    def keeps(self, name: str, who: str, line: str, pattern: str, *, at: str | None = None) -> str:
        """Run a command of ``who``, and keep under ``name`` what the pattern's first group is in its
        output.
        """
        done = self.does(who, line, at=at)
        match = re.search(pattern, done.out, re.MULTILINE)
        if match is None:
            raise LaunchFailed("DEMO_FAILED", {"command": line, "expected": pattern, "said": done.out})
        self.names[name] = match[1]
        return match[1]

    def refused(self, who: str, line: str, code: str, *, at: str | None = None) -> None:
        """Run a command of ``who``, which the chain refuses with this code."""
        self._failed(line, code, self._run(who, line, at))

    def checks(self, who: str, line: str) -> CommandResult:
        """Run a command of ``who`` that needs no node and no home."""
        return self._succeeded(line, self._run_homeless(who, line))

    def checks_in_vain(self, who: str, line: str, code: str) -> None:
        """Run a command of ``who`` that needs no node and no home, and is refused with this code."""
        self._failed(line, code, self._run_homeless(who, line))

    def _succeeded(self, line: str, done: CommandResult) -> CommandResult:
        if done.code != 0:
            raise LaunchFailed("DEMO_FAILED", {"command": line, "said": done.err.strip()})
        return done

    def _failed(self, line: str, code: str, done: CommandResult) -> None:
        if done.code == 0 or code not in done.err:
            said = (done.out + done.err).strip()
            raise LaunchFailed("DEMO_FAILED", {"command": line, "expected": code, "said": said})

    def _run(self, who: str, line: str, at: str | None) -> CommandResult:
        return self._carried_out(who, line, self.launcher.command(at or who, *self._words(line)))

    def _run_homeless(self, who: str, line: str) -> CommandResult:
        return self._carried_out(who, line, [sys.executable, "-P", "-m", "p2pchain.cli", *self._words(line)])

    def _words(self, line: str) -> list[str]:
        return [word.format(**self.names) for word in shlex.split(line)]

    def _carried_out(self, who: str, line: str, command: list[str]) -> CommandResult:
        shown = line.format(**{name: _shown(value) for name, value in self.names.items()})
        self.say(f"{who}$ p2pchain {shown}")
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
            env={**os.environ, "COLUMNS": "160"},
        )
        for printed in (done.stdout + done.stderr).splitlines():
            self.say(f"    {printed}")
        return CommandResult(code=done.returncode, out=done.stdout, err=done.stderr)


def _shown(value: str) -> str:
    """Shorten an id to its first digits, a file to its name."""
    return Path(value).name if "/" in value else value[:SHORT_CHARS]
