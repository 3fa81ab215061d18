"""Every mutant is caught: ``scripts/mutants`` is run in parts, in processes of their own.

Not with its control: that the catchers pass without a fault is what they show in their own lanes.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants.functions import TOP
from tests.mutants.in_place import Imported, NotInPlace
from tests.mutants.listing import listing
from tests.mutants.table import MUTANTS
from tests.mutants.trying import part_of_table

PARTS = 20
"""The table is tried in parts, as few as keep all cores busy to the end: each imports its catchers once."""
RUN_S = 1_700
"""A bound for a hanging part, below pytest's own for a hanging test."""
HANGING = """
from tests.mutants.mutant import Mutant
from tests.mutants.trial import trials
from tests.mutants.trying import outcome_word

def hanging(how):
    return Mutant(
        name=how,
        fault="no quorum is ever told",
        function="ValidatorSet.is_quorum",
        old="    return 3 * power > 2 * self.total_power",
        new=how,
        catchers=("tests/unit/consensus/test_consensus_steps.py",),
    )

for outcome in trials([hanging("    while True: pass")], 1, test_cpu_s=3):
    print(outcome_word(outcome))
for outcome in trials([hanging("    __import__('signal').pause()")], 1, test_wait_s=20, control=False):
    print(outcome_word(outcome))
"""


SAMPLE = """
def early(number):
    return number < 1

FIRST = early(0)

def late(number):
    return number < 1

class Box:
    def maker(self):
        def full(number):
            return number < 1
        return full

def defaulted(number=1):
    return number
"""


def test_the_table_is_documented() -> None:
    assert listing() in (TOP / "docs" / "mutants.md").read_text("utf-8")


def test_each_mutant_changes_what_is_there() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) > 40
    for mutant in MUTANTS:
        place = mutant.place()
        assert place.source() != place.path.read_text("utf-8")
        compile(place.source(), place.path, "exec")
        for catcher in mutant.catchers:
            path, *tests = catcher.split("::")
            assert (TOP / path).exists(), catcher
            for test in tests:
                assert f"def {test}(" in (TOP / path).read_text("utf-8"), catcher


def test_a_text_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError):
        replace(MUTANTS[0], old="no such text").place()


def test_a_function_is_changed_wherever_it_stands(tmp_path: Path) -> None:
    """In a class, at the margin, in another file: the row stays as it is."""
    lines = ("{}def spend(limit):", "{}    if limit < 1:", "{}        return 0", "{}    return limit", "")
    mutant = replace(
        MUTANTS[0], function="spend", old="if limit < 1:\n        return 0", new="if limit < 2:\n        pass"
    )
    for folder, head, indent in (("a", "", ""), ("b", "if True:\n", " " * 4)):
        place = tmp_path / folder / "moved.py"
        place.parent.mkdir()
        text = head + "\n".join(lines).format(*[indent] * 4)
        place.write_text(text + text.replace("spend", "other"), "utf-8")
        changed = text.replace("1:", "2:", 1).replace("return 0", "pass")
        assert mutant.place(place.parent).source() == changed + text.replace("spend", "other")
    with pytest.raises(ValueError):
        mutant.place(tmp_path)  # where it stands twice


def test_functions_are_changed_in_place_unless_their_import_would_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "changed_in_place.py").write_text(SAMPLE, "utf-8")
    with Imported(tmp_path) as imported:
        sample = importlib.import_module("changed_in_place")
    kept = sample.Box().maker()

    def change(function: str, old: str = "number < 1", new: str = "number <\\\n    2") -> None:
        imported.change(replace(MUTANTS[0], function=function, old=old, new=new))

    with pytest.raises(NotInPlace):
        change("early")
    with pytest.raises(NotInPlace):
        change("defaulted", "number=1", "number=2")
    change("late")
    change("Box.maker.full")
    assert (sample.late(1), sample.Box().maker()(1), kept(1), sample.early(1)) == (True, True, False, False)


def test_a_trial_that_runs_on_is_caught_and_one_that_only_waits_is_not() -> None:
    """In a process of its own, which has not imported the product. Time that passes is the machine's, only
    that of the processor is a mutant's.
    """
    done = subprocess.run(
        [sys.executable, "-c", HANGING], cwd=TOP, capture_output=True, text=True, timeout=RUN_S
    )
    assert done.stdout.splitlines() == ["passes", "caught", "ENDED BY TIME"], done.stdout + done.stderr


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_every_mutant_is_caught(part: int) -> None:
    chosen = part_of_table(part, PARTS)
    words = ["--part", f"{part}/{PARTS}", "--jobs", "1", "--no-control", "--json"]
    command = [sys.executable, "-m", "tests.mutants.trying", *words]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=RUN_S, check=False)
    told = json.loads(done.stdout.splitlines()[-1])
    assert {word for _, word, _ in told} == {"caught"}, done.stdout + done.stderr
    assert len(told) == len(chosen)
    assert done.returncode == 0
