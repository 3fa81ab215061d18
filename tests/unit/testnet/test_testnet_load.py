"""The load generator's parts: the stock of signed transactions, what is counted, and percentiles."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from p2pchain.codec.transaction import decode_transaction
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import ChainId
from p2pchain.proofs.verifier import Verifier
from p2pchain.testnet.load import LoadTally
from p2pchain.testnet.mixes.notes import notes
from p2pchain.testnet.percentiles import percentile
from p2pchain.testnet.stock import EXPIRY_MARGIN, Stock

CHAIN = ChainId("testnet-1")
LIFETIME = 600
KEYS = [SigningKey(bytes([number]) * 32) for number in (1, 2)]


def test_the_stock_holds_valid_transactions_of_the_right_size() -> None:
    stock = Stock(CHAIN, notes(KEYS), LIFETIME)
    stock.sign(10, 7)
    assert abs(len(stock.sample()) - 250) <= 2
    transactions = [decode_transaction(raw) for raw in stock.take(20, 7)]
    assert len(transactions) == 10
    assert len({transaction.tx_id for transaction in transactions}) == 10
    assert {transaction.body.valid_until for transaction in transactions} == {7 + LIFETIME}
    assert {transaction.body.signers[0] for transaction in transactions} == {key.public_key for key in KEYS}
    verifier = Verifier(CHAIN)
    for transaction in transactions:
        verifier.transaction(transaction)


def test_what_comes_near_its_end_is_thrown_away() -> None:
    stock = Stock(CHAIN, notes(KEYS), LIFETIME)
    stock.sign(5, 0)
    stock.sign(3, 100)
    last_good = LIFETIME - EXPIRY_MARGIN
    assert stock.fresh(0) == 8
    assert stock.fresh(last_good - EXPIRY_MARGIN + 1) == 3, "the first five will not keep much longer"
    assert len(stock) == 8
    assert len(stock.take(1, last_good)) == 1
    assert len(stock.take(10, last_good + 1)) == 3
    assert stock.expired == 4


async def test_latency_counts_from_when_a_batch_was_due(autojump_clock: MockClock) -> None:
    tally = LoadTally(began=trio.current_time(), ends=trio.current_time() + 2, tip=5)
    due = trio.current_time()
    await trio.sleep(1.5)
    assert tally.add([("OK", 9), ("OK", 8)], due)
    assert not tally.add([("OK", 9), ("MEMPOOL_FULL", None), (None, None), ("AUTH_ROLE", 9)], due)
    await trio.sleep(1)
    tally.add([("OK", 12)], due)
    assert (tally.committed, tally.late, tally.lost, tally.tip) == (3, 1, 1, 12)
    assert tally.latencies_ms == [1500] * 3
    assert tally.refused == {"MEMPOOL_FULL": 1, "AUTH_ROLE": 1}
    assert tally.per_second == {1: 3}


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 50, None), ([7], 99, 7), ([1, 2, 3, 4], 50, 2), (list(range(1, 101)), 99, 99), ([1, 9], 99, 9)],
)
def test_percentiles_by_nearest_rank(values: list[int], percent: int, expected: int | None) -> None:
    assert percentile(values, percent) == expected
