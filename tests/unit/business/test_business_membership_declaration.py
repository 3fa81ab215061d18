"""The membership is what its declaration says: in the worlds of its tests, and in its sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.ledger.consortium.membership import MODULE, refusals
from p2pchain.model.transaction import Value
from p2pchain.presentation.directory import Directory
from tests.unit.business.declaration_worlds import (
    check_actions,
    check_answer,
    check_events,
    check_records,
    check_refusals,
    worlds_of,
)
from tests.unit.ledger import test_ledger_accounts, test_ledger_membership_changes
from tests.unit.ledger.ledger_world import World, key
from tests.unit.ledger.membership_steps import member
from tests.unit.ledger.receivable_steps import Market
from tests.unit.ledger.test_ledger_accounts import MEMBERS

OF_A_GENESIS = frozenset(
    (
        "GENESIS_KEY_REPEATED",
        "GENESIS_NO_VALIDATOR",
        "GENESIS_ORG_REPEATED",
        "GENESIS_ROLE_NOT_HELD",
        "GENESIS_ROLE_UNKNOWN",
    )
)
"""Codes of a genesis that nobody starts with: no transaction meets them."""


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return worlds_of(test_ledger_accounts, test_ledger_membership_changes)


def test_all_that_the_membership_writes_and_emits_is_declared(worlds: list[World]) -> None:
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_all_that_the_membership_refuses_is_declared() -> None:
    check_refusals(MODULE, refusals, Path(refusals.__file__).parent, OF_A_GENESIS)


def test_the_membership_says_what_it_does() -> None:
    check_actions(MODULE)


def test_answers_are_what_the_declaration_says(worlds: list[World]) -> None:
    """Of members with claims and freezes, and of validators that come and go."""
    organisations, account, validators = MODULE.queries
    frozen = Market()
    frozen.does(MEMBERS, member("freeze", "tier-2", None), member("freeze", "supplier", "supplier"))
    met: set[str] = set()
    for world in (*worlds, frozen):
        answer = world.ledger.query("membership", "organisations", {}, None)
        check_answer(organisations, answer)
        check_answer(validators, world.ledger.query("membership", "validators", {}, None))
        met |= {name for row in answer["organisations"] for name, value in row.items() if value}
    assert {"lei", "claims", "frozen_by", "accounts", "nodes"} <= met
    shown = World().ledger.query("membership", "account", {"public_key": key("bank-a")}, None)
    check_answer(account, shown)


@pytest.mark.parametrize(
    ("event", "values", "words"),
    [
        ("frozen", ("buyer", "clerk", "buyer"), "clerk of buyer is frozen by buyer itself and signs nothing"),
        ("frozen", ("buyer", None, None), "buyer is frozen and signs nothing"),
        ("identified", ("buyer", None, "9" * 18), f"buyer claims to be LEI -, USCC {'9' * 18}"),
        (
            "power_set",
            ("bank-a", "bank-a-1", bytes(32), 1, 3),
            "node bank-a-1 of bank-a has power 3 from two heights on, before 1",
        ),
    ],
)
def test_a_reading_of_events(event: str, values: tuple[Value, ...], words: str) -> None:
    assert Directory((MODULE,)).event_text("membership", event, values) == words


def test_a_freeze_of_an_account_is_another_record_than_that_of_its_organisation() -> None:
    directory = Directory((MODULE,))
    for whole_key, name, values in (
        (b"membership/frozen/buyer/clerk", "frozen_account", ("buyer", "clerk")),
        (b"membership/frozen/buyer", "frozen_organisation", ("buyer",)),
    ):
        known = directory.record(whole_key)
        assert known is not None
        assert (known[1].name, known[2]) == (name, values)
