"""Invoice type codes (BT-3): which documents are claims for money, and which give it back.

Source: UNTDID 1001 as restricted by rule BR-CL-01 of the EN 16931 validation artefacts 1.3.16. Left out are
the codes under which nobody owes anything: 102 tax notification, 130 invoicing data sheet, 325 proforma
invoice, 553 invoice discrepancy report, 751 invoice information for accounting purposes, 817 claim
notification.
"""

from __future__ import annotations

from typing import Final

_INVOICE: Final = (
    "71 80 82 84 202 203 204 211 218 219 295 326 331 380 382 383 384 385 386 387 388 389 390 393 394 395 "
    "456 457 471 472 473 500 501 527 575 623 633 780 870 875 876 877 935"
)
_CREDIT_NOTE: Final = "81 83 261 262 296 308 381 396 420 458 502 503 532"

INVOICE_CODES: Final = frozenset(_INVOICE.split())
"""Codes that are accepted."""

CREDIT_NOTE_CODES: Final = frozenset(_CREDIT_NOTE.split())
"""Codes of credit notes, whatever root element they stand under."""

SELF_BILLED_CODES: Final = frozenset({"389", "471", "473", "500", "501", "527"})
"""Invoices that the buyer issues in the seller's name: their numbers are of a series of the buyer."""

ASSIGNED_CODES: Final = frozenset({"393", "472", "473", "501"})
"""Factored invoices: the claim belongs to a factor already."""
