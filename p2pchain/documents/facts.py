"""The facts of an invoice that the ledger needs, the same whatever syntax they came in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """What one invoice says, as written but for outer and repeated white space (terms of EN 16931-1:2017).

    At least one of the three seller terms is set. ``total_minor`` is positive, in the minor unit of
    ``currency`` (cents for EUR, whole yen for JPY).
    """

    number: str
    """BT-1, Invoice number."""
    issue_date: str
    """BT-2, Invoice issue date: ``YYYY-MM-DD``."""
    type_code: str
    """BT-3, Invoice type code of UNTDID 1001; never a credit note's."""
    currency: str
    """BT-5, Invoice currency code of ISO 4217."""
    seller_name: str | None
    """BT-27, Seller name."""
    seller_legal_id: str | None
    """BT-30, Seller legal registration identifier."""
    seller_vat_id: str | None
    """BT-31, Seller VAT identifier."""
    total_minor: int
    """BT-112, Invoice total amount with VAT, in minor units."""
