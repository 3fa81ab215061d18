"""Attacks by proposals: two at once, withheld, late, and blocks with each part wrong in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from random import Random

from p2pchain.codec.roots import tx_root
from p2pchain.codec.transaction import assemble_transaction, encode_body, transaction_sign_bytes
from p2pchain.model.block import Header
from p2pchain.model.ids import ChainId, Height, PublicKey, Signature
from p2pchain.model.messages import (
    FetchRequest,
    FetchResponse,
    LinkMessage,
    ProposalMessage,
    TransactionsRequest,
    TransactionsResponse,
    VoteMessage,
)
from p2pchain.model.transaction import Operation, Transaction, TransactionBody
from p2pchain.model.voting import VoteKind
from tests.simulation.behaviour import Behaviour, Host
from tests.simulation.byzantine.forging import is_own, other_block, proposal_of, signed, vote
from tests.simulation.keys import StandInKey


class SplitProposals(Behaviour):
    """Two valid blocks in one round, each for half of the others, and votes for both to whom they go."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if not isinstance(message, ProposalMessage) or not is_own(node, message):
            return (message,)
        proposal = message.proposal
        if proposal.valid_round is not None or target % 2 == 0:
            return (message,)
        other = other_block(node, proposal, later_ms=1 + proposal.round)
        votes = [vote(node, kind, other.block_id, round_=proposal.round) for kind in VoteKind]
        return (proposal_of(node, other, proposal.round), *votes)


class DoubleProposals(Behaviour):
    """Two valid blocks in one round, both to everybody, in either order; a third to some."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if not isinstance(message, ProposalMessage) or not is_own(node, message):
            return (message,)
        proposal = message.proposal
        others = [
            proposal_of(node, other_block(node, proposal, later_ms=later_ms), proposal.round)
            for later_ms in (1, 2)[: 1 + target % 2]
        ]
        return (message, *others) if node.random.random() < 0.5 else (*others, message)


class WithheldProposals(Behaviour):
    """Its proposals reach one node, or nobody."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, ProposalMessage) and is_own(node, message):
            favoured = node.others()[message.proposal.header.height % (1 + len(node.others())) - 1]
            return (message,) if target == favoured and message.proposal.round % 2 == 0 else ()
        return (message,)


class WithheldBodies(Behaviour):
    """Its blocks hold transactions that it gives to nobody."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, ProposalMessage) and is_own(node, message):
            transaction = _transaction(node.random, node.chain_id, node.replica.height + 50)
            return (_holding(node, message, transaction),)
        return (message,)

    def answer(
        self, node: Host, asker: int, request: FetchRequest, response: FetchResponse
    ) -> FetchResponse | None:
        return None if isinstance(request, TransactionsRequest) else response


class BadBodies(Behaviour):
    """Its blocks hold transactions that are badly signed, expired, or in a block already."""

    def __init__(self) -> None:
        self._made: dict[bytes, Transaction] = {}

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if not isinstance(message, ProposalMessage) or not is_own(node, message):
            return (message,)
        transaction = self._bad(node)
        self._made[transaction.tx_id] = transaction
        return (_holding(node, message, transaction),)

    def answer(
        self, node: Host, asker: int, request: FetchRequest, response: FetchResponse
    ) -> FetchResponse | None:
        if isinstance(request, TransactionsRequest):
            mine = tuple(self._made[tx_id] for tx_id in request.tx_ids if tx_id in self._made)
            if mine:
                return TransactionsResponse(transactions=mine)
        return response

    def _bad(self, node: Host) -> Transaction:
        height = node.replica.height
        match node.random.randrange(4):
            case 0:
                return _transaction(node.random, node.chain_id, max(1, height))
            case 1:
                return _transaction(node.random, node.chain_id, height + 10**6)
            case 2 if self._made:
                return next(iter(self._made.values()))
            case _:
                good = _transaction(node.random, node.chain_id, height + 50)
                return assemble_transaction(good.body, (Signature(bytes(64)),))


class InvalidBlocks(Behaviour):
    """Its blocks have one header field wrong, each in its turn."""

    def __init__(self) -> None:
        self._turn = 0

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if not isinstance(message, ProposalMessage) or not is_own(node, message):
            return (message,)
        names = [field.name for field in fields(Header)]
        name = names[self._turn % len(names)]
        self._turn += 1
        wrong = _wrong(node, message.proposal.header, name)
        invalid = signed(node, message.proposal, wrong)
        approving = vote(node, VoteKind.PREVOTE, invalid.proposal.block_id, round_=message.proposal.round)
        return (invalid, approving)


class ForeignProposals(Behaviour):
    """Proposes in every round, whoever's turn it is, and replays others' proposals for other rounds."""

    def incoming(self, node: Host, source: int, message: LinkMessage) -> bool:
        if (
            isinstance(message, ProposalMessage)
            and message.proposal.header.height == node.replica.work.height
        ):
            stolen = signed(node, message.proposal, message.proposal.header)
            moved = ProposalMessage(
                proposal=replace(
                    message.proposal, round=type(message.proposal.round)(message.proposal.round + 1)
                )
            )
            for target in node.others():
                node.send(target, stolen)
                node.send(target, moved)
        return True

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, VoteMessage) and is_own(node, message) and message.vote.block_id is not None:
            for block in node.replica.work.candidates.blocks():
                return (message, proposal_of(node, block, message.vote.round))
        return (message,)


def _wrong(node: Host, header: Header, name: str) -> Header:
    value = getattr(header, name)
    changed: object
    match value:
        case bytes():
            changed = bytes([value[0] ^ 1]) + value[1:]
        case int():
            changed = value + (1 if name == "height" else node.random.choice((-(10**7), 10**7)))
        case _:
            changed = ChainId("another")
    if name == "proposer":
        changed = PublicKey(node.random.randbytes(32))
    if name == "time_ms" and node.random.random() < 0.3:
        changed = node.replica.tip.time_ms
    return replace(header, **{name: changed})  # type: ignore[arg-type]


def _holding(node: Host, message: ProposalMessage, transaction: Transaction) -> ProposalMessage:
    """The proposal with one more transaction in it."""
    tx_ids = (*message.proposal.tx_ids, transaction.tx_id)
    header = replace(message.proposal.header, tx_root=tx_root(tx_ids))
    return signed(node, replace(message.proposal, tx_ids=tx_ids), header)


def _transaction(random: Random, chain_id: ChainId, valid_until: int) -> Transaction:
    """A note of a client that is in league with the node."""
    key = StandInKey("client-0")
    body = TransactionBody(
        chain_id=chain_id,
        nonce=random.randbytes(8),
        valid_until=Height(valid_until),
        signers=(key.public_key,),
        operations=(Operation(module="note", action="put", args=("a note",)),),
    )
    return assemble_transaction(body, (key.sign(transaction_sign_bytes(chain_id, encode_body(body))),))
