"""Execution of one block on an overlay of the committed state.

The order is part of the protocol: versions of modules that come into force bring their records into shape,
then transactions as the block lists them, then evidence, then the records of the system. Each transaction
runs on an overlay of its own: all of its operations apply, or none. A refusal of a rule becomes a receipt;
anything else that a module raises is a bug of ours and goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from p2pchain.ledger.account import Account
from p2pchain.ledger.admission import Admission
from p2pchain.ledger.context import Context, Setting
from p2pchain.ledger.module import Catalogue, Module
from p2pchain.ledger.operating import operate
from p2pchain.ledger.state import Overlay
from p2pchain.ledger.system import (
    EVIDENCE,
    MODULE_VERSIONS,
    PARAMETERS_KEY,
    SYSTEM,
    VALIDATORS,
    evidence_key,
    evidence_record,
)
from p2pchain.ledger.trie import Trie
from p2pchain.model.chain import StateChange
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import Height, OrgId, PublicKey
from p2pchain.model.transaction import (
    CODE_OK,
    Event,
    Receipt,
    TransactionBody,
    Value,
    VerifiedTransaction,
)
from p2pchain.model.voting import Evidence

ROTATION = ("membership", "rotate_account")
ROTATION_ARGS = 2
AccountOf = Callable[[PublicKey, Overlay], Account | None]
"""The account of a key as an overlay has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What a block does; nothing is changed until the ledger commits it.

    ``changes`` ascending by key, only what differs; ``base_root``: the state it was executed on; ``trie``,
    ``replay_keys``: for the commit.
    """

    height: Height
    time_ms: int
    state_root: bytes
    results_root: bytes
    receipts: tuple[Receipt, ...]
    changes: tuple[StateChange, ...]
    base_root: bytes
    trie: Trie
    replay_keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """One block's execution: where and when it runs, and under which rules."""

    overlay: Overlay
    height: Height
    time_ms: int
    admission: Admission
    catalogue: Catalogue
    account_of: AccountOf
    setting: Setting

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
            if used.setdefault(key, place) != place:
                raise self.invalid("TX_REPEATED", transaction, place, {"first_place": used[key]})
        return tuple(used)

    def invalid(
        self, code: str, transaction: VerifiedTransaction, place: int, facts: dict[str, Fact]
    ) -> Invalid:
        """The fault of a block that holds a transaction it may not hold; ``place`` counts from 0."""
        told: dict[str, Fact] = {"height": self.height, "place": place, "tx_id": transaction.tx_id.hex()}
        return Invalid("BLOCK_" + code, {**told, **facts})

    def migrate(self, arriving: Sequence[Module]) -> None:
        """Let versions of modules that come into force with this block bring their records into shape."""
        for module in arriving:
            if module.migrate is None:
                continue
            try:
                module.migrate(self.context(self.overlay, module.name, (), []))
            except Refused as refusal:
                raise AssertionError(f"migration to {module.name} {module.version}: {refusal}") from refusal

    def run(self, transaction: VerifiedTransaction) -> Receipt:
        """Execute one transaction; what became of it."""
        body = transaction.transaction.body
        inner = Overlay(self.overlay)
        events: list[Event] = []
        try:
            accounts = signers_of(body, self.overlay, self.account_of)
            for place in range(len(body.operations)):
                self.operate(body, place, inner, accounts, events)
        except Refused as refusal:
            facts = tuple(sorted(refusal.facts.items()))
            return Receipt(tx_id=transaction.tx_id, code=refusal.code, facts=facts, events=())
        self.overlay.absorb(inner)
        return Receipt(tx_id=transaction.tx_id, code=CODE_OK, facts=(), events=tuple(events))

    def operate(
        self,
        body: TransactionBody,
        place: int,
        inner: Overlay,
        accounts: tuple[Account, ...],
        events: list[Event],
    ) -> None:
        """Execute the operation at ``place``; a refusal tells the place where there are several."""
        operation = body.operations[place]
        try:
            operate(self.catalogue, operation, self.context(inner, operation.module, accounts, events))
        except Refused as refusal:
            if len(body.operations) == 1:
                raise
            raise Refused(refusal.code, {**refusal.facts, "operation": place}, refusal.hint) from refusal

    def context(
        self, overlay: Overlay, module: str, accounts: tuple[Account, ...], events: list[Event]
    ) -> Context:
        """What a module sees of this block."""
        return Context(
            overlay=overlay,
            module=module,
            height=self.height,
            time_ms=self.time_ms,
            accounts=accounts,
            publics=self.catalogue.publics,
            setting=self.setting,
            events=events,
        )

    def record(self, evidence: Sequence[Evidence]) -> None:
        """Record evidence; ``Invalid("BLOCK_EVIDENCE_...")`` where it is already recorded, or ahead of this
        block.
        """
        for item in evidence:
            key = evidence_key(item)
            told: dict[str, Fact] = {
                "height": self.height,
                "validator": item.validator.hex(),
                "evidence_height": item.first.height,
            }
            if item.first.height > self.height:
                raise Invalid("BLOCK_EVIDENCE_AHEAD", told)
            if self.overlay.get(key) is not None:
                raise Invalid("BLOCK_EVIDENCE_REPEATED", told)
            self.overlay.set(key, evidence_record(item, self.height))

    def write(self, system: Sequence[StateChange]) -> None:
        """Write records of the system: under ``system/``, but not those that the kernel keeps."""
        for key, value in system:
            assert key.startswith(SYSTEM), f"key {key!r} lies outside of the system's"
            assert key != PARAMETERS_KEY, "the kernel keeps the parameters"
            assert not key.startswith(EVIDENCE), "the kernel keeps the evidence"
            assert not key.startswith(VALIDATORS), "the kernel keeps the validators"
            assert not key.startswith(MODULE_VERSIONS), "the kernel keeps the versions"
            self.overlay.set(key, value)


def signers_of(body: TransactionBody, overlay: Overlay, account_of: AccountOf) -> tuple[Account, ...]:
    """Accounts of the signers, in their order; ``Refused("TX_UNKNOWN_SIGNER")`` where one has none,
    ``AUTH_FROZEN`` where one is frozen. A key that the transaction puts in the place of another signer's
    comes behind the accounts, as a stranger without roles.
    """
    known: list[Account] = []
    strangers: list[PublicKey] = []
    for public_key in body.signers:
        account = account_of(public_key, overlay)
        if account is None:
            strangers.append(public_key)
            continue
        if account.frozen:
            facts: dict[str, Fact] = {"account": account.name, "org": account.org}
            raise Refused("AUTH_FROZEN", facts, "an admin of the organisation has to unfreeze it first")
        known.append(account)
    introduced = _introduced(body, known)
    for public_key in strangers:
        if public_key not in introduced:
            raise Refused("TX_UNKNOWN_SIGNER", {"signer": public_key.hex()})
    newcomers = (Account(public_key=key, name="", org=OrgId(""), roles=()) for key in strangers)
    return (*known, *newcomers)


def _introduced(body: TransactionBody, known: Sequence[Account]) -> list[Value]:
    """Keys that operations of a transaction put in the place of others, which sign it too."""
    own = [account.public_key for account in known]
    return [
        operation.args[1]
        for operation in body.operations
        if (operation.module, operation.action) == ROTATION
        and len(operation.args) == ROTATION_ARGS
        and operation.args[0] in own
    ]
