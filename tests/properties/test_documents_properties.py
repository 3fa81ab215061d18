"""Properties of document reading: damaged files never do more than be refused, and folding is stable."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from p2pchain.documents import InvoiceFacts, name_invoice, read_invoice
from p2pchain.documents.amounts import amount_text, minor_units
from p2pchain.documents.facts import Party, SchemedId
from p2pchain.documents.folding import fold_identifier, fold_name, fold_number, loosen_number, name_forms
from p2pchain.documents.names import NAMES_MAX
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.errors import Refused
from p2pchain.model.ids import INTEGER_MAX
from tests.examples import examples

SAMPLES = {
    path.name: path.read_bytes()
    for kind in ("invoice", "credit-note")
    for path in sorted((Path(__file__).parents[1] / "samples").glob(f"{kind}-*.xml"))
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
    "DOC_NOTHING_DUE",
}


def read_or_refuse(data: bytes) -> InvoiceFacts | None:
    """The facts, or None where ``data`` is refused with a known code; anything else raised is a bug."""
    try:
        facts = read_invoice(data)
    except Refused as refused:
        check_told(refused)
        return None
    assert 0 < facts.payable_minor <= facts.total_minor <= INTEGER_MAX
    assert facts.currency in DECIMALS
    named = name_invoice(facts, KEY)
    assert 0 < len(named.names) <= NAMES_MAX
    assert len({name.digest for name in named.names}) == len(named.names)
    assert {len(name.digest) for name in named.names} == {32}
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


@settings(deadline=None, max_examples=examples(300))
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


@settings(deadline=None, max_examples=examples(200))
@given(data=st.binary(max_size=400))
@example(data=b"<?xml version='1.0' encoding='undefined'?><a/>")
def test_random_bytes_are_refused(data: bytes) -> None:
    assert read_or_refuse(data) is None


texts = st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=30)


@settings(deadline=None, max_examples=examples(300))
@given(text=texts)
def test_any_text_in_a_term_is_read_or_refused(text: str) -> None:
    sample = SAMPLES["invoice-ubl.xml"].decode()
    for old in ("NW-2026-0117", "2026-03-13", "DE999000117", "HRB 990117", "EUR", "12078.74"):
        read_or_refuse(sample.replace(f">{old}<", f"><![CDATA[{text}]]><").encode())


@settings(deadline=None, max_examples=examples(500))
@given(text=texts)
@example(text="ΐ")
@example(text="İ1")
@example(text="ᾳͅ")
@example(text="½ 1")
def test_folding_twice_is_folding_once(text: str) -> None:
    for fold in (fold_number, loosen_number, fold_identifier, fold_name):
        once = fold(text)
        assert fold(once) == once
    for form in name_forms(text):
        assert name_forms(form) == (form,)


# Scripts that are folded; without letters whose forms differ in separators alone.
folded = st.text(
    st.characters(max_codepoint=0x52F, exclude_categories=["Cs", "Cn", "Co", "Cc", "Cf", "Sk", "Lm"]),
    max_size=30,
)


@settings(deadline=None, max_examples=examples(300))
@given(text=folded)
def test_case_white_space_and_unicode_form_are_folded(text: str) -> None:
    for fold in (fold_number, fold_name):
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            assert fold(unicodedata.normalize(form, text)) == fold(text)
        assert fold(f" {text}\t") == fold(text)
        assert fold(text.casefold()) == fold(text)


INVISIBLE = "\u00ad\u034f\u061c\u115f\u17b4\u180b\u200b\u200d\u200f\u202e\u2060\u2066\u3164\ufe0f\ufeff\uffa0"


@settings(deadline=None, max_examples=examples(300))
@given(text=texts, marks=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(INVISIBLE)), max_size=6))
def test_invisible_characters_change_no_fold(text: str, marks: list[tuple[int, str]]) -> None:
    marked = text
    for place, mark in marks:
        marked = marked[:place] + mark + marked[place:]
    for fold in (fold_number, loosen_number, fold_identifier, fold_name, name_forms):
        assert fold(marked) == fold(text)


spoken = st.fixed_dictionaries(
    {
        "number": texts.filter(fold_number),
        "name": texts,
        "vat_id": st.sampled_from(["DE997000110", "NO917000115MVA", "CHE-107.000.119 MWST", "0", "X1"]),
        "legal": st.sampled_from(["HRB 1001", "AG Kiel HRB 1001", "732829320"]) | texts,
        "scheme": st.sampled_from(["", "0002", "0088", "0199", "X"]),
    }
)


def facts_of(told: dict[str, str]) -> InvoiceFacts:
    """An invoice of a seller that says these things of itself."""
    legal = SchemedId(scheme=told["scheme"], text=told["legal"])
    return InvoiceFacts(
        number=told["number"],
        issue_date="2026-04-02",
        type_code="380",
        currency="EUR",
        seller=Party(name=told["name"], vat_id=told["vat_id"], legal_id=legal, ids=(legal,)),
        total_minor=2,
        payable_minor=1,
    )


@settings(deadline=None, max_examples=examples(300))
@given(
    told=spoken,
    field=st.sampled_from(["number", "name", "vat_id", "legal", "scheme"]),
    place=st.integers(0, 30),
)
@example(
    told={"number": "7", "name": "M", "vat_id": "0", "legal": "DEX1R.HRB1", "scheme": ""},
    field="legal",
    place=3,
)
def test_an_invisible_character_anywhere_changes_no_name(
    told: dict[str, str], field: str, place: int
) -> None:
    text = told[field]
    for mark in INVISIBLE:
        changed = {**told, field: text[:place] + mark + text[place:]}
        assert name_invoice(facts_of(changed), KEY) == name_invoice(facts_of(told), KEY)


@given(
    one=st.integers(0, 10**12), other=st.integers(0, 10**12), prefix=st.sampled_from(["", "INV-", "RE 2026/"])
)
def test_numbers_of_different_digits_never_fold_together(one: int, other: int, prefix: str) -> None:
    same = one == other
    assert (fold_number(f"{prefix}{one}") == fold_number(f"{prefix}{other}")) is same
    assert (loosen_number(f"{prefix}{one}") == loosen_number(f"{prefix}{other}")) is same


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
