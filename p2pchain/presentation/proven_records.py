"""Proven records of the state, by the sentences of their declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from p2pchain.ledger.module import Module, RecordType
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.printable import value_text
from p2pchain.presentation.sentences import sentence

Record = tuple[object, ...]
_INDENT: Final = "  "


def record_lines(directory: Directory, proven: Mapping[bytes, Record | None]) -> dict[bytes, list[str]]:
    """Describe proven records in lines, by whole key. A value is None for a key that is proven to be absent.
    A record that no declaration fits has no lines, nor has absence that means nothing. A table on pages is
    described where its first page stands: how many of its rows are proven, then each of them.
    """
    absent = {key: directory.absence_text(key) for key, values in proven.items() if values is None}
    records = {key: values for key, values in proven.items() if values is not None}
    lines: dict[bytes, list[str]] = {key: [words] for key, words in absent.items() if words is not None}
    for key, values in records.items():
        known = directory.record(key)
        if known is None or key in lines:
            continue
        module, record, in_key = known
        if not record.is_table:
            words = directory.record_text(key, values)
            if words is not None:
                lines[key] = [words]
            continue
        lines |= _table_lines(directory, records, module, record, in_key)
    return lines


def _table_lines(
    directory: Directory, records: Mapping[bytes, Record], module: Module, record: RecordType, in_key: Record
) -> dict[bytes, list[str]]:
    """Describe all proven pages of one table, at the first of them."""
    pages = {
        key: known[2]
        for key in sorted(records)
        if (known := directory.record(key)) is not None and known[1] is record and known[2][:1] == in_key[:1]
    }
    beside, count = _counting(directory, records, module, record, in_key)
    said: list[str] = []
    for key, its_key in pages.items():
        for row in records[key]:
            values = row if isinstance(row, tuple) else (row,)
            if len(values) == len(record.fields):
                words = _row_words(record, its_key, values, beside)
                said.append(f"{_INDENT}{words}")
    if count is not None:
        part = "complete" if count == len(said) else f"{len(said)} of {count} rows"
        said.insert(0, f"{record.name} of {value_text(in_key[0])}, {part}:")
    first, *others = pages
    return {first: said, **{key: [] for key in others}}


def _row_words(record: RecordType, in_key: Record, values: Record, beside: Mapping[str, object]) -> str:
    own = {field.name for field in (*record.key, *record.fields)}
    more = {name: value for name, value in beside.items() if name not in own}
    return sentence(record.sentence, (*record.key, *record.fields), (*in_key, *values), more)


def _counting(
    directory: Directory, records: Mapping[bytes, Record], module: Module, record: RecordType, in_key: Record
) -> tuple[Mapping[str, object], int | None]:
    """The values of the record that counts the rows, and their number; None where it is not proven."""
    of, _, counting = record.counted_by.partition(".")
    for key, values in records.items():
        known = directory.record(key)
        if known is None or known[0] is not module or known[1].name != of or known[2][:1] != in_key[:1]:
            continue
        names: Sequence[str] = [field.name for field in known[1].fields]
        if len(names) == len(values):
            beside = dict(zip(names, values, strict=True))
            count = beside.get(counting)
            return beside, count if isinstance(count, int) else None
    return {}, None
