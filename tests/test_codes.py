"""Every code in the source stands in ``docs/codes.md``, and every code there in the source.

The page is made by ``module_pages.py``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parent.parent
CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
STATED = re.compile(r"`([A-Z][A-Z0-9_]*(?:\.\.\.)?)`")
NO_CODES = {
    "BREAK_GLASS",
    "CONSENT_PERMIT",
    "CREDENTIALS_DIRECTORY",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "P2PCHAIN_GATEWAY_JOB",
    "P2PCHAIN_GATEWAY_LISTENER",
    "P2PCHAIN_HOME",
    "P2PCHAIN_PASSPHRASE_FILE",
    "P2PCHAIN_SOCKET",
    "P2PCHAIN_TESTNET",
    "PY_YAMUX_ASSUME_RTT_MS",
    "PY_YAMUX_RELEASE_ON_READ",
    "SC_CLK_TCK",
    "SC_PAGE_SIZE",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
}
"""Names of environment variables and of the system's settings, and words of AuditEvents, which look like
codes.
"""
GUILTY = {"sender", "peer", "proposer", "operator", "disk", "founder", "document", "nobody"}


def in_source(text: str) -> Iterator[str]:
    """Texts that look like codes; a beginning such as ``BLOCK_`` that is put before other codes as
    ``BLOCK_TX_...``.
    """
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=str(value)) if CODE.fullmatch(value) and value not in NO_CODES:
                yield value
            case ast.BinOp(left=ast.Constant(value="BLOCK_"), op=ast.Add()):
                yield "BLOCK_TX_..."


def sources() -> set[str]:
    """Codes of the whole source, and the receipt of success."""
    paths = (TOP / "p2pchain").rglob("*.py")
    return {code for path in paths for code in in_source(path.read_text("utf-8"))} | {"OK"}


def rows() -> list[list[str]]:
    """The cells of the table: codes, guilty, meaning, what to do."""
    lines = (TOP / "docs" / "codes.md").read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def stated() -> list[str]:
    """Codes of the table, in its order."""
    return [code for row in rows() for code in STATED.findall(row[0])]


def test_every_code_of_the_source_is_in_the_table() -> None:
    """Whoever meets one finds what it means and what to do."""
    assert sorted(sources() - set(stated())) == []


def test_every_code_of_the_table_is_in_the_source() -> None:
    """A code that is gone would be looked for in vain."""
    assert sorted(set(stated()) - sources()) == []


def test_every_code_stands_once_with_all_cells() -> None:
    """And somebody known is guilty."""
    told = stated()
    assert sorted({code for code in told if told.count(code) > 1}) == []
    assert [row for row in rows() if len(row) != 6 or not all(row) or row[1] not in GUILTY] == []


def test_codes_are_in_order() -> None:
    """So that a person finds them: by the first code of a row, after ``OK``."""
    first = [STATED.findall(row[0])[0] for row in rows()][1:]
    assert first == sorted(first)


def test_a_new_code_would_be_seen() -> None:
    """The search is shown what it must find, and what it must pass over."""
    text = 'raise Refused("NEW_CODE", {"SETTING": 1})\ncode = "BLOCK_" + other\nos.environ["NOTIFY_SOCKET"]'
    assert set(in_source(text)) == {"NEW_CODE", "BLOCK_TX_..."}
