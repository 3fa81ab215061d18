"""A node says in ``status`` that the financiers' key of its home is not the one of the chain."""

from __future__ import annotations

from pathlib import Path

from p2pchain.client.registry import key_operation
from p2pchain.node.health.financiers_key_check import FinanciersKeyWatch
from tests.unit.ledger.ledger_world import CHAIN_ID, World, operation
from tests.unit.ledger.receivable_steps import Market

KEY, OTHER = b"\x5a" * 32, b"\x5a" * 31 + b"\x5b"


def write(path: Path, key: bytes, mode: int = 0o600) -> None:
    """Write a key file."""
    path.write_text(key.hex() + "\n")
    path.chmod(mode)


def test_a_wrong_key_is_told_until_it_is_right(tmp_path: Path) -> None:
    world = World()
    watch = FinanciersKeyWatch(tmp_path, CHAIN_ID)
    assert watch.reasons(world.ledger) == [], "no financier"
    path = tmp_path / "registry.key"
    write(path, OTHER)
    assert watch.reasons(world.ledger) == [], "the chain knows none yet"
    assert world.submit("bank-a", key_operation("set_key", 1, KEY, CHAIN_ID)).code == "OK"
    (reason,) = watch.reasons(world.ledger)
    assert reason.startswith("REG_WRONG_KEY: ")
    assert str(path) in reason
    write(path, KEY + b"\x00")
    assert len(watch.reasons(world.ledger)) == 1
    write(path, KEY, 0o644)
    path.write_text(KEY.hex())
    assert "KEY_PERMISSIONS" in watch.reasons(world.ledger)[0]
    path.unlink()
    write(path, KEY)
    assert watch.reasons(world.ledger) == []


def test_while_two_keys_live_both_are_needed(tmp_path: Path) -> None:
    market = Market()
    market.does("bank-a", key_operation("set_key", 1, KEY, CHAIN_ID))
    write(tmp_path / "registry.key", KEY)
    watch = FinanciersKeyWatch(tmp_path, CHAIN_ID)
    quorum = ("bank-a", "bank-b", "buyer", "supplier")
    market.does(quorum, key_operation("rotate_key", 2, OTHER, CHAIN_ID))
    (reason,) = watch.reasons(market.ledger)
    assert "registry.next.key" in reason
    write(tmp_path / "registry.next.key", OTHER)
    assert watch.reasons(market.ledger) == []
    market.does(quorum, operation("registry", "close_key", 1, False))
    assert watch.reasons(market.ledger) == [], "the older one may stay for a while"
