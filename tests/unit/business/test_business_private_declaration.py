"""Private payloads are what their declaration says: in the worlds of their tests, and in their sources."""

from __future__ import annotations

from pathlib import Path

from p2pchain.business.private import refusals
from p2pchain.business.private.module import MODULE
from tests.unit.business.declaration_worlds import (
    check_actions,
    check_events,
    check_records,
    check_refusals,
    worlds_of,
)
from tests.unit.ledger import test_ledger_consent_payloads, test_ledger_private


def test_all_that_private_writes_and_emits_is_declared() -> None:
    worlds = [*worlds_of(test_ledger_private), *worlds_of(test_ledger_consent_payloads)]
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_all_that_private_refuses_is_declared() -> None:
    check_refusals(MODULE, refusals, Path(refusals.__file__).parent)


def test_private_says_what_it_does() -> None:
    check_actions(MODULE)
