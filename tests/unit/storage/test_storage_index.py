"""The derived index: pages of every list, newest first, by ranges alone; short ids; and its own renewal."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from p2pchain.storage.index import ChainIndex, IndexFailure
from p2pchain.storage.index_rows import PLACES, IndexedBlock, IndexedTransaction, Selection

ORGS = ("bank-a", "bank-b", "buyer")
MODULES = ("note", "receivable", "title")
BLOCKS = 30


def an_id(*parts: object) -> bytes:
    """32 bytes that stand for these parts."""
    return hashlib.sha256(repr(parts).encode()).digest()


def a_block(height: int, *, first_id: bytes | None = None) -> IndexedBlock:
    """A block of up to four transactions; every fifth one is empty."""
    count = 0 if height % 5 == 0 else height % 4 + 1
    transactions = tuple(
        IndexedTransaction(
            tx_id=first_id if first_id and place == 0 else an_id("tx", height, place),
            orgs=ORGS[: (height + place) % 3 + 1],
            modules=MODULES[(height + place) % 3 :][:2],
            operation=f"{MODULES[(height + place) % 3]} do",
            operations=2,
            code="OK" if place else "NOTE_REFUSED",
        )
        for place in range(count)
    )
    return IndexedBlock(
        height=height,
        block_id=an_id("block", height),
        time_ms=height * 1_000,
        proposer=ORGS[height % 3],
        owners=((an_id("key", height), ORGS[height % 3]),),
        transactions=transactions,
    )


@pytest.fixture
def index(tmp_path: Path) -> ChainIndex:
    """An index of ``BLOCKS`` blocks."""
    index = ChainIndex(tmp_path / "index.sqlite", b"chain")
    index.add_all(a_block(height) for height in range(1, BLOCKS + 1))
    return index


def test_pages_of_every_list_hold_what_a_scan_would_select(index: ChainIndex) -> None:
    """Every pair of filters, every page size, with times that cut through the middle."""
    for org, module, times, limit in product(
        ("", *ORGS, "nobody"), ("", *MODULES), ((None, None), (7_000, 21_000), (7_001, 20_999)), (3, 100)
    ):
        low, high = times
        wanted = [
            (height, place)
            for height in range(BLOCKS, 0, -1)
            for place in reversed(range(len(a_block(height).transactions)))
            for tx in [a_block(height).transactions[place]]
            if (not org or org in tx.orgs) and (not module or module in tx.modules)
            if (low is None or height * 1_000 >= low) and (high is None or height * 1_000 < high)
        ]
        listed: list[tuple[int, int]] = []
        before = None
        while page := index.transactions(
            Selection(org=org, module=module, from_ms=low, until_ms=high, before=before, limit=limit)
        ):
            assert len(page) <= limit
            listed += [(row.height, row.place) for row in page]
            before = page[-1].height * PLACES + page[-1].place
        assert listed == wanted, (org, module, times, limit)


def test_blocks_are_listed_by_proposer_and_by_the_modules_they_hold(index: ChainIndex) -> None:
    for org, module in product(("", *ORGS), ("", *MODULES)):
        wanted = [
            height
            for height in range(BLOCKS, 0, -1)
            for block in [a_block(height)]
            if not org or block.proposer == org
            if not module or any(module in tx.modules for tx in block.transactions)
        ]
        page = index.blocks(Selection(org=org, module=module, limit=100))
        assert [row.height for row in page] == wanted
        below = index.blocks(Selection(org=org, module=module, before=wanted[2] * PLACES, limit=2))
        assert [row.height for row in below] == wanted[3:5]
    assert index.blocks(Selection(from_ms=99_000, limit=5)) == []
    (row,) = index.blocks(Selection(before=8 * PLACES, limit=1))
    assert (row.height, row.block_id, row.transactions) == (7, an_id("block", 7), 4)


def test_no_list_and_no_look_up_scans_a_table(index: ChainIndex) -> None:
    """SQLite's own plan of each question: a search by an index in every step."""
    questions: list[str] = []
    index._database.set_trace_callback(questions.append)
    for org, module in (("", ""), ("bank-a", ""), ("bank-a", "note")):
        index.transactions(Selection(org=org, module=module, from_ms=3_000, until_ms=9_000, limit=5))
        index.blocks(Selection(org=org, module=module, from_ms=3_000, until_ms=9_000, limit=5))
    index.find(an_id("tx", 1, 0))
    index.transaction_ids(an_id("tx", 1, 0).hex()[:12])
    index.block_ids(an_id("block", 1).hex()[:12])
    index.height_of(an_id("block", 1))
    index._database.set_trace_callback(None)
    assert len(questions) > 15
    for question in questions:
        plan = index._database.execute(f"EXPLAIN QUERY PLAN {question}").fetchall()
        assert not [step for *_, step in plan if "SCAN" in step or "TEMP B-TREE FOR ORDER" in step], (
            question,
            plan,
        )


def test_an_id_is_found_by_its_beginning_and_two_are_told_apart(tmp_path: Path) -> None:
    index = ChainIndex(tmp_path / "index.sqlite", b"chain")
    twins = [bytes.fromhex("ab" * 6) + an_id(number)[:26] for number in range(2)]
    index.add_all(a_block(height, first_id=twin) for height, twin in zip((1, 2), twins, strict=True))
    assert set(index.transaction_ids("ab" * 6)) == set(twins)
    for twin in twins:
        assert index.transaction_ids(twin.hex()[:20]) == (twin,)
        assert index.transaction_ids(twin.hex()[:19]) == (twin,)
        assert index.transaction_ids(twin.hex()) == (twin,)
    assert index.transaction_ids("ba" * 6) == ()
    assert index.block_ids(an_id("block", 2).hex()[:13]) == (an_id("block", 2),)
    assert index.height_of(an_id("block", 2)) == 2
    assert index.height_of(an_id("block", 3)) is None


def test_what_is_pruned_is_in_no_list(index: ChainIndex) -> None:
    index.forget_below(11)
    assert {row.height for row in index.blocks(Selection(limit=100))} == set(range(11, BLOCKS + 1))
    for org, module in product(("", *ORGS), ("", *MODULES)):
        page = index.transactions(Selection(org=org, module=module, from_ms=1, limit=1_000))
        assert page or (org, module) in (("buyer", "note"), ("buyer", "receivable"), ("bank-b", "note"))
        assert all(row.height >= 11 for row in page)
    assert index.find(an_id("tx", 3, 0)) is None
    assert index.find(an_id("tx", 11, 0)) == (11, 0)
    assert index.owners()[an_id("key", 3)] == ORGS[0]


def test_blocks_that_are_in_are_passed_over(index: ChainIndex) -> None:
    before = index.transactions(Selection(limit=1_000))
    index.add_all(a_block(height) for height in range(1, BLOCKS + 1))
    assert index.transactions(Selection(limit=1_000)) == before


@pytest.mark.parametrize("spoil", ["chain", "release", "first release", "garbage"])
def test_an_index_of_something_else_is_renewed(tmp_path: Path, spoil: str) -> None:
    """Of another chain or release, of the first release, or no database at all."""
    path = tmp_path / "index.sqlite"
    index = ChainIndex(path, b"chain")
    index.add_all([a_block(1)])
    index.close()
    match spoil:
        case "release":
            with sqlite3.connect(path) as database:
                database.execute("PRAGMA user_version = 1")
        case "first release":
            path.unlink()
            with sqlite3.connect(path) as database:
                database.execute("CREATE TABLE tx (tx_id BLOB PRIMARY KEY, height INTEGER, place INTEGER)")
        case "garbage":
            path.write_bytes(b"nothing" * 1_000)
    again = ChainIndex(path, b"other" if spoil == "chain" else b"chain")
    assert again.height == 0
    assert again.transactions(Selection(limit=5)) == []
    again.add_all([a_block(1)])
    again.close()
    assert ChainIndex(path, b"other" if spoil == "chain" else b"chain").height == 1


def test_a_step_that_fails_leaves_the_index_as_it_was(index: ChainIndex) -> None:
    """Height, words and lists are those of before; the step may be tried again."""
    new_word = replace(a_block(BLOCKS + 1), proposer="newcomer")
    twice = replace(a_block(BLOCKS + 2), transactions=(a_block(1).transactions[0],) * 2, proposer="late")
    index._database.execute("CREATE UNIQUE INDEX once ON tx (tx_id)")
    with pytest.raises(IndexFailure):
        index.add_all([new_word, twice])
    assert index.height == BLOCKS
    assert [row.height for row in index.blocks(Selection(limit=1))] == [BLOCKS]
    index.add_all([new_word])
    assert index.blocks(Selection(org="newcomer", limit=1))[0].height == BLOCKS + 1
