"""A large state without the hours that it takes to grow: blocks laid into the logs of a network that stands.

Whoever knows the seed of a test network knows all of its keys. So one process executes the blocks once, signs
for everybody, and writes the same records into each chain log; the nodes then start with a state of any size,
and every rule held on the way.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Final

from p2pchain.business.software import MODULES
from p2pchain.client.transactions import build_transaction
from p2pchain.codec.block import encode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.receivable_ids import ISSUE_NONCE_BYTES
from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import NONCE_BYTES, BlockId, Height, PublicKey, Round
from p2pchain.model.safety import NO_LOCK
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.voting import CommitCertificate, Vote, VoteContent, VoteKind
from p2pchain.node.home.layout import Home
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, tip_of
from p2pchain.replica.start_state import origin_of
from p2pchain.signing.guard import DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.safety import SafetyLog
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.mixes.mix import DAY_S
from p2pchain.testnet.mixes.receivable import TENOR_DAYS, issue
from p2pchain.testnet.network_files import account_key, consensus_key

ISSUES_PER_TX: Final = 32
TRANSACTIONS_PER_BLOCK: Final = 64
"""More than the budget of a block allows; those that it does not hold wait for the next."""
BLOCK_EVERY_MS: Final = 100


def fill(launcher: Launcher, keys: int) -> int:
    """Lay blocks of new receivables into the logs of a network that was never started, until its state has
    ``keys`` keys; returns the height.
    """
    homes = {name: Home(launcher.home(name)) for name in launcher.names}
    genesis = homes[launcher.names[0]].read_genesis()
    own_id = genesis_id(genesis)
    signers = {key.public_key: key for key in (consensus_key(launcher.plan.seed, name) for name in homes)}
    with ExitStack() as stack:
        logs = [
            stack.enter_context(closing(ChainLog.open(Disk(), home.chain, genesis=own_id)))
            for home in homes.values()
        ]
        writer = _Chain(genesis, signers)
        waiting = _issues(genesis, account_key(launcher.plan.seed, "buyer"), writer)
        payload = b""
        while writer.keys < keys:
            payload = writer.extend(waiting)
            for log in logs:
                log.append(writer.tip.height, payload)
        for log in logs:
            log.sync()
        for name, home in homes.items():
            _remember(home, own_id, genesis, consensus_key(launcher.plan.seed, name), writer)
    return writer.tip.height


class _Chain:
    """A chain that everybody signs."""

    def __init__(self, genesis: Genesis, signers: dict[PublicKey, SigningKey]) -> None:
        self.ledger = Ledger.from_genesis(genesis, MODULES)
        self.verifier = Verifier(genesis.chain_id)
        self.tip = origin_of(genesis_id(genesis), genesis.time_ms, self.ledger, None, ()).tip
        self.keys = 0
        self._maker = BlockMaker(self.ledger, self.verifier)
        self._signers = signers
        self._over: list[VerifiedTransaction] = []

    def extend(self, waiting: Iterator[VerifiedTransaction]) -> bytes:
        """Extend the chain by one full block; return its record."""
        more = TRANSACTIONS_PER_BLOCK - len(self._over)
        self._over += itertools.islice(waiting, more)
        validators = self.ledger.validators
        height = Height(self.tip.height + 1)
        proposer = self._maker.rotation().proposer_index(validators, height, Round(0))
        candidate = self._maker.build(
            self.tip,
            proposer=validators[proposer].public_key,
            now_ms=self.tip.time_ms + BLOCK_EVERY_MS,
            transactions=self._over,
            evidence=(),
        )
        block, execution = candidate.block, candidate.execution
        self._over = self._over[len(block.transactions) :]
        certificate = self._certificate(height, block.block_id)
        self.ledger.commit(execution)
        self.keys = len(execution.trie)
        self.tip = tip_of(block, certificate, validators)
        return encode_block_record(
            BlockRecord(
                block=block,
                certificate=certificate,
                receipts=execution.receipts,
                changes=execution.changes,
            )
        )

    def precommit(self) -> VoteContent:
        """Sign the precommits of all validators for the tip."""
        return VoteContent(
            kind=VoteKind.PRECOMMIT, height=self.tip.height, round=Round(0), block_id=self.tip.block_id
        )

    def _certificate(self, height: Height, block_id: BlockId) -> CommitCertificate:
        content = VoteContent(kind=VoteKind.PRECOMMIT, height=height, round=Round(0), block_id=block_id)
        said = vote_sign_bytes(self.verifier.chain_id, content)
        return CommitCertificate(
            height=height,
            round=Round(0),
            block_id=block_id,
            signatures=tuple(
                (index, self._signers[member.public_key].sign(said))
                for index, member in enumerate(self.ledger.validators.members)
            ),
        )


def _issues(genesis: Genesis, buyer: SigningKey, chain: _Chain) -> Iterator[VerifiedTransaction]:
    """Yield transactions that issue receivables, for ever."""
    due_day = int(time.time()) // DAY_S + TENOR_DAYS
    nonces = itertools.count()
    drawn = (sha256(number.to_bytes(8, "big"))[:ISSUE_NONCE_BYTES] for number in itertools.count())
    while True:
        operations = tuple(issue(nonce, due_day) for nonce in itertools.islice(drawn, ISSUES_PER_TX))
        transaction = build_transaction(
            chain_id=genesis.chain_id,
            valid_until=Height(chain.tip.height + genesis.parameters.tx_lifetime),
            signers=(buyer,),
            operations=operations,
            nonce=next(nonces).to_bytes(NONCE_BYTES, "big"),
        )
        yield chain.verifier.transaction(transaction)


def _remember(home: Home, own_id: BlockId, genesis: Genesis, key: SigningKey, chain: _Chain) -> Vote:
    """Put the last signature of a key into its safety log, or its node doubts its memory and stays silent."""
    log = SafetyLog.open(Disk(), home.safety, genesis=own_id, chain_height=chain.tip.height)
    signer = ConsensusSigner(
        key=key,
        chain_id=genesis.chain_id,
        guard=DoubleSignGuard((), chain.tip.height - 1),
        log=log,
    )
    index = chain.ledger.validators.index_of(key.public_key)
    assert index is not None, "everybody validates"
    try:
        return signer.sign_vote(chain.precommit(), validator=index, lock=NO_LOCK, block=None, polka=None)
    finally:
        log.close()
