"""The release names its commit: as ``git archive`` wrote it, or as git says of the clone."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

from p2pchain.telemetry.release import FACTS, VERSION, packaged_facts, release_of, this_release

TOP = Path(__file__).parents[3]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_facts_of_an_archive_name_commit_and_build() -> None:
    release = release_of(f"commit {COMMIT}\ntime 1796083200\n", changed=False)
    assert (release.version, release.commit, release.build) == (VERSION, COMMIT, "20261201.000000")


def test_facts_that_nobody_has_are_empty() -> None:
    release = release_of("", changed=False)
    assert (release.commit, release.build) == ("", "")


def test_in_a_clone_nothing_is_filled_in(tmp_path: Path) -> None:
    assert packaged_facts(FACTS) is None
    filled = tmp_path / "release.txt"
    filled.write_text(f"commit {COMMIT}\ntime 1\n")
    assert packaged_facts(filled) == f"commit {COMMIT}\ntime 1\n"


def test_an_archive_of_the_clone_is_filled_in(tmp_path: Path) -> None:
    """The attribute of the file is what fills it in: without it every package would have no name."""
    name = str(FACTS.relative_to(TOP))
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=TOP, capture_output=True, text=True, check=True)
    packed = subprocess.run(["git", "archive", "HEAD", name], cwd=TOP, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", tmp_path], input=packed.stdout, check=True)
    facts = packaged_facts(tmp_path / name)
    assert facts is not None
    assert release_of(facts, changed=False).commit == head.stdout.strip()


def test_the_release_of_a_clone_is_that_of_its_commit() -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=TOP, capture_output=True, text=True, check=True)
    assert this_release().commit == head.stdout.strip()


def test_the_version_is_written_once() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"]["attr"] == "p2pchain.telemetry.release.VERSION"
