"""``registry check``, ``show`` and ``list``: what the chain knows of documents, with what this home knows
beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from p2pchain.cli.accounts import key_path, open_asker, open_key
from p2pchain.cli.exits import exit_code
from p2pchain.cli.options import account_options, json_option
from p2pchain.cli.registry.desk import Desk, is_document
from p2pchain.cli.registry.outcome import of_fault
from p2pchain.cli.screen import facts, report, short, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.client.registry import encoded, financed_minor, remaining_minor
from p2pchain.documents.amounts import amount_text
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey

NOTHING = PublicKey(bytes(32))
"""Stands for nobody where a name is only resolved."""


@click.command()
@click.argument("which", metavar="DOC|FILE")
@account_options
@json_option
@click.pass_obj
def check(session: Session, which: str, key_file: Path | None, name: str | None, as_json: bool) -> int:
    """Tell whether a document, or the invoice in a file, could be financed; nothing is written."""
    asker = open_key(key_path(session, key_file, name))
    is_file = Path(which).exists() or not is_document(which)

    async def checked(client: NodeClient) -> Fields:
        desk = Desk(session, client, asker.public_key)
        declarations: bytes | None = None
        if is_file:
            read = await desk.read(Path(which))
            document, declarations = read.document, encoded(read.named.declarations)
        else:
            document = await desk.resolve(which)
        args = {"document": bytes.fromhex(document), "declarations": declarations}
        return await client.query("registry", "check", args, asker)

    def draw(answer: Fields, console: Console) -> None:
        print("\n".join(_findings(answer)))

    return _reported(session, checked, draw, as_json)


@click.command()
@click.argument("doc")
@account_options
@json_option
@click.pass_obj
def show(session: Session, doc: str, key_file: Path | None, name: str | None, as_json: bool) -> int:
    """Show a document: its state and shares, and its facts where this home has read the invoice."""
    asker = open_asker(session, key_file, name)
    documents = PrivateDocuments(session.documents)

    async def shown(client: NodeClient) -> Fields:
        document = await Desk(session, client, NOTHING).resolve(doc)
        told = await client.query("registry", "show", {"document": bytes.fromhex(document)}, asker)
        return {"match": None, **told, "private": _private(told, documents.find(document))}

    return _reported(session, shown, _draw_document, as_json)


@click.command("list")
@click.option(
    "--state", type=click.Choice(("registered", "financed", "released", "cancelled")), help="Only these."
)
@click.option("--mine", is_flag=True, help="Only those that the account registered or finances.")
@click.option("--after", metavar="DOC", help="The next page: `next` of the page before.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="At most so many.")
@account_options
@json_option
@click.pass_obj
def list_documents(
    session: Session,
    state: str | None,
    mine: bool,
    after: str | None,
    limit: int,
    key_file: Path | None,
    name: str | None,
    as_json: bool,
) -> int:
    """List documents by name, a page at a time."""
    asker = open_key(key_path(session, key_file, name)) if mine else open_asker(session, key_file, name)
    documents = PrivateDocuments(session.documents)

    async def listed(client: NodeClient) -> Fields:
        args = {"state": state, "mine": True if mine else None, "limit": limit, "after": after}
        page = await client.query("registry", "list", args, asker)
        rows = [
            {**entry, "private": _private(entry, documents.find(str(entry["document"])))}
            for entry in page["documents"]
        ]
        return {"documents": rows, "next": page["next"]}

    return _reported(session, listed, _draw_list, as_json)


def _reported(
    session: Session,
    question: Callable[[NodeClient], Awaitable[Fields]],
    draw: Callable[[Any, Console], None],
    as_json: bool,
) -> int:
    """Ask and show; a refusal is told in the fields that every registry command has."""

    async def asked(client: NodeClient) -> Fields:
        answer = await question(client)
        return {"tx_id": None, "height": None, **answer} if "document" in answer else answer

    try:
        report(session, asked, draw, as_json=as_json)
    except Refused as fault:
        told = fault.facts.get("document")
        outcome = of_fault(None if told is None else str(told), fault)
        if as_json:
            show_json(outcome.as_json())
        else:
            print(outcome.refusal_line(), file=sys.stderr)
        return exit_code(fault)
    return 0


def _private(told: Fields, found: InvoiceFacts | None) -> dict[str, Any] | None:
    """What this home knows of a document, and the amounts that its shares stand for."""
    if found is None:
        return None
    total, currency = found.total_minor, found.currency
    financed, remaining = told.get("financed_share"), told["remaining_share"]
    return {
        "number": found.number,
        "issue_date": found.issue_date,
        "seller": found.seller.label,
        "currency": currency,
        "total": amount_text(total, currency),
        "financed": None if financed is None else amount_text(financed_minor(financed, total), currency),
        "remaining": amount_text(remaining_minor(remaining, total), currency),
    }


def _findings(answer: Fields) -> Iterator[str]:
    document, state = answer["document"], answer["state"]
    if state is None:
        known = "already financed" if not answer["financeable"] else "nobody has registered it"
        yield f"{document}: {known}"
    elif state == "financed" and answer["cross_applicant"]:
        yield f"{document}: already financed"
    elif state == "financed":
        yield f"{document}: you finance it" + ("" if answer["financeable"] else ", all of it")
    elif state == "released" and not answer["financeable"]:
        yield f"{document}: already financed, and repaid: it is closed for ever"
    else:
        yield f"{document}: {state}" + (", also offered elsewhere" if answer["cross_applicant"] else "")
    if answer["same_as"] is not None and not answer["registered"]:
        yield f"The same invoice is registered as {answer['same_as']}."
    if answer["similar_count"]:
        yield f"{answer['similar_count']} with a name in common, another date or total, or a correction:"
        for similar in answer["similar"]:
            same = " (the same invoice)" if similar["same"] else ""
            yield f"  {similar['document']} {similar['state']}{same}"


def _draw_document(answer: Fields, console: Console) -> None:
    private = answer["private"] or {}
    pairs: list[tuple[str, object]] = [
        ("document", answer["document"]),
        ("state", answer["state"] + (f" ({answer['reason']})" if answer["reason"] else "")),
        ("registrations", answer["registrations"]),
        ("registered by you", answer["registered"]),
        ("financed by you", answer["holder"]),
        ("financed", _percent(answer["share"])),
        ("remaining for you", _percent(answer["remaining_share"])),
        ("similar documents", answer["similar_count"]),
        ("contested", _contest_words(answer)),
        ("confirmed by", ", ".join(answer["confirmed_by"]) or None),
    ]
    pairs += [(f"invoice {name.replace('_', ' ')}", value) for name, value in private.items()]
    facts(console, pairs)
    if not private:
        console.print("Amounts and invoice facts are known only to homes that have read the invoice.")


def _draw_list(answer: Fields, console: Console) -> None:
    columns = ("document", "state", "mine", "financed", "invoice", "total", "currency")
    rows = []
    for entry in answer["documents"]:
        private = entry["private"] or {}
        rows.append(
            (
                short(entry["document"]),
                entry["state"],
                entry["registered"],
                _percent(entry["share"]),
                private.get("number"),
                private.get("total"),
                private.get("currency"),
            )
        )
    table(console, columns, rows, empty="no documents")
    if answer["next"]:
        console.print(f"more: --after {answer['next']}")


def _contest_words(answer: Fields) -> str | None:
    """How a contest stands, for a person."""
    if answer["upheld"]:
        return "no longer: auditors have seen the invoice"
    if not answer["contested"]:
        return None
    yours = ", the claim is yours" if answer["contested_claim_is_yours"] else ""
    if answer["disclosed"]:
        return f"yes{yours}; disclosed, auditors decide"
    if answer["lapsed"]:
        return f"yes{yours}; not disclosed in time: the claim keeps nobody back any more"
    return f"yes{yours}; to be disclosed to the auditors before {_utc(answer['deadline_ms'])}"


def _utc(time_ms: int) -> str:
    """A time of the chain as people read it."""
    return datetime.fromtimestamp(time_ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")


def _percent(share: int) -> str:
    """A share of the whole in hundredths of a percent."""
    hundredths = share // 10**14
    return f"{hundredths // 100}.{hundredths % 100:02} %"
