"""One replica among four validators, told every input by hand; the keys of the others are in our hands.

``Chain`` is what the others decide: it builds and certifies blocks on a ledger of its own. ``Scene`` is the
replica under test: ``tell`` gives an input and collects effects. Nothing is signed unless a test says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from p2pchain.business.software import MODULES
from p2pchain.codec.block import encode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.header import header_id
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.codec.transaction import assemble_transaction, encode_body, transaction_sign_bytes
from p2pchain.codec.voting import proposal_sign_bytes
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.module import Module
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.block import Header
from p2pchain.model.chain import Block, BlockRecord, FinalBlock, RawBlock
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import BlockId, Height, OrgId, PeerId, Round, Signature
from p2pchain.model.messages import LinkMessage, ProposalMessage, RoundSummary, TransactionBatch, VoteMessage
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import SafetyRecord
from p2pchain.model.transaction import Operation, Transaction, TransactionBody
from p2pchain.model.voting import (
    CommitCertificate,
    Evidence,
    Proposal,
    ProposalContent,
    Vote,
    VoteKind,
)
from p2pchain.proofs.verifier import Check, Verifier
from p2pchain.replica.blocks import BlockMaker, tip_of
from p2pchain.replica.candidates import Candidate
from p2pchain.replica.effects import Effect, SignProposal, SignVote
from p2pchain.replica.executions import SLICE_UNITS
from p2pchain.replica.inputs import (
    BeginHeight,
    ExecutionDue,
    Input,
    MessageReceived,
    OwnMessageSigned,
    PeerConnected,
    Started,
    Timer,
    TimerElapsed,
)
from p2pchain.replica.moment import Now
from p2pchain.replica.replica import Replica
from p2pchain.replica.start_state import origin_of
from tests.simulation.keys import StandInKey, check
from tests.unit.replica.replica_votes import (
    CHAIN,
    COUNT,
    KEYS,
    PRECOMMIT,
    a_commit,
    a_vote,
)

GENESIS_MS = 1_800_000_000_000
PEERS = [peer_id_of(StandInKey(f"peer-{number}").public_key) for number in range(COUNT + 1)]
"""Peer ids of the validators by index; the last one is an observer's."""
OBSERVER = PEERS[COUNT]
CLIENT = StandInKey("client")
_NONCES = itertools.count(1)


def a_genesis(parameters: Parameters | None = None) -> Genesis:
    """Four validators of power 1, one observer, one client."""
    client = GenesisAccount(name="client", public_key=CLIENT.public_key, roles=("financier",))
    organisations = []
    for number in range(COUNT + 1):
        name = f"org-{number}"
        validates = number < COUNT
        organisations.append(
            GenesisOrganisation(
                org=OrgId(name),
                legal_name=name,
                roles=("financier", "validator"),
                accounts=(client,) if number == 0 else (),
                nodes=(
                    GenesisNode(
                        name=name,
                        peer_key=StandInKey(f"peer-{number}").public_key,
                        consensus_key=KEYS[number].public_key if validates else None,
                        power=1 if validates else 0,
                    ),
                ),
            )
        )
    return Genesis(
        chain_id=CHAIN,
        time_ms=GENESIS_MS,
        parameters=parameters or Parameters(),
        organisations=tuple(organisations),
    )


def a_transaction(
    *, valid_until: int = 100, nonce: int | None = None, text: str = "hello", times: int = 1
) -> Transaction:
    """Notes of the client; without ``nonce`` each is another one."""
    note = Operation(module="note", action="put", args=(text,))
    return transaction_of(*(note,) * times, valid_until=valid_until, nonce=nonce)


def transaction_of(*operations: Operation, valid_until: int = 100, nonce: int | None = None) -> Transaction:
    """Operations of the client."""
    body = TransactionBody(
        chain_id=CHAIN,
        nonce=(next(_NONCES) if nonce is None else nonce).to_bytes(8, "big"),
        valid_until=Height(valid_until),
        signers=(CLIENT.public_key,),
        operations=operations,
    )
    return assemble_transaction(body, (CLIENT.sign(transaction_sign_bytes(CHAIN, encode_body(body))),))


def forged(transaction: Transaction) -> Transaction:
    """The same body with a signature that does not hold."""
    return assemble_transaction(transaction.body, (Signature(bytes(64)),))


def a_proposal(block: Block, index: int, *, round_: int = 0, valid_round: int | None = None) -> Proposal:
    """A block proposed and signed by a validator, whoever's turn it is."""
    content = ProposalContent(
        height=block.header.height,
        round=Round(round_),
        valid_round=None if valid_round is None else Round(valid_round),
        block_id=block.block_id,
    )
    return Proposal(
        round=content.round,
        valid_round=content.valid_round,
        header=block.header,
        block_id=block.block_id,
        tx_ids=tuple(transaction.tx_id for transaction in block.transactions),
        evidence=block.evidence,
        last_certificate=block.last_certificate,
        signature=KEYS[index].sign(proposal_sign_bytes(CHAIN, content)),
    )


def stands_at(height: int) -> RoundSummary:
    """A peer works on this height and holds nothing of it."""
    return RoundSummary(height=Height(height), round=Round(0), step=0, rounds=())


def with_header(block: Block, header: Header) -> Block:
    """The block with another header, and so another id."""
    return replace(block, header=header, block_id=header_id(header))


class Chain:
    """What the others decide, block by block."""

    def __init__(self, genesis: Genesis, modules: Sequence[Module] = MODULES) -> None:
        self.ledger = Ledger.from_genesis(genesis, modules)
        self.verifier = Verifier(CHAIN, check)
        self.maker = BlockMaker(self.ledger, self.verifier)
        self.tip = origin_of(genesis_id(genesis), genesis.time_ms, self.ledger, None, ()).tip
        self.finals: list[FinalBlock] = []
        self.records: list[bytes] = []

    def proposer(self, round_: int = 0) -> int:
        """Whose turn it is at the next height."""
        height = Height(self.tip.height + 1)
        return self.maker.rotation().proposer_index(self.ledger.validators, height, Round(round_))

    def make(
        self,
        *,
        transactions: Sequence[Transaction] = (),
        evidence: Sequence[Evidence] = (),
        round_: int = 0,
        later_ms: int = 50,
    ) -> Candidate:
        """A valid next block of the proposer of ``round_``, ``later_ms`` after the last one."""
        return self.maker.build(
            self.tip,
            proposer=KEYS[self.proposer(round_)].public_key,
            now_ms=self.tip.time_ms + later_ms,
            transactions=[self.verifier.transaction(transaction) for transaction in transactions],
            evidence=evidence,
        )

    def commit(self, candidate: Candidate, *, round_: int = 0) -> FinalBlock:
        """Make the block final."""
        block, execution = candidate.block, candidate.execution
        certificate = a_commit(block.block_id, height=block.height, round_=round_)
        validators = self.ledger.validators
        self.ledger.commit(execution)
        self.tip = tip_of(block, certificate, validators)
        final = final_of(block, certificate)
        self.finals.append(final)
        record = BlockRecord(
            block=block, certificate=certificate, receipts=execution.receipts, changes=execution.changes
        )
        self.records.append(encode_block_record(record))
        return final

    def extend(self, count: int = 1) -> list[FinalBlock]:
        """``count`` further empty blocks."""
        return [self.commit(self.make()) for _ in range(count)]


def final_of(block: Block, certificate: CommitCertificate) -> FinalBlock:
    """A block as block sync carries it."""
    raw = RawBlock(
        header=block.header,
        block_id=block.block_id,
        transactions=tuple(verified.transaction for verified in block.transactions),
        evidence=block.evidence,
        last_certificate=block.last_certificate,
    )
    return FinalBlock(block=raw, certificate=certificate)


class Scene:
    """The replica under test: validator ``own``, or an observer; all others are connected, and ``heard``."""

    def __init__(
        self,
        own: int | None = 0,
        *,
        parameters: Parameters | None = None,
        genesis: Genesis | None = None,
        records: Sequence[SafetyRecord] = (),
        peers: Sequence[PeerId] | None = None,
        pool_limits: PoolLimits | None = None,
        heard: bool = True,
        began_ms: int = GENESIS_MS + 1_000,
        modules: Sequence[Module] = MODULES,
        others_modules: Sequence[Module] = MODULES,
        slice_units: int = SLICE_UNITS,
        check: Check = check,
    ) -> None:
        genesis = genesis or a_genesis(parameters)
        ledger = Ledger.from_genesis(genesis, modules)
        self.own = own
        self.other = 1 if own == 0 else 0
        self.now_ms = began_ms
        self.wall_ahead_ms = 0
        self.chain = Chain(genesis, others_modules)
        self.effects: list[Effect] = []
        origin = origin_of(genesis_id(genesis), genesis.time_ms, ledger, None, records)
        self.replica = Replica(
            ledger=ledger,
            verifier=Verifier(CHAIN, check),
            origin=origin,
            own_key=None if own is None else KEYS[own].public_key,
            pool_limits=pool_limits or PoolLimits(),
            secret=bytes(32),
            slice_units=slice_units,
        )
        self.tell(Started())
        for peer in peers if peers is not None else [PEERS[index] for index in range(COUNT) if index != own]:
            self.tell(PeerConnected(peer=peer))
            if heard and own is not None:
                self.hear(stands_at(1), peer)

    @property
    def now(self) -> Now:
        """The moment on both clocks; ``wall_ahead_ms`` moves the wall clock alone."""
        return Now(wall_ms=self.now_ms + self.wall_ahead_ms, monotonic_ms=self.now_ms - GENESIS_MS)

    def tell(self, given: Input) -> list[Effect]:
        """One input; its effects, which also stay in ``effects``."""
        told = list(self.replica.handle(given, self.now))
        self.effects += told
        return told

    def hear(self, message: LinkMessage, sender: PeerId | int) -> list[Effect]:
        """A message of a peer."""
        peer = PEERS[sender] if isinstance(sender, int) else sender
        return self.tell(MessageReceived(peer=peer, message=message))

    def votes(self, kind: VoteKind, block_id: BlockId | None, *indexes: int, round_: int = 0) -> list[Effect]:
        """Votes at the height in progress, each from its validator."""
        told: list[Effect] = []
        for index in indexes:
            vote = a_vote(kind, index, block_id, height=self.replica.work.height, round_=round_)
            told += self.hear(VoteMessage(vote=vote), index)
        return told

    def propose(self, block: Block, *, round_: int = 0, valid_round: int | None = None) -> list[Effect]:
        """The proposer of the round proposes the block; where that is us, another passes it on. A height
        that this does not begin begins by its timer.
        """
        proposer = self.replica.work.proposer_index(Round(round_))
        proposal = a_proposal(block, proposer, round_=round_, valid_round=valid_round)
        told = self.hear(ProposalMessage(proposal=proposal), self.other if proposer == self.own else proposer)
        if not self.replica.work.started:
            told += self.elapse(BeginHeight(height=self.replica.work.height))
        return told

    def hear_bodies(self, block: Block) -> None:
        """A peer pushes the transactions of a block."""
        self.hear(
            TransactionBatch(transactions=tuple(each.transaction for each in block.transactions)),
            self.other,
        )

    def elapse(self, timer: Timer) -> list[Effect]:
        """A timer runs out."""
        return self.tell(TimerElapsed(timer=timer))

    def execute(self) -> list[Effect]:
        """Continue the execution under way to its end; all effects of that."""
        told: list[Effect] = []
        while self.replica.executions.running:
            told += self.tell(ExecutionDue())
        return told

    def sign_all(self, told: Sequence[Effect]) -> list[Effect]:
        """Sign what is asked for and tell it back, and what follows from it; all effects of that."""
        found: list[Effect] = []
        waiting = list(told)
        while waiting:
            effect = waiting.pop(0)
            if isinstance(effect, SignVote | SignProposal):
                more = self.tell(OwnMessageSigned(message=signed(effect)))
                found += more
                waiting += more
        return found

    def decide(self, candidate: Candidate) -> None:
        """The others decide this block: proposal and precommits; we sign nothing."""
        block = block_of(self.chain.commit(candidate))
        self.now_ms = max(self.now_ms, block.header.time_ms) + 1
        self.propose(block)
        self.votes(PRECOMMIT, block.block_id, *(index for index in range(COUNT) if index != self.own))
        self.execute()
        assert self.replica.height == block.height, "the block is decided"

    def follow(self, count: int = 1) -> None:
        """Decide ``count`` blocks that the others make."""
        for _ in range(count):
            self.decide(self.chain.make())


def block_of(final: FinalBlock) -> Block:
    """The block of a final block that we made ourselves, so that it is verified."""
    verifier = Verifier(CHAIN, check)
    raw = final.block
    return Block(
        header=raw.header,
        block_id=raw.block_id,
        transactions=tuple(verifier.transaction(transaction) for transaction in raw.transactions),
        evidence=raw.evidence,
        last_certificate=raw.last_certificate,
    )


def signed(effect: SignVote | SignProposal) -> Vote | Proposal:
    """The message that the signer would give back."""
    if isinstance(effect, SignVote):
        kind, at = effect.content.kind, effect.content
        return a_vote(kind, effect.validator, at.block_id, height=at.height, round_=at.round)
    proposal = effect.proposal
    proposer = next(index for index, key in enumerate(KEYS) if key.public_key == proposal.header.proposer)
    sign_bytes = proposal_sign_bytes(CHAIN, proposal.content)
    return replace(proposal, signature=KEYS[proposer].sign(sign_bytes))
