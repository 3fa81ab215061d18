"""Evidence is what its declaration says: in the worlds of its tests, and in its sources."""

from __future__ import annotations

from pathlib import Path

from p2pchain.business.evidence import refusals
from p2pchain.business.evidence.module import MODULE
from p2pchain.model.transaction import Value
from tests.unit.business.declaration_worlds import (
    check_actions,
    check_answer,
    check_events,
    check_records,
    check_refusals,
    worlds_of,
)
from tests.unit.ledger import test_ledger_evidence, test_ledger_evidence_holds
from tests.unit.ledger.evidence_steps import act, deposit, digest, hold, id_of, timestamp, town
from tests.unit.ledger.test_ledger_evidence_holds import with_payload


def test_all_that_evidence_writes_and_emits_is_declared() -> None:
    worlds = worlds_of(test_ledger_evidence, test_ledger_evidence_holds)
    market = with_payload()
    market.does("court", hold("h", org="archive"))
    worlds.append(market)
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_all_that_evidence_refuses_is_declared() -> None:
    check_refusals(MODULE, refusals, Path(refusals.__file__).parent)


def test_evidence_says_what_it_does() -> None:
    check_actions(MODULE)


def test_answers_are_declared() -> None:
    market = town()
    id_ = id_of("decision")
    market.does("bureau", deposit("decision"), timestamp(id_))
    market.does("court", hold("h", deposit=id_), act("countersign", id_, "seen"))
    asked: dict[str, dict[str, Value]] = {
        "show": {"deposit": id_},
        "history": {"deposit": id_},
        "find": {"digest": digest("decision")},
    }
    for query in MODULE.queries:
        answer = market.ledger.query("evidence", query.name, asked.get(query.name, {}), None)
        check_answer(query, answer)
        assert query.rows is None or answer[query.rows[0]], query.name
