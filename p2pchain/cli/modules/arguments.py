"""Values of an action's fields from typed text. The node is asked where the text alone says too little: the
first digits of an id, one's own organisation, the currency of the record that is acted on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from p2pchain.cli.modules.parameters import Typed
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Amount, Array, Flag, Id, Kind, Nonce, Optional
from p2pchain.ledger.module import Module
from p2pchain.model.ids import PublicKey
from p2pchain.model.refusal import Guilt, Refusal
from p2pchain.model.transaction import Value
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.entry import ValueInvalid, expected_words, read_value

PREFIX_CHARS_MIN: Final = 4
_HEX: Final = re.compile(r"[0-9a-f]+")


class IdUnknown(Refusal):
    """No record's id begins with these digits."""

    code = "ID_UNKNOWN"
    words = "nothing there has an id that begins with these digits"
    next_step = "compare the id"
    guilt = Guilt.UNKNOWN


class IdAmbiguous(Refusal):
    """Several records' ids begin with these digits."""

    code = "ID_AMBIGUOUS"
    words = "several ids begin with these digits"
    next_step = "give more of them"
    guilt = Guilt.INPUT


class Arguments:
    """Values of one command, read in the order of its fields."""

    def __init__(self, directory: Directory, client: NodeClient, signer: PublicKey | None) -> None:
        """``signer``: whose organisation is the own one, None where nobody signs."""
        self._directory = directory
        self._client = client
        self._signer = signer

    async def read(self, typed: Sequence[Typed]) -> dict[str, Value]:
        """The value of every field by name. Raises ``ValueInvalid``, ``IdUnknown``, ``IdAmbiguous``, and
        what the node refuses.
        """
        values: dict[str, Value] = {}
        # An amount needs its currency, which may be given behind it; so does what follows another field.
        for item in sorted(typed, key=_is_late):
            values[item.field.name] = await self._value(item.field, item.value, values)
        return {item.field.name: values[item.field.name] for item in typed}

    async def _value(self, field: Field, typed: Any, beside: Mapping[str, Value]) -> Value:
        kind = _plain(field.kind)
        match kind:
            case Nonce(size=size):
                return os.urandom(size)
            case Flag() if isinstance(typed, bool):
                return typed
            case Array(inner=inner) if typed or not (isinstance(field.kind, Optional) or field.entry.is_open):
                around = await self._around(inner, beside)
                items = tuple(
                    read_value(Field(name=field.name, kind=inner), text, around) for text in typed or ()
                )
                if not kind.accepts(items):
                    facts = {"argument": field.name, "expected": expected_words(kind)}
                    raise ValueInvalid(facts)
                return items
        if typed is None or typed == ():
            return await self._left_out(field, beside)
        if isinstance(kind, Id):
            return await self._resolve(kind, str(typed))
        return read_value(field, str(typed), await self._around(kind, beside))

    async def _left_out(self, field: Field, beside: Mapping[str, Value]) -> Value:
        entry = field.entry
        if entry.is_own_organisation:
            account = await self._client.query("membership", "account", {"public_key": self._signer})
            return str(account["org"])
        if entry.same_as:
            return beside[entry.same_as]
        if entry.of_record:
            shown = await self._acted_on(beside) or {}
            value: Value = shown.get(entry.of_record)
            return value
        return entry.default

    async def _around(self, kind: Kind, beside: Mapping[str, Value]) -> Mapping[str, Value]:
        """Values beside a field; for an amount without a currency of its own that of the record acted on."""
        if not isinstance(kind, Amount) or kind.currency in beside or kind.currency.startswith("="):
            return beside
        shown = await self._acted_on(beside)
        return beside if shown is None else {**beside, kind.currency: shown.get("currency")}

    async def _acted_on(self, beside: Mapping[str, Value]) -> Fields | None:
        """Return the record that an id among the values names, or None. It is as its module shows it."""
        for name, value in beside.items():
            if isinstance(value, bytes) and (shown := await self._shown(name, value)) is not None:
                return shown
        return None

    async def _shown(self, name: str, value: bytes) -> Fields | None:
        for module in self._directory.newest():
            for query in module.queries:
                if query.name == "show" and [field.name for field in query.fields] == [name]:
                    return await self._client.query(module.name, "show", {name: value})
        return None

    async def _resolve(self, kind: Id, text: str) -> bytes:
        return await resolve_id(self._directory, self._client, kind, text)


async def resolve_id(directory: Directory, client: NodeClient, kind: Id, text: str) -> bytes:
    """The id whose hexadecimal digits, or first ones, these are. Raises as ``Arguments.read``."""
    digits, chars = text.lower(), 2 * kind.size
    if _HEX.fullmatch(digits) is None or not PREFIX_CHARS_MIN <= len(digits) <= chars:
        raise ValueInvalid({"argument": "id", "found": text, "expected": expected_words(kind)})
    if len(digits) == chars:
        return bytes.fromhex(digits)
    module, _, _ = kind.of.partition(".")
    name, ids = await _beginning(client, directory.module(module), kind, digits)
    if not ids:
        raise IdUnknown({name: text}, f"see: p2pchain {module} list")
    if len(ids) > 1:
        raise IdAmbiguous({name: text, "first": ids[0], "second": ids[1]})
    return bytes.fromhex(ids[0])


async def _beginning(
    client: NodeClient, module: Module | None, kind: Id, digits: str
) -> tuple[str, list[str]]:
    """Find at most two ids that begin with ``digits``. Returns the name of the ids' field in the module's
    list, too; the list is ordered by them, so it is asked from there on.
    """
    query = next((known for known in module.queries if known.name == "list"), None) if module else None
    if module is None or query is None or query.rows is None:
        raise ValueInvalid({"argument": "id", "found": digits, "expected": f"{2 * kind.size} digits"})
    listed, fields = query.rows
    before = int(digits.ljust(2 * kind.size, "0"), 16) - 1
    after = None if before < 0 else before.to_bytes(kind.size, "big")
    page = await client.query(module.name, "list", {"after": after, "limit": 2})
    ids = [str(row[fields[0].name]) for row in page[listed]]
    return fields[0].name, [id_ for id_ in ids if id_.startswith(digits)]


def _is_late(item: Typed) -> bool:
    """Decide whether a value needs others that were given."""
    entry = item.field.entry
    return isinstance(_plain(item.field.kind), Amount | Array) or bool(entry.same_as or entry.of_record)


def _plain(kind: Kind) -> Kind:
    return kind.inner if isinstance(kind, Optional) else kind
