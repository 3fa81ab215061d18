"""``receivable show``, ``history`` and ``list``: what the chain knows of receivables, in human words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from p2pchain.cli.options import json_option
from p2pchain.cli.receivable.desk import resolve
from p2pchain.cli.screen import facts, report, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.receivable import MODULE, day_text, grouped, note_words

STATES: Final = (
    "proposed",
    "accepted",
    "rejected",
    "cancelled",
    "split",
    "presented",
    "paid",
    "settled",
    "defaulted",
)
OWED: Final = ("accepted", "presented", "paid", "defaulted")
"""States in which somebody owes the amount: not before acceptance, and not what was split or settled."""
SHORT_CHARS: Final = 12
"""Digits of an id in tables: more than enough to find it again."""


@click.command()
@click.argument("which", metavar="ID")
@json_option
@click.pass_obj
def show(session: Session, which: str, as_json: bool) -> None:
    """Show a receivable: who owes whom, how much, when, and who has a claim on it."""

    async def shown(client: NodeClient) -> Fields:
        return await client.query(MODULE, "show", {"receivable": await resolve(client, which)})

    report(session, shown, _draw_one, as_json=as_json)


@click.command()
@click.argument("which", metavar="ID")
@json_option
@click.pass_obj
def history(session: Session, which: str, as_json: bool) -> None:
    """Show all that was done to a receivable, and to what it is a part of."""

    async def asked(client: NodeClient) -> Fields:
        return await client.query(MODULE, "history", {"receivable": await resolve(client, which)})

    report(session, asked, _draw_history, as_json=as_json)


@click.command("list")
@click.option("--holder", metavar="ORG", help="Only what this organisation holds.")
@click.option("--debtor", metavar="ORG", help="Only what this organisation owes.")
@click.option("--status", "state", type=click.Choice(STATES), help="Only these.")
@click.option("--after", metavar="ID", help="The next page: `next` of the page before.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_receivables(
    session: Session,
    holder: str | None,
    debtor: str | None,
    state: str | None,
    after: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List receivables, a page at a time, with totals."""

    async def asked(client: NodeClient) -> Fields:
        rows: list[Fields] = []
        following = after
        while True:
            args = {"holder": holder, "debtor": debtor, "state": state, "after": following}
            page = await client.query(MODULE, "list", {**args, "limit": limit - len(rows)})
            rows.extend(page["receivables"])
            following = page["next"]
            if following is None or len(rows) == limit:
                return {"receivables": rows, "next": following}

    report(session, asked, _draw_list, as_json=as_json)


def _draw_one(answer: Fields, console: Console) -> None:
    amount = f"{grouped(answer['amount_minor'], answer['currency'])} {answer['currency']}"
    endorsed = [
        f"{each['org']} ({'with' if each['recourse'] else 'without'} recourse)"
        for each in answer["endorsements"]
    ]
    pairs: list[tuple[str, object]] = [
        ("receivable", answer["receivable"]),
        ("state", answer["state"] + (", overdue" if answer["overdue"] else "")),
        ("amount", amount),
        ("due", day_text(answer["due_day"])),
        ("issued", f"{day_text(answer['issue_day'])}, tenor {answer['due_day'] - answer['issue_day']} days"),
        ("debtor", answer["debtor"]),
        ("creditor", answer["creditor"]),
        ("holder", answer["holder"]),
        ("held before by", ", ".join(endorsed) or None),
        ("recourse against", answer["recourse_against"]),
        ("guarantor", answer["guarantor"]),
        ("offered to", answer["offer_to"]),
        ("pledged to", answer["pledgee"]),
        ("financed by", answer["financier"]),
        ("claim on", answer["claim_on"]),
        ("holder's policy", answer["policy"]),
        ("payment", answer["reference"]),
        ("part of", answer["parent"]),
        ("invoice", answer["document"]),
        ("no invoice, says", answer["no_document"]),
        ("private terms", answer["terms"]),
    ]
    facts(console, [(name, value) for name, value in pairs if value is not None])


def _draw_history(answer: Fields, console: Console) -> None:
    whole = answer["receivable"]
    amount = f"{grouped(whole['amount_minor'], whole['currency'])} {whole['currency']}"
    console.print(Text(f"{whole['receivable']}: {amount}, {whole['debtor']} owes {whole['holder']}"))
    rows = [
        (
            _moment(line["time_ms"]),
            line["height"],
            line["receivable"][:SHORT_CHARS],
            line["org"],
            str(line["action"]).replace("_", " "),
            note_words(line["action"], line["note"], whole["currency"]),
        )
        for line in answer["lines"]
    ]
    table(console, ("time (UTC)", "height", "receivable", "by", "what", "note"), rows, empty="no history")


def _draw_list(answer: Fields, console: Console) -> None:
    rows = answer["receivables"]
    columns = ("receivable", "state", "debtor", "holder", "amount", "currency", "due", "remark")
    widest = max((len(grouped(each["amount_minor"], each["currency"])) for each in rows), default=0)
    table(console, columns, [_row(each, widest) for each in rows], empty="no receivables")
    if rows:
        owed = _total(each for each in rows if each["state"] in OWED)
        proposed = _total(each for each in rows if each["state"] == "proposed")
        console.print(Text(f"{len(rows)} on this page; owed: {owed}; proposed: {proposed}"))
    if answer["next"]:
        console.print(Text(f"more: --after {answer['next']}"))


def _total(rows: Iterable[Fields]) -> str:
    """Their amounts, by currency."""
    totals: Counter[str] = Counter()
    for each in rows:
        totals[each["currency"]] += each["amount_minor"]
    sums = [f"{grouped(minor, currency)} {currency}" for currency, minor in sorted(totals.items())]
    return ", ".join(sums) or "nothing"


def _row(each: Fields, width: int) -> tuple[Any, ...]:
    return (
        each["receivable"][:SHORT_CHARS],
        each["state"],
        each["debtor"],
        each["holder"],
        grouped(each["amount_minor"], each["currency"]).rjust(width),
        each["currency"],
        day_text(each["due_day"]),
        _remark(each),
    )


def _remark(each: Fields) -> str | None:
    remarks = ["overdue"] if each["overdue"] else []
    for name, word in (("pledgee", "pledged to"), ("financier", "financed by"), ("offer_to", "offered to")):
        if each[name] is not None:
            remarks.append(f"{word} {each[name]}")
    return ", ".join(remarks) or None


def _moment(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
