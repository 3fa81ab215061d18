"""The declaration of the receivables holds for a life of some of them: its events, records and refusals are
those that happen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from p2pchain.business import receivable
from p2pchain.business.receivable import MODULE
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation, Value
from tests.unit.business.declaration_worlds import check_actions, check_events, check_records, worlds_of
from tests.unit.ledger import test_ledger_receivable, test_ledger_receivable_recourse
from tests.unit.ledger.receivable_steps import AMOUNT, TODAY, Market, act, finance, issue, name, part, pledge
from tests.unit.ledger.securitisation_steps import a_life as a_deal

SOURCES = Path(receivable.__file__).parent
OF_OTHERS = {"QUERY_INVALID_ARGS"}
"""Codes that the module raises and another room defines."""


def a_life() -> Market:
    """A market in which every step was taken at least once."""
    market = Market()
    long, refused, taken_back = name("long"), name("refused"), name("taken back")
    market.does("buyer", issue(long, days=300))
    market.does("buyer", issue(refused))
    market.does("buyer", act("reject", refused, "not ordered"))
    market.does("buyer", issue(taken_back))
    market.does("buyer", act("cancel", taken_back))
    market.does("buyer", act("accept", long))
    market.does("bank-b", act("guarantee", long, "bank-b"))
    market.does("supplier", act("set_policy", long, (1, ("supplier.issuer",))))
    market.does("supplier", act("set_policy", long, None))
    market.does("supplier", act("transfer", long, "tier-2", True))
    market.does("tier-2", act("decline", long))
    market.does("supplier", act("transfer", long, "tier-2", True))
    market.does("supplier", act("withdraw", long))
    market.does(("supplier", "tier-2"), act("transfer", long, "tier-2", True), act("accept_transfer", long))
    market.does(("tier-2", "bank-a"), pledge(long, "bank-a", none=True))
    market.does("bank-a", act("unpledge", long))
    market.does("tier-2", act("split", long, (AMOUNT - 100, 100)))
    whole, small = part(long, 0), part(long, 1)
    market.does("tier-2", act("request_finance", whole, "bank-a", 1_000, False))
    market.does("bank-a", finance(whole, none=True, acknowledge=True))
    market.does("buyer", issue(name("backed"), document=sha256(b"invoice")))
    market.does("buyer", act("accept", name("backed")))
    one, other = market.accepted("one"), name("other", "supplier")
    market.does("supplier", issue(other, debtor="supplier", creditor="buyer", amount=60))
    market.does("supplier", act("accept", other))
    market.does("supplier", act("set_policy", one, (1, ("supplier.issuer",))))
    market.does("supplier", act("offset", one, other))
    market.does("buyer", act("offset", other, one))
    third = name("third", "supplier")
    market.does("supplier", issue(third, debtor="supplier", creditor="buyer", amount=60))
    market.does("supplier", act("accept", third))
    market.does("supplier", act("offset", part(one, 1), third))
    market.later(300)
    for item, holder in ((whole, "bank-a"), (small, "tier-2")):
        market.does(holder, act("present", item))
    market.does("buyer", act("attest_payment", small, "PAID-1", 100))
    market.does("tier-2", act("deny", small))
    market.does("buyer", act("attest_payment", small, "PAID-2", 100))
    market.does("tier-2", act("confirm", small))
    market.later(1)
    market.does("bank-a", act("default", whole))
    market.does("bank-a", act("recourse", whole))
    market.does("bank-a", act("waive", whole))
    market.does("bank-a", act("recourse", whole))
    market.does("bank-b", act("attest_payment", whole, "LATE-1", AMOUNT - 100))
    market.does("bank-a", act("confirm", whole))
    signers = ("bank-a", "bank-b", "buyer", "supplier")
    market.does(signers, Operation(module="receivable", action="set_limits", args=(100, 200)))
    return market


def test_all_that_happens_to_receivables_is_declared() -> None:
    tested = worlds_of(test_ledger_receivable, test_ledger_receivable_recourse)
    worlds = [a_life(), a_deal(), *tested]
    check_events(MODULE, worlds)
    check_records(MODULE, worlds)


def test_receivables_say_what_they_do() -> None:
    check_actions(MODULE)


def test_answers_are_what_the_declaration_says() -> None:
    market = a_life()
    days: dict[str, Value] = {"party": "buyer", "first_day": TODAY, "last_day": TODAY + 1}
    asked: dict[str, dict[str, Value]] = {"list": {"limit": 500}, "limits": {}, "movements": days}
    listed = market.ledger.query("receivable", "list", {"limit": 500}, None)["receivables"]
    for query in MODULE.queries:
        for args in [asked[query.name]] if query.name in asked else [ids_of(row) for row in listed]:
            answer = market.ledger.query("receivable", query.name, args, None)
            if query.returns:
                assert [field.name for field in query.returns] == [name for name in answer if name != "lines"]
            if query.rows is not None:
                rows, fields = query.rows
                names = [field.name for field in fields]
                assert [list(row) for row in answer[rows]] == [names] * len(answer[rows])


def ids_of(row: Mapping[str, Any]) -> dict[str, Value]:
    """Arguments that ask for the receivable of a row."""
    return {"receivable": row["receivable"]}


def codes_of(source: str) -> Iterator[str]:
    """Codes that a source raises by their texts."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="Refused"), args=[ast.Constant(value=str(code)), *_]):
                yield code
            case ast.Call(func=ast.Name(id="Refused")):
                raise AssertionError(f"a code that cannot be read: {ast.unparse(node)}")


def test_every_refusal_is_of_a_declared_class() -> None:
    sources = [path.read_text("utf-8") for path in SOURCES.glob("*.py")]
    assert {code for source in sources for code in codes_of(source)} == OF_OTHERS
    for refusal in MODULE.refusals:
        raised = [source for source in sources if f"{refusal.__name__}(" in source.replace("class ", "")]
        assert refusal.code, refusal
        assert refusal.words, refusal
        assert raised, refusal
    assert len({refusal.code for refusal in MODULE.refusals}) == len(MODULE.refusals)
