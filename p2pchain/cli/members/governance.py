"""``governance``: proposals and votes, for what organisations decide that cannot sign together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from p2pchain.cli.cosigners import Signing, carry_out, cosigning_options
from p2pchain.cli.declarations import operation_text
from p2pchain.cli.files import read_file
from p2pchain.cli.groups import Group
from p2pchain.cli.members.module_table import (
    digest_for,
    draw_modules,
    held_versions,
    note_missing,
)
from p2pchain.cli.members.parameter_words import draw_parameters
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import facts, report, table
from p2pchain.cli.session import Session
from p2pchain.cli.submission import Prepared, Submission, submitting
from p2pchain.cli.words import readable, what_and_next
from p2pchain.client.cosigning import FILE_BYTES_MAX, parse_cosigned
from p2pchain.client.node_client import NodeClient
from p2pchain.client.proofs import moment
from p2pchain.ledger.consortium.governance.proposal import DAY_MS, DAYS_MAX
from p2pchain.ledger.consortium.governance.versions import VERSION_MAX
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import Operation, Value
from p2pchain.presentation.printable import value_text

OPEN_FOR: int = 100_000
"""Heights that a proposal is open for, unless told."""
OPEN_DAYS: int = 14
"""Days that a proposal is open for, unless told."""


@click.group(cls=Group)
def governance() -> None:
    """Propose what needs organisations with more than 2/3 of the power, and vote on it.

    Write what is to be done with the command that does it, with --out: `p2pchain membership admit ... --out
    FILE`. Then propose FILE. The vote that brings the majority executes it.
    """


@governance.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--title", required=True, help="What it is for, at most 200 bytes.")
@click.option(
    "--open-for", type=click.IntRange(1, 1_000_000), default=OPEN_FOR, show_default=True, help="Heights."
)
@click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), default=OPEN_DAYS, show_default=True, help="Days, if sooner."
)
@submitting
def propose(submission: Submission, file: Path, title: str, open_for: int, days: int) -> int:
    """Propose the operations of FILE, and vote for them. It is open for so many heights and days."""
    body = parse_cosigned(read_file(file, FILE_BYTES_MAX)).body
    operations: Value = tuple(
        (operation.module, operation.action, operation.args) for operation in body.operations
    )

    async def prepare(client: NodeClient, _signer: PublicKey) -> Prepared:
        status = await client.status()
        ends = (int(status["height"]) + open_for, int(status["block_time_ms"]) + days * DAY_MS)
        operation = Operation(module="governance", action="propose", args=(title, *ends, operations))
        return Prepared(operations=(operation,))

    return submission.perform(prepare)


@governance.command()
@click.argument("number", type=click.IntRange(min=0))
@click.option("--yes/--no", default=None, required=True, help="In favour or not; the latest vote counts.")
@submitting
def vote(submission: Submission, number: int, yes: bool) -> int:
    """Vote on a proposal."""
    operation = Operation(module="governance", action="vote", args=(number, yes))
    return submission.submit(operation)


@governance.command()
@click.argument("number", type=click.IntRange(min=0))
@submitting
def cancel(submission: Submission, number: int) -> int:
    """Take your organisation's proposal back."""
    operation = Operation(module="governance", action="cancel", args=(number,))
    return submission.submit(operation)


@governance.command("set-parameter")
@click.argument("parameter")
@click.argument("value", type=click.IntRange(min=0))
@click.pass_obj
@cosigning_options
def set_parameter(session: Session, parameter: str, value: int, *, signing: Signing) -> int:
    """Change a parameter of the chain from the next block on; those with more than 2/3 of the power sign."""
    operation = Operation(module="governance", action="set_parameter", args=(parameter, value))
    return carry_out(session, signing, operation)


@governance.command("set-module-version")
@click.argument("module")
@click.argument("version", type=click.IntRange(1, VERSION_MAX))
@click.option("--height", type=click.IntRange(min=1), required=True, help="The first block it executes.")
@click.option("--digest", metavar="HEX", help="Digest of its code [that of this node's software].")
@click.pass_obj
@cosigning_options
def set_module_version(
    session: Session, module: str, version: int, height: int, digest: str | None, *, signing: Signing
) -> int:
    """Let a module run in its next version from a height on; those with more than 2/3 of the power sign.

    Every member has to install a release that has the version before that height, and to say so with
    declare-software. Where too few do, the version is put off by 100 heights; once it counts, a node without
    it stops. Do it again for another height, or see withdraw-module-version.
    """
    known = session.ask(NodeClient.modules)
    note_missing(known, module, version, height)
    args = (module, version, height, digest_for(known, module, version, digest))
    return carry_out(session, signing, Operation(module="governance", action="set_module_version", args=args))


@governance.command("declare-software")
@submitting
def declare_software(submission: Submission) -> int:
    """Say on the chain which versions of modules your organisation's nodes have, as this node has them."""

    async def prepare(client: NodeClient, _signer: PublicKey) -> Prepared:
        held = held_versions(await client.modules())
        operation = Operation(module="governance", action="declare_software", args=(held,))
        return Prepared(operations=(operation,))

    return submission.perform(prepare)


@governance.command("suspend-module")
@click.argument("module")
@click.pass_obj
@cosigning_options
def suspend_module(session: Session, module: str, *, signing: Signing) -> int:
    """Suspend a module from the next block on: nothing of it is carried out, its records stay."""
    operation = Operation(module="governance", action="suspend_module", args=(module,))
    return carry_out(session, signing, operation)


@governance.command("resume-module")
@click.argument("module")
@click.pass_obj
@cosigning_options
def resume_module(session: Session, module: str, *, signing: Signing) -> int:
    """Resume a suspended module from the next block on."""
    operation = Operation(module="governance", action="resume_module", args=(module,))
    return carry_out(session, signing, operation)


@governance.command("withdraw-module-version")
@click.argument("module")
@click.argument("version", type=click.IntRange(1, VERSION_MAX))
@click.pass_obj
@cosigning_options
def withdraw_module_version(session: Session, module: str, version: int, *, signing: Signing) -> int:
    """Take a scheduled version of a module back before its height; those with more than 2/3 sign."""
    operation = Operation(module="governance", action="withdraw_module_version", args=(module, version))
    return carry_out(session, signing, operation)


@governance.command()
@json_option
@click.pass_obj
def parameters(session: Session, as_json: bool) -> None:
    """List the parameters of the chain for the next block, with what they mean."""
    report(session, NodeClient.parameters, draw_parameters, as_json=as_json)


@governance.command()
@json_option
@click.pass_obj
def modules(session: Session, as_json: bool) -> None:
    """List the modules: the version in force, the scheduled one, and which versions whose nodes have."""
    report(session, NodeClient.modules, draw_modules, as_json=as_json)


@governance.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List proposals, the newest first."""
    report(session, lambda client: client.query("governance", "list", {}), _draw_list, as_json=as_json)


@governance.command()
@click.argument("number", type=click.IntRange(min=0))
@json_option
@click.pass_obj
def show(session: Session, number: int, as_json: bool) -> None:
    """Show a proposal: what it would do, and who is in favour."""
    report(
        session,
        lambda client: client.query("governance", "show", {"number": number}),
        _draw_one,
        as_json=as_json,
    )


def _draw_list(answer: Any, console: Console) -> None:
    rows = [
        (
            proposal["number"],
            proposal["state"],
            f"{proposal['power']} of {proposal['total_power']}",
            proposal["expires"],
            proposal["proposer"],
            proposal["title"],
        )
        for proposal in answer["proposals"]
    ]
    columns = ("number", "state", "power in favour", "open to height", "by", "title")
    table(console, columns, rows, empty="no proposals")


def _draw_one(answer: Any, console: Console) -> None:
    votes = [f"{vote['org']} {'yes' if vote['yes'] else 'no'}" for vote in answer["votes"]]
    pairs: list[tuple[str, object]] = [
        ("proposal", answer["number"]),
        ("title", answer["title"]),
        ("state", answer["state"]),
        ("not executed", _refusal_words(answer["reason"])),
        ("by", f"{answer['proposer']} at height {answer['height']}"),
        ("open to height", answer["expires"]),
        ("open to", f"{moment(answer['expires_ms'])} UTC"),
        ("votes", ", ".join(votes)),
        ("power in favour", f"{answer['power']} of {answer['total_power']}"),
    ]
    for operation in answer["operations"]:
        pairs.append(
            ("operation", operation_text(operation["module"], operation["action"], operation["args"]))
        )
    facts(console, [pair for pair in pairs if pair[1] is not None])


def _refusal_words(reason: Any) -> str | None:
    """Describe the latest refusal of a proposal: words, what to do, code and facts."""
    if reason is None:
        return None
    words, then = what_and_next(reason["code"])
    fact_words = ", ".join(f"{name}={value_text(value)}" for name, value in readable(reason["facts"]).items())
    return "; ".join(filter(None, (words, then, f"{reason['code']}: {fact_words}")))
