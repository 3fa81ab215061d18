"""The declaration of the pools holds for a life of one: events, records, answers and refusals are those that
happen.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.business import securitisation
from p2pchain.business.securitisation import refusals
from p2pchain.business.securitisation.module import MODULE
from p2pchain.codec.cbor import encode
from p2pchain.model.transaction import Value
from tests.unit.business.declaration_worlds import (
    check_actions,
    check_answer,
    check_events,
    check_records,
    check_refusals,
)
from tests.unit.ledger.receivable_steps import TODAY
from tests.unit.ledger.securitisation_steps import (
    POOL,
    SERVICER,
    TRUSTEE,
    Deal,
    a_life,
    act,
    loans,
    report,
    verify,
)


def test_all_that_happens_to_pools_is_declared() -> None:
    worlds = [a_life()]
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_pools_say_what_they_do() -> None:
    check_actions(MODULE)
    check_refusals(MODULE, refusals, Path(securitisation.__file__).parent, frozenset({"QUERY_INVALID_ARGS"}))


def test_answers_of_pools_are_declared() -> None:
    deal = Deal()
    deal.issued(loans(3), (200_000, 50_000), rates=(30_000, 0))
    deal.month(1, 250_000, principal=50_000)
    deal.later(30)
    deal.does(SERVICER, report(2, TODAY + 60, 250_000))
    asked: dict[str, dict[str, Value]] = {
        "list": {},
        "holdings": {"pool": POOL, "tranche": "A"},
        "check": {"assets": encode(loans(4))},
    }
    for query in MODULE.queries:
        args = asked.get(query.name, {"pool": POOL})
        check_answer(query, deal.ledger.query("securitisation", query.name, args, None))
    deal.does(TRUSTEE, verify(2, 250_000, 0), act("distribute", POOL))
    for query in MODULE.queries:
        if query.name == "show":
            check_answer(query, Deal().ledger.query("securitisation", "show", {"pool": POOL}, None))
