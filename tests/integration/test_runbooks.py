"""The runbooks of the operator's guide, typed as they stand, in the page's order, on one network of real
nodes: what the page says and what the product does are one thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from p2pchain.testnet.ports import claim_ports
from tests.integration.runbook import FOUNDERS, Hosts, Typed, agrees, runbooks

PAGE: Final = Path(__file__).parents[2] / "docs" / "operator.md"
BOOKS: Final = runbooks(PAGE.read_text("utf-8"))
LATER: Final = ("new-bank", "auditor", "spare", "supplier-new")
"""Hosts that come later."""


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Hosts without anything, and none of their daemons afterwards."""
    names = (*FOUNDERS, *LATER)
    root = tmp_path_factory.mktemp("runbooks") / "hosts"
    ports = claim_ports(len(names), root.parent / "ports.json")
    made = Hosts(root, dict(zip(names, ports, strict=True)))
    yield made
    made.stop()


TYPED: list[str] = []
"""Runbooks that were typed already: each goes on where the one before it ended."""


@pytest.mark.parametrize("heading", BOOKS)
def test_a_runbook_is_typed(hosts: Hosts, heading: str) -> None:
    """Every command ends well and answers what the page shows; runbooks before it are typed first."""
    for each, commands in BOOKS.items():
        if each not in TYPED:
            TYPED.append(each)
            for typed in commands:
                hosts.type(typed)
        if each == heading:
            return


def test_the_page_has_its_runbooks() -> None:
    """None of them was lost, such as by another fence."""
    joining = ["Join a running chain", "Join as an observer"]
    moving = ["Backup and restore", "Move a validator to another host"]
    assert list(BOOKS) == ["Found a consortium", *joining, "Change settings", *moving]


def test_another_answer_than_the_page_shows_is_seen() -> None:
    """Dots stand for anything within a line, a line of dots for lines; nothing else does."""
    assert agrees(("ok: genesis ...", "..."), "ok: genesis 12\nmore\nand more\n")
    assert agrees((), "")
    assert not agrees(("ok: genesis ...",), "ok: genesis 12\nmore\n")
    assert not agrees(("ok: genesis ...",), "OK: genesis 12\n")
    assert not agrees((), "something\n")


def test_commands_and_answers_are_read_from_a_page() -> None:
    page = "# Title\n\n```console\na$ one\nits answer\neach$ two\n```\n```\nb$ no dialogue\n```\n"
    assert runbooks(page) == {
        "Title": [
            Typed(line=4, host="a", command="one", answer=("its answer",)),
            Typed(line=6, host="each", command="two", answer=()),
        ]
    }
