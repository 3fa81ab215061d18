"""The release that runs: its version, and the commit that it was built from.

``git archive`` fills ``release.txt`` beside this file in (``.gitattributes``), and every package is built
from what it writes. In a clone the file is not filled in, and git is asked.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"
FACTS: Final = Path(__file__).with_name("release.txt")
FACTS_BYTES_MAX: Final = 1_024
GIT_TIMEOUT_S: Final = 5
GIT_FACTS: Final = "commit %H\ntime %ct\n"
"""What ``git archive`` writes in place of ``$Format:...$``, gitattributes(5), and what git log is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """``commit``: 40 hexadecimal digits, empty where nobody knows. ``build``: its time in UTC, such as
    ``20261231.235959``. ``changed``: files of the clone differ from the commit.
    """

    version: str
    commit: str
    build: str
    changed: bool


def this_release() -> ReleaseFacts:
    """Return the release that this process runs."""
    facts = packaged_facts(FACTS)
    if facts is not None:
        return release_of(facts, changed=False)
    folder = FACTS.parent
    answer = _git(folder, "log", "-1", f"--format={GIT_FACTS}")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return release_of(answer or "", changed=bool(changes))


def packaged_facts(path: Path) -> str | None:
    """Return what ``git archive`` wrote, None in a clone."""
    with path.open("rb") as file:
        text = file.read(FACTS_BYTES_MAX).decode()
    return None if "$Format" in text else text


def release_of(facts: str, *, changed: bool) -> ReleaseFacts:
    """Parse the lines ``commit`` and ``time``; what is missing is empty."""
    fields = dict(line.split(" ", 1) for line in facts.splitlines() if " " in line)
    seconds = fields.get("time", "")
    built = datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None
    return ReleaseFacts(
        version=VERSION,
        commit=fields.get("commit", ""),
        build="" if built is None else built.strftime("%Y%m%d.%H%M%S"),
        changed=changed,
    )


def _git(folder: Path, *arguments: str) -> str | None:
    """Ask git about the repository that holds ``folder``; None where there is none, or no git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
