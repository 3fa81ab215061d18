"""What the registry answers when asked, and to whom."""

from __future__ import annotations

import pytest

from p2pchain.business.registry.declaration import values_of
from p2pchain.business.registry.name_index import NAMED_MAX
from p2pchain.codec.cbor import encode
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Value
from tests.unit.ledger.ledger_world import key
from tests.unit.ledger.registering import doc, plain
from tests.unit.ledger.registry_steps import (
    HALF,
    LEAST,
    cancel,
    finance,
    register,
    state_of,
    told,
    world_with,
)


def test_query_check() -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance(share=HALF)), ("bank-b", register("y")))

    def check(name: str, account: str, weak: str | None = "weak x") -> dict[str, object]:
        args: dict[str, Value] = {"document": doc(name).hex()}
        if weak is not None:
            args["declarations"] = encode(values_of((plain(name, weak),))).hex()
        return world.ledger.query("registry", "check", args, key(account))

    told_b = check("x", "bank-b")
    assert (told_b["state"], told_b["match"], told_b["cross_applicant"]) == ("financed", "exact", True)
    assert (told_b["financeable"], told_b["remaining_share"], told_b["financed_share"]) == (False, 0, 0)
    assert told_b["similar"] == [{"document": doc("y").hex(), "state": "registered", "same": False}]
    told_a = check("x", "bank-a", None)
    assert (told_a["cross_applicant"], told_a["remaining_share"], told_a["similar_count"]) == (False, HALF, 1)
    fresh = check("z", "bank-c")
    assert (fresh["state"], fresh["match"], fresh["similar_count"]) == (None, "similar", 2)
    assert check("z", "bank-c", None)["match"] is None
    assert "bank-" not in repr((told_a, told_b, fresh))


def test_many_similar_documents_are_counted_and_some_are_named() -> None:
    names = [f"similar {number}" for number in range(NAMED_MAX + 4)]
    world = world_with(*(("bank-a", register(name)) for name in names))
    args: dict[str, Value] = {
        "document": doc("x"),
        "declarations": encode(values_of((plain("x", "weak x"),))),
    }
    answer = world.ledger.query("registry", "check", args, key("bank-b"))
    assert answer["similar_count"] == NAMED_MAX + 1, "those that are named, and more"
    assert {each["document"] for each in answer["similar"]} == {doc(name).hex() for name in names[:NAMED_MAX]}
    for name in names[1:]:
        world.submit("bank-a", cancel(name))
    assert told(world.submit("bank-b", register()))["match"] == "similar"
    world.submit("bank-a", cancel(names[0]))
    assert told(world.submit("bank-b", finance()))["match"] is None


def test_query_show_and_list() -> None:
    names = [f"document {number}" for number in range(7)]
    world = world_with(*(("bank-a", register(name, f"weak {name}")) for name in names))
    world.submit("bank-a", finance(names[0], share=LEAST))
    assert state_of(world, names[0]) == "financed"
    with pytest.raises(Refused, match="REG_UNKNOWN_DOCUMENT"):
        state_of(world, "unknown")

    def listed(account: str | None = None, **args: Value) -> tuple[list[str], str | None]:
        page = world.ledger.query("registry", "list", args, None if account is None else key(account))
        return [each["document"] for each in page["documents"]], page["next"]

    everything = sorted(doc(name).hex() for name in names)
    assert listed() == (everything, None)
    first, after = listed(limit=3)
    assert (first, after) == (everything[:3], everything[2])
    assert listed(limit=4, after=after) == (everything[3:], None)
    assert listed(state="financed") == ([doc(names[0]).hex()], None)
    assert listed("bank-a", mine=True) == (everything, None)
    assert listed("bank-b", mine=True) == ([], None)
    with pytest.raises(Refused, match="QUERY_INVALID_ARGS"):
        listed(state="lost")
    shown = world.ledger.query("registry", "show", {"document": doc(names[0])}, key("bank-b"))
    assert (shown["registered"], shown["holder"], shown["remaining_share"]) == (False, False, 0)
    assert "bank-a" not in repr(shown)
