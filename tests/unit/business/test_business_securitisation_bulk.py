"""Assets in bulk: what one transaction, and one operation, may bring."""

from __future__ import annotations

from p2pchain.business.securitisation.fields import AssetRow
from p2pchain.codec.transaction import encode_body
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Receipt
from tests.unit.ledger.ledger_world import fingerprint, operation
from tests.unit.ledger.securitisation_steps import (
    DESK,
    FUND,
    KEYS,
    POOL,
    SERVICER,
    TRUSTEE,
    Deal,
    a_desk,
    act,
    add,
    loan,
)


def sent(deal: Deal, *operations: Operation) -> Receipt:
    """What becomes of a transaction that the wire would carry."""
    transaction = deal.transaction(DESK, *operations)
    assert len(encode_body(transaction.transaction.body)) + 100 < Parameters().tx_bytes_max
    (receipt,) = deal.block(transaction)
    return receipt


def newer(row: AssetRow) -> AssetRow:
    """A row with one name more for each, under the next key."""
    contracts, cars = (
        tuple(name for digest in digests for name in (digest, fingerprint(f"newer {digest.hex()}")))
        for digests in (row[1], row[2])
    )
    return (2, contracts, cars, *row[3:])


def test_as_many_hashes_as_a_transaction_carries_in_one_operation() -> None:
    """Of contracts and cars, and of contracts alone; worlds count bytes of another encoding than the wire's,
    so theirs are not bound here.
    """
    deal = Deal(a_desk(262_144))
    both = tuple(loan(f"c {n}", 9_000_000, car=f"c {n}") for n in range(735))
    assert sent(deal, add(both)).code == "OK"
    assert deal.show()["count"] == 735
    contracts = tuple(loan(f"m {n}", 9_000_000) for n in range(1_180))
    assert sent(deal, add(contracts)).code == "OK"


def test_the_largest_rename_fits_its_budget() -> None:
    """Each asset gets one name more for each that it has, as many as a transaction carries."""
    deal = Deal(a_desk(262_144))
    contracts = tuple(loan(f"r {n}", 9_000_000) for n in range(455))
    both = tuple(loan(f"s {n}", 9_000_000, car=f"s {n}") for n in range(265))
    deal.does(DESK, add(contracts), add(both))
    second = (2, fingerprint("key id 2"))
    rotated = operation("registry", "rotate_key", *second, fingerprint("key check 2"))
    deal.does((DESK, SERVICER, TRUSTEE, FUND), rotated)
    for rows in (contracts, both):
        renamed = act("rename", POOL, (*KEYS, second), rows, tuple(map(newer, rows)))
        assert sent(deal, renamed).code == "OK"


def test_what_one_operation_may_name() -> None:
    deal = Deal(a_desk(262_144))
    many = tuple((1, tuple(fingerprint(f"{n} {k}") for k in range(16)), *loan("x")[2:]) for n in range(94))
    assert deal.refuses(DESK, add(many)) == "SEC_AMOUNT_BEYOND"
    assert deal.submit(DESK, add(many[:93])).code == "OK"
