"""The business terms of EN 16931-1:2017 that are read, by number and name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Term(Enum):
    """A business term; ``id`` is its number, ``title`` its name in the standard."""

    NUMBER = ("BT-1", "Invoice number")
    ISSUE_DATE = ("BT-2", "Invoice issue date")
    TYPE_CODE = ("BT-3", "Invoice type code")
    CURRENCY = ("BT-5", "Invoice currency code")
    ORDER = ("BT-13", "Purchase order reference")
    PRECEDING = ("BT-25", "Preceding Invoice reference")
    SELLER_NAME = ("BT-27", "Seller name")
    SELLER_TRADING_NAME = ("BT-28", "Seller trading name")
    SELLER_ID = ("BT-29", "Seller identifier")
    SELLER_LEGAL_ID = ("BT-30", "Seller legal registration identifier")
    SELLER_VAT_ID = ("BT-31", "Seller VAT identifier")
    SELLER_TAX_ID = ("BT-32", "Seller tax registration identifier")
    SELLER_ENDPOINT = ("BT-34", "Seller electronic address")
    SELLER_COUNTRY = ("BT-40", "Seller country code")
    BUYER_NAME = ("BT-44", "Buyer name")
    BUYER_TRADING_NAME = ("BT-45", "Buyer trading name")
    BUYER_ID = ("BT-46", "Buyer identifier")
    BUYER_LEGAL_ID = ("BT-47", "Buyer legal registration identifier")
    BUYER_VAT_ID = ("BT-48", "Buyer VAT identifier")
    BUYER_COUNTRY = ("BT-55", "Buyer country code")
    PAYEE_NAME = ("BT-59", "Payee name")
    PAYEE_ID = ("BT-60", "Payee identifier")
    PAYEE_LEGAL_ID = ("BT-61", "Payee legal registration identifier")
    BILL = ("BT-122", "Supporting document reference of a bill of lading")
    TOTAL_WITH_VAT = ("BT-112", "Invoice total amount with VAT")
    PAID = ("BT-113", "Paid amount")
    ROUNDING = ("BT-114", "Rounding amount")
    DUE = ("BT-115", "Amount due for payment")

    @property
    def id(self) -> str:
        """Number of the term, such as ``BT-1``."""
        return self.value[0]

    @property
    def title(self) -> str:
        """Name of the term in the standard."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyTerms:
    """The terms of one party; None for what EN 16931 does not say of it."""

    name: Term
    trading_name: Term | None
    id: Term
    legal_id: Term
    vat_id: Term | None
    tax_id: Term | None
    endpoint: Term | None
    country: Term | None

    @property
    def all(self) -> frozenset[Term]:
        """Return the terms that there are."""
        held = (self.name, self.trading_name, self.id, self.legal_id, self.vat_id, self.tax_id, self.endpoint)
        return frozenset(term for term in (*held, self.country) if term is not None)


SELLER: Final = PartyTerms(
    name=Term.SELLER_NAME,
    trading_name=Term.SELLER_TRADING_NAME,
    id=Term.SELLER_ID,
    legal_id=Term.SELLER_LEGAL_ID,
    vat_id=Term.SELLER_VAT_ID,
    tax_id=Term.SELLER_TAX_ID,
    endpoint=Term.SELLER_ENDPOINT,
    country=Term.SELLER_COUNTRY,
)
"""BG-4."""
BUYER: Final = PartyTerms(
    name=Term.BUYER_NAME,
    trading_name=Term.BUYER_TRADING_NAME,
    id=Term.BUYER_ID,
    legal_id=Term.BUYER_LEGAL_ID,
    vat_id=Term.BUYER_VAT_ID,
    tax_id=None,
    endpoint=None,
    country=Term.BUYER_COUNTRY,
)
"""BG-7."""
PAYEE: Final = PartyTerms(
    name=Term.PAYEE_NAME,
    trading_name=None,
    id=Term.PAYEE_ID,
    legal_id=Term.PAYEE_LEGAL_ID,
    vat_id=None,
    tax_id=None,
    endpoint=None,
    country=None,
)
"""BG-10."""

BILL_OF_LADING: Final = "705"
"""Code of a bill of lading (UNTDID 1001)."""
VAT_WORDS: Final = frozenset(
    [
        "va",
        "vat",
        "aad",
        "afa",
        "alv",
        "btw",
        "bv",
        "ddv",
        "dds",
        "dph",
        "fpa",
        "gst",
        "iva",
        "km",
        "kdv",
        "moms",
        "mva",
        "mwst",
        "nds",
        "pdv",
        "pvm",
        "pvn",
        "tva",
        "ust",
        "umsatzsteuer",
        "vsk",
    ]
)
"""Folded words under which a tax registration is one for VAT: the code's, and those of the countries."""
