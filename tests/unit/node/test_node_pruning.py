"""Pruning: nothing goes that an operator keeps, or that a snapshot needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.node.home.prune_limit import Pruner
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from tests.unit.storage.small_logs import GENESIS, payload_of

LIFETIME, TIP = 5, 40


@pytest.fixture
def chain_log(tmp_path: Path) -> ChainLog:
    """Heights 1 to 40 in many segments."""
    ChainLog.create(Disk(), tmp_path / "chain", genesis=GENESIS)
    log = ChainLog.open(Disk(), tmp_path / "chain", genesis=GENESIS, segment_bytes=300)
    for height in range(1, TIP + 1):
        log.append(height, payload_of(height))
        log.sync()
    return log


def pruner_of(chain_log: ChainLog, keep: int, told: list[int]) -> Pruner:
    return Pruner(chain_log, keep=keep, lifetime=lambda: LIFETIME, pruned=told.append)


@pytest.mark.parametrize(("keep", "oldest"), [(0, 30), (10, 0)], ids=["all is kept", "no snapshot"])
def test_nothing_goes_unasked_or_without_a_snapshot(chain_log: ChainLog, keep: int, oldest: int) -> None:
    told: list[int] = []
    pruner = pruner_of(chain_log, keep, told)
    pruner.allow_below(oldest)
    assert pruner.prune(TIP) == 0
    assert (chain_log.first, told) == (1, [])


@pytest.mark.parametrize(
    ("keep", "oldest", "bound"), [(10, 40, 31), (10, 30, 26), (1, 20, 16), (100, 40, 0), (10, 3, 0)]
)
def test_what_may_go_goes_by_whole_segments(chain_log: ChainLog, keep: int, oldest: int, bound: int) -> None:
    told: list[int] = []
    pruner = pruner_of(chain_log, keep, told)
    pruner.allow_below(oldest)
    assert max(0, pruner.bound(TIP)) == bound
    gone = pruner.prune(TIP)
    assert chain_log.first <= max(1, bound)
    assert (gone > 0) == (bound > 5)
    assert told == ([chain_log.first] if gone else [])
    assert [height for height, _ in chain_log.blocks()] == list(range(chain_log.first, TIP + 1))
    assert pruner.prune(TIP) == 0
