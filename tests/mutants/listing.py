"""The table of mutants as ``docs/mutants.md`` shows it."""

from __future__ import annotations

from tests.mutants.table import MUTANTS


def listing() -> str:
    """One row a mutant."""
    rows = ["| mutant | the code then | function | tests that must fail |", "|---|---|---|---|"]
    for mutant in MUTANTS:
        catchers = ", ".join(f"`{catcher.removeprefix('tests/')}`" for catcher in mutant.catchers)
        rows.append(f"| `{mutant.name}` | {mutant.fault} | `{mutant.function}` | {catchers} |")
    return "\n".join(rows) + "\n"
