"""What ``registry`` and ``encumbrance`` declare is what they do: a market in which every event is emitted and
every sort of record written, and each is held against its declaration; the codes are read from the source.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from p2pchain.business.encumbrance import module as encumbrance
from p2pchain.business.registry import module as registry
from p2pchain.business.registry.terms import DISCLOSURE_DAYS
from p2pchain.business.software import MODULES
from p2pchain.codec.cbor import decode
from p2pchain.ledger.fields import Field
from p2pchain.ledger.module import Module, RecordType
from p2pchain.model.refusal import Refusal
from p2pchain.model.transaction import Event, Value
from p2pchain.presentation.directory import Directory
from tests.unit.business.declaration_worlds import places_of
from tests.unit.ledger.ledger_world import fingerprint, key, operation
from tests.unit.ledger.receivable_steps import act, issue, name, pledge
from tests.unit.ledger.registering import declaration, declare, doc, register, vat
from tests.unit.ledger.test_ledger_registry_contest import CONTEST, ROOT, WHOLE, Court, take

ROOMS = ("p2pchain.business.registry", "p2pchain.business.encumbrance")
HERE: Sequence[Module] = (registry.MODULE, encumbrance.MODULE)
DIRECTORY = Directory(MODULES)
OF_OTHER_TRADES = {("encumbrance", "thing")}
"""Records that no action of this market writes: tests/unit/ledger/test_ledger_encumbrance.py does."""
QUORUM = ("bank-a", "bank-b", "buyer", "supplier", "tier-2")
CODE = re.compile(r"(?:REG|ENC)_[A-Z_]+")
SOURCES = Path(registry.__file__).parent.parent


@pytest.fixture(scope="module")
def court() -> Court:
    """A market after one of everything."""
    court = Court(claimed=False)
    corrected = declaration(vat("corrected"), content="corrected", corrects=(fingerprint("name vat x"),))
    court.does("bank-b", declare(corrected))
    item = name("of an invoice")
    court.does("bank-a", register("w", "weak w"))
    court.does("buyer", issue(item, document=doc("w")), act("accept", item))
    court.does(("supplier", "bank-a"), pledge(item, "bank-a"))
    court.does("bank-b", register("y", "weak x"), operation("registry", "cancel", doc("y")))
    court.does("bank-a", take(WHOLE // 2), operation("registry", "release", doc("x"), WHOLE // 4, "repaid"))
    court.does("bank-b", CONTEST)
    court.put("bureau")
    court.does("bank-a", operation("registry", "disclose", doc("x"), ROOT))
    court.does("buyer", operation("registry", "confirm", doc("x")))
    court.does("bureau", operation("registry", "uphold", doc("x")))
    court.does("bank-b", register("z", "weak z"), take(document=doc("z")))
    court.does("bank-a", register("z", "weak z"), operation("registry", "contest", doc("z"), doc("z")))
    court.later(DISCLOSURE_DAYS)
    court.does("bank-a", take(document=doc("z")))
    court.does(QUORUM, operation("registry", "set_terms", WHOLE // 10, 3))
    second = fingerprint("key id 2")
    court.does(QUORUM, operation("registry", "rotate_key", 2, second, fingerprint("check 2")))
    court.does(QUORUM, operation("registry", "close_key", 1, True))
    return court


def events(court: Court) -> Iterator[Event]:
    """All events of these modules."""
    names = {module.name for module in HERE}
    for block in court.records:
        for receipt in block.receipts:
            yield from (event for event in receipt.events if event.module in names)


def test_events_are_declared(court: Court) -> None:
    """All that are declared, and nothing else."""
    emitted = set()
    for event in events(court):
        declared = DIRECTORY.event(event.module, event.name, len(event.fields))
        assert declared is not None, event
        assert fits(declared.fields, event.fields) == [], event
        assert DIRECTORY.event_text(event.module, event.name, event.fields)
        emitted.add((event.module, event.name))
    assert emitted == {(module.name, event.name) for module in HERE for event in module.events}


def test_records_are_declared(court: Court) -> None:
    """All that are declared, and nothing else; keys as well as values."""
    written = set()
    namespaces = tuple(module.name.encode() + b"/" for module in HERE)
    for block in court.records:
        for whole_key, raw in block.changes:
            if not whole_key.startswith(namespaces) or raw is None:
                continue
            known = DIRECTORY.record(whole_key)
            assert known is not None, whole_key
            module, record, in_key = known
            values = decode(raw, bytes_max=len(raw))
            assert isinstance(values, tuple)
            assert fits(record.key, in_key) == [], whole_key
            for row in rows_of(record, values):
                assert fits(record.fields, row) == [], (record.name, row)
            assert record.is_table or DIRECTORY.record_text(whole_key, values), record.name
            written.add((module.name, record.name))
    declared = {(module.name, record.name) for module in HERE for record in module.records}
    assert written == declared - OF_OTHER_TRADES


def test_answers_are_declared(court: Court) -> None:
    """A query answers with the fields that it declares, and rows likewise."""
    asked: dict[str, dict[str, Value]] = {"check": {"document": doc("x")}, "show": {"document": doc("x")}}
    for query in registry.MODULE.queries:
        answer = court.ledger.query("registry", query.name, asked.get(query.name, {}), key("bank-a"))
        listed, fields = query.rows or ("", ())
        assert answer.keys() - {listed, "next"} == {field.name for field in query.returns}, query.name
        assert query.rows is None or answer[listed], query.name
        for row in answer.get(listed, ()):
            assert list(row) == [field.name for field in fields], query.name


def test_codes_are_declared() -> None:
    """Every code in the sources is that of a declared class, and every class that is there is declared."""
    for module in HERE:
        paths = sorted((SOURCES / module.name).glob("*.py"))
        codes = {code for path in paths for code in codes_in(path.read_text("utf-8"))}
        assert codes == {refusal.code for refusal in module.refusals}
        assert all(refusal.words for refusal in module.refusals)
    here = {refusal for refusal in Refusal.__subclasses__() if refusal.__module__.startswith(ROOMS)}
    assert here == {refusal for module in HERE for refusal in module.refusals}


def test_templates_name_fields_that_are_there() -> None:
    """A sentence shows what the event or record holds."""
    for module in HERE:
        for event in module.events:
            assert {*places_of(event.sentence)} <= {field.name for field in event.fields}, event.name
        for record in module.records:
            known = {field.name for field in (*record.key, *record.fields)}
            assert {*places_of(record.sentence)} <= known, record.name


def test_every_action_and_query_says_what_it_does() -> None:
    for action in registry.MODULE.actions:
        assert action.does, action.name
        assert action.who, action.name
        assert not action.does.endswith("."), action.name
    assert all(query.does for module in HERE for query in module.queries)


def test_a_reading_of_shares() -> None:
    """What a person reads of a financing: shares in percent, nothing of others."""
    fields = (doc("x"), "financed", None, False, WHOLE // 2, WHOLE // 2, 0, None)
    assert DIRECTORY.event_text("registry", "financed", fields) == (
        f"{doc('x').hex()}: 50.00 % financed; it is financed, nobody else has it; "
        "whoever signed finances 50.00 % and could finance 0.00 % more"
    )


def fits(fields: Sequence[Field], values: Sequence[object]) -> list[str]:
    """Names of the fields whose kinds do not accept their values."""
    assert len(fields) == len(values), (fields, values)
    return [
        field.name
        for field, value in zip(fields, values, strict=True)
        if not field.accepts(value)  # type: ignore[arg-type]
    ]


def rows_of(record: RecordType, values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The rows of a table, or the record as its only row."""
    for row in values if record.is_table else [tuple(values)]:
        yield row if isinstance(row, tuple) else (row,)


def codes_in(source: str) -> Iterator[str]:
    """Codes of these modules in the text of a file."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(value)) if CODE.fullmatch(value):
                yield value
