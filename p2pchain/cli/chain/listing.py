"""``tx list`` and ``block list``: pages of what is final, the newest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import click
from rich.console import Console

from p2pchain.cli.options import json_option
from p2pchain.cli.screen import listed, moment, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.lists import ListFilter
from p2pchain.client.lists import list_blocks as blocks_of
from p2pchain.client.lists import list_transactions as transactions_of
from p2pchain.client.node_client import Fields

ROWS_DEFAULT: Final = 20
ROWS_MAX: Final = 100
_DATE_CHARS: Final = len("2026-12-01")

Command = Callable[..., Any]


class TimeType(click.ParamType[int]):
    """A date or a time in UTC as milliseconds: ``2026-12-01``, ``2026-12-01T14:30``. ``is_end``: a date
    stands for the end of its day.
    """

    name = "date"

    def __init__(self, *, is_end: bool) -> None:
        self._is_end = is_end

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Milliseconds since 1970, or a usage error."""
        text = str(value)
        try:
            time = datetime.fromisoformat(text)
            time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
            time += timedelta(days=1 if self._is_end and len(text) == _DATE_CHARS else 0)
            ms = int(time.timestamp() * 1_000)
        except (ValueError, OverflowError):
            self.fail(f"{value} is no time: give a date, 2026-12-01, or a time in UTC, 2026-12-01T14:30")
        if ms < 0:
            self.fail(f"{value} is before 1970")
        return ms


def page_options(command: Command) -> Command:
    """Options that select what is listed, told to the command as one ``ListFilter``, ``wanted``."""

    def listing(
        *args: Any,
        org: str | None,
        module: str | None,
        from_ms: int | None,
        until_ms: int | None,
        before: str | None,
        limit: int,
        **others: Any,
    ) -> Any:
        wanted = ListFilter(
            org=org, module=module, from_ms=from_ms, until_ms=until_ms, before=before, limit=limit
        )
        return command(*args, wanted=wanted, **others)

    listing.__doc__, listing.__name__ = command.__doc__, command.__name__
    for option in (
        click.option("--limit", type=click.IntRange(1, ROWS_MAX), default=ROWS_DEFAULT, show_default=True),
        click.option("--before", metavar="HEIGHT:INDEX", help="The next page, as the last one named it."),
        click.option(
            "--to",
            "until_ms",
            type=TimeType(is_end=True),
            metavar="DATE",
            help="Up to the end of this day, or before this time; UTC.",
        ),
        click.option(
            "--from",
            "from_ms",
            type=TimeType(is_end=False),
            metavar="DATE",
            help="From this day or time on; UTC.",
        ),
        click.option("--module", metavar="NAME", help="What has an operation of this module."),
        click.option("--org", metavar="ORG", help="Of this organisation: it signed, or proposed the block."),
    ):
        listing = option(listing)
    return json_option(listing)


@click.command("list")
@page_options
@click.pass_obj
def list_transactions(session: Session, wanted: ListFilter, as_json: bool) -> None:
    """List final transactions, the newest first, by pages."""
    empty = (
        "no transaction yet" if wanted == ListFilter(limit=wanted.limit) else "no transaction of this kind"
    )
    draw = partial(_draw_transactions, empty=empty)
    report(session, lambda client: transactions_of(client, wanted), draw, as_json=as_json)


@click.command("list")
@page_options
@click.pass_obj
def list_blocks(session: Session, wanted: ListFilter, as_json: bool) -> None:
    """List final blocks, the newest first, by pages."""
    report(session, lambda client: blocks_of(client, wanted), _draw_blocks, as_json=as_json)


def _draw_transactions(answer: Fields, console: Console, empty: str) -> None:
    rows = [
        (
            short(row["tx_id"]),
            row["height"],
            moment(row["time_ms"]),
            listed(row["orgs"]),
            _what(row),
            row["code"],
        )
        for row in answer["transactions"]
    ]
    columns = ("transaction", "height", "time (UTC)", "signed by", "operation", "receipt")
    table(console, columns, rows, empty=empty)
    _draw_next(answer, "tx", console)


def _draw_blocks(answer: Fields, console: Console) -> None:
    rows = [
        (
            row["height"],
            short(row["block_id"]),
            moment(row["time_ms"]),
            row["proposer_org"],
            row["transactions"],
        )
        for row in answer["blocks"]
    ]
    columns = ("height", "block", "time (UTC)", "proposer", "transactions")
    table(console, columns, rows, empty="no block of this kind")
    _draw_next(answer, "block", console)


def _what(row: Fields) -> str:
    more = row["operations"] - 1
    return f"{row['operation']} and {more} more" if more else str(row["operation"])


def _draw_next(answer: Fields, group: str, console: Console) -> None:
    if answer["next"] is not None:
        console.print(f"more: p2pchain {group} list --before {answer['next']}", markup=False)
