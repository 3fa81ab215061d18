"""Consents are what their declaration says: in the worlds of their tests, and in their sources."""

from __future__ import annotations

from pathlib import Path

from p2pchain.business.consent import refusals
from p2pchain.business.consent.module import MODULE
from tests.unit.business.declaration_worlds import (
    check_actions,
    check_events,
    check_records,
    check_refusals,
    worlds_of,
)
from tests.unit.ledger import test_ledger_consent, test_ledger_consent_payloads


def test_all_that_consents_write_and_emit_is_declared() -> None:
    worlds = [*worlds_of(test_ledger_consent), *worlds_of(test_ledger_consent_payloads)]
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_all_that_consents_refuse_is_declared() -> None:
    check_refusals(MODULE, refusals, Path(refusals.__file__).parent)


def test_consents_say_what_they_do() -> None:
    check_actions(MODULE)
