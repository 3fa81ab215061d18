"""Custody of traced goods: each rule by its refusal, and the ways of a thing from hand to hand."""

from __future__ import annotations

from itertools import pairwise

import pytest

from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import facts
from tests.unit.ledger.trace_steps import (
    AGENCY,
    Goods,
    bring,
    on,
    packing,
    ship,
    step,
    thing,
)

A, B = thing("a"), thing("b")
PALLET, CASE = thing("pallet"), thing("case")


def stocked() -> Goods:
    """Two things of a lot and two containers at the farm."""
    goods = Goods()
    goods.does("farm", bring("a", "b"), bring("pallet", "case", lot=None))
    return goods


def test_from_hand_to_hand() -> None:
    goods = stocked()
    goods.does("farm", ship((A,), "mill"))
    on_its_way = goods.where(A)
    assert (on_its_way["custodian"], on_its_way["to"]) == ("farm", "mill")
    goods.does("mill", on("receive", A))
    arrived = goods.where(A)
    assert (arrived["custodian"], arrived["to"], arrived["quantity"]) == ("mill", None, 1_000)
    lot = thing("lot")
    assert goods.holders(lot) == {(lot.hex(), "farm"): 1, (lot.hex(), "mill"): 1}
    goods.does("mill", ship((A,), "shop"))
    goods.does("shop", on("refuse", A))
    assert goods.where(A)["custodian"] == "mill"
    goods.does("mill", ship((A,), "shop"))
    goods.does("mill", on("withdraw", A))
    assert goods.where(A)["to"] is None
    goods.does("mill", on("destroy", A))
    assert goods.where(A)["ended"] == "destroyed"
    assert goods.holders(lot) == {(lot.hex(), "farm"): 1}


@pytest.mark.parametrize(
    ("signer", "operation_", "code"),
    [
        ("farm", bring("a"), "TRC_DUPLICATE"),
        ("farm", bring("x", by="mill"), "TRC_PREFIX"),
        ("farm", bring("x", by="0"), "TRC_PREFIX"),
        ("mill", bring("x"), "TRC_PREFIX"),
        ("farm-clerk", bring("x"), "AUTH_ROLE"),
        ("agency", bring("x"), "AUTH_ROLE"),
        ("farm", bring("x", time_ms=2**60), "TRC_TIME_ORDER"),
        ("farm", step("set_prefix", "1", "farm"), "AUTH_ROLE"),
        ("agency", step("set_prefix", "1", "nobody"), "TRC_PARTY"),
        ("farm", ship((thing("x"),), "mill"), "TRC_UNKNOWN"),
        ("mill", ship((A,), "shop"), "TRC_NOT_CUSTODIAN"),
        ("farm", ship((A,), "farm"), "TRC_PARTY"),
        ("farm", ship((A,), "nobody"), "TRC_PARTY"),
        ("farm", ship((A,), "mill", time_ms=1), "TRC_TIME_ORDER"),
        ("farm", ship((A,), "mill", time_ms=2**60), "TRC_TIME_ORDER"),
        ("farm", ship((A, A), "mill"), "TX_INVALID_ARGS"),
        ("eco", ship((A,), "mill"), "AUTH_ROLE"),
        ("mill", on("receive", A), "TRC_NOT_SHIPPED"),
        ("mill", on("refuse", A), "TRC_NOT_SHIPPED"),
        ("mill", on("receive", thing("x")), "TRC_UNKNOWN"),
        ("farm", on("withdraw", A), "TRC_NOT_SHIPPED"),
        ("mill", on("destroy", A), "TRC_NOT_CUSTODIAN"),
        ("agency", on("destroy", A), "AUTH_ROLE"),
        ("mill", on("take_over", A), "AUTH_ROLE"),
        ("mill", packing("pack", PALLET, A), "TRC_NOT_CUSTODIAN"),
        ("farm", packing("pack", PALLET, PALLET), "TRC_PACKED"),
        ("farm", packing("unpack", PALLET, A), "TRC_NOT_PACKED"),
    ],
)
def test_refused_at_hand(signer: str, operation_: Operation, code: str) -> None:
    assert stocked().refuses(signer, operation_) == code


@pytest.mark.parametrize(
    ("signer", "operation_", "code"),
    [
        ("farm", ship((A,), "shop"), "TRC_IN_TRANSIT"),
        ("farm", packing("pack", PALLET, A), "TRC_IN_TRANSIT"),
        ("farm", on("destroy", A), "TRC_IN_TRANSIT"),
        ("shop", on("receive", A), "TRC_NOT_CONSIGNEE"),
        ("farm", on("receive", A), "TRC_NOT_CONSIGNEE"),
        ("shop", on("refuse", A), "TRC_NOT_CONSIGNEE"),
        ("mill", on("withdraw", A), "TRC_NOT_CUSTODIAN"),
        ("mill", ship((A,), "shop"), "TRC_NOT_CUSTODIAN"),
        ("mill", on("receive", A, time_ms=1), "TRC_TIME_ORDER"),
        ("farm", on("withdraw", A, time_ms=1), "TRC_TIME_ORDER"),
    ],
)
def test_refused_on_its_way(signer: str, operation_: Operation, code: str) -> None:
    goods = stocked()
    goods.does("farm", ship((A,), "mill"))
    assert goods.refuses(signer, operation_) == code


@pytest.mark.parametrize("action", ["ship", "receive", "destroy", "pack", "unpack", "take_over"])
def test_what_was_destroyed_is_gone_for_good(action: str) -> None:
    goods = stocked()
    goods.does("farm", on("destroy", A))
    steps = {
        "ship": ship((A,), "mill"),
        "pack": packing("pack", PALLET, A),
        "unpack": packing("unpack", A, B),
    }
    signers = ("mill", AGENCY) if action == "take_over" else "farm"
    assert goods.refuses(signers, steps.get(action) or on(action, A)) == "TRC_DESTROYED"
    assert goods.refuses("farm", bring("a")) == "TRC_DUPLICATE"


def test_what_is_packed_goes_where_its_container_goes() -> None:
    goods = stocked()
    goods.does("farm", packing("pack", CASE, A), packing("pack", PALLET, CASE))
    assert goods.refuses("farm", ship((A,), "mill")) == "TRC_PACKED"
    assert goods.refuses("farm", ship((CASE,), "mill")) == "TRC_PACKED"
    assert goods.refuses("farm", packing("unpack", CASE, A)) == "TRC_PACKED"
    assert goods.refuses("farm", packing("pack", CASE, B)) == "TRC_PACKED"
    assert goods.refuses("farm", packing("pack", A, PALLET)) == "TRC_PACKED"
    assert goods.refuses("farm", on("destroy", PALLET)) == "TRC_PACKED"
    goods.hands_over((PALLET,), "farm", "mill")
    lot = thing("lot")
    assert goods.where(A)["custodian"] == "mill"
    assert goods.where(A)["outermost"] == PALLET.hex()
    assert goods.holders(lot) == {(lot.hex(), "farm"): 1, (lot.hex(), "mill"): 1}
    assert goods.refuses("farm", packing("unpack", PALLET, CASE)) == "TRC_NOT_CUSTODIAN"
    assert goods.refuses("mill", packing("unpack", PALLET, A)) == "TRC_NOT_PACKED"
    goods.does("mill", packing("unpack", PALLET, CASE), packing("unpack", CASE, A))
    assert goods.where(A)["custodian"] == "mill"
    assert goods.where(A)["parent"] is None
    goods.does("mill", on("destroy", PALLET, CASE))
    assert goods.holders(lot) == {(lot.hex(), "farm"): 1, (lot.hex(), "mill"): 1}


def test_containers_lie_in_one_another_up_to_a_bound() -> None:
    goods = stocked()
    boxes = [f"box {number}" for number in range(10)]
    goods.does("farm", bring(*boxes, lot=None))
    for inner, outer in pairwise(boxes[:9]):
        goods.does("farm", packing("pack", thing(outer), thing(inner)))
    receipt = goods.submit("farm", packing("pack", thing(boxes[9]), thing(boxes[8])))
    assert receipt.code == "TRC_TOO_DEEP"
    assert facts(receipt)["levels_max"] == 8
    assert goods.where(thing(boxes[0]))["outermost"] == thing(boxes[8]).hex()


def test_a_container_holds_things_of_so_many_lots() -> None:
    goods = stocked()
    things = [f"thing {number}" for number in range(33)]
    for number, text in enumerate(things):
        goods.does("farm", bring(text, lot=f"lot {number}"))
    goods.does("farm", packing("pack", PALLET, *(thing(text) for text in things[:32])))
    assert goods.refuses("farm", packing("pack", PALLET, thing(things[32]))) == "TRC_LOTS"
    goods.does("farm", packing("unpack", PALLET, thing(things[0])))
    goods.does("farm", packing("pack", PALLET, thing(things[32])))
    assert goods.where(PALLET)["lots_inside"] == 32


def test_adopting_needs_an_authority_of_another() -> None:
    goods = stocked()
    foreign = bring("z", by="7612345", action="adopt")
    assert goods.refuses("mill", foreign) == "AUTH_ROLE"
    assert goods.refuses(AGENCY, foreign) == "AUTH_ROLE"
    assert goods.refuses(("mill", AGENCY), bring("z", action="adopt")) == "TRC_PREFIX"
    goods.does(("mill", AGENCY), foreign)
    assert goods.refuses(("shop", AGENCY), foreign) == "TRC_DUPLICATE"
    goods.does(("shop", AGENCY), bring("y", by="7612345", action="adopt"))
    lot = thing("lot", "7612345")
    assert goods.holders(lot) == {(lot.hex(), "mill"): 1, (lot.hex(), "shop"): 1}


def test_what_a_former_member_left_is_taken_over() -> None:
    goods = stocked()
    goods.does("farm", packing("pack", PALLET, A), ship((B,), "mill"))
    both = ("mill", AGENCY)
    assert goods.refuses(both, on("take_over", PALLET)) == "TRC_NOT_CUSTODIAN"
    goods.leaves("farm")
    assert goods.refuses(both, on("take_over", A)) == "TRC_PACKED"
    goods.does(both, on("take_over", PALLET, B))
    lot = thing("lot")
    assert goods.holders(lot) == {(lot.hex(), "mill"): 2}
    assert goods.where(A)["custodian"] == "mill"
    goods.does(both, bring("new", action="adopt"))


def test_answers_list_what_there_is() -> None:
    goods = stocked()
    goods.hands_over((A,), "farm", "mill")
    everything = goods.ledger.query("trace", "list", {"limit": 3}, None)
    rest = goods.ledger.query("trace", "list", {"after": everything["next"]}, None)
    assert len(everything["things"]) == 3
    assert len(rest["things"]) == 1
    mine = goods.ledger.query("trace", "list", {"custodian": "mill", "lot": thing("lot")}, None)
    assert [row["thing"] for row in mine["things"]] == [A.hex()]
    prefixes = goods.ledger.query("trace", "prefixes", {"limit": 2}, None)
    assert prefixes["prefixes"][0] == {"prefix": "4012345", "org": "farm"}
    assert prefixes["next"] == prefixes["prefixes"][1]["prefix"]
    assert len(goods.ledger.query("trace", "prefixes", {"after": prefixes["next"]}, None)["prefixes"]) == 1


def test_five_hundred_things_go_at_once() -> None:
    """Three operations of one transaction carry 1,500 hashes."""
    goods = stocked()
    many = [[f"{part} {number}" for number in range(500)] for part in range(3)]
    goods.does_encoded("farm", *(bring(*texts) for texts in many))
    goods.does_encoded("farm", *(ship([thing(text) for text in texts], "mill") for texts in many))
    size = goods.does_encoded("mill", *(on("receive", *map(thing, texts)) for texts in many))
    assert 48_000 < size < 65_536
    lot = thing("lot")
    assert goods.holders(lot) == {(lot.hex(), "farm"): 2, (lot.hex(), "mill"): 1_500}
