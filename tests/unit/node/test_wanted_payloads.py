"""Whose payload is fetched next: those that nobody gives hold up no honest owner's."""

from __future__ import annotations

import sys
from types import FrameType

from p2pchain.model.ids import OrgId
from p2pchain.node.face.payload_schedule import (
    FAILING_IN_FLIGHT_MAX,
    IN_FLIGHT_MAX,
    OWNER_IN_FLIGHT_MAX,
    OWNER_WANTED_MAX,
    REST_MAX_S,
    REST_S,
    Wanted,
    WantedPayloads,
)

LIAR, HONEST = OrgId("liar"), OrgId("honest")


def root(number: int) -> bytes:
    return number.to_bytes(32, "big")


def all_due(schedule: WantedPayloads, now_s: float = 0.0) -> list[Wanted]:
    """All that may be under way at once."""
    found: list[Wanted] = []
    while (wanted := schedule.next_due(now_s)) is not None:
        found.append(wanted)
    return found


def test_one_owner_takes_two_places() -> None:
    """Six payloads that are never served once delayed an honest one by 100 s: it goes at once."""
    schedule = WantedPayloads()
    for number in range(6):
        schedule.add(root(number), LIAR)
    schedule.add(root(100), HONEST)
    assert [each.owner for each in all_due(schedule)].count(LIAR) == OWNER_IN_FLIGHT_MAX
    assert root(100) in schedule
    schedule = WantedPayloads()
    for number in range(6):
        schedule.add(root(number), LIAR)
    all_due(schedule)
    schedule.add(root(100), HONEST)
    assert [each.root for each in all_due(schedule)] == [root(100)]


def test_owners_that_failed_share_half_of_the_places() -> None:
    """Many such organisations together leave room for one whose payloads come."""
    schedule = WantedPayloads()
    liars = [OrgId(f"liar-{number}") for number in range(IN_FLIGHT_MAX)]
    for place, liar in enumerate(liars):
        for number in range(3):
            schedule.add(root(place * 10 + number), liar)
    while flying := all_due(schedule):
        if len(flying) == FAILING_IN_FLIGHT_MAX:
            break
        for wanted in flying:
            schedule.failed(wanted, 0.0, holders=2)
    for number in range(10):
        schedule.add(root(1_000 + number), HONEST)
    assert {each.owner for each in all_due(schedule)} == {HONEST}


def test_the_owner_that_was_served_longest_ago_comes_next() -> None:
    """Round robin, whatever the order in which they came."""
    schedule = WantedPayloads()
    for number in range(4):
        schedule.add(root(number), OrgId("first"))
    schedule.add(root(10), OrgId("second"))
    one = schedule.next_due(0.0)
    two = schedule.next_due(0.0)
    assert one is not None
    assert two is not None
    assert (one.owner, two.owner) == ("first", "second")


def test_every_holder_is_asked_before_it_rests_twice_as_long_each_time() -> None:
    """With three holders there are three attempts at once, then a rest."""
    schedule = WantedPayloads()
    schedule.add(root(1), LIAR)
    now_s, rests = 0.0, []
    for _ in range(12):
        for _ in range(3):
            wanted = schedule.next_due(now_s)
            assert wanted is not None
            schedule.failed(wanted, now_s, holders=3)
        rest_s = schedule.due_in_s(now_s)
        assert rest_s is not None
        assert schedule.next_due(now_s + rest_s - 0.001) is None
        rests.append(rest_s)
        now_s += rest_s
    assert rests[:3] == [REST_S, 2 * REST_S, 4 * REST_S]
    assert rests[-1] == REST_MAX_S


def test_what_was_dropped_while_it_was_fetched_does_not_come_back() -> None:
    """It was erased, or handed in by our own people."""
    schedule = WantedPayloads()
    schedule.add(root(1), HONEST)
    wanted = schedule.next_due(0.0)
    assert wanted is not None
    schedule.drop(root(1))
    schedule.failed(wanted, 0.0, holders=1)
    assert root(1) not in schedule
    assert schedule.next_due(10_000.0) is None


def test_what_waits_is_bounded_for_each_owner() -> None:
    """One that fills its queue takes nothing from another's."""
    schedule = WantedPayloads()
    for number in range(OWNER_WANTED_MAX + 5):
        schedule.add(root(number), LIAR)
    assert root(OWNER_WANTED_MAX + 1) not in schedule
    schedule.add(root(10**6), HONEST)
    assert root(10**6) in schedule


def test_no_call_looks_at_a_whole_queue() -> None:
    """One attempt among 10,000 payloads that rest, and as many that wait, takes as few steps as among ten."""

    def steps(count: int) -> int:
        schedule = WantedPayloads()
        for number in range(count):
            schedule.add(number.to_bytes(32, "big"), OrgId("a"))
        for _ in range(count // 2):
            wanted = schedule.next_due(0.0)
            assert wanted is not None
            schedule.failed(wanted, 0.0, 1)
        taken = 0

        def count_step(_frame: FrameType, _event: str, _called: object) -> None:
            nonlocal taken
            taken += 1

        sys.setprofile(count_step)
        try:
            wanted = schedule.next_due(1.0)
            assert wanted is not None
            schedule.due_in_s(1.0)
            schedule.failed(wanted, 1.0, 1)
        finally:
            sys.setprofile(None)
        return taken

    assert steps(OWNER_WANTED_MAX) == steps(10)


def test_what_is_dropped_while_it_rests_is_never_handed_out() -> None:
    """And what is wanted anew after that waits for no rest that was another's."""
    schedule = WantedPayloads()
    schedule.add(b"x", OrgId("a"))
    wanted = schedule.next_due(0.0)
    assert wanted is not None
    schedule.failed(wanted, 0.0, 1)
    assert schedule.due_in_s(1.0) == REST_S - 1.0
    schedule.drop(b"x")
    assert b"x" not in schedule
    assert schedule.due_in_s(1.0) is None
    assert schedule.next_due(REST_S) is None
    schedule.add(b"x", OrgId("a"))
    assert all_due(schedule, 1.0) == [Wanted(root=b"x", owner=OrgId("a"))]


def test_dropping_and_failing_again_and_again_fills_no_memory() -> None:
    schedule = WantedPayloads()
    for _ in range(3 * OWNER_WANTED_MAX):
        schedule.add(b"x", OrgId("a"))
        wanted = schedule.next_due(0.0)
        assert wanted is not None
        schedule.failed(wanted, 0.0, 1)
        schedule.drop(b"x")
    (owner,) = schedule._owners.values()
    assert len(owner._by_due) <= 2 * OWNER_WANTED_MAX + 1
