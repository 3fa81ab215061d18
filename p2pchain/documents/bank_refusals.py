"""Refusals of a bank's statement: the fault, and the remedy."""

from __future__ import annotations

from p2pchain.documents.refusals import quoted
from p2pchain.model.errors import Refused


class NotBankStatement(Refused):
    """The file is no statement or notification of ISO 20022 in a version that is read."""

    def __init__(self, *, root: str, namespace: str) -> None:
        """``root``: local name of the root, ``namespace``: its namespace, or empty."""
        super().__init__(
            "BANK_STATEMENT",
            {"found": quoted(root), "namespace": quoted(namespace)},
            "give the bank's camt.053 or camt.054 file, version .02 to .13",
        )


class StatementEntryInvalid(Refused):
    """An entry does not say its amount, direction or account in a way that can be understood."""

    def __init__(self, *, entry: int, element: str, stated: str) -> None:
        """``entry``: its place in the file, from 1; ``element``: what is not understood."""
        super().__init__(
            "BANK_STATEMENT_ENTRY",
            {"entry": entry, "element": element, "found": quoted(stated)},
            "have the bank export the statement again",
        )
