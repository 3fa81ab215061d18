"""Short ways to say what banks do with documents, and to read what they are told."""

from __future__ import annotations

from p2pchain.business.registry.document import SHARE_WHOLE
from p2pchain.model.transaction import Operation, Receipt, Value
from tests.unit.ledger.ledger_world import World, facts, operation
from tests.unit.ledger.registering import Keyed, doc, register

__all__ = ["register"]
WHOLE = SHARE_WHOLE
HALF = SHARE_WHOLE // 2
LEAST = SHARE_WHOLE // 100
FIELDS = (
    "document",
    "state",
    "match",
    "cross_applicant",
    "share",
    "financed_share",
    "remaining_share",
    "reason",
)


def finance(name: str = "x", share: int = WHOLE, acknowledge: bool = False) -> Operation:
    """Finance a share of it."""
    return operation("registry", "finance", doc(name), share, acknowledge)


def release(reason: str, name: str = "x", share: int | None = None) -> Operation:
    """Let go of it."""
    return operation("registry", "release", doc(name), share, reason)


def cancel(name: str = "x") -> Operation:
    """Take back its registration."""
    return operation("registry", "cancel", doc(name))


def told(receipt: Receipt) -> dict[str, Value]:
    """What the only event of an accepted receipt says."""
    assert receipt.code == "OK", f"{receipt.code} {receipt.facts}"
    event = next(event for event in receipt.events if event.name != "similar")
    assert event.module == "registry"
    return {"name": event.name, **dict(zip(FIELDS, event.fields, strict=True))}


def state_of(world: World, name: str = "x") -> object:
    """State of a document."""
    return world.ledger.query("registry", "show", {"document": doc(name).hex()}, None)["state"]


def shares(event: dict[str, Value]) -> tuple[Value, Value, Value]:
    """The three shares of an event."""
    return event["share"], event["financed_share"], event["remaining_share"]


def world_with(*steps: tuple[str, Operation]) -> World:
    """A world after these steps, all accepted."""
    world = Keyed()
    for name, step in steps:
        assert world.submit(name, step).code == "OK"
    return world


def refused(world: World, name: str, step: Operation) -> tuple[str, dict[str, Value]]:
    """Code and facts of a refusal, which changes nothing."""
    root = world.ledger.state_root
    receipt = world.submit(name, step)
    assert receipt.code != "OK"
    assert receipt.events == ()
    assert world.ledger.state_root == root
    named = [
        value for value in facts(receipt).values() if isinstance(value, str) and value.startswith("bank-")
    ]
    assert named == [], "a refusal names nobody"
    return receipt.code, facts(receipt)
