"""Backoff, penalties and the list of refusals: how long, how often, and within which bounds."""

from __future__ import annotations

import random

from p2pchain.model.ids import PeerId
from p2pchain.net.config import NetConfig
from p2pchain.net.redial import Backoff, Penalties
from p2pchain.net.refusals import Refusals

CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
PEER = PeerId("peer")


def test_backoff_doubles_from_a_quarter_second_to_four_seconds_with_jitter() -> None:
    backoff = Backoff(CONFIG, random.Random(7))
    waits = [backoff.next_s() for _ in range(40)]
    for wait_s, middle_s in zip(waits, [0.25, 0.5, 1, 2, 4, 4, 4], strict=False):
        assert 0.75 * middle_s <= wait_s <= 1.25 * middle_s
    assert max(waits) <= 37.5
    assert len(set(waits[10:])) > 5, "jitter, or all nodes dial at once"
    backoff.reset()
    assert backoff.next_s() <= 0.32


def test_penalties_grow_are_capped_and_forgiven() -> None:
    penalties = Penalties()
    assert penalties.remaining_s(PEER, 0) == 0
    assert [penalties.add(PEER, 100.0) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert penalties.remaining_s(PEER, 104.0) == 6
    assert penalties.remaining_s(PEER, 111.0) == 0
    penalties.forgive(PEER)
    assert penalties.add(PEER, 200.0) == 1


def test_refusals_are_counted_and_the_list_is_bounded() -> None:
    refusals = Refusals(kept_max=3)
    assert refusals.add("a", "X", "one", 1.0)
    assert not refusals.add("a", "X", "two", 2.0)
    assert refusals.add("a", "Y", "other", 3.0)
    [first, second] = refusals.latest(10.0)
    assert (first.peer, first.code, first.detail, first.count, first.ago_s) == ("a", "X", "two", 2, 8)
    assert second.code == "Y"
    for index in range(1_000):
        refusals.add(f"stranger-{index}", "X", "", 4.0)
    assert len(refusals.latest(10.0)) == 3
    assert refusals.counts["X"] == 1_002
    refusals.forget("stranger-999")
    assert len(refusals.latest(10.0)) == 2
