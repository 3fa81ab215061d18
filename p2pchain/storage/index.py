"""The derived index: in which block a transaction is. It can be deleted at any time and is filled again from
the log.

It is kept by SQLite without fsync: after a crash it may be behind or damaged, so ``height`` tells how far it
goes, and a database that does not open or does not hold together is thrown away. No rule of the chain ever
reads it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from p2pchain.model.errors import Fault

_LAYOUT = """
CREATE TABLE IF NOT EXISTS tx (tx_id BLOB PRIMARY KEY, height INTEGER NOT NULL, place INTEGER NOT NULL)
WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tip (only INTEGER PRIMARY KEY CHECK (only = 0), chain BLOB NOT NULL, height INTEGER
NOT NULL);
"""
CACHE_KIB = 8_192
"""Memory that SQLite may use for pages."""


class IndexFailure(Fault):
    """SQLite cannot read or write the index (code ``INDEX_FAILED``): the disk is full, most likely."""

    def __init__(self, path: Path, error: sqlite3.Error) -> None:
        """``error``: of SQLite."""
        hint = "make room or look at the disk, then restart the node; the file may be deleted, it is derived"
        super().__init__("INDEX_FAILED", {"file": str(path), "reason": str(error)}, hint)


class TransactionIndex:
    """Index from transaction ids to (height, place in the block, from 0). Used by one thread at a time. Every
    method raises ``IndexFailure`` where SQLite fails.
    """

    def __init__(self, path: Path, chain: bytes) -> None:
        """Open or create the index of the chain with this genesis id; one that is damaged or of another chain
        is renewed.
        """
        self._path = path
        self._chain = chain
        with self._telling():
            try:
                self._database = self._open()
                self.height = self._read_height()
            except (sqlite3.DatabaseError, _Foreign):
                self._renew()

    def add(self, height: int, tx_ids: Sequence[bytes]) -> None:
        """Add the transactions of the next block, in order."""
        self.add_all([(height, tx_ids)])

    def add_all(self, blocks: Iterable[tuple[int, Sequence[bytes]]]) -> None:
        """Add the transactions of consecutive blocks, in one step; blocks that are in already are passed
        over.
        """
        with self._telling(), self._database:
            for height, tx_ids in blocks:
                if height <= self.height:
                    continue
                rows = [(tx_id, height, place) for place, tx_id in enumerate(tx_ids)]
                self._database.executemany("INSERT OR REPLACE INTO tx VALUES (?, ?, ?)", rows)
                self._database.execute("UPDATE tip SET height = ?", (height,))
                self.height = height

    def find(self, tx_id: bytes) -> tuple[int, int] | None:
        """Return (height, place) of a transaction, or None where it is in no block up to ``height``."""
        with self._telling():
            row = self._database.execute("SELECT height, place FROM tx WHERE tx_id = ?", (tx_id,)).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def forget_above(self, height: int) -> None:
        """Renew an index that goes above ``height``, the end of the log: it belongs to a log that is gone."""
        if self.height > height:
            with self._telling():
                self._database.close()
                self._renew()

    def forget_below(self, height: int) -> None:
        """Forget transactions below ``height``, where the log begins. Reads the whole index."""
        with self._telling(), self._database:
            self._database.execute("DELETE FROM tx WHERE height < ?", (height,))

    def close(self) -> None:
        """Close the database."""
        with self._telling():
            self._database.close()

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
        database.executescript(_LAYOUT)
        with database:
            database.execute("INSERT OR IGNORE INTO tip VALUES (0, ?, 0)", (self._chain,))
        return database

    def _read_height(self) -> int:
        chain, height = self._database.execute("SELECT chain, height FROM tip").fetchone()
        if chain != self._chain:
            self._database.close()
            raise _Foreign
        return int(height)

    def _renew(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._database = self._open()
        self.height = 0


class _Foreign(Exception):
    """The index of another chain."""
