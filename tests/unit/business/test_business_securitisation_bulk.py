"""Assets in bulk: what one transaction, and one operation, may bring."""

from __future__ import annotations

from p2pchain.codec.transaction import encode_body
from p2pchain.model.parameters import Parameters
from tests.unit.ledger.ledger_world import fingerprint
from tests.unit.ledger.securitisation_steps import DESK, Deal, a_desk, add, loan


def test_fifteen_hundred_hashes_in_one_transaction() -> None:
    """In operations of a third each, within the bytes of a transaction and the budgets of work."""
    deal = Deal(a_desk(262_144))  # Worlds count the bytes of another encoding than the wire's.
    assets = tuple(loan(f"c {n}", 9_000_000, car=f"c {n}") for n in range(735))
    operations = tuple(add(assets[at : at + 185]) for at in range(0, len(assets), 185))
    transaction = deal.transaction(DESK, *operations)
    assert len(encode_body(transaction.transaction.body)) + 100 < Parameters().tx_bytes_max
    (receipt,) = deal.block(transaction)
    assert receipt.code == "OK"
    assert deal.show()["count"] == 735
    more = tuple(loan(f"m {n}", 9_000_000) for n in range(1_180))
    plain = tuple(add(more[at : at + 295]) for at in range(0, len(more), 295))
    transaction = deal.transaction(DESK, *plain)
    assert len(encode_body(transaction.transaction.body)) + 100 < Parameters().tx_bytes_max
    assert deal.block(transaction)[0].code == "OK"


def test_what_one_operation_may_name() -> None:
    deal = Deal(a_desk(262_144))
    many = tuple((1, tuple(fingerprint(f"{n} {k}") for k in range(16)), *loan("x")[2:]) for n in range(94))
    assert deal.refuses(DESK, add(many)) == "SEC_AMOUNT_BEYOND"
    assert deal.refuses(DESK, add(many[:93])) == "TX_WORK_EXCEEDED"
