"""Page of all codes for the docs, in Markdown: refusals by their classes, all others by a table of rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.model.refusal import Refusal
from p2pchain.presentation.codes import exit_code_of, http_status_of

CODE: Final = re.compile(r"`([A-Z][A-Z0-9_]*(?:\.\.\.)?)`")
HEAD: Final = """# Every code that can be met

Made by `COMMAND`; do not edit it here.

A code is stable: programs may compare it, and it never gets another meaning. Beside it stand facts (what was
found) and mostly a hint (what to do). It is met in a receipt, in `{"error": {"code": ...}}` of the control
socket, on the last line of a command, in the log (`code=`), and in the metrics. `tests/test_codes.py` holds
this table against the source.

**Guilty** says who has to change something: *sender* (of a transaction or request), *peer* (penalised:
dropped, and refused for a while), *proposer* (its block gets no vote), *operator* (of this node), *disk* (the
node stops), *founder* (whoever wrote the genesis), *document*, *nobody* (it happens; the node goes on by
itself).

**HTTP** and **exit** are the status of the control API and the exit code of a command where the code alone
decides them. A dash: it is met elsewhere, or ends as most do, with 422, or 500 where the node itself is at
fault, and with exit code 1.

| code | guilty | meaning | what to do | HTTP | exit |
|---|---|---|---|---|---|
"""
NONE: Final = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """A row of codes that no class states. ``codes``: the codes with their facts, in Markdown."""

    codes: str
    guilty: str
    meaning: str
    next_step: str

    @property
    def first(self) -> str:
        """The code under which it is sorted."""
        return str(CODE.findall(self.codes)[0])


def codes_page(
    refusals: Sequence[type[Refusal]],
    rows: Sequence[CodeRow],
    statuses: Mapping[str, int],
    exits: Mapping[str, int],
    made_by: str,
) -> str:
    """Write the page. ``statuses`` and ``exits``: of codes that no class states."""
    lines = {refusal.code: _of_class(refusal) for refusal in refusals}
    assert len(lines) == len(refusals), "a code is of one class"
    for row in rows:
        assert row.first not in lines, f"{row.first} stands twice"
        cells = (row.codes, row.guilty, row.meaning, row.next_step)
        ends = (_common(table, CODE.findall(row.codes)) for table in (statuses, exits))
        lines[row.first] = " | ".join((*cells, *ends))
    return HEAD.replace("COMMAND", made_by) + "".join(f"| {lines[code]} |\n" for code in sorted(lines))


def _common(table: Mapping[str, int], codes: Sequence[str]) -> str:
    known = {table.get(code) for code in codes}
    (only,) = known if len(known) == 1 else (None,)
    return NONE if only is None else str(only)


def _of_class(refusal: type[Refusal]) -> str:
    facts = ", ".join(f"`{name}`" for name in refusal.fact_names)
    cells = (
        f"`{refusal.code}`" + (f" with {facts}" if facts else ""),
        "sender",
        " ".join((refusal.__doc__ or "").split()).removesuffix(".").replace("``", "`"),
        refusal.next_step or "nothing",
        str(http_status_of(refusal.guilt)),
        str(exit_code_of(refusal.guilt)),
    )
    return " | ".join(cells)
