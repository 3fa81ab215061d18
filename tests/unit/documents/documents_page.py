"""Tables of ``docs/documents.md``, by their columns: each line with an example is a test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[3] / "docs" / "documents.md"
_CHARACTER: Final = re.compile(r"\{U\+([0-9A-F]{2,6})\}")
_CELLS: Final = re.compile(r"(?<!\\)\|")


def rows(*columns: str) -> list[tuple[str, ...]]:
    """The lines of all tables with these columns; none is a mistake."""
    held: list[tuple[str, ...]] = []
    header: tuple[str, ...] = ()
    for line in PAGE.read_text("utf-8").splitlines():
        if not line.startswith("|"):
            header = ()
            continue
        cells = tuple(cell.strip() for cell in _CELLS.split(line.strip("|")))
        if not header:
            header = cells
        elif header == columns and not set(line) <= set("|-"):
            held.append(cells)
    assert held, f"no table has the columns {columns}"
    return held


def example(cell: str) -> str:
    """The text of a cell, without the backticks and what stands behind them."""
    quoted = re.match(r"`([^`]*)`", cell)
    return _CHARACTER.sub(lambda match: chr(int(match[1], 16)), quoted[1] if quoted else cell)


def fields(cell: str) -> dict[str, str]:
    """The fields of ``name=value; name=value``."""
    pairs = (field.partition("=") for field in example(cell).split(";") if field.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}
