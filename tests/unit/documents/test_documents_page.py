"""Every line of the tables in ``docs/documents.md`` that shows an example."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from p2pchain.documents import InvoiceFacts, match_of, name_invoice, read_invoice
from p2pchain.documents.amounts import amount_text, minor_units
from p2pchain.documents.facts import Party, SchemedId
from p2pchain.documents.folding import fold_number, loosen_number, name_forms
from p2pchain.documents.invoice import check_unassigned
from p2pchain.documents.registrations import read_registration
from p2pchain.documents.unicode_tables import CLASSES, FOLDS, LOOKS
from p2pchain.documents.vat_ids import RULES, read_vat_id
from p2pchain.model.errors import Refused
from tests.unit.documents.documents_page import PAGE, example, fields, rows

KEY = bytes(range(32))
SAMPLE = (Path(__file__).parents[2] / "samples" / "invoice-ubl.xml").read_text("utf-8")
CII = (Path(__file__).parents[2] / "samples" / "invoice-cii.xml").read_text("utf-8")


def test_the_page_names_the_tables_of_characters_by_their_hashes() -> None:
    """Whoever has the page alone can tell whether a copy of the tables is the right one."""
    page = PAGE.read_text("utf-8")
    for table in (CLASSES, FOLDS, LOOKS):
        assert f"`{hashlib.sha256(table.encode()).hexdigest()}`" in page


@pytest.mark.parametrize(("written", "number", "loose"), rows("written", "number", "loose number"))
def test_numbers(written: str, number: str, loose: str) -> None:
    assert fold_number(example(written)) == example(number)
    assert loosen_number(example(written)) == example(loose)


@pytest.mark.parametrize(("written", "forms"), rows("written", "forms"))
def test_names(written: str, forms: str) -> None:
    assert name_forms(example(written)) == tuple(re.findall(r"`([^`]+)`", forms))


@pytest.mark.parametrize(
    ("written", "country", "folded", "valid"), rows("written", "country", "folded", "valid")
)
def test_vat_ids(written: str, country: str, folded: str, valid: str) -> None:
    read = read_vat_id(example(written), country or None)
    assert (read.text if read else "") == example(folded)
    assert ("" if read is None else "yes" if read.is_valid else "no") == valid


def test_forms_of_vat_ids_are_those_of_the_page() -> None:
    stated = {
        prefix: example(form).replace("\\|", "|")
        for prefix, form, _ in rows("prefix", "form", "check digits")
    }
    assert stated == {prefix: rule.form for prefix, rule in RULES.items()}


@pytest.mark.parametrize(
    ("scheme", "written", "register", "number", "valid"),
    rows("scheme", "written", "register", "number", "valid"),
)
def test_registrations(scheme: str, written: str, register: str, number: str, valid: str) -> None:
    read = read_registration(SchemedId(scheme=scheme, text=example(written)))
    if read is None:
        assert (register, number, valid) == ("", "", "")
    else:
        assert (read.register, read.number) == (example(register), example(number))
        assert read.is_valid is (valid == "yes")


def element(name: str, text: str) -> str:
    """An amount in UBL, nothing where there is none."""
    return f'<cbc:{name} currencyID="EUR">{text}</cbc:{name}>' if text else ""


@pytest.mark.parametrize(
    ("total", "paid", "rounding", "due", "expected"), rows("BT-112", "BT-113", "BT-114", "BT-115", "due")
)
def test_what_is_due(total: str, paid: str, rounding: str, due: str, expected: str) -> None:
    start, end = SAMPLE.index("<cac:LegalMonetaryTotal>"), SAMPLE.index("</cac:LegalMonetaryTotal>")
    sums = (
        element("TaxInclusiveAmount", total)
        + element("PrepaidAmount", paid)
        + element("PayableRoundingAmount", rounding)
        + element("PayableAmount", due)
    )
    ubl = f"{SAMPLE[:start]}<cac:LegalMonetaryTotal>{sums}{SAMPLE[end:]}"
    in_cii = "".join(
        f"<ram:{name}>{text}</ram:{name}>" if text else ""
        for name, text in (
            ("GrandTotalAmount", total),
            ("TotalPrepaidAmount", paid),
            ("RoundingAmount", rounding),
            ("DuePayableAmount", due),
        )
    )
    sums_tag = "SpecifiedTradeSettlementHeaderMonetarySummation>"
    start, end = CII.index(f"<ram:{sums_tag}"), CII.index(f"</ram:{sums_tag}")
    cii = f"{CII[:start]}<ram:{sums_tag}{in_cii}{CII[end:]}"
    for text in (ubl, cii):
        if expected.startswith("`"):
            with pytest.raises(Refused) as caught:
                read_invoice(text.encode())
            assert caught.value.code == example(expected)
            assert "BT-115" in caught.value.hint
        else:
            facts = read_invoice(text.encode())
            assert amount_text(facts.payable_minor, "EUR") == expected
            assert amount_text(facts.total_minor, "EUR") == total


@pytest.mark.parametrize(("code", "payee", "assigned"), rows("type", "payee", "assigned"))
def test_assigned_claims(code: str, payee: str, assigned: str) -> None:
    told = fields(payee)
    party = "".join(
        (
            "<cac:PayeeParty>",
            f"<cac:PartyName><cbc:Name>{told['name']}</cbc:Name></cac:PartyName>" if "name" in told else "",
            f"<cac:PartyLegalEntity><cbc:CompanyID>{told['legal']}</cbc:CompanyID></cac:PartyLegalEntity>"
            if "legal" in told
            else "",
            "</cac:PayeeParty>",
        )
    )
    text = SAMPLE.replace("TypeCode>380", f"TypeCode>{code}").replace("Nordwind Werkzeugbau", "Alpha")
    text = text.replace("HRB 990117", "HRB 1001").replace("DE999000117", "DE997000110")
    facts = read_invoice(
        text.replace("  <cac:Delivery>", (party if told else "") + "  <cac:Delivery>").encode()
    )
    if assigned == "no":
        check_unassigned(facts)
    else:
        with pytest.raises(Refused) as caught:
            check_unassigned(facts)
        assert caught.value.code == "DOC_ASSIGNED"
        assert "--acknowledge-assigned" in caught.value.hint


def facts_of(cell: str) -> InvoiceFacts:
    """The invoice that a cell describes."""
    told = fields(cell)
    buyer, _, buyer_country = told.pop("buyer", "").partition("/")
    legal, identifier = (schemed(told.pop(name, "")) for name in ("legal", "id"))
    tax, preceding = told.pop("tax", ""), told.pop("corrects", "")
    facts = InvoiceFacts(
        number=told.pop("number", "7"),
        issue_date=told.pop("date", "2026-04-02"),
        type_code=told.pop("type", "380"),
        currency="EUR",
        seller=Party(
            name=told.pop("name", None),
            vat_id=told.pop("vat", None),
            legal_id=legal,
            ids=(identifier,) if identifier else (),
            tax_ids=(tax,) if tax else (),
            country=told.pop("country", None),
        ),
        buyer=Party(vat_id=buyer, country=buyer_country or None) if buyer else None,
        preceding=(preceding,) if preceding else (),
        total_minor=minor_units(told.pop("total", "1190.00"), "EUR"),
        payable_minor=1,
    )
    assert not told, f"fields of no meaning: {told}"
    return facts


def schemed(text: str) -> SchemedId | None:
    """An identifier with its scheme before a colon, if it has one."""
    scheme, _, bare = text.rpartition(":")
    return SchemedId(scheme=scheme, text=bare) if text else None


@pytest.mark.parametrize(("one", "other", "match", "why"), rows("one", "other", "match", "why"))
def test_exact_similar_or_strangers(one: str, other: str, match: str, why: str) -> None:
    first, second = (name_invoice(facts_of(cell), KEY) for cell in (one, other))
    assert (match_of(first, second) or "") == match, why
    assert (match_of(second, first) or "") == match, why
