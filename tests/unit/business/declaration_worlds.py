"""Worlds that the tests of a module make, held against its declaration: every event and record of theirs
fits, and its sources raise no code that is not declared.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from p2pchain.ledger import refusals as kernel
from p2pchain.ledger.fields import Field
from p2pchain.ledger.module import EventType, Json, Module, Query, RecordType
from p2pchain.ledger.record import read_record
from p2pchain.model.refusal import Refusal
from p2pchain.model.transaction import Event, Value
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.sentences import PLACE
from p2pchain.presentation.values import words_of
from tests.unit.ledger import ledger_world
from tests.unit.ledger.ledger_world import World


def places_of(template: str) -> tuple[str, ...]:
    """Names of the fields that a template shows."""
    return tuple(PLACE.findall(template))


def worlds_of(*tests: ModuleType) -> list[World]:
    """Run all tests of some files that take no arguments; the worlds that they made."""
    worlds: list[World] = []
    for test in tests:
        for name, run in inspect.getmembers(test, inspect.isfunction):
            if name.startswith("test_") and not inspect.signature(run).parameters:
                earlier = list(ledger_world.MADE)
                run()
                worlds += [
                    world for world in ledger_world.MADE if not any(world is known for known in earlier)
                ]
    return worlds


def check_events(module: Module, worlds: Iterable[World]) -> None:
    """Assert that all events of a module in these worlds are declared, and that all declared ones occur."""
    declared = {event.name: event for event in module.events}
    assert len(declared) == len(module.events)
    met = set()
    for event in events_of(module.name, worlds):
        assert event.name in declared, f"{event.name} is not declared"
        assert is_accepted(declared[event.name].fields, event.fields), f"{event.name} {event.fields}"
        met.add(event.name)
    assert set(declared) - met == set(), "declared, and emitted by no test"
    for kind in module.events:
        check_sentence(kind, kind.fields)


def check_records(module: Module, worlds: Iterable[World]) -> None:
    """Assert that all records of a module in these worlds are declared, and that all declared ones occur."""
    directory = Directory((module,))
    met = set()
    for key, raw in records_of(module.name, worlds):
        known = directory.record(key)
        assert known is not None, f"no record under {key!r}"
        _, record, in_key = known
        assert is_accepted(record.key, in_key), f"{record.name} under {key!r}"
        values = read_record(raw)
        rows = [row_of(record, row) for row in values] if record.is_table else [values]
        for row in rows:
            assert is_accepted(record.fields, row), f"{record.name} {row!r}"
        met.add(record.name)
    assert {record.name for record in module.records} - met == set(), "declared, and written by no test"
    for record in module.records:
        check_sentence(record, (*record.key, *record.fields))


def check_refusals(
    module: Module, refusals: ModuleType, folder: Path, others: frozenset[str] = frozenset()
) -> None:
    """Assert that the classes of a file are those that a module declares, each with its words, that its
    sources raise each of them, and nothing by a bare code but ``others``; a class of the kernel's may be
    declared besides.
    """
    classes = set(classes_of(refusals))
    assert classes <= set(module.refusals)
    assert set(module.refusals) - classes <= set(classes_of(kernel))
    for known in module.refusals:
        assert all((known.code, known.words, known.__doc__)), known
    raised, bare = set(), set()
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Refused"), args=[ast.Constant(value=str(code)), *_]):
                    bare.add(code)
                case ast.Name(id=name):
                    raised.add(name)
    assert bare <= others
    assert {known.__name__ for known in module.refusals} <= raised


def classes_of(refusals: ModuleType) -> Iterator[type[Refusal]]:
    """Classes of refusals that a file defines."""
    for _, known in inspect.getmembers(refusals, inspect.isclass):
        if issubclass(known, Refusal) and known.__module__ == refusals.__name__:
            yield known


def check_actions(module: Module) -> None:
    """Assert that all actions and queries say what they do, and actions who may, with help for each field."""
    for action in module.actions:
        assert all((action.does, action.who)), action.name
        assert not action.does.endswith("."), action.name
        assert all(field.kind.help for field in action.fields), action.name
    for query in module.queries:
        assert query.does, query.name
        assert not query.does.endswith("."), query.name
        assert query.returns or query.rows, query.name


def check_answer(query: Query, answer: Json) -> None:
    """Assert that an answer holds what a query declares, by name and in this order, and rows likewise."""
    listed, fields = query.rows or ("", ())
    assert [name for name in answer if name not in (listed, "next")] == [
        field.name for field in query.returns
    ], query.name
    for row in answer.get(listed, ()):
        assert list(row) == [field.name for field in fields], query.name
        assert all(words_of(field, row[field.name], row) for field in fields)
    for field in query.returns:
        assert words_of(field, answer[field.name], answer), field.name


def events_of(name: str, worlds: Iterable[World]) -> Iterator[Event]:
    """All events of a module in these worlds."""
    for world in worlds:
        for record in world.records:
            for receipt in record.receipts:
                yield from (event for event in receipt.events if event.module == name)


def records_of(name: str, worlds: Iterable[World]) -> Iterator[tuple[bytes, bytes]]:
    """All that was ever written under the namespace of a module, and what stands there now."""
    own = f"{name}/".encode()
    for world in worlds:
        yield from world.ledger.walk(own)
        for block in world.records:
            for key, raw in block.changes:
                if key.startswith(own) and raw is not None:
                    yield key, raw


def is_accepted(fields: tuple[Field, ...], values: tuple[object, ...]) -> bool:
    """Decide whether values are of the kinds of these fields."""
    return len(fields) == len(values) and all(
        field.accepts(value)  # type: ignore[arg-type]
        for field, value in zip(fields, values, strict=True)
    )


def row_of(record: RecordType, row: Value) -> tuple[Value, ...]:
    """One row of a table; of a single field it is the value itself."""
    if len(record.fields) == 1:
        return (row,)
    assert isinstance(row, tuple), f"{record.name} {row!r}"
    return row


def check_sentence(kind: EventType | RecordType, fields: tuple[Field, ...]) -> None:
    """Assert that a sentence names no field that is not there."""
    assert kind.sentence
    assert set(places_of(kind.sentence)) <= {field.name for field in fields}, kind.name
