"""Roll call of the validators, by their signatures, as seen from this node.

An open socket says little: a validator whose disk is full, whose memory of what it signed is lost, or that is
hostile keeps its link and signs nothing; the chain goes on without it, and the next failure halts it. And a
missing link says little, too: a validator that is not linked here may vote for all to hear. So each height
that is decided before our eyes is remembered with those who voted at it, and whoever was linked all the time
and voted at none of them is **mute**; whoever is not linked and voted since its link closed is **heard**.
Where rounds fail, those who are linked and voted in neither of the last two are mute as well, and where a
height stands in its first rounds, which end by a quorum's votes alone, those who voted in none: then it is
they who are missed.

A slow validator whose votes come when the height is over already is not told from a mute one, and is as
little use when another fails.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from p2pchain.model.ids import Height, PublicKey, Round
from p2pchain.model.validators import ValidatorSet
from p2pchain.replica.height_work import HeightWork

HEIGHTS_WATCHED: Final = 12
"""Newest heights by which a validator is judged."""
ROUNDS_FAILED: Final = 2
"""From this round on the voting stands, and those who do not vote are told."""
ROUNDS_COUNTED_MAX: Final = 100
"""Failed rounds of one height that are counted."""
LINKS_MAX: Final = 1_024
"""Keys of which it is remembered when their link opened or closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One decided height: its validators, and those of them that voted."""

    height: Height
    members: frozenset[PublicKey]
    voters: frozenset[PublicKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Omissions:
    """Failures of a validator at heights decided while this node watched. They are blocks it did not sign at
    all, blocks for which its vote came after the decision, rounds that failed with it as proposer.
    """

    signatures_missed: int = 0
    votes_late: int = 0
    proposals_missed: int = 0


class RollCall:
    """Votes of the newest heights that were decided before our eyes, by consensus key."""

    def __init__(self) -> None:
        """Begin without heights."""
        self._seen: deque[_Seen] = deque(maxlen=HEIGHTS_WATCHED)
        self._since: dict[PublicKey, Height] = {}
        self.tallies: dict[PublicKey, Omissions] = {}

    def link_changed(self, key: PublicKey, working_on: Height) -> None:
        """Note that the link of a validator opened or closed."""
        self._since.pop(key, None)
        self._since[key] = working_on
        if len(self._since) > LINKS_MAX:
            del self._since[next(iter(self._since))]

    def decided(self, work: HeightWork) -> None:
        """Count the votes of a height that was decided here, and whose late votes are in."""
        members = work.validators.members
        self._seen.append(
            _Seen(
                height=work.height,
                members=frozenset(member.public_key for member in members),
                voters=frozenset(_voters(work)),
            )
        )
        self._count(work)

    def mute(self, work: HeightWork, linked: Collection[PublicKey]) -> tuple[PublicKey, ...]:
        """Return those of the ``linked`` validators that signed nothing of late. ``work``: the height in
        progress.
        """
        keys = (member.public_key for member in work.validators.members if member.public_key in linked)
        voters = frozenset(_voters(work))
        return tuple(key for key in keys if key not in voters and self._signed_none(key))

    def heard(self, work: HeightWork, linked: Collection[PublicKey]) -> tuple[PublicKey, ...]:
        """Return those of the validators that are not ``linked`` whose votes come all the same, over
        others.
        """
        newest: dict[PublicKey, Height] = {key: seen.height for seen in self._seen for key in seen.voters}
        newest.update((key, work.height) for key in _voters(work))
        oldest = work.height - HEIGHTS_WATCHED
        keys = (member.public_key for member in work.validators.members if member.public_key not in linked)
        return tuple(key for key in keys if newest.get(key, 0) > max(self._since.get(key, Height(0)), oldest))

    def _count(self, work: HeightWork) -> None:
        """Add a height to the tallies of its validators; those of former validators are forgotten."""
        if work.decided is None:
            return
        voters, members = frozenset(_voters(work)), work.validators.members
        in_time = {members[index].public_key for index, _ in work.decided.signatures}
        failed = [
            members[work.proposer_index(Round(number))]
            for number in range(min(work.decided.round, ROUNDS_COUNTED_MAX))
        ]
        counted: dict[PublicKey, Omissions] = {}
        for key in (member.public_key for member in members):
            tally = self.tallies.get(key, Omissions())
            counted[key] = Omissions(
                signatures_missed=tally.signatures_missed + (key not in voters),
                votes_late=tally.votes_late + (key in voters and key not in in_time),
                proposals_missed=tally.proposals_missed + sum(member.public_key == key for member in failed),
            )
        self.tallies = counted

    def _signed_none(self, key: PublicKey) -> bool:
        if len(self._seen) < HEIGHTS_WATCHED or self._since.get(key, Height(0)) > self._seen[0].height:
            return False
        return all(key in seen.members and key not in seen.voters for seen in self._seen)


def not_voting(work: HeightWork, linked: Collection[PublicKey], *, overdue: bool) -> tuple[PublicKey, ...]:
    """Return those of the ``linked`` validators that voted in neither of the last two rounds, where rounds
    fail or the height is ``overdue``.
    """
    round_ = work.consensus.round
    if not work.started or (round_ < ROUNDS_FAILED and not overdue):
        return ()
    voted = work.consensus.voters((Round(max(round_ - 1, 0)), round_))
    return tuple(
        member.public_key
        for index, member in enumerate(work.validators.members)
        if member.public_key in linked and not voted >> index & 1
    )


def _voters(work: HeightWork) -> Iterator[PublicKey]:
    voted = work.consensus.voters(work.consensus.rounds())
    if work.decided is not None:
        for index, _ in work.decided.signatures:
            voted |= 1 << index
    return _keys(work.validators, voted)


def _keys(validators: ValidatorSet, bitmap: int) -> Iterator[PublicKey]:
    return (member.public_key for index, member in enumerate(validators.members) if bitmap >> index & 1)
