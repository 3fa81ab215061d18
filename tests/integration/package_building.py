"""Packages of two releases, built once for the tests that want them: as ``scripts/package`` builds them, from
clones whose newest commits are the release and the one after it.

What pip takes from its index is fetched once; the builds then have none, as a bank's server has none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.patience import patient

TOP: Final = Path(__file__).parents[2]
BUILD_S: Final = patient(900)
PYTHON: Final = "/usr/bin/python3"
"""What a hardened node sees; the interpreter of the tests may lie in somebody's home."""
NEXT_VERSION: Final = "0.1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release: its clone, and the folder that its packages were written to."""

    clone: Path
    packages: Path

    @property
    def debian(self) -> Path:
        """The Debian package."""
        (package,) = self.packages.glob("*.deb")
        return package

    @property
    def wheel(self) -> Path:
        """The wheel."""
        (wheel,) = self.packages.glob("*.whl")
        return wheel


def offline(wheels: Path) -> dict[str, str]:
    """The environment in which pip takes everything from a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return {**kept, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PYTHON": PYTHON}


def fetch_wheels(folder: Path) -> None:
    """Fetch what the locks of a node and of building name."""
    locks = [
        argument for lock in ("-build", "") for argument in ("-r", str(TOP / f"requirements{lock}.lock"))
    ]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--require-hashes",
        "-d",
        str(folder),
    ]
    subprocess.run([*command, *locks], check=True, timeout=BUILD_S)


def clone_of(folder: Path, version: str | None = None) -> Path:
    """Clone this repository as it is committed; with ``version``, a release later that calls itself so."""
    subprocess.run(
        ["git", "clone", "-q", "--no-hardlinks", str(TOP), str(folder)], check=True, timeout=BUILD_S
    )
    if version is not None:
        facts = folder / "p2pchain" / "telemetry" / "release.py"
        facts.write_text(
            facts.read_text().replace('VERSION: Final = "0.1.0"', f'VERSION: Final = "{version}"')
        )
        author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        subprocess.run(["git", *author, "commit", "-qam", "The next release"], cwd=folder, check=True)
    return folder


def package(clone: Path, out: Path, wheels: Path) -> Release:
    """Build the packages of a clone."""
    command = [str(clone / "scripts" / "package"), "--out", str(out)]
    done = subprocess.run(
        command,
        env=offline(wheels),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return Release(clone=clone, packages=out)
