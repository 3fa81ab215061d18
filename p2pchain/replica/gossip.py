"""Gossip of votes and proposals: peers exchange summaries and send one another what is lacking. Thus all
honest nodes receive what one received.

Tendermint's liveness rests on this property, and no broadcast over a real network gives it. So every node
tells each peer what it holds of the height in progress, and a peer that sees a gap fills it: votes one by
one, a polka or a commit as one certificate (single votes of an equivocator differ from node to node, a
certificate does not), a proposal whole.
"""

from __future__ import annotations

from collections.abc import Callable

from p2pchain.model.ids import PeerId, Round
from p2pchain.model.messages import (
    SUMMARY_ROUNDS_MAX,
    CommitMessage,
    LinkMessage,
    PolkaMessage,
    ProposalMessage,
    RoundSummary,
    RoundView,
    VoteMessage,
)
from p2pchain.model.voting import Proposal, Vote, VoteKind
from p2pchain.replica.effects import Emit, Send
from p2pchain.replica.height_work import HeightWork
from p2pchain.replica.moment import Now
from p2pchain.replica.peer_view import Item, PeerView

MESSAGES_PER_SUMMARY_MAX = 512
"""Most messages sent in answer to one summary; the next summary asks for the rest."""


def summary_of(work: HeightWork) -> RoundSummary:
    """Summarise the own position and votes: the round in progress, those of our locks, and the newest
    others.
    """
    consensus = work.consensus
    held = sorted({*consensus.rounds(), *work.proposals.rounds()})
    lock = consensus.lock
    needed = {
        round_ for round_ in (lock.locked_round, lock.valid_round, consensus.round) if round_ is not None
    }
    others = [round_ for round_ in held if round_ not in needed]
    chosen = sorted(needed | set(others[-(SUMMARY_ROUNDS_MAX - len(needed)) :]))
    return RoundSummary(
        height=work.height,
        round=consensus.round,
        step=int(consensus.step),
        rounds=tuple(_round_view(work, round_) for round_ in chosen),
    )


def fill_gaps(peer: PeerId, view: PeerView, work: HeightWork, now: Now, emit: Emit) -> None:
    """Send a peer at our height the votes and proposals that its last summary lacks, but nothing twice within
    a short while.
    """
    assert view.summary is not None, "the peer told where it stands"
    assert view.summary.height == work.height, "a summary of our height"
    room = MESSAGES_PER_SUMMARY_MAX

    def offer(item: Item, message: LinkMessage) -> None:
        nonlocal room
        if room > 0 and view.may_send(item, now.monotonic_ms):
            room -= 1
            emit(Send(peer=peer, message=message))

    decided = work.decided
    if decided is not None:
        offer(("commit", 0, 0, 0), CommitMessage(certificate=decided))
    theirs = {round_summary.round: round_summary for round_summary in view.summary.rounds}
    for ours in summary_of(work).rounds:
        _fill_round(work, ours, theirs.get(ours.round), offer)


def item_of(message: Vote | Proposal) -> Item:
    """Return the key under which a message of ours counts as sent to a peer."""
    if isinstance(message, Vote):
        return ("vote", message.round, message.kind, message.validator)
    return ("proposal", message.round, 0, 0)


def _fill_round(
    work: HeightWork, ours: RoundView, theirs: RoundView | None, offer: Callable[[Item, LinkMessage], None]
) -> None:
    round_ = ours.round
    if ours.polka and (theirs is None or not theirs.polka):
        polka = work.consensus.polka(round_)
        assert polka is not None, "our own view says so"
        offer(("polka", round_, 0, 0), PolkaMessage(polka=polka))
    if ours.proposal and (theirs is None or not theirs.proposal):
        offer(("proposal", round_, 0, 0), ProposalMessage(proposal=work.proposals.of_round(round_)[0]))
    for kind, held, known in (
        (VoteKind.PREVOTE, ours.prevotes, theirs.prevotes if theirs else 0),
        (VoteKind.PRECOMMIT, ours.precommits, theirs.precommits if theirs else 0),
    ):
        for index in _bits(held & ~known):
            vote = work.consensus.vote(round_, kind, index)
            if vote is not None:
                offer(item_of(vote), VoteMessage(vote=vote))


def _round_view(work: HeightWork, round_: Round) -> RoundView:
    consensus = work.consensus
    return RoundView(
        round=round_,
        proposal=bool(work.proposals.of_round(round_)),
        prevotes=consensus.bitmap(round_, VoteKind.PREVOTE),
        precommits=consensus.bitmap(round_, VoteKind.PRECOMMIT),
        polka=consensus.polka(round_) is not None,
    )


def _bits(bitmap: int) -> list[int]:
    return [index for index in range(bitmap.bit_length()) if bitmap >> index & 1]
