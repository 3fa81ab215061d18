"""The derived index of final blocks: where a transaction is, and the lists by organisation, module and time.
It can be deleted at any time and is filled again from the log.

It is kept by SQLite without fsync: after a crash it may be behind or damaged, so ``height`` tells how far it
goes, and a database that does not open, does not hold together, or has the tables of another release is
thrown away. No rule of the chain ever reads it.

A list is one ascending run of positions (``posting``) for each organisation, for each module, and for each
pair of the two. So a page of any list is one range of a B-tree, whatever the filter and however long the
chain; nothing is scanned. Times rise with heights, so a time is found among heights by bisection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from p2pchain.model.errors import Fault
from p2pchain.storage.index_rows import (
    PLACES,
    IndexedBlock,
    IndexedTransaction,
    ListedBlock,
    ListedTransaction,
    Selection,
    id_range,
    lists_of,
)

SCHEMA: Final = 2
"""Version of the tables below: with another one the index is filled anew. Release 1 had none."""
_TABLES: Final = """
CREATE TABLE tip (only INTEGER PRIMARY KEY CHECK (only = 0), chain BLOB NOT NULL, height INTEGER NOT NULL);
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE owner (key BLOB PRIMARY KEY, org TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE block (height INTEGER PRIMARY KEY, block_id BLOB NOT NULL, time_ms INTEGER NOT NULL,
  proposer INTEGER NOT NULL, transactions INTEGER NOT NULL);
CREATE INDEX block_by_id ON block (substr(block_id, 1, 8));
CREATE TABLE tx (position INTEGER PRIMARY KEY, tx_id BLOB NOT NULL, orgs INTEGER NOT NULL,
  operation INTEGER NOT NULL, operations INTEGER NOT NULL, code INTEGER NOT NULL);
CREATE INDEX tx_by_id ON tx (substr(tx_id, 1, 8));
CREATE TABLE list (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, org TEXT NOT NULL, module TEXT NOT NULL,
  UNIQUE (subject, org, module));
CREATE TABLE posting (list INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (list, position))
  WITHOUT ROWID;
"""
_TRANSACTION_ROW: Final = """
SELECT tx.position, tx.tx_id, block.time_ms, orgs.text, operation.text, tx.operations, code.text FROM {rows}
JOIN block ON block.height = tx.position / {places} JOIN word AS orgs ON orgs.id = tx.orgs
JOIN word AS operation ON operation.id = tx.operation JOIN word AS code ON code.id = tx.code
"""
_BLOCK_ROW: Final = """
SELECT block.height, block.block_id, block.time_ms, word.text, block.transactions FROM {rows}
JOIN word ON word.id = block.proposer
"""
CACHE_KIB: Final = 8_192
"""Memory that SQLite may use for pages."""
WORDS_KEPT: Final = 50_000
"""Numbers of words and lists that are remembered beside it."""
AMBIGUOUS: Final = 2
"""Ids that are returned of those with one beginning: enough to know that there are several."""


class IndexFailure(Fault):
    """SQLite cannot read or write the index (code ``INDEX_FAILED``): the disk is full, most likely."""

    def __init__(self, path: Path, error: sqlite3.Error) -> None:
        """``error``: of SQLite."""
        hint = "make room or look at the disk, then restart the node; the file may be deleted, it is derived"
        super().__init__("INDEX_FAILED", {"file": str(path), "reason": str(error)}, hint)


class ChainIndex:
    """Index of the final blocks of one chain. Used by one thread at a time. Every method raises
    ``IndexFailure`` where SQLite fails.
    """

    def __init__(self, path: Path, chain: bytes) -> None:
        """Open or create the index of the chain with this genesis id; one that is damaged, of another chain
        or of another release is renewed.
        """
        self._path = path
        self._chain = chain
        self._words: dict[str, int] = {}
        self._lists: dict[tuple[str, str, str], int] = {}
        with self._telling():
            try:
                self._database = self._open()
                self.height = self._read_height()
            except (sqlite3.DatabaseError, _Foreign):
                self._renew()

    def add_all(self, blocks: Iterable[IndexedBlock]) -> None:
        """Add consecutive blocks, in one step; those that are in already are passed over."""
        height = self.height
        with self._telling():
            try:
                with self._database:
                    for block in blocks:
                        if block.height > height:
                            self._add(block)
                            height = block.height
            except sqlite3.Error:
                self._words, self._lists = {}, {}  # What was rolled back has no numbers any more.
                raise
        self.height = height

    def owners(self) -> dict[bytes, str]:
        """Organisations by every key of an account or validator that blocks named."""
        with self._telling():
            return dict(self._database.execute("SELECT key, org FROM owner"))

    def find(self, tx_id: bytes) -> tuple[int, int] | None:
        """Return (height, place) of a transaction, or None where it is in no block up to ``height``."""
        query = "SELECT position FROM tx WHERE substr(tx_id, 1, 8) = ? AND tx_id = ? ORDER BY position DESC"
        with self._telling():
            row = self._database.execute(query, (tx_id[:8], tx_id)).fetchone()
        return None if row is None else divmod(int(row[0]), PLACES)

    def transaction_ids(self, beginning: str) -> tuple[bytes, ...]:
        """Return ids of transactions that begin with these hexadecimal digits, at most ``AMBIGUOUS``."""
        return self._beginning("tx", "tx_id", beginning)

    def block_ids(self, beginning: str) -> tuple[bytes, ...]:
        """Return ids of blocks that begin with these hexadecimal digits, at most ``AMBIGUOUS``."""
        return self._beginning("block", "block_id", beginning)

    def height_of(self, block_id: bytes) -> int | None:
        """Return the height of a block, None where there is none of that id."""
        query = "SELECT height FROM block WHERE substr(block_id, 1, 8) = ? AND block_id = ?"
        with self._telling():
            row = self._database.execute(query, (block_id[:8], block_id)).fetchone()
        return None if row is None else int(row[0])

    def transactions(self, selection: Selection) -> list[ListedTransaction]:
        """Return a page of transactions, the newest first."""
        rows = self._page("tx", "tx.position", _TRANSACTION_ROW, selection)
        return [
            ListedTransaction(
                height=position // PLACES,
                place=position % PLACES,
                tx_id=tx_id,
                time_ms=time_ms,
                orgs=tuple(orgs.split()),
                operation=operation,
                operations=operations,
                code=code,
            )
            for position, tx_id, time_ms, orgs, operation, operations, code in rows
        ]

    def blocks(self, selection: Selection) -> list[ListedBlock]:
        """Return a page of blocks, the newest first."""
        rows = self._page("block", "block.height", _BLOCK_ROW, selection)
        return [
            ListedBlock(
                height=height,
                block_id=block_id,
                time_ms=time_ms,
                proposer=proposer,
                transactions=transactions,
            )
            for height, block_id, time_ms, proposer, transactions in rows
        ]

    def forget_above(self, height: int) -> None:
        """Renew an index that goes above ``height``, the end of the log: it belongs to a log that is gone."""
        if self.height > height:
            with self._telling():
                self._database.close()
                self._renew()

    def forget_below(self, height: int) -> None:
        """Forget blocks below ``height``, where the log begins."""
        below = height * PLACES
        with self._telling(), self._database:
            for (number,) in self._database.execute("SELECT id FROM list").fetchall():
                self._database.execute("DELETE FROM posting WHERE list = ? AND position < ?", (number, below))
            self._database.execute("DELETE FROM tx WHERE position < ?", (below,))
            self._database.execute("DELETE FROM block WHERE height < ?", (height,))

    def close(self) -> None:
        """Close the database."""
        with self._telling():
            self._database.close()

    # writing

    def _add(self, block: IndexedBlock) -> None:
        execute = self._database.execute
        self._database.executemany("INSERT OR IGNORE INTO owner VALUES (?, ?)", block.owners)
        row = (block.height, block.block_id, block.time_ms, self._word(block.proposer))
        execute("INSERT INTO block VALUES (?, ?, ?, ?, ?)", (*row, len(block.transactions)))
        assert len(block.transactions) <= PLACES, "places of one block are numbers below PLACES"
        first = block.height * PLACES
        rows = [self._row(first + place, tx) for place, tx in enumerate(block.transactions)]
        self._database.executemany("INSERT INTO tx VALUES (?, ?, ?, ?, ?, ?)", rows)
        postings = [
            (self._list("tx", org, module), first + place)
            for place, tx in enumerate(block.transactions)
            for org, module in lists_of(tx.orgs, tx.modules)
        ]
        modules = {module for tx in block.transactions for module in tx.modules}
        proposers = (block.proposer,) if block.proposer else ()
        postings += [
            (self._list("block", org, module), first) for org, module in lists_of(proposers, modules)
        ]
        self._database.executemany("INSERT INTO posting VALUES (?, ?)", postings)
        execute("UPDATE tip SET height = ?", (block.height,))

    def _row(self, position: int, tx: IndexedTransaction) -> tuple[object, ...]:
        orgs, operation = self._word(" ".join(tx.orgs)), self._word(tx.operation)
        return position, tx.tx_id, orgs, operation, tx.operations, self._word(tx.code)

    def _word(self, text: str) -> int:
        """Return the number of a text, which rows hold in its place."""
        number = self._words.get(text)
        if number is None:
            self._database.execute("INSERT OR IGNORE INTO word (text) VALUES (?)", (text,))
            (number,) = self._database.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone()
            if len(self._words) >= WORDS_KEPT:
                self._words.clear()
            self._words[text] = int(number)
        return int(number)

    def _list(self, subject: str, org: str, module: str) -> int:
        """Return the number of a list, which is begun where there is none."""
        named = (subject, org, module)
        number = self._lists.get(named) or self._known_list(named)
        if number is None:
            insert = "INSERT INTO list (subject, org, module) VALUES (?, ?, ?)"
            number = self._database.execute(insert, named).lastrowid
            assert number is not None, "a row that was just put in has a number"
        if len(self._lists) >= WORDS_KEPT:
            self._lists.clear()
        self._lists[named] = number
        return number

    # reading

    def _page(self, subject: str, place: str, row: str, selection: Selection) -> list[tuple[Any, ...]]:
        """Rows of one range: of the table itself, or of a list's positions where something is selected."""
        scale = PLACES if subject == "block" else 1
        with self._telling():
            low, high = self._bounds(selection)
            if not selection.org and not selection.module:
                query = row.format(rows=subject, places=PLACES)
                where = f" WHERE {place} >= ? AND {place} < ? ORDER BY {place} DESC LIMIT ?"
                bounds = (-(-low // scale), -(-high // scale), selection.limit)
                return self._database.execute(query + where, bounds).fetchall()
            number = self._known_list((subject, selection.org, selection.module))
            if number is None:
                return []
            key = "posting.position" if scale == 1 else f"posting.position / {PLACES}"
            query = row.format(rows=f"posting CROSS JOIN {subject} ON {place} = {key}", places=PLACES)
            where = " WHERE posting.list = ? AND posting.position >= ? AND posting.position < ?"
            order = " ORDER BY posting.position DESC LIMIT ?"
            return self._database.execute(
                query + where + order, (number, low, high, selection.limit)
            ).fetchall()

    def _bounds(self, selection: Selection) -> tuple[int, int]:
        """Positions from the first one to the one that is too high."""
        low = self._first_at(selection.from_ms) * PLACES if selection.from_ms is not None else 0
        high = (self.height + 1) * PLACES
        if selection.until_ms is not None:
            high = min(high, self._first_at(selection.until_ms) * PLACES)
        if selection.before is not None:
            high = min(high, selection.before)
        return low, high

    def _first_at(self, time_ms: int) -> int:
        """Return the first height whose block is not before a time; one above the newest where all are."""
        (first,) = self._database.execute("SELECT min(height) FROM block").fetchone()
        low, high = (self.height + 1 if first is None else int(first)), self.height + 1
        while low < high:
            middle = (low + high) // 2
            query = "SELECT time_ms FROM block WHERE height = ?"
            (time_of,) = self._database.execute(query, (middle,)).fetchone()
            low, high = (low, middle) if time_of >= time_ms else (middle + 1, high)
        return low

    def _known_list(self, named: tuple[str, str, str]) -> int | None:
        query = "SELECT id FROM list WHERE subject = ? AND org = ? AND module = ?"
        row = self._database.execute(query, named).fetchone()
        return None if row is None else int(row[0])

    def _beginning(self, table: str, column: str, beginning: str) -> tuple[bytes, ...]:
        low, high = id_range(beginning)
        query = (
            f"SELECT DISTINCT {column} FROM {table} WHERE substr({column}, 1, 8) BETWEEN ? AND ? "
            f"AND {column} BETWEEN ? AND ? LIMIT {AMBIGUOUS}"
        )
        with self._telling():
            rows = self._database.execute(query, (low[:8], high[:8], low, high)).fetchall()
        return tuple(row[0] for row in rows)

    # the file

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise IndexFailure(self._path, error) from error

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
            with database:
                database.execute("INSERT INTO tip VALUES (0, ?, 0)", (self._chain,))
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA:
            database.close()
            raise _Foreign
        return database

    def _read_height(self) -> int:
        chain, height = self._database.execute("SELECT chain, height FROM tip").fetchone()
        if chain != self._chain:
            self._database.close()
            raise _Foreign
        return int(height)

    def _renew(self) -> None:
        remove_index(self._path)
        self._words, self._lists = {}, {}
        self._database = self._open()
        self.height = 0


class _Foreign(Exception):
    """The index of another chain, or of another release."""


def remove_index(path: Path) -> None:
    """Delete an index that nobody has open."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
