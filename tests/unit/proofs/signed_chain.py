"""A chain of four validators within this process, with real keys of fixed seeds: the same bytes every time.

The real ledger executes, the real block maker builds, the validators' keys sign certificates, the real chain
log keeps the blocks, and the real prover proves from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from p2pchain.business.software import MODULES
from p2pchain.client.transactions import build_transaction
from p2pchain.codec.block import encode_block_record
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.chain import BlockRecord
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import NONCE_BYTES, ChainId, Height, OrgId, Round, TxId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Receipt, Transaction, Value
from p2pchain.model.voting import CommitCertificate, VoteContent, VoteKind
from p2pchain.node.face.proofs import Prover
from p2pchain.proofs.trust import TrustedBlock, block_named
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, tip_of
from p2pchain.replica.start_state import origin_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.simulated import SimulatedDisk
from tests.unit.ledger.ledger_world import TIME_MS

CHAIN = ChainId("signed-1")
POWER = 10
BLOCK_MS = 1_000
MEMBERS = {
    "bank-a": ("admin", "financier"),
    "bank-b": ("admin", "financier"),
    "buyer": ("admin", "issuer"),
    "supplier": ("admin", "issuer"),
}
"""Organisations, and the roles of the account of each; each validates with one node."""


def signing_key(kind: str, org: str) -> SigningKey:
    """The ``account``, ``peer`` or ``consensus`` key of an organisation."""
    return SigningKey(sha256(f"signed chain {kind} {org}".encode()))


def signed_genesis(
    clerks: Sequence[str] = (),
    chain_id: ChainId = CHAIN,
    members: Mapping[str, tuple[str, ...]] = MEMBERS,
) -> Genesis:
    """Four organisations that validate with equal power. ``clerks``: those that deposit evidence, too."""
    return Genesis(
        chain_id=chain_id,
        time_ms=TIME_MS,
        parameters=Parameters(),
        organisations=tuple(
            _organisation(org, (*roles, "clerk") if org in clerks else roles)
            for org, roles in members.items()
        ),
    )


class SignedChain:
    """What the four decided so far, block by block. ``voters``: the consensus keys that sign certificates, by
    their public halves; who exchanges one adds the new one.
    """

    def __init__(self, genesis: Genesis | None = None) -> None:
        """``genesis``: of these members, the usual one where it is not given."""
        self.genesis = genesis or signed_genesis()
        self.ledger = Ledger.from_genesis(self.genesis, MODULES)
        self.last: BlockRecord | None = None
        self.maker = BlockMaker(self.ledger, Verifier(self.genesis.chain_id))
        orgs = [organisation.org for organisation in self.genesis.organisations]
        self.voters = {key.public_key: key for key in (signing_key("consensus", org) for org in orgs)}
        self._found: dict[TxId, tuple[Height, int]] = {}
        self._nonces = itertools.count(1)
        self._verifier = Verifier(self.genesis.chain_id)
        self._first = genesis_validators(self.genesis)
        self._lineage = Lineage((), (self._first,))
        identity = genesis_id(self.genesis)
        self._tip = origin_of(identity, self.genesis.time_ms, self.ledger, None, ()).tip
        disk, directory = SimulatedDisk(), Path("/chain")
        ChainLog.create(disk, directory, genesis=identity, entropy=bytes)
        self._log = ChainLog.open(disk, directory, genesis=identity, entropy=bytes)

    @property
    def block(self) -> TrustedBlock:
        """The newest block, as somebody notes it."""
        assert self.last is not None, "a block was decided"
        return block_named(self.last.block.header)

    def transaction(self, orgs: str | Sequence[str], *operations: Operation) -> Transaction:
        """One that the accounts of these organisations sign."""
        return build_transaction(
            chain_id=self.genesis.chain_id,
            valid_until=Height(self.ledger.height + 100),
            signers=[signing_key("account", org) for org in ((orgs,) if isinstance(orgs, str) else orgs)],
            operations=operations,
            nonce=next(self._nonces).to_bytes(NONCE_BYTES, "big"),
        )

    def decide(self, *transactions: Transaction, absent: str = "buyer") -> tuple[Receipt, ...]:
        """The next block holds these and is certified by all but one; the receipts."""
        members = self.ledger.validators
        turn = self.maker.rotation().proposer_index(members, Height(self._tip.height + 1), Round(0))
        candidate = self.maker.build(
            self._tip,
            proposer=members[turn].public_key,
            now_ms=self._tip.time_ms + BLOCK_MS,
            transactions=[self._verifier.transaction(each) for each in transactions],
            evidence=(),
        )
        block, execution = candidate.block, candidate.execution
        content = VoteContent(
            kind=VoteKind.PRECOMMIT, height=block.height, round=Round(0), block_id=block.block_id
        )
        statement = vote_sign_bytes(self.genesis.chain_id, content)
        certificate = CommitCertificate(
            height=block.height,
            round=Round(0),
            block_id=block.block_id,
            signatures=tuple(
                (index, self.voters[members[index].public_key].sign(statement))
                for index in range(len(members))
                if members[index].org != absent
            ),
        )
        self.ledger.commit(execution)
        self._tip = tip_of(block, certificate, members)
        self.last = BlockRecord(
            block=block, certificate=certificate, receipts=execution.receipts, changes=execution.changes
        )
        self._log.append(block.height, encode_block_record(self.last))
        self._log.sync()
        self._lineage.follow(block.header, execution.changes, lambda: certificate)
        self._found |= {each.tx_id: (block.height, place) for place, each in enumerate(transactions)}
        return execution.receipts

    async def query(self, module: str, name: str, args: dict[str, Value]) -> Any:
        """What a node answers."""
        return self.ledger.query(module, name, args, None)

    def prover(self) -> Prover:
        """The prover of a node that stands at the newest block."""
        return Prover(
            genesis=self.genesis,
            ledger=self.ledger,
            lineage=self._lineage,
            chain_log=self._log,
            find=self._find,
            last=None if self.last is None else self.last.final_header,
        )

    async def _find(self, tx_id: TxId) -> tuple[Height, int] | None:
        return self._found.get(tx_id)


def _organisation(org: str, roles: tuple[str, ...]) -> GenesisOrganisation:
    return GenesisOrganisation(
        org=OrgId(org),
        legal_name=f"{org.title()} Ltd",
        roles=(*roles, "validator"),
        accounts=(GenesisAccount(name=org, public_key=signing_key("account", org).public_key, roles=roles),),
        nodes=(
            GenesisNode(
                name=org,
                peer_key=signing_key("peer", org).public_key,
                consensus_key=signing_key("consensus", org).public_key,
                power=POWER,
            ),
        ),
    )
