"""A small consortium and a ledger to run blocks on: three banks that finance, a buyer that does not.

Keys are made of names. No transaction is signed: its signatures are no business of the ledger, but those by
which keys prove themselves to a rule are.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256

from p2pchain.business.software import MODULES
from p2pchain.codec.genesis import genesis_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.context import Setting
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.module import Module
from p2pchain.ledger.operation import setting_of
from p2pchain.ledger.restoration import restore
from p2pchain.ledger.versions import Software
from p2pchain.model.block import Header
from p2pchain.model.chain import Block, BlockRecord, StateChange
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import BlockId, ChainId, Height, OrgId, PublicKey, Round, TxId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import (
    ANY_HEIGHT,
    Operation,
    Receipt,
    Transaction,
    TransactionBody,
    Value,
    VerifiedTransaction,
)
from p2pchain.model.voting import CommitCertificate, Evidence
from p2pchain.proofs.verifier import Verifier
from tests.unit.ledger.tally_check import check_tallies

CHAIN_ID = ChainId("test-1")
TIME_MS = 1_800_000_000_000
WORD = re.compile(r"[A-Za-z0-9_.,:*-]*")
"""Facts that are names."""
BANKS = ("bank-a", "bank-b", "bank-c")


@cache
def signing_key(name: str) -> SigningKey:
    """The secret key that stands for ``name``."""
    return SigningKey(sha256(name.encode()).digest())


def key(name: str) -> PublicKey:
    """The public key that stands for ``name``."""
    return signing_key(name).public_key


def fingerprint(name: str) -> bytes:
    """A fingerprint that stands for ``name``."""
    return sha256(b"fingerprint " + name.encode()).digest()


def organisation(org: str, roles: tuple[str, ...]) -> GenesisOrganisation:
    """An organisation with an account of its own name, one without roles, and a node that validates."""
    return GenesisOrganisation(
        org=OrgId(org),
        legal_name=f"{org.title()} Ltd",
        roles=roles,
        accounts=(
            GenesisAccount(name=org, public_key=key(org), roles=roles),
            GenesisAccount(name=f"{org}-clerk", public_key=key(f"{org}-clerk"), roles=()),
        ),
        nodes=(
            GenesisNode(
                name=org, peer_key=key(f"{org} peer"), consensus_key=key(f"{org} consensus"), power=1
            ),
        ),
    )


def a_genesis(parameters: Parameters | None = None) -> Genesis:
    """Three banks and a buyer."""
    banks = tuple(organisation(org, ("financier", "validator")) for org in BANKS)
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=parameters or Parameters(tx_lifetime=20),
        organisations=(*banks, organisation("buyer", ("validator",))),
    )


def operation(module: str, action: str, *args: Value) -> Operation:
    """One operation."""
    return Operation(module=module, action=action, args=args)


MADE: deque[World] = deque(maxlen=64)
"""The newest worlds: what ``tests/replay`` records chains from."""


class World:
    """A ledger, the blocks that it committed, and short ways to say what happens."""

    def __init__(self, genesis: Genesis | None = None, modules: Sequence[Module] = MODULES) -> None:
        self.genesis = genesis or a_genesis()
        self.modules = modules
        self.ledger = Ledger.from_genesis(self.genesis, modules)
        self.records: list[BlockRecord] = []
        self.systems: list[tuple[StateChange, ...]] = []
        MADE.append(self)
        self.nonces = itertools.count(1_000)

    def setting(self) -> Setting:
        """What modules find about this chain."""
        return setting_of(
            Software(self.modules).at_genesis,
            Verifier(CHAIN_ID),
            self.ledger.validators,
            self.genesis.parameters,
        )

    def transaction(
        self,
        signers: str | Sequence[str],
        *operations: Operation,
        nonce: int | None = None,
        valid_until: int | None = None,
        until_ms: int | None = None,
        chain_id: str = CHAIN_ID,
    ) -> VerifiedTransaction:
        """A transaction of the accounts named; by default valid as long as the next block allows;
        ``until_ms``: until a time instead.
        """
        names = (signers,) if isinstance(signers, str) else tuple(signers)
        last = self.ledger.height + self.genesis.parameters.tx_lifetime
        if until_ms is not None:
            valid_until = ANY_HEIGHT
        body = TransactionBody(
            chain_id=ChainId(chain_id),
            nonce=(next(self.nonces) if nonce is None else nonce).to_bytes(8, "big"),
            valid_until=Height(last if valid_until is None else valid_until),
            signers=tuple(key(name) for name in names),
            operations=operations,
            valid_until_ms=until_ms,
        )
        body_bytes = repr(body).encode()
        return VerifiedTransaction(
            transaction=Transaction(
                body=body,
                body_bytes=body_bytes,
                signatures=(),
                raw=body_bytes,
                tx_id=TxId(sha256(body_bytes).digest()),
            )
        )

    def execute(
        self,
        *transactions: VerifiedTransaction,
        evidence: Sequence[Evidence] = (),
        system: Sequence[StateChange] = (),
    ) -> Execution:
        """What the next block would do with these transactions."""
        return self.ledger.execute(
            height=Height(self.ledger.height + 1),
            time_ms=self.ledger.time_ms + 100,
            transactions=transactions,
            evidence=evidence,
            system=system,
        )

    def block(
        self,
        *transactions: VerifiedTransaction,
        evidence: Sequence[Evidence] = (),
        system: Sequence[StateChange] = (),
    ) -> tuple[Receipt, ...]:
        """Execute and commit the next block; its receipts."""
        execution = self.execute(*transactions, evidence=evidence, system=system)
        for transaction, receipt in zip(transactions, execution.receipts, strict=True):
            require_typed(transaction, receipt)
        self.ledger.commit(execution)
        if self.modules is MODULES:
            check_tallies(self.ledger)
        self.records.append(self.record(execution, transactions, tuple(evidence)))
        self.systems.append(tuple(system))
        return execution.receipts

    def submit(self, signers: str | Sequence[str], *operations: Operation) -> Receipt:
        """A block with one transaction; its receipt."""
        (receipt,) = self.block(self.transaction(signers, *operations))
        return receipt

    def record(
        self,
        execution: Execution,
        transactions: tuple[VerifiedTransaction, ...],
        evidence: tuple[Evidence, ...],
    ) -> BlockRecord:
        """What the log would keep of a block."""
        parent_id = self.records[-1].block.block_id if self.records else genesis_id(self.genesis)
        header = Header(
            chain_id=CHAIN_ID,
            height=execution.height,
            time_ms=execution.time_ms,
            parent_id=parent_id,
            proposer=key("bank-a consensus"),
            tx_root=bytes(32),
            state_root=execution.state_root,
            results_root=execution.results_root,
            validators_hash=bytes(32),
            next_validators_hash=bytes(32),
            certificate_hash=bytes(32),
            evidence_root=bytes(32),
            genesis_id=genesis_id(self.genesis),
        )
        block_id = BlockId(sha256(repr(header).encode()).digest())
        block = Block(
            header=header,
            block_id=block_id,
            transactions=transactions,
            evidence=evidence,
            last_certificate=None,
        )
        certificate = CommitCertificate(
            height=header.height, round=Round(0), block_id=block_id, signatures=()
        )
        return BlockRecord(
            block=block, certificate=certificate, receipts=execution.receipts, changes=execution.changes
        )

    def restored(self) -> Ledger:
        """Another ledger, from the records alone."""
        return restore(self.genesis, [record.replay for record in self.records], modules=self.modules)


def require_typed(transaction: VerifiedTransaction, receipt: Receipt) -> None:
    """Assert that a receipt's texts are names, names joined by commas, or what the transaction says."""
    said = set(texts_in(transaction.transaction.body.operations))
    for name, value in receipt.facts:
        assert not isinstance(value, str) or WORD.fullmatch(value) or value in said, f"{name}: {value!r}"


def texts_in(value: object) -> Iterator[str]:
    """All texts in the operations of a transaction, at any depth."""
    match value:
        case str():
            yield value
        case tuple():
            for each in value:
                yield from texts_in(each)
        case Operation():
            yield from texts_in((value.module, value.action, value.args))


def facts(receipt: Receipt) -> dict[str, Value]:
    """Facts of a receipt by name."""
    return dict(receipt.facts)
