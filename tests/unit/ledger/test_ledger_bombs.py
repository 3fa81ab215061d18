"""Small transactions that ask for much: each stopped every node for good before work and size were rules.

Each is tried with the budgets of every chain, and with budgets so large that only the bounds of a height are
left. What a block records always fits the log, and nobody else's transaction fails of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from p2pchain.business.receivable.records import DAY_MS, HISTORY_PAGE_BYTES
from p2pchain.business.software import MODULES
from p2pchain.codec.block import encode_block_record
from p2pchain.codec.transaction import decode_receipt, encode_receipt
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.bounds import HEIGHT_BYTES_MAX, RECEIPT_EVENTS_MAX
from p2pchain.model.chain import BlockRecord
from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, VerifiedTransaction
from tests.unit.ledger.ledger_world import TIME_MS, facts, operation
from tests.unit.ledger.receivable_steps import Market, a_market, act, issue, name, part, pledge

PARTS = 32
LONG = (1, ("supplier.issuer", *(f"{'x' * 56}{at:02d}.admin" for at in range(31))))
"""A policy as long as one may be, that the supplier satisfies."""
USUAL = Parameters(tx_lifetime=20, proposals_per_org=8)
LARGE = replace(USUAL, operation_work_max=10**9, tx_work_max=10**9, block_work_max=10**9)


class BombedMarket(Market):
    """A market with parameters of its own, whose blocks are built as a proposer builds them."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self.genesis = replace(a_market(), parameters=parameters)
        self.ledger = Ledger.from_genesis(self.genesis, MODULES)

    def built(self, waiting: Sequence[VerifiedTransaction]) -> BlockRecord:
        """The next block that is built of what waits, executed anew, committed and recorded."""
        built = self.ledger.execute(
            height=Height(self.ledger.height + 1),
            time_ms=self.ledger.time_ms + 100,
            transactions=waiting,
            evidence=(),
            system=(),
            fill=True,
        )
        receipts = self.block(*built.transactions)
        assert receipts == built.receipts
        return self.records[-1]


def fits(record: BlockRecord) -> None:
    """What a height writes is within its bound, and every receipt is read back."""
    assert len(encode_block_record(record)) <= HEIGHT_BYTES_MAX
    for receipt in record.receipts:
        assert decode_receipt(encode_receipt(receipt)) == receipt


def splits(receivables: Sequence[bytes], amount: int) -> list[Operation]:
    """Each of them split into as many parts as may be."""
    return [act("split", each, (amount // PARTS,) * PARTS) for each in receivables]


@pytest.mark.parametrize("parameters", [USUAL, LARGE], ids=["usual", "large"])
def test_splits_of_what_has_a_long_policy(parameters: Parameters) -> None:
    """12 transactions of 64 splits into 32 parts, which copied the policy: a record of 61 MB."""
    market = BombedMarket(parameters)
    amount = PARTS**3
    root = market.accepted("bomb", amount=amount)
    market.does("supplier", act("set_policy", root, LONG))
    market.does("supplier", *splits([root], amount))
    first = [part(root, number) for number in range(PARTS)]
    second = [part(each, number) for each in first for number in range(PARTS)]
    for start in range(0, PARTS, 8):
        market.does("supplier", *splits(first[start : start + 8], amount // PARTS))
    bombs = [
        market.transaction("supplier", *splits(second[start : start + 64], amount // PARTS**2))
        for start in range(0, 768, 64)
    ]
    record = market.built(bombs)
    fits(record)
    codes = {receipt.code for receipt in record.receipts}
    assert codes == ({"TX_WORK_EXCEEDED"} if parameters is USUAL else {"OK"})
    if parameters is LARGE:
        assert 1 <= len(record.receipts) < len(bombs)
        shown = market.shown(part(second[0], 0))
        assert shown["policy"] == market.shown(first[0])["policy"]
        assert shown["policy"] is not None


def test_parts_go_by_the_policy_of_what_they_are_parts_of() -> None:
    """Without a copy: until they have one of their own or change hands, whatever becomes of the parent."""
    market = Market()
    root = market.accepted("shared", amount=4)
    market.does("supplier", act("set_policy", root, (2, ("supplier.issuer", "tier-2.issuer"))))
    both = ("supplier", "tier-2")
    assert market.refuses("supplier", act("split", root, (2, 2))) == "POL_UNSATISFIED"
    market.does(both, act("split", root, (2, 2)))
    one, other = part(root, 0), part(root, 1)
    assert market.refuses(both, act("set_policy", root, None)) == "RCV_SPENT"
    assert market.refuses("supplier", act("transfer", one, "bank-a", False)) == "POL_UNSATISFIED"
    market.does(both, act("set_policy", one, None))
    market.does("supplier", act("transfer", one, "bank-a", False))
    assert market.refuses("supplier", act("split", other, (1, 1))) == "POL_UNSATISFIED"
    market.does(both, act("split", other, (1, 1)))
    third, fourth = part(other, 0), part(other, 1)
    market.does(both, act("transfer", third, "bank-a", False))
    market.does("bank-a", act("accept_transfer", third))
    market.does("bank-a", act("transfer", third, "bank-b", False))
    assert market.refuses("supplier", pledge(fourth, "bank-a")) == "POL_UNSATISFIED"
    assert market.restored().state_root == market.ledger.state_root


@pytest.mark.parametrize("parameters", [USUAL, LARGE], ids=["usual", "large"])
def test_steps_with_long_notes(parameters: Parameters) -> None:
    """A history of long policies is not written again with every step."""
    market = BombedMarket(parameters)
    root = market.accepted("long")
    for _ in range(4):
        market.does("supplier", *[act("set_policy", root, LONG)] * 20)
    before = market.execute(market.transaction("supplier", act("set_policy", root, LONG))).figures
    assert before.bytes_written < 2 * HISTORY_PAGE_BYTES + 8_192
    waiting = [market.transaction("supplier", *[act("set_policy", root, LONG)] * 28) for _ in range(16)]
    fits(market.built(waiting))
    told = market.ledger.query("receivable", "history", {"receivable": root}, None)["lines"]
    assert [line["number"] for line in told] == list(range(len(told)))
    assert len(told) > 80


def test_a_history_that_others_have_filled_stops_nobody() -> None:
    """The bank that has it as security lets it go, however much the holder has written before."""
    market = Market()
    for count in range(25, 40, 2):
        root = market.accepted(f"full {count}")
        market.does("supplier", *[act("set_policy", root, LONG)] * (count // 2))
        market.does("supplier", *[act("set_policy", root, LONG)] * (count - count // 2))
        market.does(("supplier", "bank-a"), pledge(root, "bank-a", none=True, acknowledge=True))
        market.does("bank-a", act("unpledge", root))


@pytest.mark.parametrize("parameters", [USUAL, LARGE], ids=["usual", "large"])
def test_a_vote_that_executes_eight_proposals(parameters: Parameters) -> None:
    """Its receipt held more events than its decoder takes: 8 proposals of 16 splits into 32 parts."""
    market = BombedMarket(parameters)
    names = [name(f"r{at}") for at in range(128)]
    for start in range(0, 128, 32):
        some = names[start : start + 32]
        market.does("buyer", *(issue(each, amount=PARTS) for each in some))
        market.does("buyer", *(act("accept", each) for each in some))
    for number in range(8):
        sixteen = splits(names[number * 16 :][:16], PARTS)
        parts = tuple((each.module, each.action, each.args) for each in sixteen)
        market.does(
            "supplier", operation("governance", "propose", f"p{number}", 500, TIME_MS + 30 * DAY_MS, parts)
        )
    for org in ("bank-a", "bank-b"):
        market.does(org, *(operation("governance", "vote", number, True) for number in range(8)))
    record = market.built(
        [market.transaction("buyer", *(operation("governance", "vote", number, True) for number in range(8)))]
    )
    fits(record)
    (receipt,) = record.receipts
    assert receipt.code == "TX_WORK_EXCEEDED"
    expected = ("transaction", USUAL.tx_work_max) if parameters is USUAL else ("events", RECEIPT_EVENTS_MAX)
    assert (facts(receipt)["budget"], facts(receipt)["bound"]) == expected
    if parameters is LARGE:
        few = market.submit("buyer", *(operation("governance", "vote", number, True) for number in range(7)))
        assert few.code == "OK"
        assert decode_receipt(encode_receipt(few)) == few
