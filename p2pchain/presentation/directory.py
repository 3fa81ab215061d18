"""Index of module declarations by the names in transactions, receipts, keys and refusals.

Of several versions of a module the newest that fits is taken: what stands on a chain may be older.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Integer, Kind, Octets, Optional, Text
from p2pchain.ledger.module import Action, EventType, Module, RecordType
from p2pchain.ledger.refusals import REFUSALS as KERNEL_REFUSALS
from p2pchain.model.refusal import Refusal
from p2pchain.presentation.codes import exit_code_of, http_status_of
from p2pchain.presentation.printable import plain_operation, value_text
from p2pchain.presentation.sentences import sentence
from p2pchain.presentation.values import json_of, named_words


class Directory:
    """The declarations of this software's modules."""

    __slots__ = ("_refusals", "modules")

    def __init__(self, modules: Sequence[Module]) -> None:
        """``modules``: all versions, ascending by version for each name."""
        self.modules = tuple(modules)
        self._refusals: dict[str, type[Refusal]] = {
            refusal.code: refusal
            for refusals in (KERNEL_REFUSALS, *(module.refusals for module in modules))
            for refusal in refusals
        }

    def newest(self) -> Iterator[Module]:
        """The newest version of each module, in their order."""
        yield from {module.name: module for module in self.modules}.values()

    def module(self, name: str) -> Module | None:
        """The newest version of a module, None where there is none."""
        return next((module for module in self.newest() if module.name == name), None)

    def action(self, module: str, action: str, count: int | None = None) -> Action | None:
        """Return the newest action of these names, or None. ``count``: the number of its fields."""
        actions = [
            known
            for version in self.modules
            if version.name == module
            for known in version.actions
            if known.name == action and count in (None, len(known.fields))
        ]
        return actions[-1] if actions else None

    def event(self, module: str, event: str, count: int) -> EventType | None:
        """The newest event of these names with ``count`` fields, None for none."""
        events = [
            known
            for version in self.modules
            if version.name == module
            for known in version.events
            if known.name == event and count == len(known.fields)
        ]
        return events[-1] if events else None

    def refusal(self, code: str) -> type[Refusal] | None:
        """Return the declared class of a refusal's code, or None."""
        return self._refusals.get(code)

    def http_status(self, code: str) -> int | None:
        """Return the HTTP status of a module's refusal, or None."""
        refusal = self.refusal(code)
        return None if refusal is None else http_status_of(refusal.guilt)

    def exit_code(self, code: str) -> int | None:
        """Return a command's exit code for a module's refusal, or None."""
        refusal = self.refusal(code)
        return None if refusal is None else exit_code_of(refusal.guilt)

    def operation_text(self, module: str, action: str, args: Sequence[object]) -> str:
        """Write an operation for a person; values without names where no module has such an action."""
        known = self.action(module, action, len(args))
        if known is None:
            return plain_operation(module, action, args)
        words = ", ".join(f"{name}={value}" for name, value in named_words(known.fields, args).items())
        return f"{module} {action} {words}".rstrip()

    def event_text(self, module: str, event: str, values: Sequence[object]) -> str:
        """Write an event for a person; its values alone where no module declares it."""
        known = self.event(module, event, len(values))
        if known is None:
            return ", ".join(map(value_text, values)) or value_text(None)
        return sentence(known.sentence, known.fields, values)

    def event_json(self, module: str, event: str, values: Sequence[object]) -> dict[str, Any]:
        """Show an event as JSON; ``fields`` by name where a module declares it, else in their order."""
        known = self.event(module, event, len(values))
        fields: object = json_of(values)
        if known is not None:
            named = zip(known.fields, values, strict=True)
            fields = {field.name: json_of(value) for field, value in named}
        return {"module": module, "event": event, "fields": fields}

    def record(self, key: bytes) -> tuple[Module, RecordType, tuple[object, ...]] | None:
        """Return the record type of a whole state key, and the key's values. None where no module declares
        it.
        """
        for module in self.newest():
            own = module.name.encode() + b"/"
            if not key.startswith(own):
                continue
            for record in sorted(module.records, key=lambda record: -len(record.prefix)):
                values = _key_values(record, key[len(own) :])
                if values is not None:
                    return module, record, values
        return None

    def record_text(self, key: bytes, values: Sequence[object]) -> str | None:
        """Say what a record of the state means; None where no module declares it, or it is no such record."""
        known = self.record(key)
        if known is None:
            return None
        _, record, in_key = known
        if record.is_table or len(values) != len(record.fields):
            return None
        return sentence(record.sentence, (*record.key, *record.fields), (*in_key, *values))

    def absence_text(self, key: bytes) -> str | None:
        """Say what it means that nothing stands under a key; None where no module says it."""
        known = self.record(key)
        if known is None or not known[1].absence:
            return None
        _, record, in_key = known
        return sentence(record.absence, record.key, in_key)


def _key_values(record: RecordType, key: bytes) -> tuple[object, ...] | None:
    if not key.startswith(record.prefix):
        return None
    rest = key[len(record.prefix) :]
    values: list[object] = []
    for place, field in enumerate(record.key):
        value, rest = _key_value(field, rest, is_last=place == len(record.key) - 1)
        if value is None:
            return None
        values.append(value)
    return None if rest else tuple(values)


def _key_value(field: Field, rest: bytes, *, is_last: bool) -> tuple[object, bytes]:
    """One value of a key and what follows; None for the value where there is none."""
    match _plain(field.kind):
        case Octets(size=size) if len(rest) >= size:
            return rest[:size], rest[size:] if is_last else rest[size:].removeprefix(b"/")
        case Integer(high=high) if len(rest) >= (size := (high.bit_length() + 7) // 8):
            return int.from_bytes(rest[:size]), rest[size:] if is_last else rest[size:].removeprefix(b"/")
        case Text():
            head, _, tail = (rest, b"", b"") if is_last else rest.partition(b"/")
            try:
                return head.decode() or None, tail
            except UnicodeDecodeError:
                return None, rest
    return None, rest


def _plain(kind: Kind) -> Kind:
    return kind.inner if isinstance(kind, Optional) else kind
