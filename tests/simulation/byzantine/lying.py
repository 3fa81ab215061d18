"""Attacks by lies: forged summaries and heights, false certificates, false answers, floods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from p2pchain.model.chain import FinalBlock
from p2pchain.model.ids import BlockId, Height, Round, Signature, TxId
from p2pchain.model.messages import (
    BlocksResponse,
    CommitMessage,
    FetchRequest,
    FetchResponse,
    LinkMessage,
    PolkaMessage,
    RoundSummary,
    RoundView,
    TransactionsHeld,
    TransactionsResponse,
)
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, VoteKind
from tests.simulation.behaviour import Behaviour, Host
from tests.simulation.byzantine.forging import vote

SOON_MS = 400
FLOOD = 60


class ForgedSummaries(Behaviour):
    """Claims heights that do not exist, rounds far ahead, and to hold everything, or nothing."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if not isinstance(message, RoundSummary):
            return (message,)
        everything = tuple(
            RoundView(round=Round(round_), proposal=True, prevotes=2**7 - 1, precommits=2**7 - 1, polka=True)
            for round_ in range(3)
        )
        match node.random.randrange(5):
            case 0:
                return (replace(message, height=Height(message.height + 10**9)),)
            case 1:
                return (replace(message, height=Height(message.height + node.random.randint(1, 3))),)
            case 2:
                return (replace(message, round=Round(2**31 - 1)),)
            case 3:
                return (replace(message, rounds=everything),)
            case _:
                return (replace(message, rounds=()),)


class FalseAnswers(Behaviour):
    """Whoever asks it for blocks or transactions gets nothing, or something wrong."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        """It also claims to be ahead, so that it is asked."""
        if isinstance(message, RoundSummary):
            return (replace(message, height=Height(message.height + 1)),)
        return (message,)

    def answer(
        self, node: Host, asker: int, request: FetchRequest, response: FetchResponse
    ) -> FetchResponse | None:
        if isinstance(response, BlocksResponse):
            return self._blocks(node, response)
        return None if node.random.random() < 0.5 else TransactionsResponse(transactions=())

    def _blocks(self, node: Host, response: BlocksResponse) -> FetchResponse | None:
        blocks = list(response.blocks)
        choice = node.random.randrange(6)
        if choice == 0:
            return None
        if choice == 1 or not blocks:
            return BlocksResponse(blocks=())
        place = node.random.randrange(len(blocks))
        final = blocks[place]
        match choice:
            case 2:
                blocks.reverse()
            case 3:
                few = final.certificate.signatures[:1]
                blocks[place] = replace(final, certificate=replace(final.certificate, signatures=few))
            case 4:
                header = replace(final.block.header, time_ms=final.block.header.time_ms + 1)
                blocks[place] = replace(final, block=replace(final.block, header=header))
            case _:
                blocks[place] = FinalBlock(block=final.block, certificate=blocks[0].certificate)
                blocks.append(blocks[-1])
        return BlocksResponse(blocks=tuple(blocks))


class WithheldBlocks(Behaviour):
    """Votes and claims like anybody, and gives blocks to nobody: it says nothing, or that it has none."""

    def answer(
        self, node: Host, asker: int, request: FetchRequest, response: FetchResponse
    ) -> FetchResponse | None:
        if isinstance(response, BlocksResponse):
            return BlocksResponse(blocks=()) if node.random.random() < 0.3 else None
        return response


class FalseCertificates(Behaviour):
    """Certificates with too little power, repeated signers, forged signatures, or for another round."""

    def started(self, node: Host) -> None:
        node.after(SOON_MS, self._send, node)

    def _send(self, node: Host) -> None:
        node.after(SOON_MS, self._send, node)
        work = node.replica.work
        block_id = BlockId(node.random.randbytes(32))
        if (blocks := work.candidates.blocks()) and node.random.random() < 0.5:
            block_id = node.random.choice(blocks).block_id
        own = vote(node, VoteKind.PRECOMMIT, block_id, height=work.height).vote
        count = len(work.validators)
        signatures: tuple[tuple[int, Signature], ...]
        match node.random.randrange(4):
            case 0:
                signatures = ((own.validator, own.signature),)
            case 1:
                signatures = tuple((own.validator, own.signature) for _ in range(count))
            case 2:
                signatures = tuple((index, own.signature) for index in range(count))
            case _:
                held = work.consensus.polka(work.consensus.round)
                signatures = () if held is None else held.signatures
        round_ = Round(work.consensus.round + node.random.randint(0, 2))
        commit = CommitCertificate(
            height=Height(work.height + node.random.randint(0, 3)),
            round=round_,
            block_id=block_id,
            signatures=signatures,
        )
        polka = PolkaCertificate(height=work.height, round=round_, block_id=block_id, signatures=signatures)
        for target in node.others():
            node.send(target, CommitMessage(certificate=commit))
            node.send(target, PolkaMessage(polka=polka))


class Flood(Behaviour):
    """Every message many times, and many more: votes of all rounds, summaries, ids that nobody holds."""

    def started(self, node: Host) -> None:
        node.after(SOON_MS, self._send, node)

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        return (message,) * 3

    def _send(self, node: Host) -> None:
        node.after(3 * SOON_MS, self._send, node)
        work = node.replica.work
        target = node.random.choice(node.others())
        for number in range(FLOOD):
            height = work.height + number % 2
            kind = VoteKind.PREVOTE if number % 3 else VoteKind.PRECOMMIT
            node.send(target, vote(node, kind, None, height=height, round_=number))
        ids = tuple(TxId(node.random.randbytes(32)) for _ in range(FLOOD))
        node.send(target, TransactionsHeld(tx_ids=ids))
        node.send(target, RoundSummary(height=work.height, round=Round(0), step=1, rounds=()))
