"""The declaration of the certificates holds for lives of some of them: its events, records, answers and
refusals are those that happen.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.business import certificate
from p2pchain.business.certificate.module import MODULE
from p2pchain.model.transaction import Value
from tests.unit.business.declaration_worlds import check_actions, check_events, check_records, worlds_of
from tests.unit.ledger import (
    test_ledger_certificate,
    test_ledger_certificate_devices,
    test_ledger_certificate_passage,
)
from tests.unit.ledger.certificate_steps import WIND, Grid

SOURCES = Path(certificate.__file__).parent


def test_all_that_happens_to_certificates_is_declared() -> None:
    worlds = worlds_of(
        test_ledger_certificate, test_ledger_certificate_devices, test_ledger_certificate_passage
    )
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_certificates_say_what_they_do() -> None:
    check_actions(MODULE)


def test_answers_about_certificates_are_what_the_declaration_says() -> None:
    grid = Grid()
    item = grid.issued()
    asked: dict[str, dict[str, Value]] = {
        "list": {"limit": 500},
        "ledgers": {},
        "device": {"device": WIND},
        "hours": {"device": WIND, "day": 20_000},
        "show_issue": {"issue": item},
    }
    for query in MODULE.queries:
        answer = grid.ledger.query(
            "certificate", query.name, asked.get(query.name, {"certificate": item}), None
        )
        if query.returns:
            assert [field.name for field in query.returns] == [name for name in answer if name != "lines"]
        if query.rows is not None:
            rows, fields = query.rows
            assert all(list(row) == [field.name for field in fields] for row in answer[rows])


def test_every_refusal_of_certificates_is_raised() -> None:
    sources = [path.read_text("utf-8") for path in SOURCES.glob("*.py") if path.name != "refusals.py"]
    for refusal in MODULE.refusals:
        assert refusal.code.startswith("CRT_")
        assert any(f"{refusal.__name__}(" in source for source in sources), refusal
    assert len({refusal.code for refusal in MODULE.refusals}) == len(MODULE.refusals)
