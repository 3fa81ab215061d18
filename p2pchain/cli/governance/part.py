"""Governance's part of the client: the file that is proposed, what this node's software has, and views of
proposals, parameters and modules.
"""

from __future__ import annotations

from typing import Any, Final

import click
from rich.console import Console

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.declarations import operation_text
from p2pchain.cli.files import read_file
from p2pchain.cli.governance.module_table import digest_for, draw_modules, held_versions, note_missing
from p2pchain.cli.governance.parameter_words import draw_parameters
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import facts, report
from p2pchain.cli.session import Session
from p2pchain.cli.words import refusal_words
from p2pchain.client.cosigning import FILE_BYTES_MAX, parse_cosigned
from p2pchain.client.node_client import NodeClient
from p2pchain.client.proofs import moment
from p2pchain.ledger.consortium.governance.proposal import DAY_MS, DAYS_MAX, HEIGHTS_MAX

OPEN_FOR: Final = 100_000
"""Heights that a proposal is open for, unless said otherwise."""
OPEN_DAYS: Final = 14
"""Days that a proposal is open for, unless said otherwise."""
ABOUT: Final = """Write what is to be done with the command that does it, with --out: `p2pchain membership
admit ... --out FILE`. Then propose FILE. The vote that brings the majority executes it.

Before a module runs in its next version, every member has to install a release that has the version, and to
say so with declare-software. Where too few do, the version is put off by 100 heights; once it counts, a node
without it stops.
"""


async def _proposal(work: Work) -> Made:
    """Read the operations that a file asks for; they are open for so many heights and days."""
    body = parse_cosigned(read_file(work.options["file"], FILE_BYTES_MAX)).body
    status = await work.client.status()
    return Made(
        values={
            "expires": int(status["height"]) + work.options["open_for"],
            "expires_ms": int(status["block_time_ms"]) + work.options["days"] * DAY_MS,
            "operations": tuple((asked.module, asked.action, asked.args) for asked in body.operations),
        }
    )


async def _version(work: Work) -> Made:
    """Find the digest of a version, and note where this node's software lacks it."""
    known = await work.client.modules()
    module, version, height = str(work.values["module"]), work.values["version"], work.values["height"]
    assert isinstance(version, int), "the field takes an integer"
    assert isinstance(height, int), "the field takes an integer"
    note_missing(known, module, version, height)
    return Made(values={"digest": digest_for(known, module, version, work.options["digest"])})


async def _software(work: Work) -> Made:
    """Take the versions that this node's software has."""
    return Made(values={"modules": held_versions(await work.client.modules())})


@click.command()
@json_option
@click.pass_obj
def parameters(session: Session, as_json: bool) -> None:
    """List the parameters of the chain for the next block, with what they mean."""
    report(session, NodeClient.parameters, draw_parameters, as_json=as_json)


@click.command()
@json_option
@click.pass_obj
def modules(session: Session, as_json: bool) -> None:
    """List the modules: the version in force, the scheduled one, and which versions whose nodes have."""
    report(session, NodeClient.modules, draw_modules, as_json=as_json)


@click.command()
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


def _draw_one(answer: Any, console: Console) -> None:
    votes = [f"{row['org']} {'yes' if row['yes'] else 'no'}" for row in answer["votes"]]
    pairs: list[tuple[str, object]] = [
        ("proposal", answer["number"]),
        ("title", answer["title"]),
        ("state", answer["state"]),
        ("not executed", None if answer["reason"] is None else refusal_words(**answer["reason"])),
        ("by", f"{answer['proposer']} at height {answer['height']}"),
        ("open to height", answer["expires"]),
        ("open to", f"{moment(answer['expires_ms'])} UTC"),
        ("votes", ", ".join(votes)),
        ("power in favour", f"{answer['power']} of {answer['total_power']}"),
    ]
    for row in answer["operations"]:
        pairs.append(("operation", operation_text(row["module"], row["action"], row["args"])))
    facts(console, [pair for pair in pairs if pair[1] is not None])


PART: Final = ClientPart(
    about=ABOUT,
    readers={
        "propose": FileReader(
            make=_proposal,
            parameters=(
                click.Argument(["file"], type=FILE),
                click.Option(
                    ["--open-for"],
                    type=click.IntRange(1, HEIGHTS_MAX),
                    default=OPEN_FOR,
                    show_default=True,
                    help="Heights.",
                ),
                click.Option(
                    ["--days"],
                    type=click.IntRange(1, DAYS_MAX),
                    default=OPEN_DAYS,
                    show_default=True,
                    help="Days, if sooner.",
                ),
            ),
            only_reads=True,
        ),
        "set_module_version": FileReader(
            make=_version,
            parameters=(
                click.Option(
                    ["--digest"], metavar="HEX", help="Digest of its code [that of this node's software]."
                ),
            ),
            only_reads=True,
        ),
        "declare_software": FileReader(make=_software, only_reads=True),
    },
    commands=(parameters, modules, show),
)
