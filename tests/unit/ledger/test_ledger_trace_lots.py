"""Lots: recalls that reach what was made and what is packed, transformations, certificates, captures."""

from __future__ import annotations

import pytest

from p2pchain.codec.trace_ids import traced_id
from p2pchain.crypto.merkle import merkle_path, merkle_root
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import TIME_MS, facts
from tests.unit.ledger.trace_steps import (
    AGENCY,
    CERTIFIER,
    PREFIXES,
    Goods,
    bring,
    name,
    on,
    packing,
    recall,
    ship,
    step,
    thing,
    transform,
)

LOT = thing("lot")
A, B, PALLET = thing("a"), thing("b"), thing("pallet")
EVENTS = [bytes([number]) * HASH_BYTES for number in range(5)]
ROOT = merkle_root(EVENTS)


def stocked() -> Goods:
    """Two heaps of 1,000 each of one lot, and a container, at the farm."""
    goods = Goods()
    goods.does("farm", bring("a", "b"), bring("pallet", lot=None))
    return goods


def milled() -> Goods:
    """The first heap is flour at the mill."""
    goods = stocked()
    goods.hands_over((A,), "farm", "mill")
    goods.does("mill", transform([(A, 1_000)], [("flour", 900, False)], by="mill"))
    return goods


FLOUR, FLOUR_LOT = thing("flour", "mill"), thing("made", "mill")


def test_nothing_ships_after_its_recall() -> None:
    goods = stocked()
    goods.does("farm", ship((B,), "mill"))
    goods.does("farm", recall(LOT))
    receipt = goods.submit("farm", ship((A,), "mill"))
    assert receipt.code == "TRC_RECALLED"
    assert facts(receipt) == {
        "thing": A.hex(),
        "lot": LOT.hex(),
        "recalled": LOT.hex(),
        "by": "farm",
    }
    goods.does("mill", on("receive", B))
    assert goods.refuses("mill", ship((B,), "shop")) == "TRC_RECALLED"
    assert goods.refuses("mill", transform([(B, 1)], [("x", 1, False)], by="mill")) == "TRC_RECALLED"
    assert goods.where(B)["is_recalled"] is True
    goods.does("mill", on("destroy", B))
    goods.does("farm", step("lift", LOT))
    goods.does("farm", ship((A,), "mill"))


def test_a_recall_reaches_what_is_packed_but_not_what_was_unpacked() -> None:
    goods = stocked()
    goods.does("farm", bring("c", lot="other"), bring("case", lot=None))
    goods.does("farm", packing("pack", thing("case"), A), packing("pack", PALLET, thing("case"), thing("c")))
    goods.does("farm", recall(LOT))
    assert goods.refuses("farm", ship((PALLET,), "mill")) == "TRC_RECALLED"
    goods.does("farm", packing("unpack", PALLET, thing("case")))
    goods.does("farm", ship((PALLET,), "mill"))
    assert goods.refuses("farm", ship((thing("case"),), "mill")) == "TRC_RECALLED"


def test_a_recall_reaches_what_was_made() -> None:
    goods = milled()
    goods.hands_over((FLOUR,), "mill", "shop")
    goods.does("shop", transform([(FLOUR, 900)], [("bread", 800, False)], by="shop"))
    bread = thing("bread", "shop")
    goods.does(AGENCY, recall(LOT))
    assert goods.refuses("shop", ship((bread,), "mill")) == "TRC_RECALLED"
    bread_lot = thing("made", "shop")
    assert goods.holders(LOT) == {(LOT.hex(), "farm"): 1, (bread_lot.hex(), "shop"): 1}
    shown = goods.ledger.query("trace", "lot", {"lot": bread_lot}, None)
    assert shown["ancestors"] == sorted([LOT.hex(), FLOUR_LOT.hex()])
    assert [row["recalled"] for row in shown["recalls"]] == [LOT.hex()]
    goods.does(AGENCY, step("lift", LOT))
    goods.does("shop", ship((bread,), "mill"))


def test_recalled_goods_go_back_to_who_asks_for_them_alone() -> None:
    goods = milled()
    goods.does("farm", recall(LOT, returns=True))
    assert goods.refuses("mill", ship((FLOUR,), "shop")) == "TRC_RECALLED"
    goods.does("mill", ship((FLOUR,), "farm"))
    goods.does("mill", on("withdraw", FLOUR))
    goods.does(AGENCY, recall(LOT))
    assert goods.refuses("mill", ship((FLOUR,), "farm")) == "TRC_RECALLED"


@pytest.mark.parametrize(
    ("signer", "operation_", "code"),
    [
        ("mill", recall(LOT), "TRC_LOT_FOREIGN"),
        ("eco", recall(LOT), "AUTH_ROLE"),
        ("farm", recall(thing("x")), "TRC_LOT_UNKNOWN"),
        ("farm", recall(LOT), "TRC_RECALLED_BEFORE"),
        (AGENCY, step("lift", LOT), "TRC_NOT_RECALLED"),
        ("mill", step("lift", LOT), "TRC_LOT_FOREIGN"),
        ("farm", step("lift", thing("x")), "TRC_LOT_UNKNOWN"),
    ],
)
def test_who_recalls(signer: str, operation_: Operation, code: str) -> None:
    goods = stocked()
    goods.does("farm", recall(LOT))
    assert goods.refuses(signer, operation_) == code


def test_an_authority_lifts_the_recall_of_a_former_member() -> None:
    goods = stocked()
    goods.does("farm", recall(LOT))
    goods.leaves("farm")
    goods.does(AGENCY, step("lift", LOT))
    assert not goods.ledger.query("trace", "lot", {"lot": LOT}, None)["is_recalled"]


@pytest.mark.parametrize(
    ("operation_", "code"),
    [
        (transform([(A, 1_000)], [("x", 1_001, False)]), "TRC_MASS_BALANCE"),
        (transform([(A, 1_001)], [("x", 1, False)]), "TRC_MASS_BALANCE"),
        (transform([(A, 500), (A, 501)], [("x", 1, False)]), "TRC_MASS_BALANCE"),
        (transform([(A, 600), (B, 400)], [("x", 600, False), ("y", 401, False)]), "TRC_MASS_BALANCE"),
        (transform([(A, 1)], [("x", 1, True)]), "TRC_MASS_BALANCE"),
        (transform([(A, 1)], [("x", 1, True)], claim=CERTIFIER), "TRC_MASS_BALANCE"),
        (transform([(A, 1), (thing("m"), 1)], [("x", 1, False)]), "TRC_UNIT"),
        (transform([(PALLET, 1)], [("x", 1, False)]), "TRC_MASS_BALANCE"),
        (transform([(A, 1)], [("b", 1, False)]), "TRC_DUPLICATE"),
        (transform([(A, 1)], [("x", 1, False)], by="mill"), "TRC_PREFIX"),
        (transform([(A, 1)], [("x", 1, False)], lot_by="mill"), "TRC_PREFIX"),
        (transform([(A, 1), (thing("x"), 1)], [("y", 1, False)]), "TRC_UNKNOWN"),
    ],
)
def test_never_more_comes_out_than_goes_in(operation_: Operation, code: str) -> None:
    goods = stocked()
    goods.does("farm", bring("m", unit="MTR"))
    assert goods.refuses("farm", operation_) == code


def test_only_the_custodian_uses_things_up() -> None:
    goods = stocked()
    assert goods.refuses("mill", transform([(A, 1)], [("x", 1, False)], by="mill")) == "TRC_NOT_CUSTODIAN"
    assert goods.refuses(AGENCY, transform([(A, 1)], [("x", 1, False)])) == "AUTH_ROLE"
    goods.does("farm", ship((A,), "mill"))
    assert goods.refuses("farm", transform([(A, 1)], [("x", 1, False)])) == "TRC_IN_TRANSIT"


def test_input_is_used_up() -> None:
    goods = stocked()
    goods.does("farm", transform([(A, 400)], [("x", 400, False)]))
    assert goods.where(A)["quantity"] == 600
    assert goods.refuses("farm", transform([(A, 601)], [("y", 1, False)])) == "TRC_MASS_BALANCE"
    goods.does("farm", transform([(A, 600)], [("y", 500, False)]))
    assert goods.where(A)["ended"] == "transformed"
    assert goods.refuses("farm", transform([(A, 1)], [("z", 1, False)])) == "TRC_DESTROYED"
    goods.does("farm", packing("pack", B, thing("x")))
    assert goods.refuses("farm", transform([(B, 1)], [("z", 1, False)])) == "TRC_PACKED"


def test_a_lot_is_divided_by_its_custodian() -> None:
    goods = stocked()
    goods.hands_over((A, B), "farm", "mill")
    parts = [("a1", 700, False), ("a2", 300, False)]
    goods.does("mill", transform([(A, 1_000)], parts, by="mill", lot="lot", lot_by="farm"))
    assert goods.holders(LOT) == {(LOT.hex(), "mill"): 3}
    assert goods.ledger.query("trace", "lot", {"lot": LOT}, None)["ancestors"] == []
    goods.does("farm", bring("c", lot="other"))
    goods.hands_over((thing("c"),), "farm", "mill")
    mixed = transform([(B, 1), (thing("c"), 1)], [("z", 2, False)], by="mill", lot="lot", lot_by="farm")
    assert goods.refuses("mill", mixed) == "TRC_LOT_FOREIGN"


def test_nothing_is_made_into_a_recalled_lot_or_of_too_many() -> None:
    goods = Goods()
    for number in range(66):
        goods.does("farm", bring(f"thing {number}", lot=f"lot {number}"))
    things = [thing(f"thing {number}") for number in range(66)]
    goods.does("farm", transform([(key, 500) for key in things[:64]], [("x", 1, False)], lot="wide"))
    one_more = transform([(things[64], 500)], [("y", 1, False)], lot="wide")
    receipt = goods.submit("farm", one_more)
    assert receipt.code == "TRC_LINEAGE"
    assert facts(receipt)["lots"] == 65
    assert goods.refuses("farm", transform([(thing("x"), 1)], [("y", 1, False)], lot="next")) == "TRC_LINEAGE"
    again = transform([(key, 500) for key in things[:64]], [("z", 1, False)], lot="wide")
    goods.does("farm", recall(thing("lot 63")))
    assert goods.refuses("farm", again) == "TRC_RECALLED"


def test_certified_input_is_not_sold_twice() -> None:
    goods = stocked()
    assert goods.refuses("farm", step("certify", (A,), False, None)) == "AUTH_ROLE"
    assert goods.refuses(CERTIFIER, step("certify", (thing("x"),), False, None)) == "TRC_UNKNOWN"
    assert goods.refuses(CERTIFIER, step("certify", (A,), True, None)) == "TRC_CERTIFIED"
    goods.does(CERTIFIER, step("certify", (A,), False, name("certificate")))
    assert goods.refuses(CERTIFIER, step("certify", (A,), False, None)) == "TRC_CERTIFIED"
    both = [(A, 1_000), (B, 1_000)]
    sold = [("x", 600, True), ("y", 401, True)]
    assert goods.refuses("farm", transform(both, sold, claim=CERTIFIER)) == "TRC_MASS_BALANCE"
    sold = [("x", 600, True), ("y", 400, True), ("z", 1_000, False)]
    goods.does("farm", transform(both, sold, claim=CERTIFIER))
    assert [goods.where(thing(text))["claim"] for text in "xyz"] == [CERTIFIER, CERTIFIER, None]
    again = transform([(thing("z"), 1)], [("w", 1, True)], claim=CERTIFIER)
    assert goods.refuses("farm", again) == "TRC_MASS_BALANCE"
    goods.does(CERTIFIER, step("certify", (thing("x"),), True, None))
    assert goods.where(thing("x"))["claim"] is None
    assert goods.refuses(CERTIFIER, step("certify", (A,), False, None)) == "TRC_DESTROYED"


def test_whoever_has_a_thing_at_hand_takes_any_certificate_back() -> None:
    """Neither a certifier whom nobody asked nor one that has left keeps another's certificate off."""
    goods = stocked()
    goods.does(CERTIFIER, step("certify", (A, B), False, None))
    away = step("certify", (A,), True, None)
    assert goods.refuses("mill", away) == "TRC_NOT_CUSTODIAN"
    assert goods.refuses(AGENCY, away) == "AUTH_ROLE"
    assert goods.refuses("farm", step("certify", (A,), False, None)) == "AUTH_ROLE"
    goods.does("farm", away)
    assert goods.where(A)["claim"] is None
    assert goods.refuses("farm", away) == "TRC_CERTIFIED"
    goods.does("farm", packing("pack", thing("pallet"), B))
    assert goods.refuses("farm", step("certify", (B,), True, None)) == "TRC_PACKED"


def capture(root: bytes = ROOT, first_ms: int = TIME_MS, last_ms: int = TIME_MS) -> Operation:
    """The five events."""
    return step("capture", root, len(EVENTS), first_ms, last_ms)


def wrong(
    index: int, captured_by: str = "farm", root: bytes = ROOT, reason: str = "incorrect_data"
) -> Operation:
    """An error in one of them."""
    path = merkle_path(EVENTS, 3)
    return step("declare_error", "farm", ROOT, EVENTS[3], index, path, reason, name("corrected"))


def test_events_are_captured_once_and_errors_are_declared_by_their_owner() -> None:
    goods = stocked()
    assert goods.refuses("farm", capture(first_ms=TIME_MS + 1)) == "TRC_TIME_ORDER"
    assert goods.refuses("farm", capture(last_ms=2**60)) == "TRC_TIME_ORDER"
    assert goods.refuses(AGENCY, capture()) == "AUTH_ROLE"
    assert goods.refuses("farm", wrong(3)) == "TRC_CAPTURE_UNKNOWN"
    goods.does("farm", capture())
    assert goods.refuses("farm", capture()) == "TRC_DUPLICATE"
    goods.does("mill", capture())
    assert goods.refuses("shop", wrong(3)) == "TRC_ERROR_FOREIGN"
    assert goods.refuses("farm", wrong(2)) == "TRC_EVENT"
    assert goods.refuses("farm", wrong(3, reason="sorry")) == "TX_INVALID_ARGS"
    asked: dict[str, Value] = {"event": EVENTS[3], "captured_by": "farm"}
    assert not goods.ledger.query("trace", "show_error", asked, None)["declared"]
    goods.does("farm", wrong(3))
    assert goods.refuses("farm", wrong(3)) == "TRC_DUPLICATE"
    shown = goods.ledger.query("trace", "show_error", asked, None)
    assert (shown["declared"], shown["reason"]) == (True, "incorrect_data")
    kept = goods.ledger.query("trace", "show_capture", {"root": ROOT, "captured_by": "farm"}, None)
    assert (kept["count"], kept["first_ms"]) == (5, TIME_MS)


def test_an_id_is_of_the_prefix_and_the_name() -> None:
    """Who sends another's name first makes another id."""
    assert len({traced_id(prefix, name("a")) for prefix in PREFIXES.values()}) == len(PREFIXES)
