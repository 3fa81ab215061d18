"""The words of the declarations in JavaScript are those of Python, for every field of every module."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from p2pchain.business.software import MODULES
from p2pchain.cli.chain.proof import wording_of
from p2pchain.client.proofs import describe
from p2pchain.codec.cbor import decode, encode
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Integer, Octets, Optional
from p2pchain.ledger.module import RecordType
from p2pchain.model.errors import Invalid
from p2pchain.model.transaction import Value
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.proven_records import record_lines
from p2pchain.presentation.word_catalogue import word_catalogue
from p2pchain.proofs.proof_file import verify_proof_file
from p2pchain.proofs.trust import parse_trusted
from p2pchain.sdk.draws import Draws
from tests.lacking import needs
from tests.unit.control.site.mutated_proofs import VECTORS
from tests.unit.control.site.test_site_client import GENESIS, JAVASCRIPT, run_node

DIRECTORY: Final = Directory(MODULES)
TIMES: Final = 6
"""Draws for each action, event and record, half of them spoilt."""
Item = tuple[Mapping[str, Any], Any]
"""What JavaScript puts into words, and the words of Python."""


@needs("node 20")
def test_words_are_alike() -> None:
    items = [*operations_and_events(Draws(1)), *records(Draws(2)), *absent(Draws(3))]
    assert len(items) > 2_000
    for (item, expected), said in zip(items, say([item for item, _ in items]), strict=True):
        assert said == expected, item


@needs("node 20")
def test_a_proof_is_described_alike() -> None:
    """Line by line as ``p2pchain proof verify`` says it."""
    files = VECTORS["files"]
    asked = [{"what": "proof", "bytes": file["bytes"], "trusted": file["trusted"]} for file in files]
    for file, lines in zip(files, say(asked), strict=True):
        trust = GENESIS if file["trusted"] is None else parse_trusted(file["trusted"])
        proven = verify_proof_file(bytes.fromhex(file["bytes"]), trust)
        assert lines == list(describe(proven, wording_of(GENESIS))), file["name"]


def say(items: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What JavaScript says to each."""
    first = {"catalogue": word_catalogue(MODULES), "genesis": VECTORS["genesis"]}
    output = run_node(str(JAVASCRIPT / "say_words.js"), lines="\n".join(map(json.dumps, [first, *items])))
    return [json.loads(line) for line in output.splitlines()]


def operations_and_events(draws: Draws) -> Iterator[Item]:
    for module in MODULES:
        for action in module.actions:
            for raw, values in drawn(draws, action.fields):
                item = {"what": "operation", "module": module.name, "name": action.name, "values": raw}
                yield item, DIRECTORY.operation_text(module.name, action.name, values)
        for event in module.events:
            for raw, values in drawn(draws, event.fields):
                item = {"what": "event", "module": module.name, "name": event.name, "values": raw}
                yield item, DIRECTORY.event_text(module.name, event.name, values)


def records(draws: Draws) -> Iterator[Item]:
    """A record with the one that counts it; of a table two pages."""
    for module in DIRECTORY.newest():
        counters = {record.name: record for record in module.records}
        for record in module.records:
            for raw, values in drawn(draws, record.fields):
                key = key_of(draws, module.name, record)
                value = raw if not record.is_table else encode((values, values)).hex()
                stated: dict[str, str | None] = {key.hex(): value}
                counter = counters.get(record.counted_by.partition(".")[0])
                if counter is not None:
                    counting = draws.arguments(counter.fields, ())
                    first = key.removeprefix(f"{module.name}/".encode() + record.prefix)[:16]
                    stated[(f"{module.name}/".encode() + counter.prefix + first).hex()] = encode(
                        counting
                    ).hex()
                yield records_item(stated)


def absent(draws: Draws) -> Iterator[Item]:
    for module in DIRECTORY.newest():
        for record in module.records:
            for _ in range(TIMES):
                yield records_item({key_of(draws, module.name, record).hex(): None})


def records_item(stated: Mapping[str, str | None]) -> Item:
    from_hex = {bytes.fromhex(key): value for key, value in stated.items()}
    proven = {key: None if value is None else decoded(value) for key, value in from_hex.items()}
    lines = record_lines(DIRECTORY, proven)
    item = {"what": "records", "records": list(stated.items())}
    return item, {key.hex(): said for key, said in sorted(lines.items())}


def decoded(raw: str) -> tuple[Value, ...]:
    value = decode(bytes.fromhex(raw), bytes_max=1 << 20)
    assert isinstance(value, tuple), "a record is an array"
    return value


def drawn(draws: Draws, fields: tuple[Field, ...]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Values in their encoding, where they have one."""
    for time in range(TIMES):
        values = draws.spoilt(fields, ()) if time % 2 else draws.arguments(fields, ())
        try:
            yield encode(values).hex(), values
        except Invalid:
            continue


def key_of(draws: Draws, module: str, record: RecordType) -> bytes:
    """A whole key with drawn values in it."""
    parts: list[bytes] = []
    for field in record.key:
        kind = field.kind.inner if isinstance(field.kind, Optional) else field.kind
        value = draws.value(kind, ())
        if isinstance(kind, Octets):
            assert isinstance(value, bytes)
            parts.append(value)
        elif isinstance(kind, Integer):
            assert isinstance(value, int)
            parts.append(max(value, 0).to_bytes((kind.high.bit_length() + 7) // 8, "big"))
        else:
            parts.append(str(value).encode())
    return f"{module}/".encode() + record.prefix + b"/".join(parts)
