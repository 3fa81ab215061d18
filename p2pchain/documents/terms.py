"""The business terms of EN 16931-1:2017 that are read, by number and name."""

from __future__ import annotations

from enum import Enum


class Term(Enum):
    """A business term; ``id`` is its number, ``title`` its name in the standard."""

    NUMBER = ("BT-1", "Invoice number")
    ISSUE_DATE = ("BT-2", "Invoice issue date")
    TYPE_CODE = ("BT-3", "Invoice type code")
    CURRENCY = ("BT-5", "Invoice currency code")
    SELLER_NAME = ("BT-27", "Seller name")
    SELLER_LEGAL_ID = ("BT-30", "Seller legal registration identifier")
    SELLER_VAT_ID = ("BT-31", "Seller VAT identifier")
    TOTAL_WITH_VAT = ("BT-112", "Invoice total amount with VAT")

    @property
    def id(self) -> str:
        """Number of the term, such as ``BT-1``."""
        return self.value[0]

    @property
    def title(self) -> str:
        """Name of the term in the standard."""
        return self.value[1]
