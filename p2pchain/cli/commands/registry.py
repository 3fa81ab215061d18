"""``registry``: invoices registered, financed, released, each financed once whoever offers it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import click

from p2pchain.cli.commands.registry_reading import check, list_documents, show
from p2pchain.cli.exits import FAILED, exit_code
from p2pchain.cli.groups import Group
from p2pchain.cli.registry_desk import Desk
from p2pchain.cli.registry_outcome import Outcome, of_fault, of_transaction
from p2pchain.cli.screen import show_json
from p2pchain.cli.submission import SubmitOptions, submitting_as
from p2pchain.client.node_client import NodeClient
from p2pchain.client.registry import (
    SHARE_WHOLE,
    cancel_operation,
    finance_operation,
    register_operation,
    release_operation,
)
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Operation

REASONS = ("withdrawn", "not_funded", "repaid")
"""Reasons of release; the first two reopen the document, the last closes it for ever."""

Prepare = Callable[[Desk], Awaitable[tuple[str, Operation]]]
"""Names the document and the operation upon it."""


@click.group(cls=Group)
def registry() -> None:
    """Register and finance invoices, each once: whoever offers it, and in whatever syntax.

    DOC is the name of a document: the 64 hexadecimal digits that `register` tells, or the first 8 or more
    of them.
    """


registry.add_command(check)
registry.add_command(show)
registry.add_command(list_documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(SubmitOptions):
    """How a command signs and waits."""

    def perform(self, prepare: Prepare) -> int:
        """Prepare, sign, submit, tell; the exit code is 1 where it was refused."""
        document: str | None = None
        signer = self.open_key()

        async def performed(client: NodeClient) -> Outcome:
            nonlocal document
            document, operation = await prepare(Desk(self.session, client, signer.public_key))
            submitted = await self.send(client, (operation,), signer)
            if submitted.committed is None:
                return Outcome(document=document, tx_id=submitted.tx_id.hex())
            return of_transaction(document, submitted.committed)

        try:
            outcome = self.session.ask(performed)
        except Refused as fault:
            told = fault.facts.get("document")
            return self._tell(of_fault(document or (str(told) if told else None), fault), exit_code(fault))
        return self._tell(outcome, 0 if outcome.code is None else FAILED)

    def _tell(self, outcome: Outcome, code: int) -> int:
        if self.as_json:
            show_json(outcome.as_json())
        elif outcome.code is None:
            print("\n".join(outcome.sentences()))
        else:
            print(outcome.refusal_line(), file=sys.stderr)
        return code


submitting = submitting_as(Submission)
"""Options of every command that submits; the command gets them as one ``Submission``."""


@registry.command()
@click.argument("file", type=click.Path(path_type=Path))
@submitting
def register(submission: Submission, file: Path) -> int:
    """Register the invoice in FILE (UBL or CII): tells its name, and whether it is financed already.

    Nothing of the invoice leaves this machine but two keyed hashes; its facts stay in documents/ of the home.
    """

    async def prepare(desk: Desk) -> tuple[str, Operation]:
        read = await desk.read(file)
        document = desk.documents.keep(read.fingerprint, read.facts)
        return document, register_operation(read.fingerprint)

    return submission.perform(prepare)


@registry.command()
@click.argument("doc")
@click.option(
    "--amount", metavar="A", help="In the invoice's currency, as in 250.33 [default: the whole total]."
)
@click.option("--acknowledge-similar", is_flag=True, help="Similar documents were looked at.")
@click.option(
    "--invoice",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The invoice, where this home never read it.",
)
@submitting
def finance(
    submission: Submission,
    doc: str,
    amount: str | None,
    acknowledge_similar: bool,
    invoice: Path | None,
) -> int:
    """Finance a registered document, or a part of it, or more of it up to the total."""

    async def prepare(desk: Desk) -> tuple[str, Operation]:
        document = await desk.resolve(doc)
        share = SHARE_WHOLE if amount is None else await desk.share(document, amount, invoice)
        exact = bytes.fromhex(document)
        return document, finance_operation(exact, share, acknowledge_similar=acknowledge_similar)

    return submission.perform(prepare)


@registry.command()
@click.argument("doc")
@click.option(
    "--reason", type=click.Choice(REASONS), required=True, help="The first two reopen the document."
)
@click.option("--amount", metavar="A", help="Only this much of it [default: all].")
@click.option(
    "--invoice",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The invoice, where this home never read it.",
)
@submitting
def release(
    submission: Submission,
    doc: str,
    reason: str,
    amount: str | None,
    invoice: Path | None,
) -> int:
    """Let go of a document that you finance."""

    async def prepare(desk: Desk) -> tuple[str, Operation]:
        document = await desk.resolve(doc)
        share = None if amount is None else await desk.share(document, amount, invoice)
        return document, release_operation(bytes.fromhex(document), share, reason)

    return submission.perform(prepare)


@registry.command()
@click.argument("doc")
@submitting
def cancel(submission: Submission, doc: str) -> int:
    """Take back the registration of a document that nobody finances."""

    async def prepare(desk: Desk) -> tuple[str, Operation]:
        document = await desk.resolve(doc)
        return document, cancel_operation(bytes.fromhex(document))

    return submission.perform(prepare)
