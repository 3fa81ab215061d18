"""Orders, bills of lading, warehouse receipts and Chinese invoices: read, named, and met across kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from p2pchain.documents import GoodsFacts, InvoiceFacts, match_of, name_document, read_document
from p2pchain.documents.amounts import minor_units
from p2pchain.documents.facts import Party
from p2pchain.model.errors import Fault, Refused
from tests.unit.documents.documents_page import fields, rows

KEY = bytes(range(32))
SAMPLES = Path(__file__).parents[2] / "samples"
BILL = (SAMPLES / "bill-of-lading.json").read_bytes()
RECEIPT = (SAMPLES / "warehouse-receipt.json").read_bytes()
ORDER = (SAMPLES / "order-ubl.xml").read_bytes()
FAPIAO = (SAMPLES / "einvoice-cn.xml").read_bytes()
INVOICE = (SAMPLES / "invoice-ubl.xml").read_bytes()


def facts_of(cell: str) -> InvoiceFacts | GoodsFacts:
    """The document that a cell describes: its kind, and its fields."""
    kind, _, rest = cell.partition(":")
    told = fields(rest)
    made = {"invoice": an_invoice, "order": an_order, "bill": a_bill, "receipt": a_receipt}[kind](told)
    assert not told, f"fields of no meaning: {told}"
    return made


def an_invoice(told: dict[str, str]) -> InvoiceFacts:
    """An invoice, or an order with a buyer."""
    total_minor = minor_units(told.pop("total", "1190.00"), "EUR")
    return InvoiceFacts(
        number=told.pop("number", "7"),
        issue_date="2026-04-02",
        type_code="380",
        currency="EUR",
        seller=Party(
            name=told.pop("name", None), vat_id=told.pop("vat", None), country=told.pop("country", None)
        ),
        orders=tuple(filter(None, (told.pop("order", ""),))),
        bills=tuple(filter(None, (told.pop("bill", ""),))),
        total_minor=total_minor,
        payable_minor=total_minor,
    )


def an_order(told: dict[str, str]) -> InvoiceFacts:
    """The sample, changed, and read."""
    text = ORDER.decode().replace("PO-2026-77", told.pop("number", "7"))
    text = text.replace("DK18700018", told.pop("buyer")).replace("Kunde A/S", told.pop("name", "Kunde"))
    text = text.replace("Nordwind Werkzeugbau GmbH", told.pop("seller"))
    read = read_document(text.replace("12078.74", told.pop("total", "1190.00")).encode())
    assert isinstance(read, InvoiceFacts)
    return read


def a_bill(told: dict[str, str]) -> InvoiceFacts | GoodsFacts:
    """A bill, written as DCSA has it, and read."""
    provider, _, carrier = told.pop("carrier").partition(":")
    bill: dict[str, Any] = json.loads(BILL)
    bill["transportDocumentReference"] = told.pop("number")
    bill["carrierCodeListProvider"], bill["carrierCode"] = provider.upper(), carrier.upper()
    bill["shippedOnBoardDate"] = told.pop("date", "2026-05-03")
    bill["documentParties"] = {"shipper": {"partyName": told.pop("shipper", "Shipper")}}
    bill["utilizedTransportEquipments"][0]["equipment"]["equipmentReference"] = told.pop(
        "container", "MSKU7654321"
    )
    bill["references"] = [
        {"type": code, "value": told.pop(code)} for code in ("SI", "SPO", "CPO") if code in told
    ]
    bill["consignmentItems"] = []
    return read_document(json.dumps(bill).encode())


def a_receipt(told: dict[str, str]) -> InvoiceFacts | GoodsFacts:
    """A receipt, written, and read."""
    receipt: dict[str, Any] = json.loads(RECEIPT)["warehouse_receipt"]
    receipt["number"] = told.pop("number", "L-1")
    receipt["warehouse"] = {"name": told.pop("name")}
    if "vat" in told:
        receipt["warehouse"]["vat"] = told.pop("vat")
    if "uscc" in told:
        receipt["warehouse"]["registration"] = {"scheme": "USCC", "number": told.pop("uscc")}
    receipt["goods"][0]["quantity"] = int(told.pop("quantity", "100"))
    receipt["depositor"] = told.pop("depositor", "Depositor")
    for name in ("bills", "invoices", "orders"):
        receipt[name] = [told.pop(name)] if name in told else []
    return read_document(json.dumps({"warehouse_receipt": receipt}).encode())


@pytest.mark.parametrize(
    ("document", "other", "match", "why"), rows("document", "other document", "match", "why")
)
def test_exact_similar_or_strangers_across_kinds(document: str, other: str, match: str, why: str) -> None:
    first, second = (name_document(facts_of(cell), KEY) for cell in (document, other))
    assert (match_of(first, second) or "") == match, why
    assert (match_of(second, first) or "") == match, why


def test_the_samples_of_one_shipment_meet() -> None:
    """The bill names order and invoice, the receipt bill and invoice: none is exact with another."""
    order, bill, receipt, invoice = (
        name_document(read_document(data), KEY) for data in (ORDER, BILL, RECEIPT, INVOICE)
    )
    assert match_of(bill, order) == match_of(bill, invoice) == "similar"
    assert match_of(receipt, bill) == match_of(receipt, invoice) == "similar"
    assert match_of(order, receipt) is None


def test_a_chinese_invoice_is_an_invoice() -> None:
    facts = read_document(FAPIAO)
    assert isinstance(facts, InvoiceFacts)
    assert (facts.number, facts.issue_date, facts.currency) == ("26350000000000000017", "2026-04-02", "CNY")
    assert (facts.total_minor, facts.payable_minor) == (106_000, 106_000)
    assert facts.seller.vat_id == "91350100M000100Y43"
    assert [name.scheme for name in name_document(facts, KEY).names if name.strong] == ["vat"]


def changed(data: bytes, *changes: tuple[str, str]) -> bytes:
    """A file with other texts."""
    text = data.decode()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text.encode()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: changed(FAPIAO, ("1060.00", "-1060.00")), "DOC_CREDIT_NOTE"),
        (lambda: changed(FAPIAO, ("1060.00", "ten")), "DOC_INVALID_TERM"),
        (lambda: changed(FAPIAO, ("2026-04-02 10:11:13", "April")), "DOC_INVALID_TERM"),
        (
            lambda: changed(FAPIAO, ("<InvoiceNumber>26350000000000000017</InvoiceNumber>", "")),
            "DOC_MISSING_TERM",
        ),
        (lambda: changed(ORDER, ("PayableAmount", "LineExtensionAmount")), "DOC_MISSING_TERM"),
        (lambda: changed(ORDER, ("DK18700018", ""), ("Kunde A/S", "")), "DOC_MISSING_TERM"),
        (lambda: changed(ORDER, ("PO-2026-77", " ")), "DOC_MISSING_TERM"),
        (lambda: changed(BILL, ("BOL", "SWB")), "DOC_GOODS"),
        (lambda: changed(BILL, ("ISSUED", "VOIDED")), "DOC_GOODS"),
        (lambda: changed(BILL, ("HHL71800000", "--")), "DOC_GOODS"),
        (lambda: changed(BILL, ('"MSK"', '"a carrier"')), "DOC_GOODS"),
        (lambda: changed(BILL, ("2026-05-03", "soon")), "DOC_GOODS"),
        (lambda: changed(BILL, ("shippedOnBoardDate", "x")), "DOC_GOODS"),
        (lambda: changed(BILL, ('"references": [{"type": "SI"', '"references": [{"type": 7')), "DOC_GOODS"),
        (lambda: changed(RECEIPT, ("Hafenlager GmbH", "n/a"), ("DE997000110", "")), "DOC_GOODS"),
        (lambda: changed(RECEIPT, ('"goods": [', '"goods": [], "x": [')), "DOC_GOODS"),
        (lambda: changed(RECEIPT, ('["HHL71800000"]', "[7]")), "DOC_GOODS"),
        (lambda: b"{}", "DOC_GOODS"),
        (lambda: b"{", "CODEC_JSON"),
        (lambda: b"{" + b" " * 1_000_001, "DOC_TOO_LARGE"),
    ],
)
def test_what_is_not_clear_is_refused(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(Fault) as caught:
        read_document(make())
    assert caught.value.code == code


def test_a_bill_in_an_issuance_request_is_the_same() -> None:
    request = b'{"document": ' + BILL + b', "issueTo": {"partyName": "Bank"}}'
    assert read_document(request) == read_document(BILL)


def test_an_invoice_is_read_as_before() -> None:
    with pytest.raises(Refused, match="DOC_WRONG_ROOT"):
        read_document(b"<Catalogue/>")
    facts = read_document(INVOICE)
    assert isinstance(facts, InvoiceFacts)
    assert facts.kind == "invoice"
