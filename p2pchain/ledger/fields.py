"""Named fields; those of a message are read from its dataclass, which is their only list.

A field of a message is annotated with its kind (``due: Annotated[int, Day(help="when it is due")]``)
and, where a person gives it otherwise than as an option of its own name, with an ``Entry``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from p2pchain.ledger.kinds import Bounds, Kind
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Entry of a field on the command line.

    ``option``: another name than the field's, without dashes; ``negative``: the name that says no of a flag
    which has to be given; ``is_argument``: by its place, not by name.
    Where it is left out: ``is_own_organisation``: the organisation of whoever signs; ``same_as``: the value
    of this other field; ``of_record``: this field of the record that is acted on; ``default``: this value; a
    field with none of them has to be given.
    ``is_made``: nobody types it, the module's part of the client makes it. ``is_personal``: it asks for what
    is the asker's own, so somebody has to sign the question.
    """

    option: str = ""
    negative: str = ""
    is_argument: bool = False
    is_own_organisation: bool = False
    same_as: str = ""
    of_record: str = ""
    default: Value = None
    is_made: bool = False
    is_personal: bool = False

    @property
    def is_open(self) -> bool:
        """Test whether the entry allows the field to be left out."""
        return self.is_own_organisation or bool(self.same_as or self.of_record) or self.default is not None


PLAIN = Entry()
"""As an option of the field's name, which has to be given unless the kind is optional or a flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named value of an action, event, record or query. ``is_shown``: a person who reads an answer sees
    it; else it stands in JSON alone.
    """

    name: str
    kind: Kind
    entry: Entry = PLAIN
    is_shown: bool = True

    @property
    def bounds(self) -> Bounds:
        """Bounds of its kind."""
        return self.kind.bounds

    def accepts(self, value: Value) -> bool:
        """Decide whether ``value`` may stand here."""
        return self.kind.accepts(value)


def fields_of(message: type[Any]) -> tuple[Field, ...]:
    """The fields of a message, in the order of its dataclass."""
    assert dataclasses.is_dataclass(message), f"{message.__name__} is no dataclass"
    hints = get_type_hints(message, include_extras=True)
    return tuple(_field(message, item.name, hints[item.name]) for item in dataclasses.fields(message))


def _field(message: type, name: str, hint: Any) -> Field:
    extras: Sequence[object] = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    kinds = [extra for extra in extras if isinstance(extra, Kind)]
    entries = [extra for extra in extras if isinstance(extra, Entry)]
    assert len(kinds) == 1, f"{message.__name__}.{name} needs one kind"
    assert len(entries) <= 1, f"{message.__name__}.{name} has several entries"
    return Field(name=name, kind=kinds[0], entry=entries[0] if entries else PLAIN)


def check_arguments(module: str, action: str, fields: Sequence[Field], args: Sequence[Value]) -> None:
    """Check an action's arguments in field order; ``Refused("TX_INVALID_ARGS")``."""
    if len(args) != len(fields):
        counted: dict[str, Fact] = {"module": module, "action": action, "arguments": len(args)}
        raise Refused("TX_INVALID_ARGS", {**counted, "needed": len(fields)})
    for field, value in zip(fields, args, strict=True):
        if not field.kind.accepts(value):
            facts = {"module": module, "action": action, "argument": field.name}
            raise Refused("TX_INVALID_ARGS", {**facts, **field.bounds})


def query_arguments(
    module: str, query: str, fields: Sequence[Field], args: Mapping[str, Value]
) -> dict[str, Value]:
    """Check a query's arguments and return them by name; ``Refused("QUERY_INVALID_ARGS")``.

    What is left out counts as null; bytes may come as hexadecimal text, for callers that speak JSON.
    """
    named = {"module": module, "query": query}
    for name in sorted(set(args) - {field.name for field in fields}):
        raise Refused("QUERY_INVALID_ARGS", {**named, "argument": name, "kind": None})
    taken: dict[str, Value] = {}
    for field in fields:
        value = args.get(field.name)
        if not field.accepts(value):
            value = bytes_of(value)
            if not field.accepts(value):
                raise Refused("QUERY_INVALID_ARGS", {**named, "argument": field.name, **field.bounds})
        taken[field.name] = value
    return taken


def bytes_of(value: Value) -> Value:
    """The bytes that hexadecimal text stands for; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        return value
