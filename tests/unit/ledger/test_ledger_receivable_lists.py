"""Lists of receivables in every order, page by page; and how they stood on a day that is past."""

from __future__ import annotations

from typing import Any

import pytest

from p2pchain.business.receivable.selection import ORDERS
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Value
from tests.unit.ledger.receivable_steps import TODAY, Market, act, finance, issue, name, part

HELD = [("a", 30, 500), ("b", 10, 700), ("c", 20, 500), ("d", 10, 900), ("e", 40, 100)]
"""Names, days to the due day, amounts."""


@pytest.fixture(scope="module")
def market() -> Market:
    """The supplier holds five of two debtors; the last is in another currency."""
    market = Market()
    for text, days, amount in HELD:
        currency, debtor = ("EUR", "tier-2") if text == "e" else ("CNY", "buyer")
        ours = name(text, debtor)
        made = issue(ours, days=days, amount=amount, debtor=debtor, currency=currency)
        market.does(debtor, made)
    return market


def listed(market: Market, **asked: Value) -> list[str]:
    """Names of all that are asked for, gathered two at a time."""
    names = {name(text, "tier-2" if text == "e" else "buyer").hex(): text for text, _, _ in HELD}
    rows: list[str] = []
    after: Value = None
    while True:
        answer: Any = market.ledger.query("receivable", "list", {**asked, "after": after, "limit": 2}, None)
        assert len(answer["receivables"]) <= 2
        rows += [names[row["receivable"]] for row in answer["receivables"]]
        after = answer["next"]
        if after is None:
            return rows


def test_every_order_has_all_of_them_whatever_the_page(market: Market) -> None:
    assert {order: "".join(sorted(listed(market, order=order))) for order in ORDERS} == dict.fromkeys(
        ORDERS, "abcde"
    )
    by_id = sorted("abcde", key=lambda text: name(text, "tier-2" if text == "e" else "buyer"))
    same = {"b", "d"}, {"a", "c"}
    due = listed(market, order="due")
    assert (set(due[:2]), due[2:]) == (same[0], ["c", "a", "e"])
    amount = listed(market, order="amount", currency="CNY")
    assert (set(amount[:2]), amount[2:]) == (same[1], ["b", "d"])
    assert listed(market, order="counterparty", holder="supplier")[-1] == "e"
    assert listed(market, order="due", descending=True) == due[::-1]
    assert listed(market, descending=True) == by_id[::-1]
    assert listed(market) == by_id


def test_filters(market: Market) -> None:
    assert set(listed(market, due_from=TODAY + 20)) == {"a", "c", "e"}
    assert set(listed(market, due_to=TODAY + 20, order="due")) == {"b", "c", "d"}
    assert set(listed(market, currency="CNY", amount_least=700)) == {"b", "d"}
    assert listed(market, currency="CNY", amount_least=600, amount_most=800, order="amount") == ["b"]
    assert listed(market, debtor="tier-2", order="counterparty") == ["e"]
    assert listed(market, document=bytes(32), order="invoice") == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"state": "lost"}, "QUERY_INVALID_ARGS"),
        ({"amount_least": 1}, "QUERY_INVALID_ARGS"),
        ({"order": "weight"}, "QUERY_INVALID_ARGS"),
        ({"order": "due", "after": bytes(16)}, "RCV_UNKNOWN"),
    ],
)
def test_what_no_list_is_asked_for(market: Market, asked: dict[str, Value], code: str) -> None:
    with pytest.raises(Refused, match=code):
        market.ledger.query("receivable", "list", asked, None)


def moved(market: Market, party: str, first: int, last: int) -> dict[str, Any]:
    """Rows of the days that lie so far from the first day of the chain, by id."""
    rows: dict[str, Any] = {}
    after: Value = None
    while True:
        days: dict[str, Value] = {"first_day": TODAY + first, "last_day": TODAY + last}
        answer: Any = market.ledger.query(
            "receivable", "movements", {**days, "party": party, "after": after, "limit": 1}, None
        )
        rows |= {row["receivable"]: row for row in answer["receivables"]}
        after = answer["next"]
        if after is None:
            return rows


def stood(row: Any) -> tuple[tuple[Any, Any], tuple[Any, Any], list[str]]:
    """Before, after, and the steps between."""
    steps = [step["action"] for step in row["steps"]]
    return (row["state_before"], row["holder_before"]), (row["state_after"], row["holder_after"]), steps


def test_a_history_tells_how_it_stood_on_any_day() -> None:
    """Split on day 40, a part financed on day 80, paid, denied, and defaulted after the due day."""
    market = Market()
    whole = market.accepted(days=100)
    market.later(40)
    market.does("supplier", act("split", whole, (60_000_000, 40_000_000)))
    sold, kept = part(whole, 0), part(whole, 1)
    market.later(40)
    market.does("supplier", act("request_finance", sold, "bank-a", 59_000_000, False))
    market.does("bank-a", finance(sold, none=True))
    market.later(30)
    market.does("bank-a", act("present", sold))
    market.does("buyer", act("attest_payment", sold, "E2E-1", 60_000_000))
    market.does("bank-a", act("deny", sold))
    market.does("bank-a", act("default", sold))

    early = moved(market, "supplier", 0, 30)
    assert list(early) == [whole.hex()]
    assert stood(early[whole.hex()]) == ((None, None), ("accepted", "supplier"), ["issued", "accepted"])
    split = moved(market, "supplier", 31, 60)
    assert {key: stood(row)[:2] for key, row in split.items()} == {
        whole.hex(): (("accepted", "supplier"), ("split", "supplier")),
        sold.hex(): ((None, None), ("accepted", "supplier")),
        kept.hex(): ((None, None), ("accepted", "supplier")),
    }
    later = moved(market, "supplier", 61, 90)
    assert stood(later[sold.hex()])[:2] == (("accepted", "supplier"), ("accepted", "bank-a"))
    assert stood(later[kept.hex()])[2] == []
    assert whole.hex() not in later
    last = moved(market, "bank-a", 91, 120)
    assert list(last) == [sold.hex()]
    assert stood(last[sold.hex()]) == (
        ("accepted", "bank-a"),
        ("defaulted", "bank-a"),
        ["presented", "payment_attested", "payment_denied", "defaulted"],
    )
    assert moved(market, "bank-b", 0, 120) == {}
    assert set(moved(market, "buyer", 91, 120)) == {sold.hex(), kept.hex()}


def test_who_pays_in_recourse_holds_it_from_then_on() -> None:
    market = Market()
    item = market.accepted(days=10)
    market.does(("supplier", "tier-2"), act("transfer", item, "tier-2", True), act("accept_transfer", item))
    market.later(11)
    market.does("tier-2", act("present", item), act("default", item), act("recourse", item))
    market.does("supplier", act("attest_payment", item, "R-1", 100_000_000))
    market.does("tier-2", act("confirm", item))
    row = moved(market, "supplier", 11, 11)[item.hex()]
    assert stood(row)[:2] == (("accepted", "tier-2"), ("defaulted", "supplier"))
    assert (row["live_before"], row["live_after"]) == (True, True)
