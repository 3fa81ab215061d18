"""A deal from its tranches to its end: each rule by its refusal, what is paid to whom, and how it ends."""

from __future__ import annotations

import pytest

from p2pchain.business.securitisation.fields import MONEY_MAX
from p2pchain.codec.pool_ids import pool_id
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import facts
from tests.unit.ledger.receivable_steps import TODAY
from tests.unit.ledger.securitisation_steps import (
    AGENT,
    BOTH,
    BUYER,
    DESK,
    FUND,
    KEYS,
    POOL,
    SERVICER,
    TRUSTEE,
    Deal,
    act,
    add,
    agent_leaves,
    create,
    issue,
    loan,
    loans,
    report,
    seals,
    verify,
)

ASSETS = loans(10, 100_000)
"""A pool of 1,000,000."""
TRANCHES = (600_000, 300_000, 100_000)


def refusal(deal: Deal, signers: str | tuple[str, ...], *operations: Operation) -> dict[str, object]:
    """Facts of what is refused, with its code."""
    receipt = deal.submit(signers, *operations)
    assert receipt.code != "OK"
    return {"code": receipt.code, **facts(receipt)}


def transfer(tranche: str, amount: int, to: str = FUND, holder: str = DESK) -> Operation:
    """Hand units over."""
    return act("transfer_units", POOL, tranche, holder, to, amount)


def owed(deal: Deal) -> list[int]:
    """Principal that each tranche is owed."""
    return [row["owed_minor"] for row in deal.show()["tranches"]]


def test_issue() -> None:
    deal = Deal()
    assert deal.refuses(DESK, issue(TRANCHES)) == "SEC_STATE"
    deal.accepted(ASSETS)
    assert refusal(deal, DESK, issue((600_000, 400_001)))["code"] == "SEC_OVERSOLD"
    assert deal.refuses(DESK, issue((1, 2), names=("A",))) == "SEC_TERMS"
    assert deal.refuses(DESK, issue((1, 2), names=("A", ""))) == "SEC_TERMS"
    assert deal.refuses(DESK, issue((1, 2), rates=(1,))) == "SEC_TERMS"
    assert deal.refuses(DESK, issue((1, 2), first_day=TODAY + 1)) == "SEC_PERIOD_ORDER"
    deal.does(DESK, issue(TRANCHES))
    assert deal.refuses(DESK, issue(TRANCHES)) == "SEC_STATE", "once"
    assert deal.held("A") == {DESK: (600_000, 0)}


def test_units() -> None:
    deal = Deal()
    assert deal.refuses(DESK, transfer("A", 1)) == "SEC_STATE"
    deal.issued(ASSETS, TRANCHES)
    assert deal.refuses(DESK, transfer("Z", 1)) == "SEC_TRANCHE_UNKNOWN"
    assert deal.refuses(FUND, transfer("A", 1)) == "AUTH_CONTROLLER"
    assert deal.refuses(DESK, transfer("A", 600_001)) == "SEC_OVERSOLD"
    assert deal.refuses(DESK, transfer("A", 1, to="nobody")) == "SEC_PARTY"
    assert deal.refuses(DESK, transfer("A", 1, to=DESK)) == "SEC_PARTY"
    deal.does(DESK, transfer("A", 600_000))
    assert deal.held("A") == {FUND: (600_000, 0)}
    assert deal.refuses(DESK, transfer("A", 1)) == "SEC_OVERSOLD"


def test_a_period_in_its_order() -> None:
    deal = Deal()
    assert deal.refuses(SERVICER, report(1, TODAY, 0)) == "SEC_STATE"
    deal.issued(ASSETS, TRANCHES)
    end_day = TODAY + 30
    good = report(1, end_day, 900_000, principal=100_000, interest=5_000)
    assert deal.refuses(SERVICER, good) == "SEC_PERIOD_ORDER", "it has not ended"
    deal.later(30)
    assert deal.refuses(SERVICER, report(2, end_day, 1_000_000)) == "SEC_PERIOD_ORDER"
    assert deal.refuses(SERVICER, report(1, TODAY, 1_000_000)) == "SEC_PERIOD_ORDER"
    assert deal.refuses(DESK, good) == "AUTH_CONTROLLER"
    assert deal.refuses(f"{SERVICER}-clerk", good) == "AUTH_ROLE"
    lost = report(1, end_day, 900_001, principal=100_000)
    assert refusal(deal, SERVICER, lost)["code"] == "SEC_CONSERVATION"
    more = report(1, end_day, 1_000_000, interest=MONEY_MAX, recoveries=1)
    assert deal.refuses(SERVICER, more) == "SEC_AMOUNT_BEYOND"
    assert deal.refuses(TRUSTEE, verify(1, 900_000, 105_000)) == "SEC_PERIOD_ORDER"
    assert deal.refuses(TRUSTEE, act("distribute", POOL)) == "SEC_NOT_VERIFIED"
    deal.does(SERVICER, good)
    assert deal.refuses(TRUSTEE, act("distribute", POOL)) == "SEC_NOT_VERIFIED"
    told = deal.ledger.query("securitisation", "pending", {"pool": POOL}, None)
    assert (told["period"], told["is_verified"]) == (1, False)
    for other, part in (
        (verify(1, 900_000, 104_999), "collected"),
        (verify(1, 900_001, 105_000), "closing"),
        (verify(1, 900_000, 105_000, count=2), "count"),
        (verify(1, 900_000, 105_000, root=bytes(32)), "root"),
    ):
        assert refusal(deal, TRUSTEE, other)["part"] == part
    assert deal.refuses(DESK, verify(1, 900_000, 105_000)) == "AUTH_CONTROLLER"
    other = report(1, end_day, 900_000, losses=100_000, interest=105_000)
    assert deal.refuses(SERVICER, other) == "SEC_REPORT_PENDING", "the trustee verifies what it has read"
    deal.does(TRUSTEE, verify(1, 900_000, 105_000))
    assert deal.refuses(SERVICER, good) == "SEC_REPORT_PENDING"
    assert deal.refuses(SERVICER, act("reject", POOL, 1)) == "AUTH_CONTROLLER"
    deal.does(TRUSTEE, act("reject", POOL, 1))
    assert deal.refuses(TRUSTEE, act("distribute", POOL)) == "SEC_NOT_VERIFIED"
    deal.does(SERVICER, good)
    deal.does(TRUSTEE, verify(1, 900_000, 105_000))
    assert deal.refuses(SERVICER, act("distribute", POOL)) == "AUTH_CONTROLLER"
    deal.does(TRUSTEE, act("distribute", POOL))
    assert owed(deal) == [500_000, 300_000, 100_000]
    assert deal.refuses(TRUSTEE, act("distribute", POOL)) == "SEC_NOT_VERIFIED", "once"


def test_a_statement_and_who_got_what() -> None:
    """Interest and fees of 30 days of 360; half of A is sold in between."""
    deal = Deal()
    deal.issued(ASSETS, TRANCHES, rates=(36_000, 60_000, 0), fee_rate=12_000, fee=500)
    deal.month(1, 900_000, interest=10_000, principal=100_000)
    told = deal.statement()
    assert (told["fees_minor"], told["residual_minor"], told["collected_minor"]) == (1_500, 5_200, 110_000)
    assert told["tranches"] == [
        {
            "tranche": "A",
            "interest_minor": 1_800,
            "principal_minor": 100_000,
            "owed_minor": 500_000,
            "unpaid_minor": 0,
        },
        {
            "tranche": "B",
            "interest_minor": 1_500,
            "principal_minor": 0,
            "owed_minor": 300_000,
            "unpaid_minor": 0,
        },
        {
            "tranche": "C",
            "interest_minor": 0,
            "principal_minor": 0,
            "owed_minor": 100_000,
            "unpaid_minor": 0,
        },
    ]
    deal.does(DESK, transfer("A", 300_000))
    deal.month(2, 850_000, interest=9_000, principal=50_000)
    assert deal.held("A") == {DESK: (300_000, 101_800 + 25_750), FUND: (300_000, 25_750)}
    shown = deal.show()
    assert shown["paid_minor"] + shown["reserve_minor"] == shown["collected_minor"] - shown["fees_minor"]
    history = deal.ledger.query("securitisation", "history", {"pool": POOL}, None)
    assert [line["period"] for line in history["statements"]] == [1, 2]
    with pytest.raises(Exception, match="SEC_STATEMENT_UNKNOWN"):
        deal.statement(3)
    with pytest.raises(Exception, match="SEC_STATEMENT_UNKNOWN"):
        deal.ledger.query("securitisation", "pending", {"pool": POOL}, None)


def test_fractions_of_what_is_paid_are_not_lost() -> None:
    """Thirds of a minor unit are credited once they are whole."""
    deal = Deal()
    deal.issued(ASSETS, (3, 7))  # More assets than notes: one unit falls due with each unit that is repaid.
    deal.does(DESK, transfer("A", 1), transfer("A", 1, to=BUYER))
    deal.month(1, 999_999, principal=1)
    assert deal.held("A") == {DESK: (1, 0), FUND: (1, 0), BUYER: (1, 0)}
    deal.does(DESK, transfer("A", 1))
    deal.month(2, 999_998, interest=0, principal=1)
    assert deal.held("A") == {DESK: (0, 0), FUND: (2, 1), BUYER: (1, 0)}


def test_pro_rata_until_a_trigger() -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES, structure="sequential_after_trigger", losses=50_000)
    deal.month(1, 900_000, principal=100_000)
    assert owed(deal) == [540_000, 270_000, 90_000]
    deal.month(2, 850_000, losses=50_000)
    assert deal.show()["trigger_hit"] is False, "5 % is not more than 5 %"
    deal.month(3, 749_999, principal=100_000, losses=1)
    assert deal.show()["trigger_hit"] is True
    assert owed(deal) == [440_000, 270_000, 90_000], "all to A"


def test_arrears_hit_a_trigger() -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES, structure="sequential_after_trigger", arrears=30_000, substitution=10**6)
    deal.month(1, 900_000, principal=100_000, arrears=27_001)
    assert deal.show()["trigger_hit"] is True
    swap = act("substitute", POOL, 100_000, KEYS, ASSETS[:1], loans(1, prefix="new"))
    assert refusal(deal, BOTH, swap) == {
        "code": "SEC_TRIGGER_HIT",
        "pool": POOL.hex(),
        "state": "issued",
        "accelerated": False,
    }


def test_a_reserve_is_kept_and_used() -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES, rates=(120_000, 0, 0), reserve=10_000)
    deal.month(1, 1_000_000, interest=16_001)
    assert (deal.show()["reserve_minor"], deal.statement()["residual_minor"]) == (10_000, 1)
    deal.month(2, 1_000_000)
    assert deal.show()["reserve_minor"] == 4_000, "it paid the interest of A"
    deal.month(3, 1_000_000)
    assert deal.show()["tranches"][0]["unpaid_minor"] == 2_000
    deal.month(4, 0, principal=1_000_000, interest=8_000)
    assert [row["owed_minor"] + row["unpaid_minor"] for row in deal.show()["tranches"]] == [0, 0, 0]


def test_substitution_in_one_block() -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES, substitution=200_000)
    fresh = loans(1, 120_000, "new")

    def swap(out: int, removed: object = ASSETS[:1], assets: object = fresh) -> Operation:
        return act("substitute", POOL, out or None, KEYS, removed, assets)  # type: ignore[arg-type]

    assert deal.refuses(DESK, swap(90_000)) == "AUTH_CONTROLLER", "the trustee signs, too"
    assert deal.refuses(TRUSTEE, swap(90_000)) == "AUTH_CONTROLLER"
    assert deal.refuses(BOTH, swap(100_001)) == "SEC_BALANCE_MISMATCH", "more than the asset had"
    assert deal.refuses(BOTH, swap(100_000, assets=loans(1, 99_999, "new"))) == "SEC_BALANCE_MISMATCH"
    assert deal.refuses(BOTH, swap(90_000, assets=loans(1, 200_001, "new"))) == "SEC_SUBSTITUTION_LIMIT"
    assert deal.refuses(BOTH, swap(90_000, removed=loans(1, prefix="no"))) == "SEC_ASSET_ABSENT"
    assert deal.refuses(BOTH, swap(90_000, assets=(loan("loan 5", 120_000),))) == "SEC_ASSET_TAKEN"
    deal.does(BOTH, swap(90_000))
    assert deal.checks((*ASSETS[:1], *fresh))["taken"] == [
        {"number": 2, "class": "contract", "encumbrance": "pooled"}
    ]
    assert (deal.show()["balance_minor"], deal.show()["count"]) == (1_030_000, 10)
    assert deal.refuses(BOTH, swap(90_000, fresh, loans(1, 90_000, "yet"))) == "SEC_SUBSTITUTION_LIMIT"
    deal.month(1, 930_000, principal=100_000)
    assert owed(deal)[0] == 500_000, "what came in more is nobody's payment"


def test_assets_are_bought_back() -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES)

    def back(balance: int, price: int, assets: object = ASSETS[:1]) -> Operation:
        return act("repurchase", POOL, balance or None, price or None, assets)  # type: ignore[arg-type]

    assert deal.refuses(DESK, back(90_000, 90_000)) == "AUTH_CONTROLLER"
    assert deal.refuses(BOTH, back(90_000, 89_999)) == "SEC_PRICE"
    assert deal.refuses(BOTH, back(100_001, 100_001)) == "SEC_BALANCE_MISMATCH"
    assert deal.refuses(BOTH, back(1, MONEY_MAX), back(1, 1, ASSETS[1:2])) == "SEC_AMOUNT_BEYOND"
    assert deal.refuses(BOTH, back(1, 1, loans(1, prefix="no"))) == "SEC_ASSET_ABSENT"
    deal.does(BOTH, back(90_000, 91_000))
    assert deal.checks(ASSETS[:1])["taken_count"] == 0
    assert (deal.show()["cash_minor"], deal.show()["balance_minor"]) == (91_000, 910_000)
    deal.later(30)
    deal.does(SERVICER, report(1, TODAY + 30, 910_000))
    assert deal.refuses(BOTH, back(1, 1, ASSETS[1:2])) == "SEC_REPORT_PENDING"
    deal.does(TRUSTEE, verify(1, 910_000, 0), act("distribute", POOL))
    assert owed(deal) == [510_000, 300_000, 100_000]
    assert deal.statement()["residual_minor"] == 1_000


def test_what_is_repaid_is_free() -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES)
    release = act("release", POOL, ASSETS[:2])
    assert deal.refuses(SERVICER, release) == "AUTH_CONTROLLER"
    assert deal.refuses((DESK, TRUSTEE), release) == "AUTH_CONTROLLER"
    deal.does((SERVICER, TRUSTEE), release)
    assert deal.show()["count"] == 8
    assert deal.refuses((SERVICER, TRUSTEE), release) == "SEC_ASSET_ABSENT"


def test_acceleration() -> None:
    """Each tranche in full before the next gets anything, and nothing is reserved."""
    deal = Deal()
    deal.issued(ASSETS, TRANCHES, structure="pro_rata", rates=(0, 120_000, 0), reserve=100_000)
    assert deal.refuses(DESK, act("accelerate", POOL)) == "AUTH_CONTROLLER"
    deal.does(TRUSTEE, act("accelerate", POOL))
    assert deal.refuses(TRUSTEE, act("accelerate", POOL)) == "SEC_TRIGGER_HIT"
    deal.month(1, 900_000, principal=100_000, interest=50_000)
    assert owed(deal) == [450_000, 300_000, 100_000]
    assert deal.show()["tranches"][1]["unpaid_minor"] == 3_000


def test_clean_up_and_close() -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES, clean_up=100_000)
    buy = act("clean_up", POOL, 100_000)
    assert deal.refuses(BOTH, buy) == "SEC_CLEAN_UP_EARLY"
    assert deal.refuses(TRUSTEE, act("close", POOL)) == "SEC_UNPAID"
    deal.month(1, 100_000, principal=900_000)
    assert deal.refuses(DESK, buy) == "AUTH_CONTROLLER"
    assert deal.refuses(BOTH, act("clean_up", POOL, 99_999)) == "SEC_PRICE"
    deal.does(BOTH, buy)
    assert deal.refuses(TRUSTEE, act("close", POOL)) == "SEC_UNPAID", "the price is not paid out"
    deal.later(30)
    deal.does((SERVICER, TRUSTEE), report(2, TODAY + 60, 0), verify(2, 0, 0))
    assert deal.refuses(TRUSTEE, act("close", POOL)) == "SEC_REPORT_PENDING"
    deal.does(TRUSTEE, act("distribute", POOL))
    assert owed(deal) == [0, 0, 0]
    assert deal.refuses(DESK, act("close", POOL)) == "AUTH_CONTROLLER"
    deal.does(TRUSTEE, act("close", POOL))
    assert deal.show()["state"] == "closed"
    deal.does(DESK, act("drop", POOL, ASSETS))
    assert deal.checks(ASSETS)["taken_count"] == 0
    assert deal.statement(2)["collected_minor"] == 100_000, "statements stay"


def test_a_pool_that_is_not_issued_closes() -> None:
    deal = Deal()
    deal.accepted(ASSETS)
    deal.does(TRUSTEE, act("close", POOL))
    deal.does(FUND, act("drop", POOL, ASSETS))
    assert deal.checks(ASSETS)["taken_count"] == 0, "no deal needs them: anybody frees them"
    assert deal.refuses(DESK, add(ASSETS)) == "SEC_STATE"
    assert deal.refuses(DESK, seals("seal", ASSETS)) == "SEC_STATE"


@pytest.mark.parametrize("action", ["substitute", "repurchase", "clean_up"])
def test_nobody_else_changes_a_pool(action: str) -> None:
    deal = Deal()
    deal.issued(ASSETS, TRANCHES)
    operations = {
        "substitute": act("substitute", POOL, None, KEYS, ASSETS[:1], loans(1, prefix="new")),
        "repurchase": act("repurchase", POOL, None, None, ASSETS[:1]),
        "clean_up": act("clean_up", POOL, 1),
    }
    assert deal.refuses((FUND, SERVICER), operations[action]) == "AUTH_CONTROLLER"
    assert deal.refuses((f"{DESK}-clerk", TRUSTEE), operations[action]) == "AUTH_ROLE"
    assert deal.refuses((DESK, f"{TRUSTEE}-clerk"), operations[action]) == "AUTH_ROLE"


def test_who_has_left_has_a_successor() -> None:
    """Else nothing would be reported, verified or closed again, and the assets never be free."""
    deal = Deal()
    deal.does(DESK, create(nonce := bytes(15) + b"\x02", trustee=AGENT))
    pool = pool_id(DESK, nonce)
    deal.does(DESK, add(ASSETS, pool), seals("seal", ASSETS, pool))
    deal.does(AGENT, seals("accept", ASSETS, pool))
    members = (BUYER, DESK, FUND, SERVICER)
    named = act("replace_party", pool, "trustee", TRUSTEE)
    assert deal.refuses(members, named) == "SEC_PARTY", "a member keeps its part"
    deal.does(members, agent_leaves())
    assert deal.refuses(DESK, named) == "MEMBERSHIP_NO_QUORUM"
    for other in (DESK, SERVICER, AGENT):
        assert deal.refuses(members, act("replace_party", pool, "trustee", other)) == "SEC_PARTY"
    assert deal.refuses(members, act("replace_party", bytes(16), "trustee", TRUSTEE)) == "SEC_UNKNOWN"
    deal.does(members, named)
    listed = {
        org: deal.ledger.query(
            "securitisation", "list", {"org": org, "state": None, "after": None, "limit": None}, None
        )["pools"]
        for org in (AGENT, DESK)
    }
    assert (len(listed[AGENT]), len(listed[DESK])) == (0, 2)
    deal.does(TRUSTEE, act("close", pool))
    deal.does(FUND, act("drop", pool, ASSETS))
    assert deal.checks(ASSETS)["taken_count"] == 0
