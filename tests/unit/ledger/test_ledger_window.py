"""The replay window: what it refuses, until when, and that it forgets."""

from __future__ import annotations

from p2pchain.ledger.replay_window import ReplayWindow

LIFETIME = 5


def test_a_pair_is_refused_for_as_long_as_its_transaction_could_be_valid() -> None:
    window = ReplayWindow()
    window.commit(10, [b"pair"], LIFETIME)
    last = 10 - 1 + LIFETIME  # The farthest valid_until that block 10 takes.
    assert [window.holds(b"pair", height) for height in (11, last, last + 1)] == [True, True, False]
    assert not window.holds(b"other", 11)


def test_it_forgets_what_no_later_block_needs() -> None:
    window = ReplayWindow()
    for height in range(1, 100):
        window.commit(height, [height.to_bytes(8, "big")], LIFETIME)
        assert len(window) <= LIFETIME
    assert window.holds((99).to_bytes(8, "big"), 100)


def test_a_shorter_lifetime_does_not_free_what_was_admitted_under_the_longer() -> None:
    window = ReplayWindow()
    window.commit(1, [b"long"], 50)
    for height in range(2, 40):
        window.commit(height, [], 3)
    assert window.holds(b"long", 40)
    assert not window.holds(b"long", 51)


def test_an_entry_kept_longer_than_needed_is_not_refused_longer() -> None:
    window = ReplayWindow()
    window.commit(1, [b"long"], 50)
    window.commit(2, [b"short"], 3)
    window.commit(5, [], 3)
    assert not window.holds(b"short", 6)
    window.commit(6, [b"short"], 3)
    window.commit(50, [], 3)
    assert not window.holds(b"long", 51)
    assert len(window) == 0


def test_forgetting_an_old_use_does_not_forget_a_new_one() -> None:
    window = ReplayWindow()
    window.commit(1, [b"long"], 50)
    window.commit(2, [b"pair"], 3)
    window.commit(
        50, [b"pair"], 3
    )  # Here the use in block 2, which waited behind the longer one, is dropped.
    assert window.holds(b"pair", 52)
    assert not window.holds(b"pair", 53)
