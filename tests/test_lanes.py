"""The lanes of ``scripts/test``: every test is in one of them, and counts and failures add up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import lanes
from tests.lacking import HOST, LACKS, is_lacking
from tests.lanes import Session, fast_paths, run, sessions

SKIPPING = """
import pytest
from tests.lacking import needs

@needs("root")
def test_lacking_or_passing() -> None:
    pass

def test_skipped_without_need() -> None:
    pytest.skip("too slow today")
"""


def session(folder: Path, name: str, *lines: str) -> Session:
    """Pytest over a file of tests, each of one line."""
    file = folder / f"test_{name}.py"
    file.write_text(
        "".join(f"def test_{n}() -> None:\n    {line}\n" for n, line in enumerate(lines)), "utf-8"
    )
    return Session(name=name, words=("pytest", "-q", "-c", "/dev/null", "-p", "no:cacheprovider", str(file)))


def test_every_test_is_in_one_lane() -> None:
    files = {path.relative_to(lanes.TOP).as_posix() for path in lanes.TESTS.rglob("test_*.py")}
    wanted = [word for session in sessions("all") for word in session.words if word.startswith("tests/")]
    assert len(wanted) == len(set(wanted))
    for file in files:
        assert sum(file == path or file.startswith(f"{path}/") for path in wanted) == 1, file


def test_the_fast_lane_leaves_out_what_has_a_lane_of_its_own() -> None:
    assert {"tests/unit", "tests/properties", "tests/test_house.py"} <= set(fast_paths())
    assert not set(fast_paths()) & set(lanes.paths(*lanes.WORLDS, *lanes.NETWORKS, *lanes.MUTANTS))


def test_counts_add_up_in_one_closing_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = (
        session(tmp_path, "one", "pass", "pass", "__import__('pytest').skip('')"),
        session(tmp_path, "two", "pass", "assert 0"),
    )
    assert run(both, tmp_path) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith("===== 1 failed, 3 passed, 1 skipped in "), said
    assert sum(" passed" in line for line in said) == 1
    assert "test: failed: two" in said


def test_a_session_that_ends_otherwise_fails(tmp_path: Path) -> None:
    assert run((session(tmp_path, "none"),), tmp_path) == 1
    assert run((session(tmp_path, "well", "pass"),), tmp_path) == 0


def test_what_is_compiled_is_kept_for_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert run((session(tmp_path, "importing", "import tests.patience"),), tmp_path) == 0
    assert list((tmp_path / "compiled").rglob("patience.*.pyc"))


def test_a_skip_without_need_fails(tmp_path: Path) -> None:
    """In a process of its own, under the conftest of all tests."""
    file = tmp_path / "test_skipping.py"
    file.write_text(SKIPPING, "utf-8")
    words = ["pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", *words, str(file)], cwd=lanes.TOP, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_skipped_without_need" in done.stdout
    assert "skipped, and this machine lacks nothing: too slow today" in done.stdout
    assert "test_lacking_or_passing" not in done.stdout.replace("SKIPPED", "")


def test_a_reason_is_accepted_where_the_thing_is_lacking() -> None:
    for thing, lacks in LACKS.items():
        assert is_lacking(f"needs {thing}: whatever else") == lacks()
    assert not is_lacking("needs time")
    assert not is_lacking(f"wants {HOST}")


def test_help_names_every_lane_and_runs_nothing() -> None:
    shown = subprocess.run(
        [lanes.TOP / "scripts" / "test", "--help"], check=True, capture_output=True, text=True, timeout=60
    )
    starts = [line.split()[0] for line in shown.stdout.splitlines() if line.startswith("  ")]
    assert starts == [lane for lane in lanes.LANES if lane != "all"]
    assert shown.stderr == ""
