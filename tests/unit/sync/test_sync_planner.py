"""Catching up among peers that withhold, lie and vanish: each costs a round trip, none stops the plan."""

from __future__ import annotations

from p2pchain.model.block import Header
from p2pchain.model.chain import FinalBlock, RawBlock
from p2pchain.model.ids import BlockId, ChainId, Height, PeerId, PublicKey, Round
from p2pchain.model.messages import FETCH_BLOCKS_MAX, BlocksRequest
from p2pchain.model.voting import CommitCertificate
from p2pchain.sync.planner import AHEAD_MAX, SHUN_MS, Ask, Planner

A, B, C, D = (PeerId(name) for name in "abcd")


def a_block(height: int) -> FinalBlock:
    """A block of which only the height matters: the planner judges nothing else."""
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
    raw = RawBlock(header=header, block_id=block_id, transactions=(), evidence=(), last_certificate=None)
    certificate = CommitCertificate(height=Height(height), round=Round(0), block_id=block_id, signatures=())
    return FinalBlock(block=raw, certificate=certificate)


def blocks(first: int, count: int) -> tuple[FinalBlock, ...]:
    """Consecutive ones."""
    return tuple(a_block(height) for height in range(first, first + count))


def planner(**claims: int) -> Planner:
    """Peers by name with the height that each claims."""
    made = Planner()
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
    plan = planner(a=500, b=500, c=500)
    assert asked(plan.plan(Height(1), 0)) == [("a", 1, 64), ("b", 65, 64), ("c", 129, 64)]
    assert plan.plan(Height(1), 0) == ()


def test_a_peer_is_asked_only_for_what_it_claims() -> None:
    """The higher range goes to whoever claims it."""
    plan = planner(a=10, b=100)
    assert asked(plan.plan(Height(5), 0)) == [("a", 5, 6), ("b", 11, 64)]


def test_a_gap_is_asked_for_alone() -> None:
    """Blocks that wait, and questions under way, are left out."""
    plan = planner(a=300, b=300, c=300)
    first, second, third = plan.plan(Height(1), 0)
    plan.answered(second.peer, second.request, blocks(65, 64), 0)
    plan.failed(first.peer, first.request, 0)
    assert asked(plan.plan(Height(1), 0)) == [("b", 1, 64)]
    assert third.request.first == 129


def test_a_peer_that_withholds_is_left_alone_and_another_asked() -> None:
    """An empty answer: shunned for a while, then asked again."""
    plan = planner(a=10, b=10)
    ((ask),) = plan.plan(Height(1), 0)
    plan.answered(A, ask.request, (), 100)
    assert asked(plan.plan(Height(1), 100)) == [("b", 1, 10)]
    plan.failed(B, BlocksRequest(first=Height(1), count=10), 200)
    assert plan.plan(Height(1), 100 + SHUN_MS - 1) == ()
    assert asked(plan.plan(Height(1), 100 + SHUN_MS)) == [("a", 1, 10)]


def test_a_lying_claim_costs_one_round_trip() -> None:
    """It claims a million heights and is asked first; the others' blocks are not touched by it."""
    plan = planner(a=1_000_000, b=20)
    ((ask),) = plan.plan(Height(21), 0)
    assert ask.peer == A
    plan.answered(A, ask.request, (), 0)
    assert plan.plan(Height(21), SHUN_MS - 1) == ()
    plan.claim(B, Height(30))
    assert asked(plan.plan(Height(21), 1)) == [("b", 21, 10)]


def test_what_a_liar_sent_is_thrown_away_with_it() -> None:
    """One wrong block, and none of its others is believed; the rest stays."""
    plan = planner(a=500, b=500)
    one, other = plan.plan(Height(1), 0)
    plan.answered(A, one.request, blocks(1, 64), 0)
    plan.answered(B, other.request, blocks(65, 64), 0)
    assert plan.waiting == 128
    arrived = plan.next_block(Height(1))
    assert arrived is not None
    assert arrived.peer == A
    plan.rejected(A, 0)
    assert plan.waiting == 64
    assert not plan.holds(Height(2))
    assert plan.holds(Height(65))
    assert asked(plan.plan(Height(1), 0)) == [("b", 1, 64)]


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
    plan = planner(a=10, b=10)
    ((ask),) = plan.plan(Height(1), 0)
    assert ask.peer == A
    plan.forget(A)
    assert asked(plan.plan(Height(1), 0)) == [("b", 1, 10)]
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
        for ask in plan.plan(Height(following), now_ms):
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
    assert questions < 120


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
