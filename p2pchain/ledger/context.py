"""All that a module sees: its own records, the block's height and time, who signed, and other modules' public
functions.

A module names its keys without its namespace (``document/...``); here they become ``registry/document/...``.
Records are arrays of values, encoded as deterministic CBOR. There is no way from here to a clock, to chance
or to another module's records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from p2pchain.codec.cbor import encode
from p2pchain.codec.parameters import PARAMETER_BOUNDS, read_parameters
from p2pchain.ledger.meter import Meter, WorkExceeded
from p2pchain.ledger.record import Record, read_record
from p2pchain.ledger.refusals import ParameterInvalid, RoleMissing
from p2pchain.ledger.signer import Signer
from p2pchain.ledger.state import Overlay, Reader
from p2pchain.ledger.system import (
    PARAMETERS_KEY,
    SUSPENDED_KEY,
    VersionsFrom,
    decode_parameters,
    decode_versions,
    encode_parameters,
    encode_versions,
    suspended_of,
    versions_key,
)
from p2pchain.model.bounds import KEY_BYTES_MAX, RECORD_BYTES_MAX
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import Height, PublicKey
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Event, Operation, Value
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Verifier

Public = Callable[..., Value]
"""A function that a module offers to others: ``(view or context of its own, *values) -> value``."""

Publics = Mapping[tuple[str, str], Public]
"""(module, function) to function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Facts about the chain that a module is handed. ``parameters``: those of the block at hand;
    ``validators``: those of the height after ``View.height``; ``verifier``: checks what consensus keys
    signed; ``actions``: (module, action) of all there are; ``versions``: of the modules in force;
    ``suspended``: those of which no action is carried out; ``roles``: those that the kernel and these modules
    know; ``failing``: consensus keys of validators that the chain itself has seen fail, and not vote since;
    ``check_proposed`` and ``operate``: look at, and carry out, an operation in a context of its module,
    whatever its policy.
    """

    parameters: Parameters
    validators: ValidatorSet
    failing: frozenset[PublicKey]
    verifier: Verifier
    actions: frozenset[tuple[str, str]]
    versions: Mapping[str, int]
    suspended: tuple[str, ...]
    roles: tuple[str, ...]
    check_proposed: Callable[[Operation, Any], None]
    operate: Callable[[Operation, Any], None]


class View:
    """Reading: what queries get. ``height`` and ``time_ms`` are those of the block at hand."""

    __slots__ = (
        "_prefix",
        "_publics",
        "_reader",
        "accounts",
        "height",
        "meter",
        "module",
        "setting",
        "time_ms",
    )

    def __init__(
        self,
        *,
        reader: Reader,
        module: str,
        height: Height,
        time_ms: int,
        accounts: tuple[Signer, ...],
        publics: Publics,
        setting: Setting,
        meter: Meter,
    ) -> None:
        """``accounts``: those of the signers, in their order; of a query, the one that asks or none;
        ``meter``: counts what is done here.
        """
        self._reader = reader
        self._prefix = namespace(module)
        self._publics = publics
        self.module = module
        self.height = height
        self.time_ms = time_ms
        self.accounts = accounts
        self.setting = setting
        self.meter = meter

    def get(self, key: bytes) -> Record | None:
        """Return the record under a key of this module, or None."""
        raw = self._reader.get(self._prefix + key)
        if raw is None:
            self.meter.got(0)
            return None
        self.meter.got(len(raw))
        return read_record(raw)

    def sized(self, key: bytes) -> tuple[Record, int]:
        """The record under a key of this module and its bytes; nothing and 0 where there is none."""
        raw = self._reader.get(self._prefix + key)
        self.meter.got(0 if raw is None else len(raw))
        return ((), 0) if raw is None else (read_record(raw), len(raw))

    def walk(self, prefix: bytes, after: bytes | None = None) -> Iterator[tuple[bytes, Record]]:
        """Records of this module whose keys begin with ``prefix``, ascending by key; those above ``after``
        where it is given.
        """
        self.meter.walked()
        cut = len(self._prefix)
        beyond = None if after is None else self._prefix + after
        for key in self._reader.walk(self._prefix + prefix, beyond):
            self.meter.stepped()
            raw = self._reader.get(key)
            if raw is not None:
                self.meter.got(len(raw))
                yield key[cut:], read_record(raw)

    def role_holder(self, role: str) -> Signer | None:
        """The first signer that holds ``role``, or None."""
        for account in self.accounts:
            if role in account.roles:
                return account
        return None

    def require_role(self, role: str) -> Signer:
        """The first signer that holds ``role``; ``Refused("AUTH_ROLE")`` with ``role_needed`` where none
        does.
        """
        holder = self.role_holder(role)
        if holder is None:
            facts: dict[str, Fact] = {"role_needed": role, "module": self.module}
            if self.accounts:
                facts["account"] = self.accounts[0].name
            raise RoleMissing(facts, f"sign with an account that holds the role {role}")
        return holder

    def call(self, module: str, function: str, *values: Value) -> Value:
        """Call a public function of another module, on the same state and signers. Returns its answer to
        ``values``.
        """
        self.meter.called()
        view = View(
            reader=self._reader,
            module=module,
            height=self.height,
            time_ms=self.time_ms,
            accounts=self.accounts,
            publics=self._publics,
            setting=self.setting,
            meter=self.meter,
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
        accounts: tuple[Signer, ...],
        publics: Publics,
        setting: Setting,
        meter: Meter,
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
            meter=meter,
        )
        self._overlay = overlay
        self._events = events

    def put(self, key: bytes, record: Record) -> None:
        """Write a record; ``Refused("TX_RECORD_TOO_LARGE")`` above ``RECORD_BYTES_MAX``."""
        raw = encode(record)
        if len(raw) > RECORD_BYTES_MAX:
            raise Refused("TX_RECORD_TOO_LARGE", {"module": self.module, "bytes": len(raw)})
        self._write(self._prefix + key, raw)
        self._overlay.modules.add(self.module)

    def delete(self, key: bytes) -> None:
        """Delete a record; one that is absent is no matter."""
        self._write(self._prefix + key, None)
        self._overlay.modules.add(self.module)

    def emit(self, name: str, fields: Record) -> None:
        """Tell the outside what was done; it goes into the receipt if the whole transaction is accepted."""
        self.meter.emitted()
        self._events.append(Event(module=self.module, name=name, fields=fields))

    def call(self, module: str, function: str, *values: Value) -> Value:
        """Call a public function of another module, which may write its records. They belong to this
        transaction.
        """
        self.meter.called()
        context = self._within(self._overlay, module, self.accounts, self._events)
        return self._publics[module, function](context, *values)

    def perform(self, operations: Sequence[Operation], accounts: tuple[Signer, ...]) -> Refused | None:
        """Carry out operations of any modules as if ``accounts`` had signed them: all, or none and why
        not. What goes beyond the budget of this operation is no answer of theirs: ``WorkExceeded``.
        """
        inner = Overlay(self._overlay)
        events: list[Event] = []
        try:
            for operation in operations:
                self.setting.operate(operation, self._within(inner, operation.module, accounts, events))
        except (WorkExceeded, Invalid):
            raise
        except Refused as refusal:
            return refusal
        self._overlay.absorb(inner)
        self._events.extend(events)
        return None

    def check_proposed(self, operation: Operation) -> None:
        """Check that a vote may carry out this operation later; raise why not."""
        self.meter.called()
        view = self._within(Overlay(self._overlay), operation.module, self.accounts, [])
        self.setting.check_proposed(operation, view)

    def policy(self, key: bytes) -> bytes | None:
        """Return the policy module's record under a whole key, or None."""
        raw = self._overlay.get(key)
        self.meter.got(0 if raw is None else len(raw))
        return raw

    def set_parameter(self, name: str, value: int) -> int:
        """Change a parameter of the chain, from the next block on; what it was. For ``governance`` alone.
        ``Refused("GOV_PARAMETER")``.
        """
        assert self.module == "governance", "the kernel's records are no module's"
        raw = self._overlay.get(PARAMETERS_KEY)
        assert raw is not None, "genesis writes the parameters"
        self.meter.got(len(raw))
        before = decode_parameters(raw)
        values: dict[str, int] = {field.name: getattr(before, field.name) for field in fields(before)}
        try:
            after = read_parameters({**values, name: value}, "parameters")
        except Invalid as fault:
            low, high = PARAMETER_BOUNDS.get(name, (None, None))
            facts: dict[str, Fact] = {"parameter": name, "value": value, "low": low, "high": high}
            if "bound" in fault.facts:
                facts["lesser"] = str(fault.facts["field"]).removeprefix("parameters.")
                facts["greater"] = fault.facts["bound"]
            raise ParameterInvalid(facts) from None
        self._write(PARAMETERS_KEY, encode_parameters(after))
        return values[name]

    def module_versions(self, module: str) -> VersionsFrom:
        """Return the recorded versions of a module."""
        raw = self._overlay.get(versions_key(module))
        self.meter.got(0 if raw is None else len(raw))
        return () if raw is None else decode_versions(raw)

    def set_module_versions(self, module: str, versions: VersionsFrom) -> None:
        """Record a module's versions, nothing for none. For ``governance`` alone."""
        assert self.module == "governance", "the kernel's records are no module's"
        self._write(versions_key(module), encode_versions(versions) if versions else None)

    def suspended_modules(self) -> tuple[str, ...]:
        """Return the modules suspended from the next block on, ascending."""
        raw = self._overlay.get(SUSPENDED_KEY)
        self.meter.got(0 if raw is None else len(raw))
        return suspended_of(raw)

    def set_suspended_modules(self, names: tuple[str, ...]) -> None:
        """Record the suspended modules. For ``governance`` alone."""
        assert self.module == "governance", "the kernel's records are no module's"
        self._write(SUSPENDED_KEY, encode(names) if names else None)

    def _write(self, key: bytes, raw: bytes | None) -> None:
        """Write under a whole key."""
        assert len(key) <= KEY_BYTES_MAX, f"a key of {len(key)} bytes"
        if raw is None:
            self.meter.deleted(len(key))
        else:
            self.meter.put(len(key) + len(raw))
        self._overlay.set(key, raw)

    def _within(
        self, overlay: Overlay, module: str, accounts: tuple[Signer, ...], events: list[Event]
    ) -> Context:
        return Context(
            overlay=overlay,
            module=module,
            height=self.height,
            time_ms=self.time_ms,
            accounts=accounts,
            publics=self._publics,
            setting=self.setting,
            meter=self.meter,
            events=events,
        )


def namespace(module: str) -> bytes:
    """Return the prefix of a module's state keys: ``registry`` has ``registry/``."""
    return module.encode() + b"/"
