"""Properties of document reading: damaged files never do more than be refused, and folding is stable."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from p2pchain.documents import InvoiceFacts, fingerprint, read_invoice
from p2pchain.documents.amounts import amount_text, minor_units
from p2pchain.documents.folding import fold_legal_id, fold_name, fold_number, fold_vat_id
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.errors import Refused
from p2pchain.model.ids import INTEGER_MAX

SAMPLES = {
    path.name: path.read_bytes() for path in sorted((Path(__file__).parents[1] / "samples").glob("*.xml"))
}
KEY = bytes(range(32))
CODES = {
    "DOC_TOO_LARGE",
    "DOC_TOO_COMPLEX",
    "DOC_NOT_XML",
    "DOC_FORBIDDEN_XML",
    "DOC_WRONG_ROOT",
    "DOC_CREDIT_NOTE",
    "DOC_MISSING_TERM",
    "DOC_INVALID_TERM",
}


def read_or_refuse(data: bytes) -> InvoiceFacts | None:
    """The facts, or None where ``data`` is refused with a known code; anything else raised is a bug."""
    try:
        facts = read_invoice(data)
    except Refused as refused:
        check_told(refused)
        return None
    assert 0 < facts.total_minor <= INTEGER_MAX
    assert facts.currency in DECIMALS
    found = fingerprint(facts, KEY)
    assert (len(found.exact), len(found.weak)) == (32, 32)
    return facts


def check_told(refused: Refused) -> None:
    """Check that a refusal has a known code, a hint, and nothing that a terminal would act on."""
    assert refused.code in CODES
    assert refused.hint
    assert str(refused).isprintable()


edits = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "delete", "repeat"]),
        st.integers(0, 2**16),
        st.integers(0, 60),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=300)
@given(name=st.sampled_from(sorted(SAMPLES)), changes=edits)
def test_damaged_samples_are_read_or_refused(name: str, changes: list[tuple[str, int, int, bytes]]) -> None:
    data = bytearray(SAMPLES[name])
    for kind, place, length, replacement in changes:
        at = place % (len(data) + 1)
        match kind:
            case "set":
                data[at : at + len(replacement)] = replacement
            case "insert":
                data[at:at] = replacement
            case "delete":
                del data[at : at + length]
            case "repeat":
                data[at:at] = data[at : at + length]
    read_or_refuse(bytes(data))


@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=400))
@example(data=b"<?xml version='1.0' encoding='undefined'?><a/>")
def test_random_bytes_are_refused(data: bytes) -> None:
    assert read_or_refuse(data) is None


texts = st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=30)


@settings(deadline=None, max_examples=300)
@given(text=texts)
def test_any_text_in_a_term_is_read_or_refused(text: str) -> None:
    sample = SAMPLES["invoice-ubl.xml"].decode()
    for old in ("NW-2026-0117", "2026-03-13", "DE999000117", "HRB 990117", "EUR", "12078.74"):
        read_or_refuse(sample.replace(f">{old}<", f"><![CDATA[{text}]]><").encode())


@settings(deadline=None, max_examples=500)
@given(text=texts)
@example(text="ΐ")
@example(text="İ1")
@example(text="ᾳͅ")
@example(text="½ 1")
def test_folding_twice_is_folding_once(text: str) -> None:
    for fold in (fold_number, fold_vat_id, fold_legal_id, fold_name):
        once = fold(text)
        assert fold(once) == once


@settings(deadline=None, max_examples=300)
@given(text=texts)
def test_case_white_space_and_unicode_form_are_folded(text: str) -> None:
    for fold in (fold_number, fold_name):
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            assert fold(unicodedata.normalize(form, text)) == fold(text)
        assert fold(f" {text}\t") == fold(text)


@given(digits=st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_runs_of_digits_never_flow_together(digits: list[int]) -> None:
    assert fold_number("-".join(map(str, digits))) == "-".join(map(str, digits))


@settings(deadline=None)
@given(minor=st.integers(1, INTEGER_MAX), currency=st.sampled_from(sorted(DECIMALS)), zeros=st.integers(0, 5))
def test_amounts_round_trip(minor: int, currency: str, zeros: int) -> None:
    text = amount_text(minor, currency)
    assert minor_units(text, currency) == minor
    if "." in text:
        assert minor_units(text + "0" * zeros, currency) == minor


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_samples_are_read_or_refused_as_they_are(name: str) -> None:
    assert (read_or_refuse(SAMPLES[name]) is None) == name.startswith("credit-note")
