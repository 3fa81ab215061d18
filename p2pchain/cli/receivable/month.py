"""A party's statement of a month: opening, each step, closing, as CSV or as a page to print."""

from __future__ import annotations

import csv
import io
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.business.receivable.answers import LINE
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import write_file
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Argument, Fields, NodeClient
from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.documents.amounts import amount_text
from p2pchain.presentation.plain_words import FIRST_DAY, day_text, grouped, moment_words
from p2pchain.presentation.values import words_of

PAGE: Final = 100
HEAD: Final = (
    "line",
    "time (UTC)",
    "receivable",
    "side",
    "step",
    "by",
    "detail",
    "counterparty",
    "amount",
    "currency",
    "due",
    "invoice",
)
FORMULA: Final = "=+-@\t\r"
"""What a cell begins with that spreadsheets compute."""
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_NOTE: Final = next(field for field in LINE if field.name == "note")
_STYLE: Final = (
    "@page{size:A4 landscape;margin:14mm}body{font:10pt sans-serif;color:#000;margin:1.5em}"
    "table{border-collapse:collapse;width:100%}thead{display:table-header-group}tr{break-inside:avoid}"
    "th,td{border-bottom:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top}"
    ".n{text-align:right;white-space:nowrap}h2{break-after:avoid}@media print{body{margin:0}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a statement. ``kind``: opening, step, closing."""

    kind: str
    time: str
    receivable: str
    side: str
    step: str
    by: str
    detail: str
    counterparty: str
    amount_minor: int
    currency: str
    due: str
    invoice: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Texts in the order of ``HEAD``."""
        amount = amount_text(self.amount_minor, self.currency)
        before = (self.kind, self.time, self.receivable, self.side, self.step, self.by, self.detail)
        return (*before, self.counterparty, amount, self.currency, self.due, self.invoice)


@click.command("statement")
@click.argument("party", metavar="ORG")
@click.option("--month", required=True, metavar="YYYY-MM", help="Month, in UTC.")
@click.option(
    "--format", "form", type=click.Choice(("csv", "html")), default="csv", help="How [default: csv]."
)
@click.option(
    "--out",
    type=FILE,
    metavar="FILE",
    help="Where to [default: the screen].",
)
@click.pass_obj
def statement(session: Session, party: str, month: str, form: str, out: Path | None) -> None:
    """Write a party's statement of a month: what it held and owed, each step, what it holds and owes.

    The page in HTML is for printing, too; it fetches nothing from elsewhere.
    """
    first, last = days_of(month)

    async def asked(client: NodeClient) -> tuple[list[Fields], Fields]:
        rows: list[Fields] = []
        after: str | None = None
        while True:
            args: dict[str, Argument] = {
                "party": party,
                "first_day": first,
                "last_day": last,
                "after": after,
                "limit": PAGE,
            }
            page = await client.query("receivable", "movements", args)
            rows.extend(page["receivables"])
            after = page["next"]
            if after is None:
                return rows, await client.status()

    rows, status = session.ask(asked)
    lines = lines_of(rows, party, first, last, PrivateDocuments(session.documents))
    made = csv_of(lines) if form == "csv" else html_of(lines, party, month, status)
    if out is None:
        click.echo(made, nl=False)
    else:
        write_file(out, made.encode())


def days_of(month: str) -> tuple[int, int]:
    """First and last day of a month, as the chain counts days."""
    match = _MONTH.fullmatch(month)
    if match is None or match[1] == "0000":
        raise click.UsageError(f"{month!r} is no month such as 2027-06")
    year, number = int(match[1]), int(match[2])
    first = (date(year, number, 1) - FIRST_DAY).days
    if first < 0:
        raise click.UsageError("no chain is so old")
    return first, first + monthrange(year, number)[1] - 1


def lines_of(
    rows: Sequence[Fields], party: str, first: int, last: int, documents: PrivateDocuments
) -> list[Line]:
    """Opening by due day, steps by time, closing by due day."""
    opening: list[Line] = []
    closing: list[Line] = []
    steps: list[tuple[int, int, Line]] = []
    for row in sorted(rows, key=lambda row: (row["due_day"], row["receivable"])):
        facts = None if row["document"] is None else documents.find(str(row["document"]))
        invoice = str(row["document"] or "") if facts is None else facts.number
        if _is_open(row, "before", party):
            opening.append(_position(row, "opening", day_text(first), party, invoice))
        steps.extend(
            (step["time_ms"], step["height"], _step(row, step, party, invoice)) for step in row["steps"]
        )
        if _is_open(row, "after", party):
            closing.append(_position(row, "closing", day_text(last), party, invoice))
    steps.sort(key=lambda item: item[:2])
    return [*opening, *(line for _, _, line in steps), *closing]


def csv_of(lines: Sequence[Line]) -> str:
    """Write lines as CSV (RFC 4180); no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows([_harmless(cell) for cell in line.cells] for line in lines)
    return text.getvalue()


def html_of(lines: Sequence[Line], party: str, month: str, status: Fields) -> str:
    """Write lines as one page without anything from elsewhere."""
    head = "".join(f"<th>{escape(name)}</th>" for name in HEAD[1:])
    body = "".join(_section(title, kind, lines, head) for title, kind in _SECTIONS)
    chain, height = escape(str(status["chain_id"])), escape(str(status["height"]))
    title = f"Receivables of {escape(party)}, {escape(month)}"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>Chain {chain}, up to block {height}. Days and times are in UTC.</p>{body}</body></html>\n"
    )


_SECTIONS: Final = (("Opening", "opening"), ("Steps", "step"), ("Closing", "closing"))


def _section(title: str, kind: str, lines: Sequence[Line], head: str) -> str:
    ours = [line for line in lines if line.kind == kind]
    if not ours:
        return f"<h2>{title}</h2><p>none</p>"
    rows = "".join(f"<tr>{''.join(_cells(line))}</tr>" for line in ours)
    sums = "" if kind == "step" else "".join(f"<p>{escape(text)}</p>" for text in _sums(ours))
    return f"<h2>{title}</h2>{sums}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(line: Line) -> Iterator[str]:
    for name, cell in zip(HEAD[1:], line.cells[1:], strict=True):
        shown = grouped(line.amount_minor, line.currency) if name == "amount" else cell
        yield f'<td class="n">{escape(shown)}</td>' if name == "amount" else f"<td>{escape(shown)}</td>"


def _sums(lines: Sequence[Line]) -> Iterator[str]:
    """One sentence for each side and currency."""
    sums: dict[tuple[str, str], int] = {}
    for line in lines:
        key = line.side, line.currency
        sums[key] = sums.get(key, 0) + line.amount_minor
    for (side, currency), amount_minor in sorted(sums.items()):
        yield f"{side}: {grouped(amount_minor, currency)} {currency}"


def _is_open(row: Mapping[str, Any], when: str, party: str) -> bool:
    return bool(row[f"live_{when}"]) and party in (row["debtor"], row[f"holder_{when}"])


def _position(row: Mapping[str, Any], kind: str, time: str, party: str, invoice: str) -> Line:
    when = "before" if kind == "opening" else "after"
    state, holder = str(row[f"state_{when}"]), str(row[f"holder_{when}"])
    return _line(row, kind, time, party, holder, invoice, step=state)


def _step(row: Mapping[str, Any], step: Mapping[str, Any], party: str, invoice: str) -> Line:
    holder = str(row["holder_after"] or row["creditor"])
    noted = step["note"] not in (None, [])
    return _line(
        row,
        "step",
        str(moment_words(step["time_ms"])),
        party,
        holder,
        invoice,
        step=str(step["action"]).replace("_", " "),
        by=str(step["org"]),
        detail=words_of(_NOTE, step["note"], {**row, **step}) if noted else "",
    )


def _line(
    row: Mapping[str, Any],
    kind: str,
    time: str,
    party: str,
    holder: str,
    invoice: str,
    *,
    step: str,
    by: str = "",
    detail: str = "",
) -> Line:
    is_owed = row["debtor"] == party
    return Line(
        kind=kind,
        time=time,
        receivable=str(row["receivable"]),
        side="owed" if is_owed else "held" if holder == party else "passed on",
        step=step,
        by=by,
        detail=detail,
        counterparty=holder if is_owed else str(row["debtor"]),
        amount_minor=int(row["amount_minor"]),
        currency=str(row["currency"]),
        due=day_text(int(row["due_day"])),
        invoice=invoice,
    )


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in FORMULA and cell else cell
