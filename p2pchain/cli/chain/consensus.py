"""``consensus``, ``validators``, ``equivocations``: who votes, how the vote stands, and who voted twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from rich.console import Console

from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import DASH, facts, plain, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient


@click.command()
@json_option
@watch_option
@click.pass_obj
def consensus(session: Session, as_json: bool, watch: bool) -> None:
    """Show the height in progress: round, step, proposer, and who voted for what."""
    report(session, NodeClient.consensus, draw_consensus, as_json=as_json, watch=watch)


def draw_consensus(answer: Fields, console: Console) -> None:
    """The answer of ``/v1/consensus`` for people."""
    facts(
        console,
        [
            ("height", answer["height"]),
            ("round", f"{answer['round']}, step {answer['step']}"),
            ("proposer", answer.get("proposer_org")),
            ("locked", _at_round(answer.get("locked_block"), answer.get("locked_round"))),
            ("valid", _at_round(answer.get("valid_block"), answer.get("valid_round"))),
        ],
    )
    columns = ("round", "proposer", "proposal", "prevotes", "precommits")
    rows = [
        (
            row["round"],
            row.get("proposer_org"),
            short(row["proposal"]),
            _votes(row["prevotes"]),
            _votes(row["precommits"]),
        )
        for row in answer["rounds"]
    ]
    table(console, columns, rows, empty="no votes yet")


def _at_round(block: object, round_: object) -> str:
    return DASH if block is None else f"{short(block)} in round {round_}"


def _votes(votes: Mapping[str, object]) -> str:
    """Show each organisation's vote by its first digits, or a dash."""
    return ", ".join(f"{org} {short(vote)[:8]}" for org, vote in votes.items())


@click.command()
@json_option
@watch_option
@click.pass_obj
def validators(session: Session, as_json: bool, watch: bool) -> None:
    """List the validators of the next block."""
    report(session, NodeClient.validators, draw_validators, as_json=as_json, watch=watch)


def draw_validators(rows: Sequence[Fields], console: Console) -> None:
    """The answer of ``/v1/validators`` for people."""
    columns = ("index", "org", "power", "connected", "sits out until", "evidence", "public key")
    cells = [
        (
            row["index"],
            row["org"],
            row["power"],
            row["connected"],
            row["sits_out_until"],
            row["evidence"],
            short(row["public_key"]),
        )
        for row in rows
    ]
    table(console, columns, cells, empty="no validators")


@click.command()
@json_option
@click.pass_obj
def equivocations(session: Session, as_json: bool) -> None:
    """List validators that voted twice, as blocks recorded it; removing one is up to the members."""
    report(session, NodeClient.evidence, draw_evidence, as_json=as_json)


def draw_evidence(rows: Sequence[Fields], console: Console) -> None:
    """The answer of ``/v1/evidence`` for people."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[plain(row.get(name)) for name in columns] for row in rows]
    table(console, columns, cells, empty="no evidence: nobody was caught voting twice")
