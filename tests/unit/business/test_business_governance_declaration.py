"""Governance is what its declaration says: in the worlds of its tests, and in its sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.ledger.consortium.governance import MODULE, refusals
from p2pchain.ledger.consortium.governance.kinds import ReasonKind
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
from tests.unit.ledger import (
    test_ledger_governance,
    test_ledger_postponement,
    test_ledger_suspension,
    test_ledger_versions,
)
from tests.unit.ledger.receivable_steps import Market
from tests.unit.ledger.test_ledger_governance import ADMIT, LIMITS, govern, propose


def test_all_that_governance_writes_and_emits_is_declared() -> None:
    worlds = worlds_of(
        test_ledger_governance, test_ledger_versions, test_ledger_postponement, test_ledger_suspension
    )
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_all_that_governance_refuses_is_declared() -> None:
    check_refusals(MODULE, refusals, Path(refusals.__file__).parent)


def test_governance_says_what_it_does() -> None:
    check_actions(MODULE)


def test_answers_are_what_the_declaration_says() -> None:
    """Of proposals that are open, executed, and could not be executed."""
    market = Market()
    for operation in (LIMITS, ADMIT, ADMIT):
        market.does("bank-a", propose(operation))
    for number in (1, 2):
        for org in ("bank-b", "buyer", "supplier"):
            market.does(org, govern("vote", number, True))
    listing, showing = MODULE.queries
    rows = market.ledger.query("governance", "list", {}, None)
    check_answer(listing, rows)
    assert {row["state"] for row in rows["proposals"]} == {"open", "executed"}
    assert any(row["reason"] for row in rows["proposals"])
    for row in rows["proposals"]:
        check_answer(showing, market.ledger.query("governance", "show", {"number": row["number"]}, None))


@pytest.mark.parametrize(
    ("event", "values", "words"),
    [
        ("voted", (3, "buyer", False), "buyer votes on proposal 3: no"),
        (
            "module_version_set",
            ("note", 2, 500, None, bytes(32)),
            f"version 2 of note counts from height 500 on, with the code {'00' * 32}",
        ),
        (
            "module_version_set",
            ("note", 2, 500, 400, bytes(32)),
            f"version 2 of note counts from height 500 on, not from 400 on, with the code {'00' * 32}",
        ),
        (
            "software_declared",
            ("buyer", 3),
            "buyer says which versions of modules its nodes have: 3 versions",
        ),
    ],
)
def test_a_reading_of_events(event: str, values: tuple[Value, ...], words: str) -> None:
    assert Directory((MODULE,)).event_text("governance", event, values) == words


def test_a_reason_is_a_code_with_facts() -> None:
    good = ("GOV_UNKNOWN", (("number", 3), ("org", "buyer"), ("state", None)))
    assert ReasonKind().accepts(good)
    for bad in (None, (), ("GOV_UNKNOWN",), ("GOV_UNKNOWN", (("number",),)), ("X", (("number", b"3"),))):
        assert not ReasonKind().accepts(bad)
