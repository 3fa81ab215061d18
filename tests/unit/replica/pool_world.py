"""Clients of several organisations, and a chain of one validator that makes a block whenever it is told to.

Every block goes the whole way: the pool's order, the ledger's choice, execution, votes, commit, charge.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from p2pchain.codec.transaction import assemble_transaction, encode_body, transaction_sign_bytes
from p2pchain.crypto.hashing import sha256
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.genesis import Genesis, GenesisAccount
from p2pchain.model.ids import Height, OrgId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Transaction, TransactionBody
from p2pchain.replica.effects import Committed, Effect, TransactionsDropped
from p2pchain.replica.inputs import BeginHeight, TransactionsSubmitted
from tests.simulation.keys import StandInKey
from tests.unit.replica.effect_words import of
from tests.unit.replica.replica_votes import CHAIN
from tests.unit.replica.replica_world import Scene, a_genesis

FLOODING: Final = ("org-1", "org-2", "org-3")
HONEST: Final = "org-4"
MINTED: Final = 40
"""Accounts of each flooding organisation."""
_NONCES = itertools.count(1_000_000)


def account_key(org: str, number: int = 0) -> StandInKey:
    """The key of an organisation's account."""
    return StandInKey(f"client of {org} {number}")


def pool_genesis(parameters: Parameters | None = None, *, validators: int = 1) -> Genesis:
    """Five organisations, of which the first ones validate; the flooding ones have many accounts."""
    genesis = a_genesis(parameters)
    organisations = []
    for number, org in enumerate(genesis.organisations):
        count = MINTED if org.org in FLOODING else 1
        accounts = tuple(
            GenesisAccount(
                name=f"client-{number}-{each}",
                public_key=account_key(org.org, each).public_key,
                roles=("financier",),
            )
            for each in range(count)
        )
        (node,) = org.nodes
        if number >= validators:
            node = replace(node, consensus_key=None, power=0)
        organisations.append(replace(org, accounts=accounts, nodes=(node,)))
    return replace(genesis, organisations=tuple(organisations))


def note_of(
    org: str, number: int = 0, *, text: str = "hello", times: int = 1, valid_until: int = 500
) -> Transaction:
    """Notes of an organisation's account."""
    return _signed(org, number, (Operation(module="note", action="put", args=(text,)),) * times, valid_until)


def refused_of(org: str, number: int = 0) -> Transaction:
    """A transaction of which only the block can say that a rule refuses it."""
    document = sha256(b"nobody registered this")
    operation = Operation(module="registry", action="finance", args=(document, 10**18, True))
    return _signed(org, number, (operation,), 500)


def _signed(org: str, number: int, operations: Sequence[Operation], valid_until: int) -> Transaction:
    key = account_key(org, number)
    body = TransactionBody(
        chain_id=CHAIN,
        nonce=next(_NONCES).to_bytes(8, "big"),
        valid_until=Height(valid_until),
        signers=(key.public_key,),
        operations=tuple(operations),
    )
    return assemble_transaction(body, (key.sign(transaction_sign_bytes(CHAIN, encode_body(body))),))


class Solo:
    """A chain of one validator, and what became of what was handed in."""

    def __init__(
        self, parameters: Parameters | None = None, *, pool_limits: PoolLimits | None = None
    ) -> None:
        self.scene = Scene(0, genesis=pool_genesis(parameters), peers=(), pool_limits=pool_limits)
        self.replica = self.scene.replica
        self.refusals: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.decided: list[list[Transaction]] = []

    def submit(self, *transactions: Transaction) -> list[str | None]:
        """A client hands them in: a code for each."""
        told = self.scene.tell(TransactionsSubmitted(ticket=1, transactions=transactions))
        self._read(told)
        (answer,) = [effect.results for effect in told if hasattr(effect, "results")]
        return [None if fault is None else fault.code for fault in answer]

    def block(self) -> list[OrgId]:
        """The next block: whose its transactions are, in its order."""
        self.scene.now_ms += 100
        begun = self.scene.elapse(BeginHeight(height=self.replica.work.height))
        begun += self.scene.execute()
        told = [*begun, *self.scene.sign_all(begun)]
        self._read(told)
        (committed,) = of(Committed, told)
        block = committed.record.block
        self.decided.append([each.transaction for each in block.transactions])
        orgs = [
            self.replica.ledger.organisation_of(each.transaction.body.signers) for each in block.transactions
        ]
        return [org for org in orgs if org is not None]

    def _read(self, told: Sequence[Effect]) -> None:
        for effect in of(TransactionsDropped, told):
            self.dropped.update(str(each.fault.facts.get("org")) for each in effect.dropped)
