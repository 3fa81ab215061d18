"""All that a module sees: its own records, the block's height and time, who signed, and other modules' public
functions.

A module names its keys without its namespace (``document/...``); here they become ``registry/document/...``.
Records are arrays of values, encoded as deterministic CBOR. There is no way from here to a clock, to chance
or to another module's records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from p2pchain.codec.cbor import decode, encode
from p2pchain.ledger.account import Account
from p2pchain.ledger.state import Overlay, Reader
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Event, Value
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Verifier

RECORD_BYTES_MAX = 65_536
"""Largest encoded record of a module."""

Record = tuple[Value, ...]
"""What a module keeps under a key."""

Public = Callable[..., Value]
"""A function that a module offers to others: ``(view or context of its own, *values) -> value``."""

Publics = Mapping[tuple[str, str], Public]
"""(module, function) to function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a module finds about its chain. ``validators``: those of the height after ``View.height``;
    ``verifier``: checks what consensus keys signed; ``actions``: (module, action) of all there are.
    """

    validators: ValidatorSet
    verifier: Verifier
    actions: frozenset[tuple[str, str]]


class View:
    """Reading: what queries get. ``height`` and ``time_ms`` are those of the block at hand."""

    __slots__ = ("_prefix", "_publics", "_reader", "accounts", "height", "module", "setting", "time_ms")

    def __init__(
        self,
        *,
        reader: Reader,
        module: str,
        height: Height,
        time_ms: int,
        accounts: tuple[Account, ...],
        publics: Publics,
        setting: Setting,
    ) -> None:
        """``accounts``: those of the signers, in their order; of a query, the one that asks or none."""
        self._reader = reader
        self._prefix = namespace(module)
        self._publics = publics
        self.module = module
        self.height = height
        self.time_ms = time_ms
        self.accounts = accounts
        self.setting = setting

    def get(self, key: bytes) -> Record | None:
        """The record under a key of this module, None where there is none."""
        raw = self._reader.get(self._prefix + key)
        return None if raw is None else read_record(raw)

    def walk(self, prefix: bytes, after: bytes | None = None) -> Iterator[tuple[bytes, Record]]:
        """Records of this module whose keys begin with ``prefix``, ascending by key; those above ``after``
        where it is given.
        """
        cut = len(self._prefix)
        beyond = None if after is None else self._prefix + after
        for key in self._reader.walk(self._prefix + prefix, beyond):
            raw = self._reader.get(key)
            if raw is not None:
                yield key[cut:], read_record(raw)

    def role_holder(self, role: str) -> Account | None:
        """The first signer that holds ``role``, or None."""
        for account in self.accounts:
            if role in account.roles:
                return account
        return None

    def require_role(self, role: str) -> Account:
        """The first signer that holds ``role``; ``Refused("AUTH_ROLE")`` with ``role_needed`` where none
        does.
        """
        holder = self.role_holder(role)
        if holder is None:
            facts: dict[str, Fact] = {"role_needed": role, "module": self.module}
            if self.accounts:
                facts["account"] = self.accounts[0].name
            raise Refused("AUTH_ROLE", facts, f"sign with an account that holds the role {role}")
        return holder

    def call(self, module: str, function: str, *values: Value) -> Value:
        """What a public function of another module gives for ``values``, read from the same state, for the
        same signers.
        """
        view = View(
            reader=self._reader,
            module=module,
            height=self.height,
            time_ms=self.time_ms,
            accounts=self.accounts,
            publics=self._publics,
            setting=self.setting,
        )
        return self._publics[module, function](view, *values)


class Context(View):
    """Reading and writing: what actions get, one transaction long."""

    __slots__ = ("_events", "_overlay")

    def __init__(
        self,
        *,
        overlay: Overlay,
        module: str,
        height: Height,
        time_ms: int,
        accounts: tuple[Account, ...],
        publics: Publics,
        setting: Setting,
        events: list[Event],
    ) -> None:
        """``overlay``: of the transaction; ``events``: where its events are gathered, those of all its
        operations.
        """
        super().__init__(
            reader=overlay,
            module=module,
            height=height,
            time_ms=time_ms,
            accounts=accounts,
            publics=publics,
            setting=setting,
        )
        self._overlay = overlay
        self._events = events

    def put(self, key: bytes, record: Record) -> None:
        """Write a record; ``Refused("TX_RECORD_TOO_LARGE")`` above ``RECORD_BYTES_MAX``."""
        raw = encode(record)
        if len(raw) > RECORD_BYTES_MAX:
            raise Refused("TX_RECORD_TOO_LARGE", {"module": self.module, "bytes": len(raw)})
        self._overlay.set(self._prefix + key, raw)
        self._overlay.modules.add(self.module)

    def delete(self, key: bytes) -> None:
        """Delete a record; one that is absent is no matter."""
        self._overlay.set(self._prefix + key, None)
        self._overlay.modules.add(self.module)

    def emit(self, name: str, fields: Record) -> None:
        """Tell the outside what was done; it goes into the receipt if the whole transaction is accepted."""
        self._events.append(Event(module=self.module, name=name, fields=fields))

    def call(self, module: str, function: str, *values: Value) -> Value:
        """What a public function of another module gives; it may write that module's records, within this
        transaction.
        """
        context = Context(
            overlay=self._overlay,
            module=module,
            height=self.height,
            time_ms=self.time_ms,
            accounts=self.accounts,
            publics=self._publics,
            setting=self.setting,
            events=self._events,
        )
        return self._publics[module, function](context, *values)


def namespace(module: str) -> bytes:
    """Where the state keys of a module begin: ``registry`` has ``registry/``."""
    return module.encode() + b"/"


def read_record(raw: bytes) -> Record:
    """A record as it was written; one that does not decode was written by a bug of ours."""
    try:
        record = decode(raw, bytes_max=RECORD_BYTES_MAX)
    except Invalid as fault:
        raise AssertionError(f"a record of the state does not decode: {fault}") from fault
    assert isinstance(record, tuple), f"a record is an array, not {type(record).__name__}"
    return record
