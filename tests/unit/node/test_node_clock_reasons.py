"""What ``status`` says of clocks: a jump, a clock that is off, a chain ahead of it, a genesis to come."""

from __future__ import annotations

from p2pchain.node.health.reasons import clock_reasons
from p2pchain.replica.inputs import SyncDue
from tests.unit.replica.replica_world import GENESIS_MS, Scene

HOUR_MS = 3_600_000


def told(scene: Scene) -> str:
    """The reasons, as one text."""
    return "; ".join(clock_reasons(scene.replica, scene.now))


def test_a_clock_that_is_right_is_no_reason() -> None:
    scene = Scene()
    scene.follow(3)
    assert told(scene) == ""


def test_a_genesis_to_come_is_told_with_its_moment() -> None:
    scene = Scene(began_ms=GENESIS_MS - HOUR_MS)
    assert told(scene).startswith(
        "the chain begins at 2027-01-15T08:00:00Z, the time of its genesis, in 3600 s"
    )
    scene.now_ms = GENESIS_MS
    assert told(scene) == ""


def test_a_chain_ahead_of_the_clock_is_told_with_the_moment_at_which_it_is_not() -> None:
    scene = Scene()
    true_ms = scene.now_ms
    scene.decide(scene.chain.make(later_ms=8 * HOUR_MS))
    scene.now_ms = true_ms + 100
    scene.decide(scene.chain.make(later_ms=1))
    scene.now_ms = true_ms + 200
    assert "the chain's time is 28799 s ahead of this node's clock" in told(scene)
    assert "until 2027-01-15T16:00:00Z" in told(scene)


def test_a_clock_that_jumped_is_told_until_it_is_believed() -> None:
    scene = Scene()
    scene.follow(3)
    scene.wall_ahead_ms = 8 * HOUR_MS
    scene.elapse(SyncDue())
    assert told(scene).startswith("this machine's clock was set 28800 s ahead while the node ran")
    scene.wall_ahead_ms = -8 * HOUR_MS
    scene.elapse(SyncDue())
    assert told(scene).startswith("this machine's clock was set 28800 s back while the node ran")
    scene.wall_ahead_ms = 0
    scene.elapse(SyncDue())
    assert told(scene) == ""
