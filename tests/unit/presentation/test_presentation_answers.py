"""Answers, proven records and sentences as people read them, beyond what the sample module has."""

from __future__ import annotations

import pytest

from p2pchain.business.receivable.events import PRICE_AND_RECOURSE
from p2pchain.business.software import MODULES
from p2pchain.codec.receivable_ids import ID_BYTES
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Currency,
    Depending,
    Flag,
    Id,
    Integer,
    Organisation,
    Row,
    Share,
    Text,
)
from p2pchain.ledger.record import read_record
from p2pchain.presentation.answers import facts_of, table_of
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.entry import ValueInvalid, read_value
from p2pchain.presentation.proven_records import record_lines
from p2pchain.presentation.sentences import sentence
from p2pchain.presentation.values import named_words, words_of
from tests.unit.ledger.receivable_steps import Market, act, issue, name

DIRECTORY = Directory(MODULES)
NOTE = Depending(
    on="step", cases=(("sold", "for", Amount()), ("moved", "", Organisation())), otherwise=Text(bytes_max=9)
)
PARTS = Row(columns=(("org", Organisation()), ("recourse", Flag()), ("needed", Integer(unit="admins"))))


def test_a_row_within_an_answer_is_facts_and_columns_of_its_own() -> None:
    """Of two fields or more with the name of the row before; what is null or said already is left out."""
    fields = (
        Field(name="of", kind=Organisation()),
        Field(name="held", kind=Row(columns=(("fee", Amount()), ("currency", Currency())))),
        Field(name="parts", kind=Array(inner=PARTS, most=3)),
        Field(name="hidden", kind=Integer(), is_shown=False),
    )
    parts = [{"org": "a", "recourse": True, "needed": 2}, {"org": "b", "recourse": False, "needed": 1}]
    answer: dict[str, object] = {
        "of": "buyer",
        "held": {"fee": 1_250, "currency": "EUR"},
        "parts": parts,
        "hidden": 3,
    }
    assert facts_of(fields, answer) == [
        ("of", "buyer"),
        ("held fee", "12.50 EUR"),
        ("parts", "a recourse 2 admins, b no recourse 1 admins"),
    ]
    columns, rows = table_of(fields, [answer, {**answer, "held": None}], {})
    assert (columns, rows[1][1]) == (["of", "held fee", "parts"], None)


def test_rows_read_with_the_values_of_their_answer_beside_them() -> None:
    """An amount in a row has the currency of what the answer is about; an id is short."""
    fields = (
        Field(name="id", kind=Id(of="a.b", size=16)),
        Field(name="step", kind=Text(bytes_max=9)),
        Field(name="note", kind=NOTE),
    )
    lines: list[dict[str, object]] = [
        {"id": "ab" * 16, "step": "sold", "note": 500},
        {"id": "cd" * 16, "step": "moved", "note": "buyer"},
        {"id": "ef" * 16, "step": "later", "note": "a\nb"},
    ]
    _, rows = table_of(fields, lines, {"whole": {"currency": "CNY"}})
    assert rows == [
        ["ab" * 6, "sold", "for 5.00 CNY"],
        ["cd" * 6, "moved", "buyer"],
        ["ef" * 6, "later", '"a b"'],
    ]


def test_a_currency_is_left_out_only_where_an_amount_says_it() -> None:
    fields = (Field(name="fee_minor", kind=Amount()), Field(name="currency", kind=Currency()))
    assert named_words(fields, (5, "EUR")) == {"fee": "0.05 EUR"}
    assert named_words(fields, (5, "ZZZ")) == {"fee": "5 minor units", "currency": "ZZZ"}


def test_a_flag_in_a_row_is_its_name() -> None:
    words = words_of(Field(name="note", kind=PRICE_AND_RECOURSE), ["59100000", False], {"currency": "CNY"})
    assert words == "591,000.00 CNY no recourse"


def test_a_flag_chooses_between_two_texts() -> None:
    fields = (Field(name="held", kind=Flag()), Field(name="org", kind=Organisation()))
    template = "{held?others have it|nobody has it}, says {org}"
    assert sentence(template, fields, (True, "a")) == "others have it, says a"
    assert sentence(template, fields, (False, "a")) == "nobody has it, says a"


@pytest.mark.parametrize(
    ("text", "share"),
    [("100", 10**18), ("1", 10**16), ("2.5%", 25 * 10**15), ("0.0000000000000001 %", 1)],
)
def test_a_share_is_typed_as_a_percentage(text: str, share: int) -> None:
    """And never as the integer that stands on the chain."""
    assert read_value(Field(name="share", kind=Share(high=10**18)), text, {}) == share


@pytest.mark.parametrize("text", ["", "1/3", "101", "-1", "0", "1000000000000000000", "1e2"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueInvalid) as refused:
        read_value(Field(name="share", kind=Share(high=10**18)), text, {})
    assert refused.value.facts["expected"] == "a percentage such as 2.5"


def test_a_proof_says_a_receivable_and_its_history_by_the_declaration() -> None:
    market, whole = Market(), name("whole")
    market.does("buyer", issue(whole))
    market.does("buyer", act("accept", whole))
    market.does("supplier", act("request_finance", whole, "bank-a", 90_000_000, False))
    records = {
        key: read_record(raw)
        for key, raw in market.ledger.walk(b"receivable/")
        if key.startswith((b"receivable/item/", b"receivable/history/"))
    }
    lines = [line for its_lines in record_lines(DIRECTORY, records).values() for line in its_lines]
    text = "\n".join(lines)
    assert f"{whole.hex()}: buyer owes 1,000,000.00 CNY to supplier" in text
    assert f"history of {whole.hex()}, complete:" in text
    assert "supplier: finance_requested of bank-a" in text
    cut = {key: values[:1] if b"history" in key else values for key, values in records.items()}
    assert f"history of {whole.hex()}, 1 of 3 rows:" in "\n".join(
        line for its_lines in record_lines(DIRECTORY, cut).values() for line in its_lines
    )
    assert len(whole) == ID_BYTES
