"""``registry``: invoices registered, financed, released, each financed once whoever offers it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

from p2pchain.cli.exits import FAILED, exit_code
from p2pchain.cli.groups import Group
from p2pchain.cli.registry.desk import Desk
from p2pchain.cli.registry.key import close_key, key, rotate_key, set_terms, terms
from p2pchain.cli.registry.outcome import Outcome, of_fault, of_transaction
from p2pchain.cli.registry.reading import check, list_documents, show
from p2pchain.cli.roots import hash_of
from p2pchain.cli.screen import show_json
from p2pchain.cli.submission import SubmitOptions, submitting_as
from p2pchain.client.node_client import NodeClient
from p2pchain.client.registry import (
    document_operation,
    finance_operation,
    register_operation,
    release_operation,
)
from p2pchain.documents.invoice import check_unassigned
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Operation

REASONS = ("withdrawn", "not_funded", "repaid")
"""Reasons of release; the first two reopen the document, the last closes it for ever."""

Prepare = Callable[[Desk], Awaitable[tuple[str, Sequence[Operation]]]]
"""Names the document and the operations upon it."""


@click.group(cls=Group)
def registry() -> None:
    """Register and finance invoices, each once: whoever offers it, and in whatever syntax.

    DOC is the name of a document: the 64 hexadecimal digits that `register` tells, or the first 8 or more
    of them.
    """


registry.add_command(check)
registry.add_command(show)
registry.add_command(list_documents)
registry.add_command(key)
registry.add_command(rotate_key)
registry.add_command(close_key)
registry.add_command(terms)
registry.add_command(set_terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(SubmitOptions):
    """How a command signs and waits."""

    def perform(self, prepare: Prepare) -> int:
        """Prepare, sign, submit, tell; the exit code is 1 where it was refused."""
        document: str | None = None
        signer = self.open_key()

        async def performed(client: NodeClient) -> Outcome:
            nonlocal document
            desk = Desk(self.session, client, signer.public_key)
            document, operations = await prepare(desk)
            submitted = await self.send(client, operations, signer)
            if submitted.committed is None:
                outcome = Outcome(document=document, tx_id=submitted.tx_id.hex())
            else:
                outcome = of_transaction(document, submitted.committed)
            return outcome if desk.part_due is None else replace(outcome, due=asdict(desk.part_due))

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
@click.option("--acknowledge-assigned", is_flag=True, help="Whose claim it is was asked.")
@submitting
def register(submission: Submission, file: Path, acknowledge_assigned: bool) -> int:
    """Register the invoice in FILE (UBL or CII): tells its name, and whether it is financed already.

    Nothing of the invoice leaves this machine but keyed hashes; its facts stay in documents/ of the home.
    """

    async def prepare(desk: Desk) -> tuple[str, Sequence[Operation]]:
        read = await desk.read(file)
        if not acknowledge_assigned:
            check_unassigned(read.facts)
        desk.documents.keep(read.document, read.facts)
        registering = register_operation(bytes.fromhex(read.document), read.named)
        return read.document, (registering,) if read.first_key is None else (read.first_key, registering)

    return submission.perform(prepare)


@registry.command()
@click.argument("doc")
@click.option(
    "--amount", metavar="A", help="In the invoice's currency, as in 250.33 [default: all that is due]."
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

    async def prepare(desk: Desk) -> tuple[str, Sequence[Operation]]:
        document = await desk.resolve(doc)
        share = await desk.financed_share(document, amount, invoice)
        named = bytes.fromhex(document)
        return document, (finance_operation(named, share, acknowledge_similar=acknowledge_similar),)

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

    async def prepare(desk: Desk) -> tuple[str, Sequence[Operation]]:
        document = await desk.resolve(doc)
        share = None if amount is None else await desk.share(document, amount, invoice)
        return document, (release_operation(bytes.fromhex(document), share, reason),)

    return submission.perform(prepare)


@registry.command()
@click.argument("doc")
@submitting
def cancel(submission: Submission, doc: str) -> int:
    """Take back the registration of a document that nobody finances."""

    async def prepare(desk: Desk) -> tuple[str, Sequence[Operation]]:
        document = await desk.resolve(doc)
        return document, (document_operation("cancel", bytes.fromhex(document)),)

    return submission.perform(prepare)


@registry.command()
@click.argument("doc")
@click.option("--own", metavar="DOC", help="Your document of the same invoice [default: the same document].")
@submitting
def contest(submission: Submission, doc: str, own: str | None) -> int:
    """Contest what keeps you from an invoice: whoever claims it has to show it to the auditors in time."""

    async def prepare(desk: Desk) -> tuple[str, Sequence[Operation]]:
        document = await desk.resolve(doc)
        mine = document if own is None else await desk.resolve(own)
        return document, (document_operation("contest", bytes.fromhex(document), bytes.fromhex(mine)),)

    return submission.perform(prepare)


@registry.command()
@click.argument("doc")
@click.option("--root", required=True, metavar="ROOT", help="Told by `private put`; for the auditors.")
@submitting
def disclose(submission: Submission, doc: str, root: str) -> int:
    """Name the private payload in which you show an invoice that you claim to the auditors."""

    async def prepare(desk: Desk) -> tuple[str, Sequence[Operation]]:
        document = await desk.resolve(doc)
        return document, (document_operation("disclose", bytes.fromhex(document), hash_of(root)),)

    return submission.perform(prepare)


def _add_judgement(action: str, summary: str) -> None:
    def run(submission: Submission, doc: str) -> int:
        async def prepare(desk: Desk) -> tuple[str, Sequence[Operation]]:
            document = await desk.resolve(doc)
            return document, (document_operation(action, bytes.fromhex(document)),)

        return submission.perform(prepare)

    run.__doc__, run.__name__ = summary, action
    registry.command(action)(click.argument("doc")(submitting(run)))


for _action, _summary in (
    ("uphold", "Uphold, as an auditor, a claim that was contested: the invoice was disclosed to you."),
    ("strike", "Strike, as an auditor, a claim that was contested: what was disclosed is not the invoice."),
    ("confirm", "Confirm, as the debtor, that your organisation owes the invoice."),
):
    _add_judgement(_action, _summary)
