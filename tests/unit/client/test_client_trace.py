"""Files of events become operations of the ledger, and identifiers the ids under which it has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from p2pchain.client.trace import (
    MovesTooMany,
    Names,
    PartyUnknown,
    PrefixesDiffer,
    PrefixUnknown,
    moves_to_operations,
    whole_inputs,
)
from p2pchain.documents.epcis import CustodyMove, EventFile, read_events
from p2pchain.model.transaction import Operation
from tests.unit.ledger.trace_steps import Goods, bring, recall, step, thing

SAMPLES: Final = Path(__file__).parents[2] / "samples"
PALLET: Final = "urn:epc:id:sscc:4012345.0000000111"
PACKAGE: Final = "urn:epc:id:sgtin:4012345.011122.7001"
LOT: Final = "urn:epc:class:lgtin:4012345.011122.A7"


def plant(syntax: str = "jsonld") -> EventFile:
    """Five events of a plant."""
    return read_events((SAMPLES / f"trace-plant.{syntax}").read_bytes())


def names_in(goods: Goods) -> Names:
    """Identifiers against the prefixes of the ledger."""
    answer = goods.ledger.query("trace", "prefixes", {}, None)
    return Names({row["prefix"]: row["org"] for row in answer["prefixes"]})


def capture(events: EventFile) -> Operation:
    """The root of a file."""
    return step("capture", events.root, len(events.leaves), min(events.times_ms), max(events.times_ms))


@pytest.mark.parametrize("syntax", ["jsonld", "xml"])
def test_a_plants_file_is_captured_and_its_moves_are_made(syntax: str) -> None:
    goods = Goods()
    names = names_in(goods)
    events = plant(syntax)
    goods.does("farm", *moves_to_operations(events.moves(), names, {}, None), capture(events))
    shipped = goods.where(names.id(PALLET))
    assert (shipped["custodian"], shipped["to"], shipped["children"]) == ("farm", "mill", 2)
    packed = goods.where(names.id(PACKAGE))
    assert packed["parent"] == names.id(PALLET).hex()
    assert packed["lot"] == names.id(LOT).hex()
    assert goods.refuses("farm", capture(events)) == "TRC_DUPLICATE"
    goods.does("farm", recall(names.id(LOT)))
    assert goods.where(names.id(PALLET))["is_recalled"]


def test_a_transformation_takes_whole_things_by_what_is_left() -> None:
    goods = Goods()
    names = names_in(goods)
    goods.does("farm", bring("a"))
    moves = (move("transform", ["https://x.example.com/1"], inputs=((thing("a").hex(), 0, "C62"),), lot=LOT),)
    assert whole_inputs(moves, names) == (thing("a"),)
    (made,) = moves_to_operations(moves, names, {thing("a"): 1_000}, None)
    assert made.args[0] == ((thing("a"), 1_000),)
    assert made.args[2:4] == ("x.example.com", "4012345")


def test_two_forms_of_an_identifier_are_one_thing() -> None:
    names = Names({"4012345": "farm"})
    link = "https://id.gs1.org/01/04012345111224/21/7001"
    assert names.id(PACKAGE) == names.id(link) == names.id(names.id(link).hex())
    assert names.name(PACKAGE).prefix == "4012345"
    with pytest.raises(PrefixUnknown):
        Names({}).id(link)
    with pytest.raises(PrefixesDiffer):
        names.of_one([PACKAGE, "urn:epc:id:sscc:4099999.0000000111"])


def move(
    action: str,
    things: Sequence[str],
    *,
    inputs: tuple[tuple[str, int, str], ...] = (),
    lot: str | None = None,
) -> CustodyMove:
    """A move of an event."""
    amounts = tuple((uri, 1_000, "C62") for uri in things)
    return CustodyMove(
        number=1, action=action, event=bytes(32), time_ms=1, things=amounts, inputs=inputs, lot=lot
    )


def test_who_receives_is_whose_prefix_it_is_or_who_was_named() -> None:
    names = Names({"4012345": "farm"})
    with pytest.raises(PartyUnknown):
        moves_to_operations([move("ship", [PALLET])], names, {}, None)
    (shipped,) = moves_to_operations([move("ship", [PALLET])], names, {}, "shop")
    assert shipped.args[1] == "shop"


def test_many_things_are_several_operations_of_one_transaction() -> None:
    names = Names({"4012345": "farm"})
    many = [f"urn:epc:id:sgtin:4012345.011122.{number}" for number in range(1_500)]
    made = moves_to_operations([move("receive", many)], names, {}, None)
    assert [len(operation.args[0]) for operation in made] == [500, 500, 500]  # type: ignore[arg-type]
    with pytest.raises(MovesTooMany):
        moves_to_operations([move("destroy", [PALLET])] * 64, names, {}, None)
