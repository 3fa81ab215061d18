"""Attacks by votes: equivocation, amnesia, withheld polkas, votes for other places."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.codec.fields import ROUND_MAX
from p2pchain.model.ids import BlockId
from p2pchain.model.messages import LinkMessage, PolkaMessage, ProposalMessage, RoundSummary, VoteMessage
from p2pchain.model.voting import VoteKind
from tests.simulation.behaviour import Behaviour, Host
from tests.simulation.byzantine.forging import is_own, vote

SOON_MS = 30


class SplitVotes(Behaviour):
    """Half of the others get its vote, the other half a contradicting one."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, VoteMessage) and is_own(node, message) and target % 2:
            return (_contradiction(node, message),)
        return (message,)


class DoubleVotes(Behaviour):
    """Everybody gets both of two contradicting votes, in either order."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, VoteMessage) and is_own(node, message):
            both = (message, _contradiction(node, message))
            return both if target % 2 else both[::-1]
        return (message,)


class Amnesia(Behaviour):
    """Forgets its lock: votes twice for every proposal that it sees, whatever it voted for before."""

    def incoming(self, node: Host, source: int, message: LinkMessage) -> bool:
        if (
            isinstance(message, ProposalMessage)
            and message.proposal.header.height == node.replica.work.height
        ):
            proposal = message.proposal
            for kind in VoteKind:
                said = vote(node, kind, proposal.block_id, round_=proposal.round)
                for target in node.others():
                    node.send(target, said)
        return True


class HiddenPolka(Behaviour):
    """Lets one node alone see its prevotes, and passes on no polka: one locks, the others do not know."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, PolkaMessage):
            return ()
        if isinstance(message, VoteMessage) and message.vote.kind is VoteKind.PREVOTE:
            favoured = node.others()[message.vote.height % len(node.others())]
            return (message,) if target == favoured else ()
        return (message,)


class LateVotes(Behaviour):
    """Says its votes only after everybody's timeouts, to one node first."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, VoteMessage) and is_own(node, message):
            node.after(SOON_MS + 600 * (1 + target % 3), node.send, target, message)
            return ()
        return (message,)


class OtherPlaces(Behaviour):
    """Besides its votes, votes for rounds and heights far ahead and long past."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if not isinstance(message, VoteMessage) or not is_own(node, message):
            return (message,)
        said = message.vote
        rounds = [
            min(round_, ROUND_MAX)  # What no message can carry, nobody hears.
            for round_ in (said.round + 1, said.round + node.random.randint(2, 40), ROUND_MAX)
        ]
        heights = (said.height + 1, said.height + 2, said.height + 10**6, max(1, said.height - 1))
        ahead = [vote(node, said.kind, said.block_id, height=said.height, round_=round_) for round_ in rounds]
        away = [vote(node, said.kind, said.block_id, height=height, round_=0) for height in heights]
        return (message, *ahead, *away)


class EarlyVotes(Behaviour):
    """Prevotes nil for each height as soon as the one before is final, to have it begun before its time."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, RoundSummary) and message.step == 0:
            return (message, vote(node, VoteKind.PREVOTE, None, height=message.height, round_=0))
        return (message,)


class Silent(Behaviour):
    """Follows, and says nothing."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        return ()


def _contradiction(node: Host, message: VoteMessage) -> VoteMessage:
    said = message.vote
    others: list[BlockId | None] = [None, BlockId(node.random.randbytes(32))]
    others += [block.block_id for block in node.replica.work.candidates.blocks()]
    chosen = node.random.choice([each for each in others if each != said.block_id])
    return vote(node, said.kind, chosen, height=said.height, round_=said.round)
