"""What a declaration alone gives: pages, texts of transactions, events and proofs, status and exit codes."""

from __future__ import annotations

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Blob,
    Day,
    Flag,
    Integer,
    Kind,
    Moment,
    Octets,
    Optional,
    Row,
    Share,
    Text,
)
from p2pchain.model.refusal import Guilt
from p2pchain.model.transaction import Value
from p2pchain.presentation.codes import exit_code_of, http_status_of
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.entry import ValueInvalid, read_value
from p2pchain.presentation.pages import bounds_words, kind_words, module_page
from p2pchain.presentation.sentences import sentence
from p2pchain.presentation.values import words_of
from tests.samples.tool_register.x_tools.module import MODULE as TOOLS

DIRECTORY = Directory((*MODULES, TOOLS))
TOOL = bytes(range(32))
A_TEXT = Field(name="text", kind=Text(bytes_max=20))


def test_the_page_says_all_that_the_declaration_says() -> None:
    page = module_page(TOOLS, "a command")
    for said in (
        "# x-tools\n\nKeep a register of tools that members lend one another.",
        "### `x-tools give_back`",
        "Who may: who has it, or its owner.",
        "`fee_minor` | amount in `currency`, in minor units | 1 to 100,000,000,000,000,000 | fee for a day",
        "| `added` | *owner* adds *title* for *fee* a day: tool *tool* |",
        "| `TOOL_UNKNOWN` | there is no such tool | see: p2pchain x-tools list |",
        "list | names what is not there | 404 | 7 |",
        "| tool | `x-tools/tool/` ‖ tool |",
        "*title* of *owner* costs *fee* a day[; *borrower* has it until *due*] |",
        "Rows under `tools`;",
    ):
        assert said in page, said


def test_a_transaction_reads_as_its_fields() -> None:
    assert DIRECTORY.operation_text("x-tools", "lend", (TOOL, "supplier", 20_961)) == (
        f"x-tools lend tool={TOOL.hex()}, borrower=supplier, due=2027-05-23"
    )
    assert DIRECTORY.operation_text("x-tools", "lend", (1,)) == "x-tools lend 1"
    assert DIRECTORY.operation_text("nothing", "act", ()) == "nothing act -"


def test_events_are_sentences_and_named_json() -> None:
    values = (TOOL.hex(), "supplier", True, None)
    assert DIRECTORY.event_text("x-tools", "given_back", values) == (
        f"supplier gives tool {TOOL.hex()} back, damaged: yes"
    )
    with_remark = DIRECTORY.event_text("x-tools", "given_back", (*values[:3], "a \x1b[2J tooth"))
    assert with_remark.endswith('damaged: yes; "a  [2J tooth"')
    assert DIRECTORY.event_json("x-tools", "given_back", values)["fields"]["remark"] is None
    assert DIRECTORY.event_json("x-tools", "later", (1,)) == {
        "module": "x-tools",
        "event": "later",
        "fields": [1],
    }


def test_a_proof_of_a_record_says_what_it_means() -> None:
    key = b"x-tools/tool/" + TOOL
    lent = ("buyer", "saw", "power", 1_250, "EUR", "supplier", 20_961)
    assert DIRECTORY.record_text(key, lent) == (
        "saw of buyer costs 12.50 EUR a day; supplier has it until 2027-05-23"
    )
    assert DIRECTORY.record_text(key, (*lent[:5], None, None)) == "saw of buyer costs 12.50 EUR a day"
    assert DIRECTORY.record_text(key[:-1], lent) is None
    assert DIRECTORY.record_text(key, lent[:-1]) is None
    assert DIRECTORY.record_text(b"elsewhere/" + TOOL, lent) is None


@pytest.mark.parametrize(
    ("code", "status", "exit_code"),
    [("TOOL_UNKNOWN", 404, 7), ("TOOL_OF_ANOTHER", 403, 4), ("TOOL_LENT", 409, 1), ("TOOL_DUE_PAST", 422, 1)],
)
def test_status_and_exit_code_follow_from_the_guilt(code: str, status: int, exit_code: int) -> None:
    assert (DIRECTORY.http_status(code), DIRECTORY.exit_code(code)) == (status, exit_code)


def test_every_guilt_has_a_status_of_its_own() -> None:
    assert len({http_status_of(guilt) for guilt in Guilt}) == len(Guilt)
    assert {exit_code_of(guilt) for guilt in Guilt} == {1, 4, 7}


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Amount(), 1_250, "12.50 CNY"),
        (Amount(currency="=JPY"), 1_250, "1,250 JPY"),
        (Amount(currency="other"), 5, "5 minor units"),
        (Day(), 0, "1970-01-01"),
        (Day(), "nonsense", "nonsense"),
        (Moment(), 1_000, "1970-01-01 00:00:01"),
        (Share(high=4), 1, "25.00 %"),
        (Integer(unit="notes"), 3, "3 notes"),
        (Flag(), True, "yes"),
        (Optional(inner=Day()), None, "-"),
        (Array(inner=Day(), most=2), (0, 1), "1970-01-01, 1970-01-02"),
        (Row(columns=(("amount", Amount()), ("currency", Text(bytes_max=3)))), (5, "EUR"), "0.05 EUR"),
    ],
)
def test_values_read_as_words(kind: Kind, value: object, words: str) -> None:
    assert words_of(Field(name="x", kind=kind), value, {"currency": "CNY"}) == words


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Amount(), "12.50", 1_250),
        (Day(), "2027-05-23", 20_961),
        (Octets(size=2), "00ff", b"\x00\xff"),
        (Integer(high=9), "7", 7),
        (Flag(), "no", False),
        (Array(inner=Text(bytes_max=3), most=2), "a, b", ("a", "b")),
    ],
)
def test_what_is_typed_becomes_the_value(kind: Kind, text: str, value: Value) -> None:
    assert read_value(Field(name="x", kind=kind), text, {"currency": "EUR"}) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Day(), "2027-02-30"), (Octets(size=2), "00"), (Integer(high=9), "10"), (Flag(), "y"), (Day(), "")],
)
def test_what_cannot_be_says_what_is_expected(kind: Kind, text: str) -> None:
    with pytest.raises(ValueInvalid) as refused:
        read_value(Field(name="x", kind=kind), text, {})
    assert refused.value.facts["expected"]


@pytest.mark.parametrize(
    ("kind", "name", "bounds"),
    [
        (Optional(inner=Text(bytes_max=9)), "text", "at most 9 bytes of UTF-8, or null"),
        (Blob(bytes_max=9), "bytes", "at most 9 bytes"),
        (Integer(low=2, unit="days"), "integer", "2 or more days"),
        (Array(inner=Flag(), most=3), "list of: flag", "0 to 3 values, none twice; every one true or false"),
    ],
)
def test_kinds_read_as_words(kind: Kind, name: str, bounds: str) -> None:
    assert (kind_words(kind), bounds_words(kind)) == (name, bounds)


def test_a_part_in_brackets_needs_all_its_values() -> None:
    template = "{text}[ and {text}]"
    assert sentence(template, (A_TEXT,), ("a",)) == "a and a"
    assert sentence(template, (A_TEXT,), (None,)) == "-"
