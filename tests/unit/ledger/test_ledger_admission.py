"""Which transactions may be in a block: ``check``, ``execute`` and ``selects`` must agree at every edge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import VerifiedTransaction
from tests.unit.ledger.ledger_world import World, a_genesis, facts, key, operation

NOTE = operation("note", "put", "hello")
LIFETIME = 20
Make = Callable[[World], VerifiedTransaction]

FAULTS: dict[str, Make] = {
    "TX_WRONG_CHAIN": lambda world: world.transaction("bank-a", NOTE, chain_id="other"),
    "TX_EXPIRED": lambda world: world.transaction("bank-a", NOTE, valid_until=world.ledger.height),
    "TX_TOO_FAR_AHEAD": lambda world: world.transaction(
        "bank-a", NOTE, valid_until=world.ledger.height + LIFETIME + 1
    ),
    "TX_REPEATED": lambda world: world.transaction(
        "bank-a", NOTE, nonce=1, valid_until=world.ledger.height + 1
    ),
    "TX_TOO_LARGE": lambda world: world.transaction("bank-a", operation("note", "put", "x" * 5_000)),
    "TX_TOO_MANY_SIGNERS": lambda world: world.transaction(["bank-a", "bank-b", "bank-c"], NOTE),
    "TX_TOO_MANY_OPERATIONS": lambda world: world.transaction("bank-a", NOTE, NOTE, NOTE),
    "TX_EMPTY": lambda world: world.transaction("bank-a"),
}


def bounded() -> World:
    """A world with small bounds, after three blocks; nonce 1 of bank-a is used."""
    limits = Parameters(
        tx_lifetime=LIFETIME,
        tx_bytes_max=4_000,
        tx_signers_max=2,
        tx_operations_max=2,
        block_transactions_max=3,
        block_bytes_max=8_000,
        block_evidence_max=1,
    )
    world = World(a_genesis(limits))
    world.block(world.transaction("bank-a", NOTE, nonce=1))
    world.block()
    world.block()
    return world


@pytest.mark.parametrize("code", FAULTS)
def test_a_transaction_that_may_not_be_in_a_block(code: str) -> None:
    world = bounded()
    bad, good = FAULTS[code](world), world.transaction("bank-b", NOTE, nonce=77)
    with pytest.raises(Refused) as refused:
        world.ledger.check(bad.transaction)
    assert refused.value.code == code
    with pytest.raises(Invalid) as invalid:
        world.execute(good, bad)
    assert invalid.value.code == "BLOCK_" + code
    assert invalid.value.facts["place"] == 1
    assert invalid.value.facts["tx_id"] == bad.tx_id.hex()
    assert world.ledger.selects([bad, good], Height(world.ledger.height + 1)) == (good,)


@pytest.mark.parametrize("ahead", [1, LIFETIME])
def test_the_edges_of_validity_are_in(ahead: int) -> None:
    world = bounded()
    transaction = world.transaction("bank-a", NOTE, valid_until=world.ledger.height + ahead)
    world.ledger.check(transaction.transaction)
    assert [receipt.code for receipt in world.block(transaction)] == ["OK"]


def test_what_check_admits_fits_every_block_up_to_its_end() -> None:
    world = bounded()
    waiting = world.transaction("bank-a", NOTE, nonce=99)
    world.ledger.check(waiting.transaction)
    while world.ledger.height < waiting.transaction.body.valid_until:
        assert world.execute(waiting).receipts[0].code == "OK"
        world.block()
    with pytest.raises(Invalid, match="BLOCK_TX_EXPIRED"):
        world.execute(waiting)


def test_a_transaction_never_comes_back() -> None:
    world = bounded()
    once = world.transaction("bank-a", NOTE, nonce=99)
    world.block(once)
    while world.ledger.height < once.transaction.body.valid_until + 2:
        with pytest.raises(Invalid, match=r"BLOCK_TX_(REPEATED|EXPIRED)"):
            world.execute(once)
        world.block()


def test_a_nonce_is_free_again_after_the_window_and_for_another_signer() -> None:
    world = bounded()
    assert world.execute(world.transaction("bank-b", NOTE, nonce=1)).receipts[0].code == "OK"
    while world.ledger.height < LIFETIME:
        again = world.transaction("bank-a", NOTE, nonce=1)
        with pytest.raises(Invalid, match="BLOCK_TX_REPEATED"):
            world.execute(again)
        world.block()
    assert world.execute(world.transaction("bank-a", NOTE, nonce=1)).receipts[0].code == "OK"


def test_a_refused_transaction_uses_its_nonce() -> None:
    world = bounded()
    refused = world.transaction("bank-a", operation("registry", "cancel", bytes(32)), nonce=50)
    assert world.block(refused)[0].code == "REG_UNKNOWN_DOCUMENT"
    with pytest.raises(Refused, match="TX_REPEATED"):
        world.ledger.check(world.transaction("bank-a", NOTE, nonce=50).transaction)


def test_the_same_pair_twice_in_one_block() -> None:
    world = bounded()
    first = world.transaction("bank-a", NOTE, nonce=50)
    second = world.transaction("bank-a", operation("note", "put", "other"), nonce=50)
    with pytest.raises(Invalid, match="BLOCK_TX_REPEATED") as invalid:
        world.execute(first, second)
    assert invalid.value.facts["first_place"] == 0
    assert world.ledger.selects([first, second, first], Height(4)) == (first,)


def test_bounds_of_a_block() -> None:
    world = bounded()
    many = [world.transaction("bank-a", NOTE) for _ in range(4)]
    with pytest.raises(Invalid, match="BLOCK_TOO_MANY_TRANSACTIONS"):
        world.execute(*many)
    assert world.ledger.selects(many, Height(4)) == tuple(many[:3])
    large = [world.transaction("bank-a", operation("note", "put", "x" * 2_700)) for _ in range(3)]
    with pytest.raises(Invalid, match="BLOCK_TOO_LARGE"):
        world.execute(*large)
    other = world.transaction("bank-b", NOTE)
    assert world.ledger.selects([*large, many[0], other], Height(4)) == (large[0], large[1], other)


def test_who_has_no_room_left_keeps_its_order() -> None:
    """What an account handed in after a transaction that does not fit waits with it: it may depend on it."""
    world = bounded()
    large = [world.transaction("bank-a", operation("note", "put", "x" * 2_700)) for _ in range(3)]
    after, other = world.transaction("bank-a", NOTE), world.transaction("bank-b", NOTE)
    assert world.ledger.selects([*large, after, other], Height(4)) == (*large[:2], other)
    assert world.ledger.selects([large[2], after, other], Height(4)) == (large[2], after, other)


def test_a_smaller_block_holds_at_least_one_transaction() -> None:
    """Its bounds are halved as often as is asked for, never below what one transaction may need."""
    world = bounded()
    many = [world.transaction("bank-a", NOTE) for _ in range(4)]
    assert [len(world.ledger.selects(many, Height(4), halvings)) for halvings in range(4)] == [3, 1, 1, 1]
    large = world.transaction("bank-a", operation("note", "put", "x" * 2_700))
    assert world.ledger.selects([large], Height(4), 20) == (large,)


@pytest.mark.parametrize("name", ["bank-a", "bank-a-clerk"])
def test_strangers_and_nonsense_are_refused_by_check_and_get_a_receipt_in_a_block(name: str) -> None:
    world = bounded()
    cases = {
        "TX_UNKNOWN_SIGNER": world.transaction("nobody", NOTE),
        "TX_UNKNOWN_ACTION": world.transaction(name, operation("note", "burn", "x")),
        "TX_INVALID_ARGS": world.transaction(name, operation("note", "put", 5)),
    }
    for code, transaction in cases.items():
        with pytest.raises(Refused, match=code):
            world.ledger.check(transaction.transaction)
    root = world.ledger.state_root
    assert [receipt.code for receipt in world.block(*cases.values())] == list(cases)
    assert world.ledger.state_root == root


def test_one_unknown_signer_among_known_ones() -> None:
    world = bounded()
    (receipt,) = world.block(world.transaction(["bank-a", "nobody"], NOTE))
    assert receipt.code == "TX_UNKNOWN_SIGNER"
    assert facts(receipt) == {"signer": key("nobody").hex()}
