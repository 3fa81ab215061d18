"""Lists out of a real home: organisations of keys that have left, pages, and ids by their first digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from structlog import get_logger

from p2pchain.control.list_pages import ListQuestion
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, TxId
from p2pchain.node.face.listings import Listings
from p2pchain.node.home.index_filling import genesis_owners
from p2pchain.node.home.recovery import Recovered, recover
from p2pchain.storage.index import ChainIndex, remove_index
from tests.unit.node.test_node_snapshot_writer import GENESIS, Living

T = TypeVar("T")
ALL = ListQuestion(org="", module="", from_ms=None, until_ms=None, before=None, limit=50)


class Reading:
    """Reads an index that is whole."""

    def __init__(self, index: ChainIndex) -> None:
        self.index = index

    async def read(self, question: Callable[[ChainIndex], T]) -> tuple[T, Height]:
        return question(self.index), Height(self.index.height)


def listings(recovered: Recovered, *waiting: TxId) -> Listings:
    """Lists of a node that has just started."""
    return Listings(Reading(recovered.index), lambda: waiting)


@pytest.fixture
def living(tmp_path: Path) -> Living:
    living = Living(tmp_path)
    living.grow(9)
    return living


async def test_pages_lead_from_one_to_the_next(living: Living) -> None:
    """Every transaction once; a page that is the last names no other."""
    lists = listings(recover(living.home, GENESIS, get_logger()))
    seen: list[tuple[int, int]] = []
    before: tuple[int, int] | None = None
    while True:
        page = await lists.transactions(replace(ALL, before=before, limit=4))
        seen += [(row.height, row.index) for row in page.transactions]
        assert page.height == 9
        if page.next is None:
            break
        height, _, index = page.next.partition(":")
        before = int(height), int(index)
    assert seen == [(height, index) for height in range(9, 0, -1) for index in (1, 0)]


async def test_lists_say_who_signed_and_who_proposed(living: Living) -> None:
    lists = listings(recover(living.home, GENESIS, get_logger()))
    page = await lists.transactions(replace(ALL, org="org-0", module="note"))
    assert len(page.transactions) == 18
    assert {row.orgs for row in page.transactions} == {("org-0",)}
    counts = {(row.operation, row.operations) for row in page.transactions}
    assert counts == {("note put", 5), ("note put", 1)}
    assert not (await lists.transactions(replace(ALL, org="org-1", limit=5))).transactions
    blocks = (await lists.blocks(ALL)).blocks
    assert [row.height for row in blocks] == list(range(9, 0, -1))
    assert {row.proposer_org for row in blocks} <= {f"org-{number}" for number in range(4)}
    for row in blocks:
        own = await lists.blocks(replace(ALL, org=row.proposer_org or ""))
        assert row in own.blocks


async def test_an_index_that_was_deleted_comes_back_the_same(living: Living) -> None:
    recovered = recover(living.home, GENESIS, get_logger())
    before = await listings(recovered).transactions(ALL)
    recovered.index.close()
    recovered.chain_log.close()
    remove_index(living.home.index)
    again = recover(living.home, GENESIS, get_logger())
    assert await listings(again).transactions(ALL) == before


async def test_an_id_is_named_by_its_first_digits(living: Living) -> None:
    """Final or waiting; what names two is refused, with both; so is what names none."""
    recovered = recover(living.home, GENESIS, get_logger())
    (row,) = (await listings(recovered).transactions(replace(ALL, limit=1))).transactions
    final = TxId(bytes.fromhex(row.tx_id))
    twin = TxId(final[:6] + bytes(26))
    assert await listings(recovered, final).tx_id(row.tx_id[:12]) == final
    assert await listings(recovered, twin).tx_id(twin.hex()[:20]) == twin
    with pytest.raises(Refused, match="ID_AMBIGUOUS") as caught:
        await listings(recovered, twin).tx_id(row.tx_id[:12])
    assert str(caught.value.facts["ids"]).split(", ") == sorted([final.hex(), twin.hex()])
    with pytest.raises(Refused, match="TX_UNKNOWN"):
        await listings(recovered).tx_id("0" * 12)
    (block,) = (await listings(recovered).blocks(replace(ALL, limit=1))).blocks
    assert await listings(recovered).block_height(block.block_id[:13]) == 9
    with pytest.raises(Refused, match="BLOCK_UNKNOWN"):
        await listings(recovered).block_height("0" * 12)


def test_keys_of_the_genesis_have_owners() -> None:
    assert len(set(genesis_owners(GENESIS))) == 5
