"""The words of the modules' declarations as JSON, for clients in other languages: labels and kinds of fields,
sentences of events and records, words of refusals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2pchain.ledger.consortium.policy import PolicyKind
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Day,
    Depending,
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
from p2pchain.ledger.module import Module, RecordType
from p2pchain.ledger.refusals import REFUSALS as KERNEL_REFUSALS
from p2pchain.model.currencies import DECIMALS
from p2pchain.presentation.values import label_of

Json = Mapping[str, Any]


def word_catalogue(modules: Sequence[Module]) -> Json:
    """Catalogue of all versions of ``modules``, ascending by version for each name."""
    refusals = (*KERNEL_REFUSALS, *(refusal for module in modules for refusal in module.refusals))
    return {
        "modules": [_module(module) for module in modules],
        "refusals": {refusal.code: refusal.words for refusal in refusals},
        "decimals": dict(DECIMALS),
    }


def _module(module: Module) -> Json:
    return {
        "name": module.name,
        "version": module.version,
        "actions": [{"name": action.name, "fields": _fields(action.fields)} for action in module.actions],
        "events": [
            {"name": event.name, "fields": _fields(event.fields), "sentence": event.sentence}
            for event in module.events
        ],
        "records": [_record(record) for record in module.records],
    }


def _record(record: RecordType) -> Json:
    return {
        "name": record.name,
        "prefix": record.prefix.hex(),
        "key": _fields(record.key),
        "fields": _fields(record.fields),
        "sentence": record.sentence,
        "isTable": record.is_table,
        "countedBy": record.counted_by,
        "absence": record.absence,
    }


def _fields(fields: Sequence[Field]) -> list[Json]:
    return [_field(field.name, field.kind) for field in fields]


def _field(name: str, kind: Kind) -> Json:
    return {"name": name, "label": label_of(Field(name=name, kind=kind)), "kind": _kind(kind)}


def _kind(kind: Kind) -> Json:
    match kind:
        case Optional(inner=inner):
            return {"kind": "optional", "inner": _kind(inner)}
        case Array(inner=inner):
            return {"kind": "array", "inner": _kind(inner)}
        case Row(columns=columns):
            return {"kind": "row", "columns": [_field(name, column) for name, column in columns]}
        case Depending(on=on, cases=cases):
            named = [{"word": word, "before": before, "kind": _kind(inner)} for word, before, inner in cases]
            return {"kind": "depending", "on": on, "cases": named}
        case Integer():
            return _integer(kind)
        case Octets(size=size):
            return {"kind": "octets", "keyBytes": size}
        case Text():
            return {"kind": "text"}
        case Flag():
            return {"kind": "flag"}
        case PolicyKind():
            return {"kind": "policy"}
        case _:
            return {"kind": "plain"}


def _integer(kind: Integer) -> Json:
    """An integer, with the bytes that it has in a key."""
    key_bytes = (kind.high.bit_length() + 7) // 8
    match kind:
        case Amount(currency=currency):
            return {"kind": "amount", "currency": currency, "keyBytes": key_bytes}
        case Day():
            return {"kind": "day", "keyBytes": key_bytes}
        case Moment():
            return {"kind": "moment", "keyBytes": key_bytes}
        case Share(low=low, high=high):
            return {"kind": "share", "low": str(low), "high": str(high), "keyBytes": key_bytes}
        case _:
            return {"kind": "integer", "unit": kind.unit, "keyBytes": key_bytes}
