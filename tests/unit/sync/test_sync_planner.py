"""Catching up among peers that withhold, lie and vanish: each costs a round trip, none stops the plan."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from itertools import combinations
from typing import cast

from p2pchain.crypto.hashing import sha256
from p2pchain.model.block import Header
from p2pchain.model.chain import FinalBlock, RawBlock
from p2pchain.model.ids import BlockId, ChainId, Height, PeerId, PublicKey, Round
from p2pchain.model.messages import FETCH_BLOCKS_MAX, BlocksRequest
from p2pchain.model.transaction import Transaction
from p2pchain.model.voting import CommitCertificate
from p2pchain.sync.planner import (
    AHEAD_MAX,
    DEADLINE_MS,
    LATE_MS,
    SHUN_MS,
    WAITING_BYTES_MAX,
    Ask,
    Planner,
)

A, B, C, D = (PeerId(name) for name in "abcd")


@dataclass(frozen=True)
class Sized:
    """A transaction of which only the size matters."""

    raw: bytes


LARGE = cast(Transaction, Sized(bytes(4_190_000)))


def a_block(height: int, *, large: bool = False) -> FinalBlock:
    """A block of which only height and size matter: the planner judges nothing else."""
    header = Header(
        chain_id=ChainId("c"),
        height=Height(height),
        time_ms=height,
        parent_id=BlockId(bytes(32)),
        proposer=PublicKey(bytes(32)),
        tx_root=b"",
        state_root=b"",
        results_root=b"",
        validators_hash=b"",
        next_validators_hash=b"",
        certificate_hash=b"",
        evidence_root=b"",
        genesis_id=BlockId(bytes(32)),
    )
    block_id = BlockId(height.to_bytes(32, "big"))
    raw = RawBlock(
        header=header,
        block_id=block_id,
        transactions=(LARGE,) if large else (),
        evidence=(),
        last_certificate=None,
    )
    certificate = CommitCertificate(height=Height(height), round=Round(0), block_id=block_id, signatures=())
    return FinalBlock(block=raw, certificate=certificate)


def blocks(first: int, count: int, *, large: bool = False) -> tuple[FinalBlock, ...]:
    """Consecutive ones."""
    return tuple(a_block(height, large=large) for height in range(first, first + count))


def in_order(secret: bytes) -> bool:
    """Whether newcomers take their turns in the order of these names, under this secret."""
    return sorted("abcd", key=lambda name: sha256(secret + name.encode())) == list("abcd")


IN_ORDER = next(filter(in_order, (number.to_bytes(4, "big") for number in itertools.count())))


def planner(**claims: int) -> Planner:
    """Peers by name with the height that each claims."""
    made = Planner(IN_ORDER)
    for name, height in claims.items():
        made.claim(PeerId(name), Height(height))
    return made


def asked(asks: tuple[Ask, ...]) -> list[tuple[str, int, int]]:
    """(peer, first, count)."""
    return [(ask.peer, ask.request.first, ask.request.count) for ask in asks]


def test_nobody_is_asked_for_what_nobody_claims() -> None:
    """At the tip there is nothing to do."""
    assert planner().plan(Height(1), 0) == ()
    assert planner(a=9, b=4).plan(Height(10), 0) == ()


def test_ranges_go_to_different_peers_and_none_twice() -> None:
    """Each peer has one question at a time; what is under way is not asked again."""
    plan = planner(a=500, b=500, c=500, d=500)
    assert asked(plan.plan(Height(1), 0)) == [("a", 1, 64), ("b", 1, 1), ("c", 65, 64), ("d", 129, 64)]
    assert plan.plan(Height(1), 0) == ()


def test_a_peer_is_asked_only_for_what_it_claims() -> None:
    """The higher range goes to whoever claims it."""
    plan = planner(a=10, b=10, c=100)
    assert asked(plan.plan(Height(5), 0)) == [("a", 5, 6), ("b", 5, 1), ("c", 11, 64)]


def test_a_gap_is_asked_for_alone() -> None:
    """Blocks that wait, and questions under way, are left out."""
    plan = planner(a=300, b=300, c=300, d=300)
    first, single, second, third = plan.plan(Height(1), 0)
    plan.answered(second.peer, second.request, blocks(65, 64), 0)
    plan.failed(first.peer, first.request, 0)
    plan.failed(single.peer, single.request, 0)
    assert asked(plan.plan(Height(1), 0)) == [("c", 1, 64)]
    assert third.request.first == 129


def test_the_next_block_is_raced_for_and_nobody_asked_again_before_all_others() -> None:
    """Two sources at once, two more each time these are late; then in the order of the last turns."""
    plan = planner(a=10, b=10, c=10, d=10)
    assert asked(plan.plan(Height(1), 0)) == [("a", 1, 10), ("b", 1, 1)]
    assert plan.plan(Height(1), LATE_MS - 1) == ()
    assert asked(plan.plan(Height(1), LATE_MS)) == [("c", 1, 10), ("d", 1, 1)]
    for name, count in (("a", 10), ("b", 1), ("c", 10), ("d", 1)):
        plan.failed(PeerId(name), BlocksRequest(first=Height(1), count=count), DEADLINE_MS)
    back_ms = DEADLINE_MS + SHUN_MS
    assert plan.plan(Height(1), back_ms - 1) == ()
    assert asked(plan.plan(Height(1), back_ms)) == [("a", 1, 10), ("b", 1, 1)]


def test_turns_go_round_among_those_who_give() -> None:
    """Nobody is asked a second time before all others were asked once."""
    plan = planner(a=10, b=10, c=10, d=10)
    for ask in plan.plan(Height(1), 0):
        plan.answered(ask.peer, ask.request, blocks(1, 1), 0)
    plan.next_block(Height(1))
    assert asked(plan.plan(Height(2), 0)) == [("c", 2, 9), ("d", 2, 1)]


def test_no_id_is_a_good_one() -> None:
    """Who is asked first is decided by the secret of a life, which nobody knows: ids can be chosen."""
    first = set()
    for life in range(40):
        plan = Planner(bytes([life]))
        for name in "abcd":
            plan.claim(PeerId(name), Height(10))
        first.add(plan.plan(Height(1), 0)[0].peer)
    assert first == {A, B, C, D}


def test_members_that_withhold_cost_a_second_for_each_two_of_them() -> None:
    """Whatever their ids: seen with two low ids of seven, which starved a node for ever."""
    for hostile in combinations("abcdefg", 2):
        plan = planner(**dict.fromkeys("abcdefg", 10))
        now_ms, given = 0, False
        while not given:
            for ask in plan.plan(Height(1), now_ms):
                if ask.peer not in hostile:
                    given = True
                    plan.answered(ask.peer, ask.request, blocks(1, ask.request.count), now_ms)
            now_ms += 100
        assert now_ms <= LATE_MS + 100


def test_who_missed_waits_longer_each_time_and_is_asked_last() -> None:
    """Others give in between; where nobody else is left, it is asked after the shortest time again."""
    plan = planner(a=10)
    request, now_ms = BlocksRequest(first=Height(1), count=10), 0
    for _ in range(4):
        assert asked(plan.plan(Height(1), now_ms)) == [("a", 1, 10)]
        plan.answered(A, request, (), now_ms)
        assert plan.plan(Height(1), now_ms + SHUN_MS - 1) == ()
        now_ms += SHUN_MS
    (miss,) = plan.misses(Height(1))
    assert (miss.peer, miss.height, miss.times, miss.empty) == (A, 1, 4, True)
    assert plan.misses(Height(2)) == ()
    plan.claim(B, Height(10))
    plan.claim(C, Height(10))
    assert asked(plan.plan(Height(1), now_ms)) == [("b", 1, 10), ("c", 1, 1)]
    plan.answered(B, request, blocks(1, 10), now_ms)
    assert plan.plan(Height(1), now_ms) == ()


def test_a_turn_and_a_miss_are_remembered_when_a_link_closes() -> None:
    """Who connects anew is no newcomer: otherwise it would be asked first, again and again."""
    plan = planner(a=10, b=10)
    plan.plan(Height(1), 0)
    plan.failed(A, BlocksRequest(first=Height(1), count=10), 0)
    plan.forget(A)
    plan.claim(A, Height(10))
    plan.claim(C, Height(10))
    assert asked(plan.plan(Height(1), 0)) == [("c", 1, 10)]
    assert [miss.times for miss in plan.misses(Height(1))] == [1]


def test_a_lying_claim_costs_one_question() -> None:
    """It claims a million heights and is asked; the others' blocks are not touched by it."""
    plan = planner(a=1_000_000, b=20)
    ((ask),) = plan.plan(Height(21), 0)
    assert ask.peer == A
    plan.answered(A, ask.request, (), 0)
    assert plan.plan(Height(21), SHUN_MS - 1) == ()
    plan.claim(B, Height(30))
    assert asked(plan.plan(Height(21), 1)) == [("b", 21, 10)]


def test_what_a_liar_sent_is_thrown_away_with_it() -> None:
    """One wrong block, and none of its others is believed; the rest stays."""
    plan = planner(a=500, b=500, c=500)
    one, race, other = plan.plan(Height(1), 0)
    plan.answered(one.peer, one.request, blocks(1, 64), 0)
    plan.answered(other.peer, other.request, blocks(65, 64), 0)
    assert plan.waiting == 128
    arrived = plan.next_block(Height(1))
    assert arrived is not None
    assert arrived.peer == A
    plan.rejected(A, 0)
    assert plan.waiting == 64
    assert not plan.holds(Height(2))
    assert plan.holds(Height(65))
    assert race.peer == B, "it is still asked for the block"
    assert asked(plan.plan(Height(1), 0)) == [("c", 1, 64)]


def test_what_waits_is_bounded_in_bytes() -> None:
    """Two liars claim high heights and send the largest blocks that a frame holds: gigabytes, once."""
    plan = planner(a=10**6, b=10**6)
    for _ in range(20):
        for ask in plan.plan(Height(1), 0):
            first, count = ask.request.first, ask.request.count
            sent = blocks(first, count, large=True)
            plan.answered(ask.peer, ask.request, sent, 0)
        plan.next_block(Height(1))
        assert plan.waiting_bytes <= WAITING_BYTES_MAX


def test_the_next_block_always_finds_room_and_nothing_is_asked_for_that_finds_none() -> None:
    """What is needed last goes."""
    plan = planner(a=10**6)
    plan.answered(A, BlocksRequest(first=Height(2), count=64), blocks(2, 64, large=True), 0)
    most = plan.waiting
    assert most == WAITING_BYTES_MAX // 4_191_024
    assert asked(plan.plan(Height(1), 0)) == [("a", 1, 1)]
    plan.answered(A, BlocksRequest(first=Height(1), count=1), blocks(1, 1, large=True), 0)
    assert plan.waiting == most
    assert plan.holds(Height(1))
    assert not plan.holds(Height(most + 1))
    assert plan.plan(Height(1), 0) == ()


def test_an_answer_keeps_to_its_question() -> None:
    """Other heights, more blocks than asked for, or a gap: what does not fit is not kept."""
    plan = planner(a=10)
    ((ask),) = plan.plan(Height(1), 0)
    assert ask.request == BlocksRequest(first=Height(1), count=10)
    plan.answered(A, ask.request, (*blocks(1, 3), *blocks(5, 30)), 0)
    assert plan.waiting == 3
    wrong = planner(a=10)
    ((ask),) = wrong.plan(Height(1), 0)
    wrong.answered(A, ask.request, blocks(2, 5), 0)
    assert wrong.waiting == 0
    assert wrong.plan(Height(1), 0) == (), "shunned"
    more = planner(a=1)
    ((ask),) = more.plan(Height(1), 0)
    more.answered(A, ask.request, blocks(1, 500), 0)
    assert more.waiting == 1


def test_a_block_is_handed_out_once_and_the_first_is_kept() -> None:
    """A second answer for the same height changes nothing."""
    plan = planner(a=1, b=1)
    request = BlocksRequest(first=Height(1), count=1)
    plan.answered(A, request, blocks(1, 1), 0)
    plan.answered(B, request, blocks(1, 1), 0)
    arrived = plan.next_block(Height(1))
    assert arrived is not None
    assert arrived.peer == A
    assert plan.next_block(Height(1)) is None


def test_never_more_than_the_bound_is_asked_for_or_kept() -> None:
    """However far the others are, and however many they are."""
    plan = planner(**{f"peer-{number}": 1_000_000 for number in range(20)})
    following = 1
    for _ in range(10):
        asks = plan.plan(Height(following), 0)
        assert all(ask.request.count <= FETCH_BLOCKS_MAX for ask in asks)
        for ask in asks:
            plan.answered(ask.peer, ask.request, blocks(ask.request.first, ask.request.count), 0)
        assert plan.waiting <= AHEAD_MAX
        assert plan.plan(Height(following), 0) == ()
        for _ in range(100):
            assert plan.next_block(Height(following)) is not None
            following += 1


def test_blocks_that_came_too_late_are_dropped() -> None:
    """The height was decided here meanwhile."""
    plan = planner(a=64)
    ((ask),) = plan.plan(Height(1), 0)
    plan.answered(A, ask.request, blocks(1, 64), 0)
    plan.plan(Height(60), 0)
    assert plan.waiting == 5


def test_a_peer_that_left_frees_its_question() -> None:
    """Another is asked at once; when it is back it may be asked again."""
    plan = planner(a=10, b=10, c=10)
    assert asked(plan.plan(Height(1), 0)) == [("a", 1, 10), ("b", 1, 1)]
    plan.forget(A)
    assert asked(plan.plan(Height(1), 0)) == [("c", 1, 10)]
    plan.forget(C)
    assert plan.highest_claim == 10
    plan.forget(B)
    assert plan.highest_claim == 0


def test_a_claim_is_credible_where_enough_say_it() -> None:
    """With one liar of four, two voices have an honest one among them."""
    plan = planner(a=1_000_000, b=20, c=21)
    assert plan.highest_claim == 1_000_000
    assert plan.claimed_by(2) == 21
    assert plan.claimed_by(3) == 20
    assert plan.claimed_by(4) == 0


def test_a_chain_is_fetched_among_liars_and_sleepers() -> None:
    """A withholds, B answers with gaps, C is honest, D leaves: all blocks come, in order, in bounded time."""
    plan = planner(a=400, b=400, c=400, d=400)
    following, now_ms, questions = 1, 0, 0
    while following <= 400:
        while asks := plan.plan(Height(following), now_ms):  # Again after each answer, as the replica does.
            for ask in asks:
                questions += 1
                first, count = ask.request.first, ask.request.count
                if ask.peer == A:
                    plan.failed(A, ask.request, now_ms)
                elif ask.peer == B:
                    plan.answered(B, ask.request, (*blocks(first, 2), *blocks(first + 5, 3)), now_ms)
                elif ask.peer == C:
                    plan.answered(C, ask.request, blocks(first, count), now_ms)
                else:
                    plan.forget(D)
            while plan.next_block(Height(following)) is not None:
                following += 1
        now_ms += 500
        assert now_ms < 60_000, f"stuck at {following}"
    assert now_ms <= 1_000
    assert questions < 400


def test_a_block_is_withheld_where_all_who_claim_it_give_none() -> None:
    """One answer that holds it, one peer more that claims it, or the next height: it is not any more."""
    made = planner(a=9, b=9, c=2)
    assert not made.is_withheld(Height(5))
    made.answered(A, BlocksRequest(first=Height(5), count=4), (), 0)
    assert not made.is_withheld(Height(5)), "b was not asked yet"
    made.answered(B, BlocksRequest(first=Height(5), count=4), (), 0)
    assert made.is_withheld(Height(5))
    assert not made.is_withheld(Height(6))
    made.claim(D, Height(7))
    assert not made.is_withheld(Height(5))
    made.forget(D)
    assert made.is_withheld(Height(5))
    made.answered(A, BlocksRequest(first=Height(5), count=1), blocks(5, 1), 0)
    assert not made.is_withheld(Height(5))
    made.forget(A)
    made.forget(B)
    assert not made.is_withheld(Height(5)), "nobody claims it"
