"""Refusals of a file of assets: one class per reason, with the row and the column."""

from __future__ import annotations

from p2pchain.documents.refusals import quoted
from p2pchain.model.errors import Refused


class TapeUnknown(Refused):
    """The file is neither an EX-102 of the SEC nor a CSV whose columns are known."""

    def __init__(self, *, missing: str) -> None:
        """``missing``: what it lacks."""
        super().__init__(
            "DOC_TAPE_UNKNOWN",
            {"missing": missing},
            "give an EX-102 XML of commercial mortgages, or a CSV with the columns of an ESMA template",
        )


class TapeRowInvalid(Refused):
    """A row of the file does not say what it has to."""

    def __init__(self, *, row: int, column: str, stated: str, expected: str) -> None:
        """``row``: number of the asset, from 1; ``stated``: what the file says; ``expected``: what it may."""
        super().__init__(
            "DOC_TAPE_ROW",
            {"row": row, "column": quoted(column), "found": quoted(stated), "expected": expected},
            f"mend row {row}, or leave it out with --skip {row}",
        )


class TapeTooLong(Refused):
    """The file has more assets than are read at once."""

    def __init__(self, *, rows: int, rows_max: int) -> None:
        """``rows``: how many there are at least; ``rows_max``: the bound."""
        super().__init__(
            "DOC_TAPE_TOO_LONG", {"rows": rows, "rows_max": rows_max}, "cut the file, and make several pools"
        )
