"""Random lives of a deal, and of a rival's pool on the same loans: money is conserved, no loan is in two
pools, and a refusal leaves the state as it was.

The model knows no waterfall. It counts what was accepted: cash that was reported or paid for assets, fees and
payments of each statement, what holders were credited. After every block: paid + reserve = collected - fees;
what all holders were credited of a tranche is what it paid; the index of encumbrances holds each loan for the
pool that took it last, or for none.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.business.encumbrance.module import thing_of
from p2pchain.business.securitisation.fields import AssetRow
from p2pchain.business.securitisation.holding import HOLDING
from p2pchain.business.securitisation.waterfall import STRUCTURES
from p2pchain.codec.pool_ids import pool_id
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Operation
from tests.examples import examples
from tests.unit.ledger.ledger_world import fingerprint
from tests.unit.ledger.receivable_steps import TODAY
from tests.unit.ledger.securitisation_steps import (
    BOTH,
    BUYER,
    DESK,
    FUND,
    KEYS,
    NONCE,
    POOL,
    SERVICER,
    TRUSTEE,
    Deal,
    act,
    add,
    create,
    loan,
    report,
    verify,
)

RIVAL = pool_id(FUND, NONCE)
BALANCE = 1_000
LOANS = tuple(loan(f"loan {number}", BALANCE, car=f"car {number}") for number in range(12))
MINE = LOANS[:6]
HOLDERS = (DESK, FUND, BUYER)
SHARES = st.integers(0, 10)
"""Tenths of what there is."""
OWED = st.sampled_from([0, 1, BALANCE])
NAMES = ("A", "B", "C")
TERMS = st.fixed_dictionaries(
    {
        "structure": st.sampled_from(STRUCTURES),
        "rates": st.tuples(*[st.sampled_from([0, 33_333, 120_000])] * 3),
        "fee": st.sampled_from([None, 7]),
        "fee_rate": st.sampled_from([None, 12_345]),
        "reserve": st.sampled_from([None, 30_000]),
        "losses": st.sampled_from([None, 50_000]),
        "arrears": st.sampled_from([None, 100_000]),
        "substitution": st.sampled_from([None, 400_000]),
        "clean_up": st.sampled_from([None, 300_000]),
        "day_count": st.sampled_from(["act/360", "act/365", "30/360"]),
    }
)


class SecuritisationMachine(RuleBasedStateMachine):
    """A deal on six loans of twelve; the rival wants them all."""

    @initialize(terms=TERMS, issued=st.sampled_from([(3_000, 2_000, 1_000), (3_001, 1_777, 3)]))
    def begin(self, terms: dict[str, Any], issued: tuple[int, ...]) -> None:
        self.deal = Deal()
        self.deal.issued(MINE, issued, **terms)
        self.deal.does(FUND, create())
        self.issued = issued
        self.inside: dict[AssetRow, bytes] = dict.fromkeys(MINE, POOL)
        self.collected = self.prices = self.period = 0

    def submit(self, signers: str | tuple[str, ...], *operations: Operation) -> bool:
        """In a block of its own; whether it was accepted. A refusal changes no record of business."""
        before = self.recorded()
        receipt = self.deal.submit(signers, *operations)
        assert not receipt.code.startswith("MODULE"), receipt
        accepted = receipt.code == "OK"
        assert accepted or before == self.recorded()
        return accepted

    def recorded(self) -> list[dict[bytes, bytes]]:
        """What the modules of business have written."""
        return [dict(self.deal.ledger.walk(name + b"/")) for name in (b"securitisation", b"encumbrance")]

    def of_pool(self, pool: bytes) -> list[AssetRow]:
        """Assets in a pool, as they were added."""
        return [asset for asset, held in self.inside.items() if held == pool]

    @rule(
        shares=st.tuples(SHARES, SHARES),
        interest=st.integers(0, 300),
        recoveries=st.sampled_from([0, 0, 9]),
        arrears=st.sampled_from([0, 0, 900]),
        wrong=st.sampled_from([0, 0, 0, 1]),
        days=st.sampled_from([1, 28, 30, 31, 365]),
    )
    def passes(
        self,
        shares: tuple[int, int],
        interest: int,
        recoveries: int,
        arrears: int,
        wrong: int,
        days: int,
    ) -> None:
        """A period; a report that loses or makes money is refused."""
        shown = self.deal.show()
        if shown["state"] != "issued":
            return
        opening = shown["balance_minor"]
        principal = opening * shares[0] // 10
        losses = (opening - principal) * shares[1] // 30
        closing = opening - principal - losses + wrong
        self.deal.later(days)
        end_day = max(TODAY, shown["end_day"]) + days
        amounts = {"interest": interest, "principal": principal, "recoveries": recoveries}
        collected = sum(amounts.values())
        accepted = self.submit(
            (SERVICER, TRUSTEE),
            report(self.period + 1, end_day, closing, losses=losses, arrears=arrears, **amounts),
            verify(self.period + 1, closing, collected),
            act("distribute", POOL),
        )
        assert accepted == (wrong == 0)
        if accepted:
            self.period += 1
            self.collected += collected + self.prices
            self.prices = 0

    @rule(tranche=st.sampled_from(NAMES), pair=st.permutations(HOLDERS), share=SHARES)
    def sells(self, tranche: str, pair: list[str], share: int) -> None:
        amount = self.issued[NAMES.index(tranche)] * share // 10
        self.submit(pair[0], act("transfer_units", POOL, tranche, pair[0], pair[1], max(1, amount)))

    @rule(asset=st.sampled_from(LOANS))
    def rival_takes(self, asset: AssetRow) -> None:
        lapsed = self.deal.show(RIVAL)["lapsed"]
        accepted = self.submit(FUND, add((asset,), RIVAL))
        assert accepted == (asset not in self.inside and not lapsed), "what is in a pool is in no other"
        if accepted:
            self.inside[asset] = RIVAL

    @rule(asset=st.sampled_from(LOANS))
    def rival_drops(self, asset: AssetRow) -> None:
        accepted = self.submit(FUND, act("drop", RIVAL, (asset,)))
        assert accepted == (self.inside.get(asset) == RIVAL)
        if accepted:
            del self.inside[asset]

    @rule(removed=st.sampled_from(LOANS), asset=st.sampled_from(LOANS), owed=OWED)
    def substitutes(self, removed: AssetRow, asset: AssetRow, owed: int) -> None:
        swap = act("substitute", POOL, owed or None, KEYS, (removed,), (asset,))
        if self.submit(BOTH, swap):
            assert self.inside.pop(removed) == POOL
            assert asset not in self.inside
            self.inside[asset] = POOL

    @rule(
        asset=st.sampled_from(LOANS), owed=st.sampled_from([0, 1, BALANCE]), more=st.sampled_from([-1, 0, 5])
    )
    def repurchases(self, asset: AssetRow, owed: int, more: int) -> None:
        price = max(0, owed + more)
        if self.submit(BOTH, act("repurchase", POOL, owed or None, price or None, (asset,))):
            assert self.inside.pop(asset) == POOL
            assert price >= owed
            self.prices += price

    @rule(asset=st.sampled_from(LOANS))
    def releases(self, asset: AssetRow) -> None:
        if self.submit((SERVICER, TRUSTEE), act("release", POOL, (asset,))):
            assert self.inside.pop(asset) == POOL

    @rule(price=st.integers(1, 3_000))
    def cleans_up(self, price: int) -> None:
        if self.submit(BOTH, act("clean_up", POOL, price)):
            self.prices += price

    @rule(action=st.sampled_from(["accelerate", "close", "distribute"]))
    def ends(self, action: str) -> None:
        self.submit(TRUSTEE, act(action, POOL))

    @invariant()
    def money_is_conserved(self) -> None:
        shown = self.deal.show()
        assert shown["collected_minor"] == self.collected
        assert shown["paid_minor"] + shown["reserve_minor"] == self.collected - shown["fees_minor"]
        statements = [self.deal.statement(period) for period in range(1, self.period + 1)]
        assert sum(told["fees_minor"] for told in statements) == shown["fees_minor"]
        rows = [row for told in statements for row in told["tranches"]]
        paid = sum(row["interest_minor"] + row["principal_minor"] for row in rows)
        assert paid + sum(told["residual_minor"] for told in statements) == shown["paid_minor"]
        assert sum(row["paid_minor"] for row in shown["tranches"]) == shown["paid_minor"]
        for row, whole in zip(shown["tranches"], self.issued, strict=True):
            principal = sum(its["principal_minor"] for its in rows if its["tranche"] == row["tranche"])
            assert row["owed_minor"] + principal == whole

    @invariant()
    def holders_were_credited_what_was_paid(self) -> None:
        """Whole units and fractions together, exactly."""
        prefix = b"securitisation/" + HOLDING + POOL + b"/"
        for number, (row, whole) in enumerate(zip(self.deal.show()["tranches"], self.issued, strict=True)):
            credited = units = 0
            for key, raw in self.deal.ledger.walk(prefix + bytes((number,)) + b"/"):
                assert key
                _, _, held, seen, paid, fraction = read_record(raw)
                assert isinstance(held, int)
                assert isinstance(seen, int)
                assert isinstance(paid, int)
                assert isinstance(fraction, int)
                units += held
                credited += paid * whole + fraction + held * (row["paid_minor"] - seen)
            assert units == whole
            assert credited == row["paid_minor"] * whole

    @invariant()
    def no_loan_is_in_two_pools(self) -> None:
        for pool in (POOL, RIVAL):
            assert self.deal.show(pool)["count"] == len(self.of_pool(pool))
        for number, asset in enumerate(LOANS):
            for sort, name in (("contract", f"contract loan {number}"), ("collateral", f"car car {number}")):
                thing = b"encumbrance/" + thing_of(sort, fingerprint(name))
                assert (self.deal.ledger.get(thing) is not None) == (asset in self.inside)

    def teardown(self) -> None:
        """Restored from the records alone, the state is the same."""
        if hasattr(self, "deal"):
            assert self.deal.restored().state_root == self.deal.ledger.state_root


SecuritisationMachine.TestCase.settings = settings(
    max_examples=examples(25), stateful_step_count=20, deadline=None
)
TestSecuritisation = SecuritisationMachine.TestCase
