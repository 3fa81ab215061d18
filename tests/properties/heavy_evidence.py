"""Evidence in a state that makes its actions dear, and transactions of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.evidence.records import STATEMENT_BYTES_MAX
from p2pchain.codec.evidence_file import deposit_id
from p2pchain.model.genesis import GenesisOrganisation
from p2pchain.model.transaction import Operation
from tests.unit.ledger.evidence_steps import CERTIFICATE, act, deposit, digest
from tests.unit.ledger.ledger_world import TIME_MS, fingerprint, organisation
from tests.unit.ledger.receivable_steps import Market

BUREAU: Final = "evidence-bureau"
COURT: Final = "evidence-court"
LONG: Final = "x" * STATEMENT_BYTES_MAX
OLD: Final = deposit_id(BUREAU, digest("old"))


def depositing_members() -> tuple[GenesisOrganisation, ...]:
    """One that deposits and a court, without nodes."""
    roles = {BUREAU: "clerk", COURT: "court"}
    return tuple(replace(organisation(org, ("admin", role)), nodes=()) for org, role in roles.items())


def prepare_evidence(market: Market) -> None:
    """A deposit with a long statement."""
    market.does(BUREAU, deposit("old", how=LONG))


def deposit_many(number: int) -> Operation:
    """A new deposit with a long statement."""
    return deposit(f"new {number}", how=LONG)


def supersede_at_once(number: int) -> Operation:
    """A deposit, or in the next operation one that takes its place."""
    if number % 2 == 0:
        return deposit(f"older {number}", how=LONG)
    older = deposit_id(BUREAU, digest(f"older {number - 1}"))
    return act("supersede", older, digest(f"newer {number}"), None, LONG)


def stamp_many(number: int) -> Operation:
    """A further token beside a deposit with a long statement."""
    return act("timestamp", OLD, fingerprint(f"token {number}"), TIME_MS, CERTIFICATE)


def hold_many(number: int) -> Operation:
    """A further hold on it."""
    return act("hold", OLD, None, None, "x" * 100, fingerprint(f"hold {number}")[:16])


KINDS: Final = (
    (BUREAU, deposit_many),
    (BUREAU, supersede_at_once),
    (BUREAU, stamp_many),
    (COURT, hold_many),
)
"""Who signs, and what makes an operation of a number."""
