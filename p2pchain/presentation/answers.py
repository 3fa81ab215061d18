"""Answers of queries as people read them: facts, and the columns and rows of a table.

A row within an answer becomes facts, or columns, of its own. What is null, an empty list, or a currency that
the words of an amount say already, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Array, Id, Row
from p2pchain.presentation.values import label_of, plain_kind, said_currencies, words_of

SHORT_CHARS: Final = 12
"""Digits of an id in a table; enough to name it by."""
Cells = list[tuple[str, str | None]]
"""Label and words of each field; None for what is left out."""


def facts_of(fields: Sequence[Field], answer: Mapping[str, object]) -> list[tuple[str, str]]:
    """Label and words of each field of an answer that is there."""
    cells = _cells(fields, answer, answer)
    return [(label, words) for label, words in cells if words is not None]


def table_of(
    fields: Sequence[Field], rows: Sequence[Mapping[str, object]], beside: Mapping[str, object]
) -> tuple[list[str], list[list[str | None]]]:
    """Columns and rows of a table; a column that is empty in all rows is left out. ``beside``: the answer
    that holds the rows.
    """
    around = {**_spread(beside), **beside}
    drawn = [_cells(fields, row, {**around, **row}, is_short=True) for row in rows]
    labels = [label for label, _ in drawn[0]] if drawn else []
    kept = [place for place in range(len(labels)) if any(cells[place][1] is not None for cells in drawn)]
    return [labels[place] for place in kept], [[cells[place][1] for place in kept] for cells in drawn]


def _cells(
    fields: Sequence[Field],
    answer: Mapping[str, object],
    beside: Mapping[str, object],
    *,
    prefix: str = "",
    is_short: bool = False,
) -> Cells:
    said = said_currencies(fields, beside)
    cells: Cells = []
    for field in fields:
        if not field.is_shown:
            continue
        label, value, kind = f"{prefix}{label_of(field)}", answer.get(field.name), plain_kind(field.kind)
        if isinstance(kind, Row):
            own: Mapping[str, object] = value if isinstance(value, Mapping) else {}
            columns = [Field(name=name, kind=inner) for name, inner in kind.columns]
            before = f"{label} " if len(fields) > 1 else ""
            cells += _cells(columns, own, {**beside, **own}, prefix=before, is_short=is_short)
        elif value is None or value == [] or field.name in said:
            cells.append((label, None))
        elif is_short and isinstance(kind, Id):
            cells.append((label, str(value)[:SHORT_CHARS]))
        elif isinstance(kind, Array) and isinstance(kind.inner, Row) and isinstance(value, list):
            item = Field(name=field.name, kind=kind.inner)
            cells.append((label, ", ".join(words_of(item, row, beside) for row in value)))
        else:
            cells.append((label, words_of(field, value, beside)))
    return cells


def _spread(answer: Mapping[str, object]) -> Mapping[str, object]:
    """The values within the rows of an answer."""
    return dict(_within(answer))


def _within(answer: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for value in answer.values():
        if isinstance(value, Mapping):
            yield from value.items()
