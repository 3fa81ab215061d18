"""Markdown page of a module for the docs, made from its declaration alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Blob,
    Choice,
    Depending,
    Flag,
    Id,
    Integer,
    Kind,
    Nonce,
    Octets,
    Optional,
    Row,
    Text,
)
from p2pchain.ledger.module import Action, EventType, Module, Query, RecordType
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.refusal import Refusal
from p2pchain.presentation.codes import exit_code_of, http_status_of
from p2pchain.presentation.sentences import FLAG, PLACE
from p2pchain.presentation.values import label_of

_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")
_SENTENCES: Final = (
    "Words in *italics* stand for a value; what stands in [brackets] is left out where a value in it is null."
)


def module_page(module: Module, made_by: str) -> str:
    """Write the page of a module. ``made_by``: the command that writes it anew."""
    blocks = [
        f"# {module.name}",
        _sentence(module.does),
        _origin(module),
        f"Made from the declaration of the module by `{made_by}`; do not edit it here.",
        *_actions(module),
        *_events(module.events),
        *_records(module),
        *_refusals(module.refusals),
        *_queries(module),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def kind_words(kind: Kind) -> str:
    """Name a kind for a reader of the docs: ``amount in the currency beside it``."""
    match kind:
        case Optional(inner=inner):
            return kind_words(inner)
        case Array(inner=inner):
            return f"list of: {kind_words(inner)}"
        case Row(columns=columns):
            return f"row of: {', '.join(f'{name} ({kind_words(inner)})' for name, inner in columns)}"
        case Id(of=of):
            return f"id of a `{of}`"
        case Amount(currency=currency) if currency.startswith("="):
            return f"amount in {currency[1:]}, in minor units"
        case Amount(currency=currency) if currency:
            return f"amount in `{currency}`, in minor units"
        case Amount():
            return "amount in minor units"
        case Octets() | Blob() if type(kind) in (Octets, Blob):
            return "bytes"
        case Depending(on=on):
            return f"depends on `{on}`"
        case Nonce():
            return "nonce, drawn by the client"
        case _:
            return _CAPITAL.sub(" ", type(kind).__name__.removesuffix("Kind")).lower()


def bounds_words(kind: Kind) -> str:
    """Describe what a kind accepts as it stands in a transaction: ``1 to 100``, ``32 bytes``."""
    match kind:
        case Optional(inner=inner):
            return f"{bounds_words(inner)}, or null"
        case Array(inner=inner, least=least, most=most, is_distinct=is_distinct):
            count = f"{least} to {most} values{', none twice' if is_distinct else ''}"
            return f"{count}; every one {bounds_words(inner)}"
        case Row(columns=columns):
            return f"{len(columns)} values: {'; '.join(bounds_words(inner) for _, inner in columns)}"
        case Octets(size=size):
            return f"{size} bytes"
        case Blob(bytes_max=most):
            return f"at most {most:,} bytes"
        case Text(bytes_max=most):
            return f"at most {most:,} bytes of UTF-8"
        case Integer(low=low, high=high, unit=unit):
            numbers = f"{low:,} or more" if high == INTEGER_MAX else f"{low:,} to {high:,}"
            return f"{numbers}{f' {unit}' if unit else ''}"
        case Choice(words=words):
            return ", ".join(f"`{word}`" for word in words)
        case Flag():
            return "true or false"
        case _:
            return ", ".join(
                f"{name} {value}" for name, value in kind.bounds.items() if name != "kind"
            ) or str(kind.bounds["kind"])


def _origin(module: Module) -> str:
    begins = (
        "Chains run it from genesis on"
        if module.at_genesis and module.version == 1
        else "It runs once governance brings it in"
    )
    roles = f" Roles that it brings: {_codes(module.roles)}." if module.roles else ""
    return f"Version {module.version}. {begins}.{roles}"


def _actions(module: Module) -> Iterator[str]:
    if module.actions:
        yield "## Actions"
    for action in module.actions:
        yield f"### `{module.name} {action.name}`"
        yield _about(action)
        yield _fields(action.fields) if action.fields else "No arguments."


def _about(action: Action) -> str:
    sentences = [_sentence(action.does)]
    if action.who:
        sentences.append(f"Who may: {action.who}.")
    if action.role is not None:
        sentences.append(f"Needs the role `{action.role}`.")
    if action.file:
        sentences.append(f"On the client's machine: {action.file}.")
    return " ".join(sentence for sentence in sentences if sentence)


def _events(events: Sequence[EventType]) -> Iterator[str]:
    if not events:
        return
    yield "## Events"
    yield _SENTENCES
    rows = [
        (f"`{event.name}`", _template(event.sentence, event.fields), _named(event.fields)) for event in events
    ]
    yield _table(("event", "what a person reads", "fields"), rows)


def _records(module: Module) -> Iterator[str]:
    if not module.records:
        return
    yield "## Records"
    if not module.events:
        yield _SENTENCES
    rows = [
        (
            record.name,
            _key(module.name, record),
            _template(record.sentence, (*record.key, *record.fields)),
            ("rows of: " if record.is_table else "") + _named(record.fields),
            "everybody" if record.is_public else "as the queries allow",
        )
        for record in module.records
    ]
    yield _table(("record", "key", "what a proof of it says", "fields", "who may read it"), rows)


def _key(module: str, record: RecordType) -> str:
    prefix = "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in b"`|" else f"\\x{byte:02x}" for byte in record.prefix
    )
    return " ‖ ".join([f"`{module}/{prefix}`", *(label_of(field) for field in record.key)])


def _refusals(refusals: Sequence[type[Refusal]]) -> Iterator[str]:
    if not refusals:
        return
    yield "## Refusals"
    rows = [
        (
            f"`{refusal.code}`",
            refusal.words,
            refusal.next_step,
            f"{refusal.guilt.value}",
            str(http_status_of(refusal.guilt)),
            str(exit_code_of(refusal.guilt)),
        )
        for refusal in sorted(refusals, key=lambda refusal: refusal.code)
    ]
    yield _table(("code", "what it says", "next step", "the sender", "HTTP", "exit"), rows)


def _queries(module: Module) -> Iterator[str]:
    queries = module.queries
    if queries:
        yield "## Queries"
    for query in queries:
        yield f"### `{query.name}`"
        yield _sentence(query.does)
        readers = "everybody" if module.is_open else query.readers.value
        yield f"Over a gateway it answers {readers}."
        if query.fields:
            yield "Arguments:"
            yield _fields(query.fields)
        if query.returns:
            yield "Answer:"
            yield _fields(query.returns)
        if query.rows is not None:
            listed, fields = query.rows
            pages = "; `next` is what `after` of the next page takes, null at the end"
            yield f"Rows under `{listed}`{pages if _has_pages(query) else ''}:"
            yield _fields(fields)


def _has_pages(query: Query) -> bool:
    return any(field.name == "after" for field in query.fields)


def _fields(fields: Sequence[Field]) -> str:
    rows = [
        (f"`{field.name}`", kind_words(field.kind), bounds_words(field.kind), _meaning(field))
        for field in fields
    ]
    return _table(("field", "kind", "accepted", "meaning"), rows)


def _meaning(field: Field) -> str:
    kind = field.kind
    while not kind.help and isinstance(kind, Optional | Array):
        kind = kind.inner
    return kind.help or kind.label


def _named(fields: Sequence[Field]) -> str:
    return ", ".join(f"`{field.name}` ({kind_words(field.kind)})" for field in fields) or "none"


def _template(template: str, fields: Sequence[Field]) -> str:
    labels = {field.name: label_of(field) for field in fields}
    either = FLAG.sub(lambda flag: " / ".join(filter(None, (flag[2], flag[3]))), template)
    return PLACE.sub(lambda place: f"*{labels[place[1]]}*", either)


def _sentence(words: str) -> str:
    return f"{words}." if words else ""


def _codes(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
