"""A scheduled version that too few say they have is put off, as often as need be, and the chain goes on."""

from __future__ import annotations

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.consortium.governance.software import POSTPONED_HEIGHTS
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.messages import MODULE_CODES_MAX
from p2pchain.model.transaction import Value
from tests.unit.ledger.edition_world import (
    DIGEST,
    NOTICE,
    PUT_1,
    PUT_2,
    QUORUM,
    Consortium,
    declare,
    set_version,
    withdraw,
)

HELD = ("note", 2, DIGEST)
OTHER = ("note", 2, bytes(32))


def scheduled(world: Consortium) -> int:
    """Schedule version 2 of ``note`` without anybody's word that it is installed."""
    height = world.ledger.height + 1 + NOTICE
    world.does(QUORUM, set_version("note", 2, height))
    return height


def test_a_version_that_nobody_has_is_put_off_and_the_chain_goes_on() -> None:
    """Even in the hands of software that lacks it; again and again."""
    world = Consortium(MODULES)
    height = scheduled(world)
    for times in range(3):
        world.up_to(height + times * POSTPONED_HEIGHTS)
        assert world.told()["scheduled_height"] == height + (times + 1) * POSTPONED_HEIGHTS
        world.does("bank-a", PUT_1)
    assert world.restored().state_root == world.ledger.state_root


@pytest.mark.parametrize(
    ("orgs", "held", "in_force"),
    [
        (QUORUM, HELD, 2),
        (QUORUM[:3], HELD, 1),
        (QUORUM, OTHER, 1),
        (QUORUM, ("note", 3, DIGEST), 1),
        (QUORUM, ("private", 2, DIGEST), 1),
    ],
    ids=["enough", "too few", "other code", "another version", "another module"],
)
def test_more_than_two_thirds_of_the_power_must_have_this_very_code(
    orgs: tuple[str, ...], held: Value, in_force: int
) -> None:
    world = Consortium()
    height = scheduled(world)
    world.declared(held, orgs=orgs)
    world.up_to(height - 1)
    assert world.told()["in_force"] == in_force
    world.does("bank-a", PUT_2 if in_force == 2 else PUT_1)


def test_who_takes_back_its_word_counts_no_more() -> None:
    world = Consortium()
    height = scheduled(world)
    world.declared(HELD)
    world.up_to(height - 3)
    world.does("supplier", declare(OTHER))
    world.up_to(height)
    assert world.told()["scheduled_height"] == height + POSTPONED_HEIGHTS


def test_the_last_block_before_it_still_counts() -> None:
    """Both what is said in it, and what is taken back."""
    world = Consortium()
    height = scheduled(world)
    world.declared(HELD, orgs=QUORUM[:3])
    world.up_to(height - 2)
    world.does("supplier", declare(HELD))
    assert world.ledger.height == height - 1
    assert world.told()["in_force"] == 2

    world = Consortium()
    height = scheduled(world)
    world.up_to(height - 2)
    world.does(QUORUM, withdraw("note", 2))
    assert world.told()["scheduled"] is None


def test_all_software_puts_off_alike() -> None:
    world = Consortium()
    height = scheduled(world)
    world.up_to(height + 2)
    older = Ledger.from_genesis(world.genesis, MODULES)
    for record in world.records:
        header = record.block.header
        execution = older.execute(
            height=header.height,
            time_ms=header.time_ms,
            transactions=record.block.transactions,
            evidence=(),
            system=(),
        )
        assert execution.state_root == header.state_root
        older.commit(execution)


def test_an_organisation_speaks_for_itself_and_by_an_admin() -> None:
    world = Consortium()
    assert world.refused("bank-a-clerk", declare(HELD))["code"] == "AUTH_ROLE"
    receipt = world.does("bank-a", declare(HELD))
    assert receipt.events[0].fields == ("bank-a", 1)
    many = tuple(("note", number + 1, DIGEST) for number in range(MODULE_CODES_MAX + 1))
    assert world.refused("bank-a", declare(*many))["code"] == "TX_INVALID_ARGS"
    world.does("bank-a", declare(*many[:-1]))
