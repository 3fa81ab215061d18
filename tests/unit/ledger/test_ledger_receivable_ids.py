"""An id names one receivable for ever: nobody takes what another draws or what a split will make, and no
split writes over what is there.
"""

from __future__ import annotations

import pytest

from p2pchain.business.receivable import transfer
from p2pchain.codec.receivable_ids import issued_id
from p2pchain.crypto.hashing import sha256
from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, finance, issue, name, part

R = name("r")


def test_what_is_seen_in_the_pool_is_issued_by_nobody_else() -> None:
    """Another member, or the other party, is first with the same nonce: it gets an id of its own."""
    market = Market()
    market.does("tier-2", issue(R, debtor="tier-2", creditor="bank-a"))
    market.does("supplier", issue(R))
    assert market.refuses("supplier", issue(R)) == "RCV_EXISTS", "its own"
    market.does("buyer", issue(R), act("accept", R))
    assert market.shown(R)["state"] == "accepted"
    assert market.shown(name("r", "tier-2"))["creditor"] == "bank-a"
    assert market.shown(name("r", "supplier"))["state"] == "proposed"


def test_ids_are_those_of_the_page() -> None:
    """Of docs/receivable.md: the first bit of what is issued is clear, that of a part is set."""
    nonce = bytes(range(16))
    told = b"\x84\x78\x1ap2pchain/receivable/issued\x01\x65buyer\x50" + nonce
    digest = sha256(told)
    assert issued_id("buyer", nonce) == bytes((digest[0] & 0x7F,)) + digest[1:16]
    digest = sha256(R + bytes((0, 0, 0, 7)))
    assert part(R, 7) == bytes((digest[0] | 0x80,)) + digest[1:16]


@pytest.fixture
def colliding(monkeypatch: pytest.MonkeyPatch) -> Market:
    """Ids are cut hashes: somebody has found parents whose parts have the ids that those of ``R`` have. No
    true chain of blocks comes of it, so this one must not enter the replay corpus: its modules are others.
    """
    monkeypatch.setattr(transfer, "part_id", lambda _parent, number: part(R, number))
    market = Market()
    market.modules = [*market.modules]
    return market


def test_a_split_does_not_write_over_a_receivable(colliding: Market) -> None:
    colliding.accepted()
    other = colliding.accepted("other")
    colliding.does("supplier", act("split", R, (AMOUNT - 1, 1)))
    colliding.does("supplier", act("request_finance", part(R, 0), "bank-a", 1_000, False))
    colliding.does("bank-a", finance(part(R, 0), none=True))
    assert colliding.refuses("supplier", act("split", other, (1, AMOUNT - 1))) == "RCV_EXISTS"
    assert colliding.shown(part(R, 0))["holder"] == "bank-a"


def test_a_set_off_does_not_write_over_a_receivable(colliding: Market) -> None:
    colliding.accepted()
    large, small = colliding.accepted("large"), name("small", "supplier")
    colliding.does("supplier", issue(small, amount=1, debtor="supplier", creditor="buyer"))
    colliding.does("supplier", act("accept", small))
    colliding.does("supplier", act("split", R, (AMOUNT - 1, 1)))
    assert colliding.refuses(("supplier", "buyer"), act("offset", large, small)) == "RCV_EXISTS"
