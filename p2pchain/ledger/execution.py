"""Execution of one block's transactions, on an overlay of the committed state.

Each transaction runs on an overlay of its own: all of its operations apply, or none. A refusal of a rule
becomes a receipt, and so does a bug of a module (``MODULE_FAULT``); what either has written is dropped, what
it has cost counts. ``block_run.py`` says in which order a block is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from p2pchain.codec.transaction import encode_receipt
from p2pchain.ledger.admission import Admission
from p2pchain.ledger.context import Context, Setting
from p2pchain.ledger.fault_containment import MachineExhausted, contain
from p2pchain.ledger.meter import SIGNER, TRANSACTION, Meter
from p2pchain.ledger.module import Catalogue, Module
from p2pchain.ledger.operation import operate
from p2pchain.ledger.refusals import AccountFrozen
from p2pchain.ledger.signer import Signer
from p2pchain.ledger.state import Overlay
from p2pchain.ledger.system import (
    EVIDENCE,
    MODULE_VERSIONS,
    PARAMETERS_KEY,
    SUSPENDED_KEY,
    SYSTEM,
    VALIDATORS,
    evidence_key,
    evidence_record,
)
from p2pchain.model.bounds import RECEIPT_BYTES_MAX, WRITTEN_BYTES_MAX
from p2pchain.model.chain import StateChange
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import Height, OrgId, PublicKey, TxId
from p2pchain.model.transaction import (
    CODE_MODULE_FAULT,
    CODE_OK,
    Event,
    Receipt,
    TransactionBody,
    Value,
    VerifiedTransaction,
)
from p2pchain.model.voting import Evidence

MEMBERSHIP = "membership"
"""The module that knows the signers."""
ROTATION = (MEMBERSHIP, "rotate_account")
ROTATION_ARGS = 2
AccountOf = Callable[[PublicKey, Overlay], Signer | None]
"""The account of a key as an overlay has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFault:
    """A bug of a module that a transaction met. ``action``: None where its signers were looked up; ``trace``:
    where it was raised, for whoever mends it: it goes into no record of the chain.
    """

    tx_id: TxId
    module: str
    version: int
    action: str | None
    trace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """Executor of one block: its place in the chain, its time and parameters."""

    overlay: Overlay
    height: Height
    time_ms: int
    admission: Admission
    catalogue: Catalogue
    account_of: AccountOf
    setting: Setting
    meter: Meter

    def admit(
        self, transactions: Sequence[VerifiedTransaction], evidence: Sequence[Evidence]
    ) -> tuple[bytes, ...]:
        """The replay keys of a block's transactions; ``Invalid("BLOCK_...")`` where they may not be in it."""
        parameters = self.admission.parameters
        block_bytes = sum(len(transaction.raw) for transaction in transactions)
        sizes = (
            ("BLOCK_TOO_MANY_TRANSACTIONS", len(transactions), parameters.block_transactions_max),
            ("BLOCK_TOO_LARGE", block_bytes, parameters.block_bytes_max),
            ("BLOCK_TOO_MUCH_EVIDENCE", len(evidence), parameters.block_evidence_max),
        )
        for code, size, most in sizes:
            if size > most:
                raise Invalid(code, {"height": self.height, "size": size, "most": most})
        used: dict[bytes, int] = {}
        for place, transaction in enumerate(transactions):
            fault = self.admission.fault(transaction.transaction)
            if fault is not None:
                raise self.invalid(fault.code, transaction, place, dict(fault.facts))
            key = transaction.transaction.body.replay_key
            self.admission.take(transaction.transaction)
            if used.setdefault(key, place) != place:
                raise self.invalid("TX_REPEATED", transaction, place, {"first_place": used[key]})
        return tuple(used)

    def invalid(
        self, code: str, transaction: VerifiedTransaction, place: int, facts: dict[str, Fact]
    ) -> Invalid:
        """Return the fault of a block with a forbidden transaction; ``place`` counts from 0."""
        place_facts: dict[str, Fact] = {
            "height": self.height,
            "place": place,
            "tx_id": transaction.tx_id.hex(),
        }
        return Invalid("BLOCK_" + code, {**place_facts, **facts})

    def migrate(self, arriving: Sequence[Module]) -> None:
        """Migrate the records of module versions that come into force here."""
        for module in arriving:
            if module.migrate is None:
                continue
            try:
                module.migrate(self.context(self.overlay, module.name, (), []))
            except Refused as refusal:
                raise AssertionError(f"migration to {module.name} {module.version}: {refusal}") from refusal
        written = self.meter.bytes_written
        assert written <= WRITTEN_BYTES_MAX, f"migrations write {written} bytes at once"

    def attempt(self, transaction: VerifiedTransaction) -> Attempt:
        """Begin to execute one transaction on an overlay of its own; nothing is taken yet."""
        self.meter.transaction(self.admission.parameters.tx_work_max)
        return Attempt(self, transaction)

    def context(
        self, overlay: Overlay, module: str, accounts: tuple[Signer, ...], events: list[Event]
    ) -> Context:
        """Build the context in which a module sees this block."""
        return Context(
            overlay=overlay,
            module=module,
            height=self.height,
            time_ms=self.time_ms,
            accounts=accounts,
            publics=self.catalogue.publics,
            setting=self.setting,
            meter=self.meter,
            events=events,
        )

    def record(self, evidence: Sequence[Evidence]) -> None:
        """Record evidence; ``Invalid("BLOCK_EVIDENCE_...")`` where it is already recorded, or ahead of this
        block.
        """
        for item in evidence:
            key = evidence_key(item)
            facts: dict[str, Fact] = {
                "height": self.height,
                "validator": item.validator.hex(),
                "evidence_height": item.first.height,
            }
            if item.first.height > self.height:
                raise Invalid("BLOCK_EVIDENCE_AHEAD", facts)
            if self.overlay.get(key) is not None:
                raise Invalid("BLOCK_EVIDENCE_REPEATED", facts)
            self.overlay.set(key, evidence_record(item, self.height))

    def write(self, system: Sequence[StateChange]) -> None:
        """Write records of the system: under ``system/``, but not those that the kernel keeps."""
        for key, value in system:
            assert key.startswith(SYSTEM), f"key {key!r} lies outside of the system's"
            assert key != PARAMETERS_KEY, "the kernel keeps the parameters"
            assert not key.startswith(EVIDENCE), "the kernel keeps the evidence"
            assert not key.startswith(VALIDATORS), "the kernel keeps the validators"
            assert not key.startswith(MODULE_VERSIONS), "the kernel keeps the versions"
            assert key != SUSPENDED_KEY, "the kernel keeps the suspended modules"
            self.overlay.set(key, value)


class Attempt:
    """One transaction of a block, tried: its receipt, plain and encoded, once it has ended, and what it would
    write, None where that is nothing.
    """

    receipt: Receipt

    __slots__ = (
        "_events",
        "_executor",
        "_place",
        "_signers",
        "_writes",
        "body",
        "encoded",
        "fault",
        "going_on",
        "receipt",
        "refusal",
        "tx_id",
        "writes",
    )

    def __init__(self, executor: Executor, transaction: VerifiedTransaction) -> None:
        """On an overlay of its own upon the executor's."""
        self.body = transaction.transaction.body
        self.tx_id = transaction.tx_id
        self.encoded = b""
        self.writes: Overlay | None = None
        self.refusal: Refused | None = None
        self.fault: ModuleFault | None = None
        self._executor = executor
        self._events: list[Event] = []
        self._place = -1
        self._signers: tuple[Signer, ...] = ()
        self._writes = Overlay(executor.overlay)
        self.going_on = True

    def advance(self) -> int:
        """Carry out the next operation, whatever comes of it; the units of work that it took. Raises
        ``MachineExhausted``.
        """
        meter = self._executor.meter
        before = meter.work
        try:
            self._advance()
        except (MemoryError, RecursionError) as cause:
            raise MachineExhausted(self.tx_id, cause) from cause
        return meter.work - before

    def _advance(self) -> None:
        try:
            trace = contain(self.step)
        except Refused as refusal:
            self.refusal = refusal
            trace = contain(self.refuse)
        if trace is not None:
            self.blame(trace)

    def step(self) -> None:
        """Carry out the next operation; after the last, write down that all are done, which ends it. What
        raises leaves nothing behind.
        """
        executor, body = self._executor, self.body
        if self._place < 0:
            executor.meter.spend(TRANSACTION + SIGNER * len(body.signers))
            self._signers = signers_of(body, executor.overlay, executor.account_of)
        self._place += 1
        operation = body.operations[self._place]
        executor.meter.operation(executor.admission.parameters.operation_work_max)
        context = executor.context(self._writes, operation.module, self._signers, self._events)
        operate(executor.catalogue, operation, context)
        if self._place + 1 == len(body.operations):
            self._accept()

    def _accept(self) -> None:
        self.receipt = Receipt(tx_id=self.tx_id, code=CODE_OK, facts=(), events=tuple(self._events))
        self.encoded = encode_receipt(self.receipt)
        self._executor.meter.receipt(len(self.encoded))
        self.writes = self._writes
        self.going_on = False

    def refuse(self) -> None:
        """Record a rule's refusal, with the operation's place where there are several."""
        assert self.refusal is not None, "a rule refused it"
        self._write_down(self.refusal.code, self.refusal.facts)

    def blame(self, trace: str) -> None:
        """Write down that a module has a bug, and which."""
        self.writes = None
        module, action = MEMBERSHIP, None
        if self._place >= 0:
            operation = self.body.operations[self._place]
            module, action = operation.module, operation.action
        version = self._executor.catalogue.versions[module]
        self.fault = ModuleFault(tx_id=self.tx_id, module=module, version=version, action=action, trace=trace)
        self._write_down(CODE_MODULE_FAULT, {"module": module, "version": version, "action": action})

    def _write_down(self, code: str, facts: Mapping[str, Fact]) -> None:
        self.going_on = False
        all_facts = dict(facts)
        if self._place >= 0 and len(self.body.operations) > 1:
            all_facts["operation"] = self._place
        self.receipt = Receipt(tx_id=self.tx_id, code=code, facts=tuple(sorted(all_facts.items())), events=())
        self.encoded = encode_receipt(self.receipt)
        assert len(self.encoded) <= RECEIPT_BYTES_MAX, f"a refusal of {len(self.encoded)} bytes"
        self._executor.meter.noted(len(self.encoded))


def signers_of(body: TransactionBody, overlay: Overlay, account_of: AccountOf) -> tuple[Signer, ...]:
    """Accounts of the signers, in their order; ``Refused("TX_UNKNOWN_SIGNER")`` where one has none,
    ``AUTH_FROZEN`` where one is frozen. A key that the transaction puts in the place of another signer's
    comes behind the accounts, as a stranger without roles.
    """
    known: list[Signer] = []
    strangers: list[PublicKey] = []
    for public_key in body.signers:
        account = account_of(public_key, overlay)
        if account is None:
            strangers.append(public_key)
            continue
        if account.frozen:
            facts: dict[str, Fact] = {"account": account.name, "org": account.org}
            raise AccountFrozen(facts)
        known.append(account)
    if not strangers:
        return tuple(known)
    introduced = _introduced(body, known)
    for public_key in strangers:
        if public_key not in introduced:
            raise Refused("TX_UNKNOWN_SIGNER", {"signer": public_key.hex()})
    newcomers = (Signer(public_key=key, name="", org=OrgId(""), roles=()) for key in strangers)
    return (*known, *newcomers)


def _introduced(body: TransactionBody, known: Sequence[Signer]) -> list[Value]:
    """List the new keys that the transaction must be signed by too."""
    own = [account.public_key for account in known]
    return [
        operation.args[1]
        for operation in body.operations
        if (operation.module, operation.action) == ROTATION
        and len(operation.args) == ROTATION_ARGS
        and operation.args[0] in own
    ]
