"""An id names one receivable for ever: nobody issues what a split will make, and no split writes over what
is there.
"""

from __future__ import annotations

import pytest

from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.modules.receivable import moving
from p2pchain.model.receivable_ids import ID_BYTES
from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, finance, issue, name, part

R = name("r")


def test_the_id_of_a_part_to_come_cannot_be_issued() -> None:
    """A holder could not split any more. Or its own split would undo what it has sold: who drew an id, issued
    what its first part is called, and had that financed, split the first and held the other again.
    """
    market = Market()
    market.accepted()
    assert market.refuses("buyer", issue(part(R, 0), debtor="buyer", creditor="tier-2")) == "RCV_ID"
    market.does("supplier", act("split", R, (1, AMOUNT - 1)))
    assert market.shown(part(R, 0))["amount_minor"] == 1


@pytest.fixture
def colliding(monkeypatch: pytest.MonkeyPatch) -> Market:
    """Ids are cut hashes: somebody has found parents whose parts have the ids that those of ``R`` have. No
    true chain of blocks comes of it, so this one must not enter the replay corpus: its modules are others.
    """
    monkeypatch.setattr(moving, "sha256", lambda said: sha256(R + said[ID_BYTES:]))
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
    large, small = colliding.accepted("large"), name("small")
    colliding.does("supplier", issue(small, amount=1, debtor="supplier", creditor="buyer"))
    colliding.does("supplier", act("accept", small))
    colliding.does("supplier", act("split", R, (AMOUNT - 1, 1)))
    assert colliding.refuses(("supplier", "buyer"), act("offset", large, small)) == "RCV_EXISTS"
