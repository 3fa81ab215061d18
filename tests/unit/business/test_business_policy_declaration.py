"""Policies are what their declaration says: in the worlds of their tests, and in their sources."""

from __future__ import annotations

from pathlib import Path

from p2pchain.ledger.consortium.policy import MODULE, refusals
from p2pchain.presentation.values import words_of
from tests.unit.business.declaration_worlds import (
    check_actions,
    check_events,
    check_records,
    check_refusals,
    worlds_of,
)
from tests.unit.ledger import test_ledger_accounts, test_ledger_policy


def test_all_that_policy_writes_and_emits_is_declared() -> None:
    worlds = worlds_of(test_ledger_policy, test_ledger_accounts)
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_all_that_policy_refuses_is_declared() -> None:
    check_refusals(MODULE, refusals, Path(refusals.__file__).parent)


def test_policy_says_what_it_does() -> None:
    check_actions(MODULE)


def test_rows_of_an_answer_read_as_those_of_a_record() -> None:
    """JSON has them by name."""
    (own,) = MODULE.queries[0].returns
    rows = [{"org": "bank-a", "needed": 2}, {"org": "buyer", "needed": 3}]
    assert words_of(own, rows, {}) == "bank-a 2 admins, buyer 3 admins"
