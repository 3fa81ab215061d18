"""The index of encumbrances for any sort of thing: one asset in several classes, all or none, and nobody
named.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from p2pchain.business.encumbrance import module as encumbrance
from p2pchain.business.encumbrance.module import (
    DOCUMENT,
    KIND,
    LOCKED,
    POOLED,
    RECEIVABLE,
    SEIZED,
    SORT_CHARS_MAX,
    THINGS_MAX,
    is_sort,
    thing_of,
)
from p2pchain.business.software import MODULES
from p2pchain.ledger.context import Context
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Receipt, Value
from p2pchain.presentation.directory import Directory
from tests.unit.ledger.ledger_world import World, facts
from tests.unit.ledger.test_ledger_context import run_probe

CONTRACT = thing_of("contract", bytes(31) + b"\x01")
COLLATERAL = thing_of("collateral", bytes(31) + b"\x02")
INVOICE = DOCUMENT + bytes(31) + b"\x03"
CLAIM = RECEIVABLE + bytes(15) + b"\x04"
ASSET = (CONTRACT, COLLATERAL, INVOICE, CLAIM)
POOL, OTHER = b"pool 1", b"pool 2"


def call(context: Context, function: str, *values: Value) -> Value:
    """What the index answers."""
    return context.call("encumbrance", function, *values)


def pool(context: Context, things: Value, basis: bytes = POOL, kind: str = POOLED) -> Value:
    """Take things for a pool."""
    return call(context, "take_all", things, "securitisation", basis, kind, "bank-a")


def held(world: World, thing: bytes) -> object:
    """Answer of ``show`` on a thing."""
    sort, _, id_ = thing.partition(b"/")
    answer = world.ledger.query("encumbrance", "show", {"sort": sort.decode(), "id": id_}, None)
    assert answer.keys() == {"sort", "id", "free", "encumbrance"}, "nobody is named"
    assert answer["free"] == (answer["encumbrance"] is None)
    return answer["encumbrance"]


def run(rule: Callable[[Context], None]) -> tuple[World, Receipt]:
    """A block in which a module does this."""
    return run_probe(rule)


def test_one_asset_is_taken_in_all_its_classes() -> None:
    def rule(context: Context) -> None:
        assert pool(context, ASSET) == 4

    world, receipt = run(rule)
    assert receipt.code == "OK"
    assert [held(world, thing) for thing in ASSET] == [POOLED] * 4


@pytest.mark.parametrize("taken", ASSET)
def test_one_class_that_is_taken_elsewhere_refuses_the_asset(taken: bytes) -> None:
    """And the class is named, whoever holds it is not."""

    def rule(context: Context) -> None:
        call(context, "take", taken, "title", OTHER, SEIZED, "bank-b")
        pool(context, ASSET)

    world, receipt = run(rule)
    sort, _, id_ = taken.partition(b"/")
    assert receipt.code == "ENC_ACTIVE"
    assert facts(receipt) == {sort.decode(): id_.hex(), "encumbrance": SEIZED}
    assert {held(world, thing) for thing in ASSET} == {None}


@pytest.mark.parametrize("taken", ASSET)
def test_nothing_is_written_where_a_rule_goes_on_after_the_refusal(taken: bytes) -> None:
    def rule(context: Context) -> None:
        call(context, "take", taken, "title", OTHER, SEIZED, "bank-b")
        with pytest.raises(Refused, match="ENC_ACTIVE"):
            pool(context, ASSET)
        assert call(context, "held_elsewhere", ASSET, "securitisation", POOL) == (
            (ASSET.index(taken), SEIZED),
        )

    world, receipt = run(rule)
    assert receipt.code == "OK"
    assert {thing: held(world, thing) for thing in ASSET} == {
        thing: SEIZED if thing == taken else None for thing in ASSET
    }


def test_what_a_basis_frees_another_takes_in_the_same_block() -> None:
    def rule(context: Context) -> None:
        pool(context, ASSET)
        assert call(context, "held_elsewhere", ASSET, "securitisation", POOL) == ()
        assert call(context, "free_all", ASSET, "securitisation", OTHER) == 0
        with pytest.raises(Refused, match="ENC_ACTIVE"):
            pool(context, ASSET, OTHER)
        assert call(context, "free_all", ASSET, "securitisation", POOL) == 4
        assert pool(context, ASSET, OTHER, LOCKED) == 4

    world, receipt = run(rule)
    assert receipt.code == "OK"
    assert held(world, CONTRACT) == LOCKED


def test_a_thing_that_stands_twice_is_taken_and_freed_once() -> None:
    def rule(context: Context) -> None:
        assert pool(context, (CONTRACT, CONTRACT)) == 1
        assert call(context, "free_all", (CONTRACT, CONTRACT), "securitisation", POOL) == 1

    world, receipt = run(rule)
    assert receipt.code == "OK"
    assert held(world, CONTRACT) is None


def test_one_basis_takes_twice_and_frees_twice() -> None:
    def rule(context: Context) -> None:
        pool(context, ASSET)
        pool(context, ASSET)
        call(context, "free_all", ASSET, "securitisation", POOL)

    world, receipt = run(rule)
    assert receipt.code == "OK"
    assert held(world, CONTRACT) == POOLED


def test_so_many_at_once_and_no_more() -> None:
    many = tuple(thing_of("contract", number.to_bytes(32)) for number in range(THINGS_MAX + 1))

    def too_many(context: Context) -> None:
        pool(context, many)

    def as_many_as_may_be(context: Context) -> None:
        pool(context, many[:THINGS_MAX])

    assert run(too_many)[1].code == "MODULE_FAULT"
    world, receipt = run(as_many_as_may_be)
    assert receipt.code == "OK"
    assert held(world, many[THINGS_MAX - 1]) == POOLED


def test_a_kind_that_is_not_declared_is_a_bug() -> None:
    def rule(context: Context) -> None:
        pool(context, ASSET, kind="owned")

    assert run(rule)[1].code == "MODULE_FAULT"


def test_sorts() -> None:
    assert all(map(is_sort, ("asset", "warehouse-receipt", "iso-3166", "a" * SORT_CHARS_MAX)))
    assert not any(map(is_sort, ("", "Asset", "a/b", "-a", "1a", "ä", "a" * (SORT_CHARS_MAX + 1), "a b")))
    with pytest.raises(AssertionError):
        thing_of("asset", bytes(16))


def test_a_sort_that_there_cannot_be_is_not_encumbered() -> None:
    world, _ = run(lambda context: None)
    answer = world.ledger.query("encumbrance", "show", {"sort": "a/b", "id": bytes(32)}, None)
    assert answer["encumbrance"] is None


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (thing_of("warehouse-receipt", bytes(32)), f"the warehouse-receipt {bytes(32).hex()} is pooled"),
        (INVOICE, f"the invoice {INVOICE[9:].hex()} is pooled"),
        (CLAIM, f"the receivable {CLAIM[11:].hex()} is pooled"),
    ],
)
def test_a_proof_says_it_in_words(thing: bytes, words: str) -> None:
    text = Directory(MODULES).record_text(
        b"encumbrance/" + thing, ("securitisation", POOL, POOLED, 1, "bank-a")
    )
    assert text is not None
    assert text.startswith(words), text


def test_every_kind_is_a_word() -> None:
    assert all(is_sort(word) for word in KIND.words)
    assert encumbrance.MODULE.publics.keys() >= {"take_all", "free_all", "held_elsewhere"}
