"""The facts of an invoice that the ledger needs, the same whatever syntax they came in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemedId:
    """An identifier as written, and the scheme that its ``schemeID`` names, empty where it names none."""

    scheme: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Terms of one invoice about a seller, buyer or payee (terms of EN 16931-1:2017), as written."""

    name: str | None = None
    """BT-27, BT-44, BT-59: the registered name."""
    trading_names: tuple[str, ...] = ()
    """BT-28, BT-45: names by which it is known beside."""
    vat_id: str | None = None
    """BT-31, BT-48."""
    legal_id: SchemedId | None = None
    """BT-30, BT-47, BT-61: the legal registration."""
    ids: tuple[SchemedId, ...] = ()
    """BT-29, BT-46, BT-60: other identifiers."""
    tax_ids: tuple[str, ...] = ()
    """BT-32: tax registrations under any other word than VAT."""
    endpoint: SchemedId | None = None
    """BT-34: electronic address."""
    country: str | None = None
    """BT-40, BT-55."""

    @property
    def label(self) -> str | None:
        """Return the first that there is of name, VAT identifier, legal registration, other identifier."""
        legal = (self.legal_id,) if self.legal_id else ()
        return self.name or self.vat_id or next((held.text for held in (*legal, *self.ids)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """Terms of one invoice, as written but for outer and repeated white space (terms of EN 16931-1:2017).

    The seller has at least one identity. Amounts are in the minor unit of ``currency`` (cents for EUR, whole
    yen for JPY), and ``0 < payable_minor <= total_minor``.
    """

    number: str
    """BT-1, Invoice number."""
    issue_date: str
    """BT-2, Invoice issue date: ``YYYY-MM-DD``."""
    type_code: str
    """BT-3, Invoice type code of UNTDID 1001; never a credit note's."""
    currency: str
    """BT-5, Invoice currency code of ISO 4217."""
    seller: Party
    """BG-4, Seller."""
    buyer: Party | None = None
    """BG-7, Buyer: kept for self-billed invoices and orders, whose numbers are the buyer's."""
    payee: str | None = None
    """BG-10, Payee: how it is called, where it is another than the seller."""
    preceding: tuple[str, ...] = ()
    """BT-25, Preceding invoice references: numbers of the invoices that this one corrects."""
    total_minor: int
    """BT-112, Invoice total amount with VAT."""
    payable_minor: int
    """BT-115, Amount due for payment: what can be financed."""
    orders: tuple[str, ...] = ()
    """BT-13, Purchase order reference."""
    bills: tuple[str, ...] = ()
    """BT-122 where it is a bill of lading: its number."""
    kind: str = "invoice"
    """``invoice``, or ``order``: a purchase order, whose number is the buyer's and whose total is what was
    ordered.
    """
