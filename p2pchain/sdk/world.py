"""Small consortium in this process, on whose ledger an author's tests run actions.

Four organisations, each with an account of its own name: ``bank-a``, ``bank-b``, ``buyer``, ``supplier``. The
ledger is the one that nodes run, with the module in force from the first block on, as if governance had
brought it in. Nothing is signed, proposed or voted on: that is no business of a module.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from p2pchain.business.software import MODULES
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.digest import DIGEST_BYTES
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.module import Action, Json, Module
from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.system import VersionFrom, encode_versions, versions_key
from p2pchain.ledger.versions import Software
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId, Height, OrgId, PublicKey, TxId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import (
    Operation,
    Receipt,
    Transaction,
    TransactionBody,
    Value,
    VerifiedTransaction,
)
from p2pchain.proofs.verifier import Verifier

CHAIN_ID: Final = ChainId("sdk-1")
GENESIS_MS: Final = 1_800_000_000_000
BLOCK_EVERY_MS: Final = 1_000
ROLES: Final = {
    "bank-a": ("admin", "financier"),
    "bank-b": ("admin", "financier"),
    "buyer": ("admin", "issuer"),
    "supplier": ("admin", "issuer"),
}


class World:
    """A ledger that runs one module beside those of this software."""

    def __init__(self, *versions: Module, roles: Mapping[str, tuple[str, ...]] = ROLES) -> None:
        """``versions``: the module, in one or several versions, ascending; the records of each become those
        of the next, and the last one counts. One that every chain runs is there as it is. ``roles``: of the
        account of each organisation.
        """
        self.name = versions[0].name
        self.receipts: list[Receipt] = []
        self._versions: tuple[Module, ...] = ()
        self._nonces = itertools.count()
        self._ledger = Ledger.from_genesis(_genesis(roles), MODULES)
        if versions[0] in MODULES:
            self._versions = versions
            return
        for version in versions:
            self.upgrade(version)

    def upgrade(self, version: Module) -> None:
        """Bring the module's next version into force, and make its first block. The records are migrated
        there.
        """
        self._versions = (*self._versions, replace(version, at_genesis=False))
        height = self._ledger.height + 1
        since = VersionFrom(version.version, height, bytes(DIGEST_BYTES))
        values = {
            **dict(self._ledger.walk(b"")),
            versions_key(self.name): encode_versions((since,)),
        }
        self._ledger = Ledger(
            verifier=Verifier(CHAIN_ID),
            software=Software((*MODULES, *self._versions)),
            values=values,
            window=ReplayWindow(),
            height=self._ledger.height,
            time_ms=self._ledger.time_ms,
        )
        self.block()

    @property
    def height(self) -> int:
        """Height of the last block."""
        return self._ledger.height

    @property
    def time_ms(self) -> int:
        """Time of the last block, in milliseconds since 1970."""
        return self._ledger.time_ms

    @property
    def state_root(self) -> bytes:
        """Root over all records: equal for equal records."""
        return self._ledger.state_root

    @property
    def actions(self) -> tuple[Action, ...]:
        """Actions of the newest version."""
        return self._versions[-1].actions

    def submit(self, signers: str | Sequence[str], action: str, *values: Value, **named: Value) -> Receipt:
        """Run one action in a block of its own and return its receipt. The accounts of organisations sign it.

        Values in the order of the message's fields, or by name.
        """
        known = next((known for known in self._versions[-1].actions if known.name == action), None)
        args = (
            values
            if known is None
            else (*values, *(named[field.name] for field in known.fields[len(values) :]))
        )
        return self.operate(signers, Operation(module=self.name, action=action, args=tuple(args)))

    def operate(self, signers: str | Sequence[str], *operations: Operation) -> Receipt:
        """Run operations of any modules as one transaction, in its own block. Returns its receipt."""
        (receipt,) = self.block(self._transaction(signers, operations))
        return receipt

    def block(
        self, *transactions: VerifiedTransaction, after_ms: int = BLOCK_EVERY_MS
    ) -> tuple[Receipt, ...]:
        """Execute and commit the next block, so long after the last; the receipts."""
        execution = self._ledger.execute(
            height=Height(self._ledger.height + 1),
            time_ms=self._ledger.time_ms + after_ms,
            transactions=transactions,
            evidence=(),
            system=(),
        )
        for fault in execution.faults:
            print(f"{fault.module} {fault.action}:\n{fault.trace}")
        self._ledger.commit(execution)
        self.receipts.extend(execution.receipts)
        return execution.receipts

    def ask(self, query: str, organisation: str | None = None, **args: Value) -> Json:
        """Ask the module a question as an organisation, or as a stranger. Raises ``Refused``."""
        account = None if organisation is None else public_key(organisation)
        return self._ledger.query(self.name, query, args, account)

    def records(self) -> dict[bytes, bytes]:
        """Records of the module by key, without its namespace, encoded."""
        prefix = self.name.encode() + b"/"
        return {key.removeprefix(prefix): value for key, value in self._ledger.walk(prefix)}

    def _transaction(
        self, signers: str | Sequence[str], operations: Sequence[Operation]
    ) -> VerifiedTransaction:
        names = (signers,) if isinstance(signers, str) else tuple(signers)
        body = TransactionBody(
            chain_id=CHAIN_ID,
            nonce=next(self._nonces).to_bytes(8, "big"),
            valid_until=Height(self._ledger.height + 1),
            signers=tuple(public_key(name) for name in names),
            operations=tuple(operations),
        )
        raw = repr(body).encode()
        transaction = Transaction(body=body, body_bytes=raw, signatures=(), raw=raw, tx_id=TxId(sha256(raw)))
        return VerifiedTransaction(transaction=transaction)


def public_key(name: str) -> PublicKey:
    """Return the key of an organisation's account, or of any other name."""
    return SigningKey(sha256(b"p2pchain.sdk/" + name.encode())).public_key


def _genesis(of_accounts: Mapping[str, tuple[str, ...]]) -> Genesis:
    organisations = tuple(
        GenesisOrganisation(
            org=OrgId(name),
            legal_name=f"{name.title()} Ltd",
            roles=tuple(sorted((*roles, "validator"))),
            accounts=(GenesisAccount(name=name, public_key=public_key(name), roles=roles),),
            nodes=(
                GenesisNode(
                    name=name,
                    peer_key=public_key(f"{name} peer"),
                    consensus_key=public_key(f"{name} consensus"),
                    power=1,
                ),
            ),
        )
        for name, roles in of_accounts.items()
    )
    return Genesis(
        chain_id=CHAIN_ID, time_ms=GENESIS_MS, parameters=Parameters(), organisations=organisations
    )
