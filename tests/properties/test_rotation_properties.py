"""Whose turn it is, over thousands of heights: everybody has one, the dead cost little, all agree."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.consensus.rotation import (
    EMPTY,
    ROTATION_BYTES_MAX,
    Rotation,
    decode_rotation,
    encode_rotation,
)
from p2pchain.model.ids import BlockId, Height, OrgId, PublicKey, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.validators import VALIDATORS_MAX, Validator, ValidatorSet
from p2pchain.model.voting import CommitCertificate
from tests.examples import examples

PARAMETERS = Parameters()


def validators(count: int) -> ValidatorSet:
    """``count`` of them, power 1."""
    return ValidatorSet(
        tuple(
            Validator(public_key=PublicKey(bytes([index]) * 32), power=1, org=OrgId(f"o-{index}"))
            for index in range(count)
        )
    )


class Chain:
    """Heights decided in given rounds."""

    def __init__(self, count: int) -> None:
        self.members = validators(count)
        self.rotation = EMPTY
        self.height = 0
        self._certificate: CommitCertificate | None = None

    def turns(self) -> list[int]:
        """Proposers of the rounds of the next height."""
        at = Height(self.height + 1)
        count = len(self.members)
        return [self.rotation.proposer_index(self.members, at, Round(round_)) for round_ in range(count)]

    def decide(self, round_: int, maker: int | None = None) -> None:
        """The next height is decided in a round; ``maker``: who made the block, if not its proposer."""
        proposer = self.turns()[round_ % len(self.members)] if maker is None else maker
        self.height += 1
        self.rotation = self.rotation.after(
            height=Height(self.height),
            proposer=self.members[proposer].public_key,
            last_certificate=self._certificate,
            previous=self.members,
            following=self.members,
            parameters=PARAMETERS,
        )
        self._certificate = CommitCertificate(
            height=Height(self.height), round=Round(round_), block_id=BlockId(bytes(32)), signatures=()
        )

    def timeouts(self, heights: int, dead: set[int]) -> int:
        """Rounds that fail in so many heights, because their proposer is dead."""
        failed = 0
        for _ in range(heights):
            round_ = next(place for place, index in enumerate(self.turns()) if index not in dead)
            failed += round_
            self.decide(round_)
        return failed


STORY = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 200)), max_size=60)


@given(count=st.integers(1, 13), story=STORY)
def test_everybody_has_a_turn_within_n_rounds_whatever_failed(
    count: int, story: list[tuple[int, int]]
) -> None:
    """Sitting out means last, never not at all: or a chain of failures could leave nobody to propose."""
    chain = Chain(count)
    for round_, maker in story:
        chain.decide(round_, maker % count)
        assert sorted(chain.turns()) == list(range(count))


@given(count=st.integers(1, 13), story=STORY)
def test_two_nodes_that_saw_the_same_blocks_agree_also_after_a_restart(
    count: int, story: list[tuple[int, int]]
) -> None:
    """One goes through its stored bytes after every height; the bytes are canonical."""
    one, other = Chain(count), Chain(count)
    for round_, maker in story:
        one.decide(round_, maker % count)
        other.decide(round_, maker % count)
        raw = encode_rotation(other.rotation)
        assert raw == encode_rotation(one.rotation)
        other.rotation = decode_rotation(raw)
        assert encode_rotation(other.rotation) == raw
        assert one.turns() == other.turns()


@given(count=st.integers(4, 13), story=STORY)
def test_a_strike_is_for_who_had_the_turn(count: int, story: list[tuple[int, int]]) -> None:
    """Whose round failed at a height is read from the order that was in force there, not from that of the
    height after it: another one, whenever somebody began to sit or stood up in between.
    """
    chain, failed = Chain(count), list[int]()
    for round_, maker in story:
        turns, maker_index = chain.turns(), maker % count
        chain.decide(round_, maker_index)
        until = chain.height + PARAMETERS.sit_out_heights_max
        struck = [key for key, _, last in chain.rotation.entries if last == until]
        assert struck == [chain.members[index].public_key for index in failed if index != maker_index]
        failed = [turns[each % count] for each in range(round_ - 1, max(round_ - count, -1), -1)]


def test_the_largest_record_keeps_its_bound() -> None:
    """A hundred validators, all with every strike, far in the future."""
    entries = tuple(
        (PublicKey(bytes([index]) * 32), 32, Height(2**62 + index)) for index in range(VALIDATORS_MAX)
    )
    largest = Rotation(entries, entries)
    raw = encode_rotation(largest)
    assert len(raw) <= ROTATION_BYTES_MAX
    assert decode_rotation(raw) == largest


@pytest.mark.parametrize(
    ("count", "dead", "most"),
    [(4, {3}, 8), (7, {1, 5}, 16), (13, {0, 4, 8, 12}, 32)],
    ids=["one of four", "two of seven", "four of thirteen"],
)
def test_the_dead_cost_a_timeout_now_and_then(count: int, dead: set[int], most: int) -> None:
    """A few times the logarithm of a thousand heights, where without sitting out it would be a quarter of
    them and more.
    """
    assert Chain(count).timeouts(1_000, dead) <= most


@settings(max_examples=examples(20))
@given(count=st.sampled_from([4, 7, 10]), seed=st.integers(0, 2**32))
def test_who_is_back_proposes_again_and_the_newly_dead_cost_little(count: int, seed: int) -> None:
    """Validators die and come back by chance; the cost follows the changes, not the heights."""
    chance = Random(seed)
    chain = Chain(count)
    tolerated = (count - 1) // 3
    failed, changes = 0, 0
    for _ in range(10):
        dead = set(chance.sample(range(count), chance.randint(0, tolerated)))
        failed += chain.timeouts(60, dead)
        changes += 1
    assert failed <= changes * 8 * max(1, tolerated)
    chain.timeouts(1_200, set())
    assert chain.rotation.entries == (), "all have made a block since"


@given(
    strikes=st.dictionaries(st.integers(0, 6), st.integers(1, 40), max_size=7), height=st.integers(1, 10_000)
)
def test_a_seat_is_kept_to_its_last_height(strikes: Mapping[int, int], height: int) -> None:
    """``until`` is the last height to sit; of seven, two at most sit at once."""
    members = validators(7)
    entries = tuple(
        (members[index].public_key, 1, Height(height + after)) for index, after in sorted(strikes.items())
    )
    rotation = Rotation(entries, ())
    sitting = sorted(strikes)[:2]
    turns = [rotation.proposer_index(members, Height(height), Round(round_)) for round_ in range(7)]
    assert turns[len(turns) - len(sitting) :] == sitting
