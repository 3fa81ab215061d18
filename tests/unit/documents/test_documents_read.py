"""Reading invoices: the samples give their facts, and each missing or wrong term is refused by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.documents import InvoiceFacts, read_invoice
from p2pchain.documents.amounts import amount_text, minor_units
from p2pchain.documents.facts import Party, SchemedId
from p2pchain.documents.invoice import PRECEDING_MAX
from p2pchain.documents.refusals import InvalidAmount, InvalidTerm, MissingTerm
from p2pchain.documents.statements import TERM_CHARS_MAX, TERM_STATEMENTS_MAX
from p2pchain.documents.type_codes import CREDIT_NOTE_CODES, INVOICE_CODES
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.errors import Refused
from p2pchain.model.ids import INTEGER_MAX

SAMPLES = Path(__file__).parents[2] / "samples"
UBL = (SAMPLES / "invoice-ubl.xml").read_text("utf-8")
CII = (SAMPLES / "invoice-cii.xml").read_text("utf-8")
NORDWIND = InvoiceFacts(
    number="NW-2026-0117",
    issue_date="2026-03-13",
    type_code="380",
    currency="EUR",
    seller=Party(
        name="Nordwind Werkzeugbau GmbH",
        trading_names=("Nordwind Tools",),
        vat_id="DE999000117",
        legal_id=SchemedId(scheme="", text="HRB 990117"),
        tax_ids=("58/123/00117",),
        endpoint=SchemedId(scheme="EM", text="rechnung@nordwind-werkzeugbau.example"),
        country="DE",
    ),
    orders=("PO-88213",),
    total_minor=1_207_874,
    payable_minor=1_207_874,
)

TWO_VAT_IDS = "<cbc:CompanyID>DE999000117</cbc:CompanyID><cbc:CompanyID>DE999000118</cbc:CompanyID>"
SECOND_TOTAL = '<cbc:TaxInclusiveAmount currencyID="EUR">1</cbc:TaxInclusiveAmount>'


def changed(text: str, old: str, new: str) -> bytes:
    """``text`` with every ``old`` replaced, which must be there."""
    assert old in text, old
    return text.replace(old, new).encode()


def refusal(data: bytes) -> Refused:
    """The refusal that reading ``data`` raises."""
    with pytest.raises(Refused) as caught:
        read_invoice(data)
    assert caught.value.hint, "a refusal says what to do"
    return caught.value


@pytest.mark.parametrize("text", [UBL, CII], ids=["ubl", "cii"])
def test_both_syntaxes_give_the_same_facts(text: str) -> None:
    assert read_invoice(text.encode()) == NORDWIND


def test_amounts_without_and_with_three_decimals() -> None:
    yen = read_invoice((SAMPLES / "invoice-jpy.xml").read_bytes())
    assert (yen.currency, yen.total_minor, yen.number) == ("JPY", 1_320_000, "輸出 2026/000431")
    assert (yen.seller.vat_id, yen.seller.legal_id) == (None, SchemedId(scheme="", text="9999-01-000431"))
    dinar = read_invoice((SAMPLES / "invoice-kwd.xml").read_bytes())
    assert (dinar.currency, dinar.total_minor) == ("KWD", 1_246_845)
    assert (dinar.seller.vat_id, dinar.seller.legal_id) == (None, None)


@pytest.mark.parametrize("name", ["credit-note-ubl.xml", "credit-note-cii.xml"])
def test_credit_notes_are_refused(name: str) -> None:
    assert refusal((SAMPLES / name).read_bytes()).code == "DOC_CREDIT_NOTE"


def test_a_credit_note_code_under_an_invoice_root_is_refused() -> None:
    for code in sorted(CREDIT_NOTE_CODES):
        data = changed(UBL, "InvoiceTypeCode>380<", f"InvoiceTypeCode>{code}<")
        assert refusal(data).code == "DOC_CREDIT_NOTE"
    assert not CREDIT_NOTE_CODES & INVOICE_CODES


@pytest.mark.parametrize(
    ("term", "name", "ubl", "cii"),
    [
        ("BT-1", "Invoice number", "<cbc:ID>NW-2026-0117</cbc:ID>", "<ram:ID>NW-2026-0117</ram:ID>"),
        (
            "BT-2",
            "Invoice issue date",
            "<cbc:IssueDate>2026-03-13</cbc:IssueDate>",
            '<udt:DateTimeString format="102">20260313</udt:DateTimeString>',
        ),
        (
            "BT-3",
            "Invoice type code",
            "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>",
            "<ram:TypeCode>380</ram:TypeCode>",
        ),
        (
            "BT-5",
            "Invoice currency code",
            "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>",
            "<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>",
        ),
        (
            "BT-112",
            "Invoice total amount with VAT",
            '<cbc:TaxInclusiveAmount currencyID="EUR">12078.74</cbc:TaxInclusiveAmount>',
            "<ram:GrandTotalAmount>12078.74</ram:GrandTotalAmount>",
        ),
    ],
)
def test_a_missing_term_is_named(term: str, name: str, ubl: str, cii: str) -> None:
    for text, element in ((UBL, ubl), (CII, cii)):
        content = element[element.index(">") + 1 : element.rindex("</")]
        for data in (changed(text, element, ""), changed(text, element, element.replace(content, "\n "))):
            error = refusal(data)
            assert isinstance(error, MissingTerm)
            assert (error.code, error.facts["term"], error.facts["name"]) == ("DOC_MISSING_TERM", term, name)
            assert element[1:].split(">")[0].split(" ")[0] in str(error.facts["path"])


@pytest.mark.parametrize("text", [UBL, CII], ids=["ubl", "cii"])
def test_a_seller_without_any_term_is_named_and_with_one_is_enough(text: str) -> None:
    data = text
    for value in ("58/123/00117", "Nordwind Tools", "DE999000117", "HRB 990117", "Nordwind Werkzeugbau GmbH"):
        read_invoice(data.encode())
        data = data.replace(f">{value}<", "> <")
    error = refusal(data.encode())
    assert (error.code, error.facts["term"]) == ("DOC_MISSING_TERM", "BT-31")
    assert error.facts["instead"] == "BT-30, BT-27, BT-29"


@pytest.mark.parametrize("nothing", ["-", "N/A", "...", "&#x200B;"])
def test_a_placeholder_is_no_vat_identifier(nothing: str) -> None:
    for text in (UBL, CII):
        assert read_invoice(changed(text, ">DE999000117<", f">{nothing}<")).seller.vat_id is None


def test_a_tax_number_that_is_not_vat_is_not_taken_for_it() -> None:
    ubl = changed(UBL, "<cbc:ID>VAT</cbc:ID>", "<cbc:ID>LOC</cbc:ID>")
    cii = changed(CII, 'schemeID="VA"', 'schemeID="FC"')
    assert read_invoice(ubl).seller.vat_id is read_invoice(cii).seller.vat_id is None
    assert read_invoice(ubl).seller.tax_ids == ("58/123/00117", "DE999000117")


@pytest.mark.parametrize(
    ("term", "old", "new"),
    [
        ("BT-1", ">NW-2026-0117</cbc:ID>\n  <cbc:Iss", f">{'9' * (TERM_CHARS_MAX + 1)}</cbc:ID>\n  <cbc:Iss"),
        ("BT-1", ">NW-2026-0117</cbc:ID>\n  <cbc:Iss", "><b>NW</b>-2026-0117</cbc:ID>\n  <cbc:Iss"),
        ("BT-1", ">NW-2026-0117</cbc:ID>\n  <cbc:Iss", ">NW\ue000</cbc:ID>\n  <cbc:Iss"),
        ("BT-1", "  <cbc:IssueDate>", "  <cbc:ID>NW-2</cbc:ID><cbc:IssueDate>"),
        ("BT-2", "IssueDate>2026-03-13", "IssueDate>2026-02-30"),
        ("BT-2", "IssueDate>2026-03-13", "IssueDate>20260313"),
        ("BT-2", "IssueDate>2026-03-13", "IssueDate>13.03.2026"),
        ("BT-2", "IssueDate>2026-03-13", "IssueDate>٢٠٢٦-٠٣-١٣"),
        ("BT-3", "TypeCode>380", "TypeCode>325"),
        ("BT-3", "TypeCode>380", "TypeCode>invoice"),
        ("BT-5", "CurrencyCode>EUR", "CurrencyCode>eur"),
        ("BT-5", "CurrencyCode>EUR", "CurrencyCode>XXX"),
        ("BT-31", "<cbc:CompanyID>DE999000117</cbc:CompanyID>", TWO_VAT_IDS),
        ("BT-112", 'InclusiveAmount currencyID="EUR"', 'InclusiveAmount currencyID="SEK"'),
        ("BT-112", "12078.74</cbc:TaxI", "12078.745</cbc:TaxI"),
        ("BT-112", "12078.74</cbc:TaxI", "12,078.74</cbc:TaxI"),
        ("BT-112", "12078.74</cbc:TaxI", "1.2e4</cbc:TaxI"),
        ("BT-112", "12078.74</cbc:TaxI", "NaN</cbc:TaxI"),
        ("BT-112", "12078.74</cbc:TaxI", "-12078.74</cbc:TaxI"),
        ("BT-112", "12078.74</cbc:TaxI", "0.00</cbc:TaxI"),
        ("BT-112", "12078.74</cbc:TaxI", "99999999999999999999</cbc:TaxI"),
        ("BT-112", "<cbc:PayableAmount ", SECOND_TOTAL + "<cbc:PayableAmount "),
    ],
)
def test_a_term_that_does_not_say_one_thing_is_refused(term: str, old: str, new: str) -> None:
    error = refusal(changed(UBL, old, new))
    assert isinstance(error, InvalidTerm)
    assert (error.code, error.facts["term"]) == ("DOC_INVALID_TERM", term)


@pytest.mark.parametrize(
    "new",
    [
        'DateTimeString format="102">2026-03-13',
        'DateTimeString format="203">202603131200',
        "DateTimeString>2026031",
        'DateTimeString format="102">20260230',
        'DateTimeString format="102">20260313</udt:DateTimeString><udt:DateTimeString format="102">20260314',
    ],
)
def test_cii_dates_have_format_102(new: str) -> None:
    error = refusal(changed(CII, 'DateTimeString format="102">20260313', new))
    assert (error.code, error.facts["term"]) == ("DOC_INVALID_TERM", "BT-2")


def test_of_several_cii_totals_the_one_in_the_invoice_currency_counts() -> None:
    total = "<ram:GrandTotalAmount>12078.74</ram:GrandTotalAmount>"
    euro = total.replace("Amount>1", 'Amount currencyID="EUR">1')
    crown = '<ram:GrandTotalAmount currencyID="SEK">131000.00</ram:GrandTotalAmount>'
    assert read_invoice(changed(CII, total, crown + euro)) == NORDWIND
    assert read_invoice(changed(CII, total, euro + crown)) == NORDWIND
    assert read_invoice(changed(CII, total, total + euro)) == NORDWIND
    assert refusal(changed(CII, total, crown)).facts["term"] == "BT-112"


def test_text_is_read_as_xml_reads_it() -> None:
    """A comment or CDATA inside a term hides nothing: the text around it is one text."""
    number = ">NW-2026-0117</cbc:ID>\n  <cbc:Iss"
    for written in (
        ">NW-2026-<!-- 9 -->0117",
        "><![CDATA[NW-2026-0117]]>",
        ">\n\tNW-2026-0117\n",
        ">NW-2026-0&#49;17",
    ):
        assert read_invoice(changed(UBL, number, number.replace(">NW-2026-0117", written))) == NORDWIND


@pytest.mark.parametrize(
    "day",
    ["2026-03-13+01:00", "2026-03-13Z", "2026-03-13T00:00:00", "2026-03-13T00:00", "2026-03-13T00:00:00.0Z"],
)
def test_a_date_with_a_time_zone_or_midnight_is_the_same_day(day: str) -> None:
    assert read_invoice(changed(UBL, "IssueDate>2026-03-13", f"IssueDate>\n  {day}\n ")) == NORDWIND
    string = '<udt:DateTimeString format="102">20260313</udt:DateTimeString>'
    assert read_invoice(changed(CII, string, f"<udt:DateTime>{day}</udt:DateTime>")) == NORDWIND


@pytest.mark.parametrize("day", ["2026-03-13T12:00:00", "2026-03-13T", "2026-03-13 00:00", "T00:00:00"])
def test_a_date_with_another_time_is_refused(day: str) -> None:
    error = refusal(changed(UBL, "IssueDate>2026-03-13", f"IssueDate>{day}"))
    assert (error.code, error.facts["term"]) == ("DOC_INVALID_TERM", "BT-2")


def test_a_cii_date_without_a_format_is_of_format_102() -> None:
    assert read_invoice(changed(CII, 'DateTimeString format="102">', "DateTimeString>\n ")) == NORDWIND


@pytest.mark.parametrize("text", [UBL, CII], ids=["ubl", "cii"])
def test_a_vat_id_that_is_spelled_in_two_ways_is_stated_once(text: str) -> None:
    one = "<cbc:CompanyID>DE999000117</cbc:CompanyID>"
    if text is CII:
        one = '<ram:ID schemeID="VA">DE999000117</ram:ID>'
    for other in ("DE 999 000 117", "de999.000.117", "0", "N/A"):
        twice = one + one.replace("DE999000117", other)
        assert read_invoice(changed(text, one, twice)) == NORDWIND
    error = refusal(changed(text, one, one + one.replace("117", "118")))
    assert (error.code, error.facts["term"]) == ("DOC_INVALID_TERM", "BT-31")


def test_a_vat_id_is_one_under_every_word_for_vat() -> None:
    for word in ("vat", "MVA", "TVA", "USt", "MwSt", "IVA", "Moms"):
        assert read_invoice(changed(UBL, "<cbc:ID>VAT</cbc:ID>", f"<cbc:ID>{word}</cbc:ID>")) == NORDWIND
        assert read_invoice(changed(CII, 'schemeID="VA"', f'schemeID="{word}"')) == NORDWIND


def test_a_seller_known_by_its_gln_alone() -> None:
    ubl = (
        UBL[: UBL.index("<cac:AccountingSupplierParty>")]
        + (
            "<cac:AccountingSupplierParty><cac:Party><cac:PartyIdentification>"
            '<cbc:ID schemeID="SEPA">DE98ZZZ0999</cbc:ID></cac:PartyIdentification><cac:PartyIdentification>'
            '<cbc:ID schemeID="0088">4059001100017</cbc:ID></cac:PartyIdentification></cac:Party>'
        )
        + UBL[UBL.index("</cac:AccountingSupplierParty>") :]
    )
    start, end = CII.index("<ram:SellerTradeParty>"), CII.index("</ram:SellerTradeParty>")
    gln = '<ram:GlobalID schemeID="0088">4059001100017</ram:GlobalID>'
    cii = f"{CII[:start]}<ram:SellerTradeParty>{gln}{CII[end:]}"
    seller = Party(ids=(SchemedId(scheme="0088", text="4059001100017"),))
    assert read_invoice(ubl.encode()).seller == read_invoice(cii.encode()).seller == seller


def test_the_buyer_is_kept_of_self_billed_invoices_alone() -> None:
    for text, code in ((UBL, "InvoiceTypeCode>"), (CII, "TypeCode>")):
        assert read_invoice(text.encode()).buyer is None
        buyer = read_invoice(changed(text, f"{code}380<", f"{code}389<")).buyer
        assert buyer is not None
        assert (buyer.vat_id, buyer.legal_id) == ("DE999000555", SchemedId(scheme="", text="HRB 990555"))
        odd = text.replace("Rheinwerk Maschinen GmbH", "x" * (TERM_CHARS_MAX + 1))
        assert read_invoice(odd.encode()) == NORDWIND
        assert refusal(changed(odd, f"{code}380<", f"{code}389<")).facts["term"] == "BT-44"


def test_preceding_invoices() -> None:
    def ubl(*numbers: str) -> bytes:
        references = "".join(
            "<cac:BillingReference><cac:InvoiceDocumentReference>"
            f"<cbc:ID>{number}</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"
            for number in numbers
        )
        return changed(UBL, "  <cac:AccountingSupplierParty>", f"{references}<cac:AccountingSupplierParty>")

    assert read_invoice(ubl("NW-1", " NW-1 ", "-", "NW-2")).preceding == ("NW-1", "NW-2")
    reference = (
        "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>NW-1</ram:IssuerAssignedID>"
        "</ram:InvoiceReferencedDocument></ram:ApplicableHeaderTradeSettlement>"
    )
    cii = changed(CII, "</ram:ApplicableHeaderTradeSettlement>", reference)
    assert read_invoice(cii).preceding == ("NW-1",)
    many = [f"NW-{number}" for number in range(PRECEDING_MAX + 1)]
    assert len(read_invoice(ubl(*many[1:])).preceding) == PRECEDING_MAX
    assert refusal(ubl(*many)).facts["term"] == "BT-25"
    assert refusal(ubl(*["NW-1"] * (TERM_STATEMENTS_MAX + 1))).facts["term"] == "BT-25"


@pytest.mark.parametrize(
    ("root", "words"),
    [
        (
            '<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"/>',
            "ZUGFeRD 1.0",
        ),
        (
            '<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/'
            f'StandardBusinessDocumentHeader">{UBL[UBL.index("<Invoice") :]}</StandardBusinessDocument>',
            "envelope",
        ),
    ],
    ids=["zugferd-1", "sbdh"],
)
def test_what_is_around_the_invoice_is_told(root: str, words: str) -> None:
    error = refusal(root.encode())
    assert error.code == "DOC_WRONG_ROOT"
    assert words in error.hint


def test_namespace_prefixes_do_not_matter() -> None:
    renamed = (
        UBL.replace("cbc:", "b:")
        .replace("xmlns:cbc", "xmlns:b")
        .replace("cac:", "a:")
        .replace("xmlns:cac", "xmlns:a")
    )
    assert read_invoice(renamed.encode()) == NORDWIND


def test_refusals_show_nothing_that_a_terminal_would_act_on() -> None:
    error = refusal(changed(UBL, "CurrencyCode>EUR", "CurrencyCode>\u009b31m" + "E" * 200))
    found = str(error.facts["found"])
    assert found.isprintable()
    assert len(found) < 100


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("250.33", "EUR", 25_033),
        ("250.3300", "EUR", 25_033),
        ("250.3", "EUR", 25_030),
        ("250", "EUR", 25_000),
        ("250.", "EUR", 25_000),
        (".05", "EUR", 5),
        ("+1.00", "EUR", 100),
        ("0001", "JPY", 1),
        ("7.00", "JPY", 7),
        ("7.125", "KWD", 7_125),
        (str(INTEGER_MAX), "JPY", INTEGER_MAX),
    ],
)
def test_amounts_are_exact(text: str, currency: str, minor: int) -> None:
    assert minor_units(text, currency) == minor
    assert minor_units(amount_text(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        (".", "EUR"),
        ("1.005", "EUR"),
        ("0.5", "JPY"),
        ("0", "EUR"),
        ("-1", "EUR"),
        ("1 000", "EUR"),
        ("1_000", "EUR"),
        ("١", "EUR"),
        (str(INTEGER_MAX + 1), "JPY"),
        ("0" * 64 + "1", "EUR"),
        ("9" * 5_000, "EUR"),
        ("1", "XXX"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidAmount) as caught:
        minor_units(text, currency)
    assert caught.value.code == "DOC_INVALID_AMOUNT"


def test_amounts_are_written_with_the_decimals_of_their_currency() -> None:
    assert amount_text(5, "EUR") == "0.05"
    assert amount_text(1_320_000, "JPY") == "1320000"
    assert amount_text(1_246_845, "KWD") == "1246.845"
    assert amount_text(-25_033, "EUR") == "-250.33"
    assert len(DECIMALS) == 167
