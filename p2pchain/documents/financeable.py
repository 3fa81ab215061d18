"""Any document that may be registered: its kind is told by its root, and decides how it is named."""

from __future__ import annotations

from p2pchain.documents import fapiao, order
from p2pchain.documents.bill_of_lading import read_bill
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.goods import ORDER, GoodsFacts, name_goods
from p2pchain.documents.invoice import invoice_of
from p2pchain.documents.invoice_names import name_invoice
from p2pchain.documents.names import DocumentNames
from p2pchain.documents.refusals import DocumentTooLarge
from p2pchain.documents.safe_xml import parse_xml
from p2pchain.documents.warehouse_receipt import ROOT as RECEIPT_ROOT
from p2pchain.documents.warehouse_receipt import read_receipt

GOODS_BYTES_MAX = 1_000_000
"""Largest document of goods that is read, in bytes."""
_BLANKS = b"\xef\xbb\xbf \t\r\n"


def read_document(data: bytes) -> InvoiceFacts | GoodsFacts:
    """Read an invoice (UBL, CII, a Chinese electronic one), a purchase order (UBL), a bill of lading (DCSA)
    or a warehouse receipt. Raises as the reader of its kind.
    """
    if data.lstrip(_BLANKS).startswith(b"{"):
        if len(data) > GOODS_BYTES_MAX:
            raise DocumentTooLarge(size_bytes=len(data), bytes_max=GOODS_BYTES_MAX)
        return read_receipt(data) if f'"{RECEIPT_ROOT}"'.encode() in data else read_bill(data)
    root = parse_xml(data)
    if root.tag == order.ROOT:
        return order.read_order(root)
    if root.tag == fapiao.ROOT:
        return fapiao.read_fapiao(root)
    return invoice_of(root)


def name_document(facts: InvoiceFacts | GoodsFacts, key: bytes) -> DocumentNames:
    """Name a document under ``key`` by the rule of its kind. Raises ``FingerprintKeyTooShort``."""
    if isinstance(facts, GoodsFacts):
        return name_goods(facts, key)
    return order.name_order(facts, key) if facts.kind == ORDER else name_invoice(facts, key)
