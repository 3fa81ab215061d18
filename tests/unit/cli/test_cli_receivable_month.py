"""A party's statement of a month, and lists in another order, as somebody types them."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.modules.table import group_of
from p2pchain.cli.receivable.month import Line, csv_of
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.plain_words import day_text
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, TODAY, Market, act, issue, name

EVIL = "=1+1<script>alert(1)</script>"
MONTH = day_text(TODAY)[:7]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    """One that is owed, and one that its debtor rejected for an evil reason."""
    market = Market()
    market.accepted("good", days=90, amount=100_000_000)
    evil = name("evil")
    market.does("supplier", issue(name("evil", "supplier"), days=30, amount=500))
    market.does("buyer", act("reject", name("evil", "supplier"), EVIL))
    assert evil != name("evil", "supplier")
    return ModuleDesk(
        tmp_path, capsys, market, Directory(MODULES), [group_of("receivable")], (*BANKS, *FIRMS)
    )


def test_a_month_as_csv(desk: ModuleDesk) -> None:
    out = desk.says("receivable", "statement", "supplier", "--month", MONTH)
    rows = list(csv.DictReader(out.splitlines()))
    assert [(row["line"], row["side"], row["step"]) for row in rows] == [
        ("step", "held", "issued"),
        ("step", "held", "accepted"),
        ("step", "held", "issued"),
        ("step", "held", "rejected"),
        ("closing", "held", "accepted"),
    ]
    assert rows[3]["detail"] == f'"{EVIL}"'
    assert (rows[4]["amount"], rows[4]["currency"], rows[4]["counterparty"]) == ("1000000.00", "CNY", "buyer")
    assert [row["line"] for row in csv.DictReader(desk.says(*_line("buyer", "2000-01")).splitlines())] == []


def test_no_cell_is_a_formula() -> None:
    """Whoever numbers an invoice writes into the spreadsheets of others."""
    line = Line(
        kind="step",
        time="",
        receivable="ab",
        side="held",
        step="issued",
        by="",
        detail="@SUM(1)",
        counterparty="buyer",
        amount_minor=1,
        currency="CNY",
        due="",
        invoice=EVIL,
    )
    (row,) = csv.DictReader(csv_of([line]).splitlines())
    assert (row["detail"], row["invoice"], row["by"]) == ("'@SUM(1)", f"'{EVIL}", "")


def _line(party: str, month: str) -> tuple[str, ...]:
    return "receivable", "statement", party, "--month", month


class Tags(HTMLParser):
    """Collects the tags of a page and what they point at."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.pointers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.pointers += [name for name, _ in attrs if name in ("href", "src", "srcset", "style")]


def test_a_page_fetches_nothing_and_runs_nothing(desk: ModuleDesk, tmp_path: Path) -> None:
    out = tmp_path / "month.html"
    desk.says(*_line("supplier", MONTH), "--format", "html", "--out", str(out))
    page = out.read_text("utf-8")
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.tags
    assert tags.pointers == []
    assert not re.search(r"url\(|@import|https?:", page)
    assert "=1+1&lt;script&gt;" in page
    assert "held: 1,000,000.00 CNY" in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("month", ["2027", "2027-13", "2027-1", "0000-01", "1969-12", "2027-06-01"])
def test_what_is_no_month(desk: ModuleDesk, month: str) -> None:
    with pytest.raises(click.UsageError):
        desk.run(*_line("supplier", month))


def test_a_list_by_amount(desk: ModuleDesk) -> None:
    line = ("receivable", "list", "--holder", "supplier", "--order", "amount")
    rows = desk.read(*line)["receivables"]
    assert [row["amount_minor"] for row in rows] == [500, 100_000_000]
    rows = desk.read(*line, "--descending", "--limit", "1")["receivables"]
    assert [row["amount_minor"] for row in rows] == [100_000_000]
    rows = desk.read(*line, "--currency", "CNY", "--least", "1000.00")["receivables"]
    assert [row["amount_minor"] for row in rows] == [100_000_000]
    rows = desk.read(*line, "--due-to", day_text(TODAY + 30))["receivables"]
    assert [row["amount_minor"] for row in rows] == [500]
