"""``receivable``: what a buyer owes, accepted, handed on, split, pledged, financed and paid."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import click

from p2pchain.cli.cosigners import Signing, carry_out, cosigning_options
from p2pchain.cli.groups import Group
from p2pchain.cli.members.policy import parse_policy
from p2pchain.cli.receivable.desk import Desk, Submission, submitting
from p2pchain.cli.receivable.reading import history, list_receivables, show
from p2pchain.cli.registry.desk import Desk as RegistryDesk
from p2pchain.cli.roots import hash_of
from p2pchain.cli.session import Session
from p2pchain.client.receivable import day_number, new_nonce, receivable_operation
from p2pchain.documents.amounts import minor_units
from p2pchain.model.transaction import Operation

SIMPLE: Final = (
    ("accept", "accept", "Accept what your organisation owes; that is for good."),
    ("cancel", "cancel", "Take back what you issued, before the debtor accepts it."),
    ("accept-transfer", "accept_transfer", "Take over what is offered to you."),
    ("decline", "decline", "Say no to a transfer or a request for financing."),
    ("withdraw", "withdraw", "Take back your offer or request."),
    ("unpledge", "unpledge", "Let go of what you have as security."),
    ("present", "present", "Ask the debtor to pay, from the due day on."),
    ("confirm", "confirm", "Say that the money is here: it is settled."),
    ("deny", "deny", "Say that no such payment came."),
    ("default", "default", "Tell that the debtor did not pay, after the due day."),
    ("recourse", "recourse", "Ask the one who stayed liable, or the guarantor, to pay."),
    ("waive", "waive", "Let the one go who does not pay in recourse, to ask the next one."),
)
"""Commands that need nothing but the receivable: (name, action, help)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What whoever gives money for a receivable says of its documents."""

    document: str | None
    no_document: bool
    acknowledge_similar: bool


def documenting(command: Callable[..., int]) -> Callable[..., int]:
    """Options of a command that gives money for a receivable; it gets them as ``Documents``."""

    def gathered(
        submission: Submission,
        *args: object,
        document: str | None,
        no_document: bool,
        acknowledge_similar: bool,
        **own: object,
    ) -> int:
        said = Documents(document=document, no_document=no_document, acknowledge_similar=acknowledge_similar)
        return command(submission, said, *args, **own)

    functools.update_wrapper(gathered, command)
    for option in (
        click.option("--document", metavar="DOC", help="Its invoice, where it names none yet."),
        click.option("--no-document", is_flag=True, help="There is no invoice; this word is recorded."),
        click.option("--acknowledge-similar", is_flag=True, help="Similar ones were looked at."),
    ):
        gathered = option(gathered)
    return submitting(gathered)


@click.group(cls=Group)
def receivable() -> None:
    """Issue, accept, hand on, split, pledge, finance and settle receivables.

    ID is the name of a receivable: the 32 hexadecimal digits that `issue` tells, or the first 4 or more.
    """


receivable.add_command(show)
receivable.add_command(history)
receivable.add_command(list_receivables)


@receivable.command()
@click.option("--to", "creditor", metavar="ORG", help="Who is owed [default: your organisation].")
@click.option("--from", "debtor", metavar="ORG", help="Who owes [default: your organisation].")
@click.option("--amount", required=True, help="Such as 1000000.00, without grouping.")
@click.option("--currency", required=True, help="Code of ISO 4217, such as CNY.")
@click.option("--due", required=True, metavar="DATE", help="Such as 2027-05-23.")
@click.option("--document", metavar="DOC", help="The registered invoice behind it.")
@click.option("--terms", metavar="ROOT", help="Root of its private terms, 64 hexadecimal digits.")
@submitting
def issue(
    submission: Submission,
    creditor: str | None,
    debtor: str | None,
    amount: str,
    currency: str,
    due: str,
    document: str | None,
    terms: str | None,
) -> int:
    """Propose a receivable, as its debtor (--to) or as its creditor (--from)."""
    if (creditor is None) == (debtor is None):
        raise click.UsageError("give --to as the debtor, or --from as the creditor")

    async def prepare(desk: Desk) -> Operation:
        own = await desk.own_org()
        backing = None
        if document is not None:
            registered = RegistryDesk(submission.session, desk.client, desk.account)
            backing = bytes.fromhex(await registered.resolve(document))
        return receivable_operation(
            "issue",
            new_nonce(),
            debtor or own,
            creditor or own,
            minor_units(amount, currency),
            currency,
            day_number(due),
            backing,
            None if terms is None else hash_of(terms),
        )

    return submission.perform(prepare)


@receivable.command()
@click.argument("which", metavar="ID")
@click.option("--reason", required=True, help="Why it is not owed.")
@submitting
def reject(submission: Submission, which: str, reason: str) -> int:
    """Say that your organisation does not owe this."""
    return _perform(submission, "reject", which, reason)


@receivable.command()
@click.argument("which", metavar="ID")
@submitting
def guarantee(submission: Submission, which: str) -> int:
    """Stand in for the debtor."""

    async def prepare(desk: Desk) -> Operation:
        return receivable_operation("guarantee", await desk.resolve(which), await desk.own_org())

    return submission.perform(prepare)


@receivable.command()
@click.argument("which", metavar="ID")
@click.option("--to", "to", metavar="ORG", required=True, help="Who is to hold it.")
@click.option("--recourse/--no-recourse", default=False, help="You stay liable [default: no].")
@submitting
def transfer(submission: Submission, which: str, to: str, recourse: bool) -> int:
    """Offer a receivable to another organisation, which has to accept it."""
    return _perform(submission, "transfer", which, to, recourse)


@receivable.command()
@click.argument("which", metavar="ID")
@click.argument("amounts", metavar="AMOUNT...", nargs=-1, required=True)
@submitting
def split(submission: Submission, which: str, amounts: tuple[str, ...]) -> int:
    """Make parts of a receivable whose amounts, such as 600000.00 400000.00, make up its own."""

    async def prepare(desk: Desk) -> Operation:
        found, told = await desk.shown(which)
        parts = tuple(minor_units(amount, str(told["currency"])) for amount in amounts)
        return receivable_operation("split", found, parts)

    return submission.perform(prepare)


@receivable.command()
@click.argument("which", metavar="ID")
@click.option("--to", "to", metavar="ORG", required=True, help="Who has it as security.")
@documenting
def pledge(submission: Submission, documents: Documents, which: str, to: str) -> int:
    """Give a receivable as security; whoever has it so gets the money, too.

    Who gets it signs too: --cosigner ORG --out FILE. Its invoice, if there is one, has to be registered by
    that one.
    """
    return _take(submission, documents, "pledge", which, to)


@receivable.command()
@click.argument("which", metavar="ID")
@documenting
def finance(submission: Submission, documents: Documents, which: str) -> int:
    """Discount what its holder asked you to. You have registered its invoice, or say that there is none."""
    return _take(submission, documents, "finance", which)


@receivable.command("request-finance")
@click.argument("which", metavar="ID")
@click.option("--by", "financier", metavar="ORG", required=True, help="Who is asked.")
@click.option("--price", required=True, help="What you get for it now, such as 591000.00.")
@click.option("--recourse/--no-recourse", default=False, help="You stay liable [default: no].")
@submitting
def request_finance(submission: Submission, which: str, financier: str, price: str, recourse: bool) -> int:
    """Ask a financier to discount a receivable, which it does with `finance`."""

    async def prepare(desk: Desk) -> Operation:
        found, told = await desk.shown(which)
        price_minor = minor_units(price, str(told["currency"]))
        return receivable_operation("request_finance", found, financier, price_minor, recourse)

    return submission.perform(prepare)


@receivable.command("set-policy")
@click.argument("which", metavar="ID")
@click.argument("words", metavar="[POLICY]", required=False)
@submitting
def set_policy(submission: Submission, which: str, words: str | None) -> int:
    """Say who has to sign what you do with a receivable that you hold; without POLICY any account of yours.

    A policy reads `OutOf(2, supplier.issuer, supplier.issuer)`; others sign with `p2pchain tx sign`.
    """

    async def prepare(desk: Desk) -> Operation:
        policy = None if words is None else parse_policy(words)
        return receivable_operation("set_policy", await desk.resolve(which), policy)

    return submission.perform(prepare)


@receivable.command()
@click.argument("which", metavar="ID")
@click.argument("against", metavar="OTHER")
@submitting
def offset(submission: Submission, which: str, against: str) -> int:
    """Set two receivables off that run against each other; both holders have to say so."""

    async def prepare(desk: Desk) -> Operation:
        return receivable_operation("offset", await desk.resolve(which), await desk.resolve(against))

    return submission.perform(prepare)


@receivable.command("attest-payment")
@click.argument("which", metavar="ID")
@click.option(
    "--reference", required=True, help="Of the bank's statement, at most 35 characters; one payment's."
)
@click.option("--amount", help="What was paid [default: all of it].")
@submitting
def attest_payment(submission: Submission, which: str, reference: str, amount: str | None) -> int:
    """Say that it was paid: as the one who paid, or as a bank that saw it."""

    async def prepare(desk: Desk) -> Operation:
        found, told = await desk.shown(which)
        whole = int(told["amount_minor"])
        paid = whole if amount is None else minor_units(amount, str(told["currency"]))
        return receivable_operation("attest_payment", found, reference, paid)

    return submission.perform(prepare)


@receivable.command("set-limits")
@click.option("--warn-days", type=click.IntRange(0, 100_000), required=True, help="A longer tenor is told.")
@click.option("--max-days", type=click.IntRange(0, 100_000), required=True, help="A longer one is refused.")
@click.pass_obj
@cosigning_options
def set_limits(session: Session, warn_days: int, max_days: int, *, signing: Signing) -> int:
    """Agree on limits of tenor; organisations with more than 2/3 of the power sign."""
    return carry_out(
        session, signing, Operation(module="receivable", action="set_limits", args=(warn_days, max_days))
    )


def _take(submission: Submission, documents: Documents, action: str, which: str, *args: str) -> int:
    async def prepare(desk: Desk) -> Operation:
        document = None
        if documents.document is not None:
            registered = RegistryDesk(submission.session, desk.client, desk.account)
            document = bytes.fromhex(await registered.resolve(documents.document))
        said = (document, documents.no_document, documents.acknowledge_similar)
        return receivable_operation(action, await desk.resolve(which), *args, *said)

    return submission.perform(prepare)


def _perform(submission: Submission, action: str, which: str, *args: str | bool) -> int:
    async def prepare(desk: Desk) -> Operation:
        return receivable_operation(action, await desk.resolve(which), *args)

    return submission.perform(prepare)


def _add_simple(name: str, action: str, summary: str) -> None:
    def run(submission: Submission, which: str) -> int:
        return _perform(submission, action, which)

    run.__doc__, run.__name__ = summary, action
    receivable.command(name)(click.argument("which", metavar="ID")(submitting(run)))


for _name, _action, _summary in SIMPLE:
    _add_simple(_name, _action, _summary)
