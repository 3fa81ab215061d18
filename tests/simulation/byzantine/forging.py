"""What a hostile node makes: messages signed with its own key, and false ones that it cannot sign."""

from __future__ import annotations

from dataclasses import replace

from p2pchain.codec.header import header_id
from p2pchain.codec.voting import proposal_sign_bytes, vote_sign_bytes
from p2pchain.model.block import Header
from p2pchain.model.chain import Block
from p2pchain.model.ids import BlockId, Height, Round, Signature
from p2pchain.model.messages import ProposalMessage, VoteMessage
from p2pchain.model.voting import Proposal, ProposalContent, Vote, VoteContent, VoteKind
from tests.simulation.behaviour import Host


def own_index(host: Host) -> int:
    """Index of the host's key in the height in progress; 0 where it is no validator there."""
    index = host.replica.work.validators.index_of(host.key.public_key)
    return 0 if index is None else index


def vote(
    host: Host,
    kind: VoteKind,
    block_id: BlockId | None,
    *,
    height: int | None = None,
    round_: int | None = None,
) -> VoteMessage:
    """A vote signed by the host; at the place where its replica stands, unless another is named."""
    work = host.replica.work
    content = VoteContent(
        kind=kind,
        height=work.height if height is None else Height(height),
        round=work.consensus.round if round_ is None else Round(round_),
        block_id=block_id,
    )
    return VoteMessage(
        vote=Vote(
            kind=content.kind,
            height=content.height,
            round=content.round,
            block_id=block_id,
            validator=own_index(host),
            signature=host.key.sign(vote_sign_bytes(host.chain_id, content)),
        )
    )


def signed(host: Host, proposal: Proposal, header: Header) -> ProposalMessage:
    """The proposal with another header, and so another block id, signed by the host."""
    block_id = header_id(header)
    content = ProposalContent(
        height=header.height, round=proposal.round, valid_round=proposal.valid_round, block_id=block_id
    )
    signature = host.key.sign(proposal_sign_bytes(host.chain_id, content))
    return ProposalMessage(proposal=replace(proposal, header=header, block_id=block_id, signature=signature))


def other_block(host: Host, proposal: Proposal, *, later_ms: int) -> Block:
    """Another valid block for the height in progress, by the same proposer, with no transactions."""
    replica = host.replica
    return replica.heights._maker.build(
        replica.tip,
        proposer=proposal.header.proposer,
        now_ms=proposal.header.time_ms + later_ms,
        transactions=(),
        evidence=(),
    ).block


def proposal_of(host: Host, block: Block, round_: Round) -> ProposalMessage:
    """A new value, proposed and signed by the host."""
    unsigned = Proposal(
        round=round_,
        valid_round=None,
        header=block.header,
        block_id=block.block_id,
        tx_ids=tuple(transaction.tx_id for transaction in block.transactions),
        evidence=block.evidence,
        last_certificate=block.last_certificate,
        signature=Signature(b""),
    )
    return signed(host, unsigned, block.header)


def is_current(host: Host, message: ProposalMessage) -> bool:
    """Whether it is for the height in progress."""
    return message.proposal.header.height == host.replica.work.height


def is_own(host: Host, message: VoteMessage | ProposalMessage) -> bool:
    """Whether the host itself says this, and does not only pass it on."""
    if isinstance(message, VoteMessage):
        return message.vote.validator == own_index(host)
    work = host.replica.work
    proposal = message.proposal
    return proposal.header.height == work.height and work.proposer_index(proposal.round) == own_index(host)
