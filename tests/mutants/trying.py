"""``scripts/mutants``: try every mutant, or one, and say which tests caught it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from tests.mutants.mutant import Mutant
from tests.mutants.table import MUTANTS
from tests.mutants.trial import CAUGHT, HUNG, SURVIVED, TIMED_OUT, Outcome, preload, trials

_WORDS = {CAUGHT: "caught", HUNG: "caught", SURVIVED: "SURVIVED", TIMED_OUT: "ENDED BY TIME"}


def part_of_table(part: int, parts: int) -> tuple[Mutant, ...]:
    """One of so many parts of the table: mutants with the same catchers, which are imported once for all."""
    ordered = sorted(MUTANTS, key=lambda mutant: mutant.catchers)
    return tuple(ordered[len(ordered) * (part - 1) // parts : len(ordered) * part // parts])


def main(argv: Sequence[str] | None = None) -> int:
    """1 when a mutant survives, or a catcher fails without any."""
    parser = argparse.ArgumentParser(prog="scripts/mutants", description=__doc__)
    parser.add_argument("--only", help="the name of one mutant")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="the Kth of N parts of the table")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="trials at once (all cores)")
    parser.add_argument("--no-control", action="store_true", help="without the catchers and no fault, first")
    parser.add_argument("--json", action="store_true", help="a list of [name, outcome, seconds] instead")
    asked = parser.parse_args(argv)
    part, parts = map(int, asked.part.split("/"))
    chosen = [mutant for mutant in part_of_table(part, parts) if asked.only in (None, mutant.name)]
    if not chosen:
        parser.error(f"no mutant is called {asked.only}; docs/mutants.md lists them")
    preload()
    told: list[tuple[str, str, float]] = []
    wrong = 0
    first = int(asked.no_control)
    for done, outcome in enumerate(trials(chosen, max(1, asked.jobs), control=not asked.no_control), first):
        word = outcome_word(outcome)
        wrong += word not in ("caught", "passes")
        told.append((outcome.name, word, round(outcome.seconds, 1)))
        if not asked.json:
            print(
                f"mutants: {done:3}/{len(chosen)}  {word:13} {outcome.seconds:5.1f} s  {outcome.name}",
                flush=True,
            )
        if word not in ("caught", "passes", "SURVIVED", "ENDED BY TIME"):
            print(outcome.output, file=sys.stderr)
    if asked.json:
        print(json.dumps(told))
    else:
        print(f"mutants: {len(chosen)} tried, {wrong} not as they should be")
    return 1 if wrong else 0


def outcome_word(outcome: Outcome) -> str:
    """Name what became of a trial: ``caught`` or ``passes`` where all is as it should be."""
    if outcome.name == "no fault":
        return "passes" if outcome.code == SURVIVED else "FAILS"
    return _WORDS.get(outcome.code, "BROKEN")


if __name__ == "__main__":
    sys.exit(main())
