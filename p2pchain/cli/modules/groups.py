"""The group of commands of a module: one per action and query of its declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from p2pchain.cli.accounts import open_asker
from p2pchain.cli.groups import Group
from p2pchain.cli.modules.arguments import Arguments
from p2pchain.cli.modules.parameters import parameters_of, typed_values
from p2pchain.cli.modules.submission import Submission, submitting
from p2pchain.cli.options import account_options, json_option
from p2pchain.cli.screen import facts, report, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Id
from p2pchain.ledger.module import Action, Module, Query
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import Operation, Value
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.values import label_of, words_of

LIMIT_DEFAULT: Final = 50
SHORT_CHARS: Final = 12
"""Digits of an id in a table; enough to name it by."""


def module_group(directory: Directory, module: Module, own: Mapping[str, click.Command]) -> click.Group:
    """Make the commands of a module. ``own``: those that are written by hand, since they read a file of this
    disk, by name; they take the place of what would be derived.
    """
    group = Group(name=module.name, help=f"{module.does}.")
    for action in module.actions:
        if not action.file:
            group.add_command(_action_command(directory, module, action))
    for query in module.queries:
        group.add_command(_query_command(directory, module, query))
    for command in own.values():
        group.add_command(command)
    return group


def command_name(name: str) -> str:
    """Name of the command of an action or query."""
    return name.replace("_", "-")


def _action_command(directory: Directory, module: Module, action: Action) -> click.Command:
    def run(submission: Submission, **given: Any) -> int:
        typed = typed_values(action.fields, given)

        async def prepare(client: NodeClient, signer: PublicKey) -> Sequence[Operation]:
            values = await Arguments(directory, client, signer).read(typed)
            return (Operation(module=module.name, action=action.name, args=tuple(values.values())),)

        return submission.perform(directory, prepare)

    run.__doc__ = f"{action.does}.\n\nWho may: {action.who}." if action.who else f"{action.does}."
    command = click.command(command_name(action.name))(submitting(run))
    command.params = [*parameters_of(action.fields), *command.params]
    return command


def _query_command(directory: Directory, module: Module, query: Query) -> click.Command:
    def run(
        session: Session, /, *, key_file: Path | None, name: str | None, as_json: bool, **given: Any
    ) -> None:
        typed = typed_values(query.fields, given)
        asker = open_asker(session, key_file, name)

        async def asked(client: NodeClient) -> Fields:
            public_key = None if asker is None else asker.public_key
            args = await Arguments(directory, client, public_key).read(typed)
            return await _pages(client, module.name, query, args, asker)

        report(session, asked, lambda answer, console: draw_answer(query, answer, console), as_json=as_json)

    run.__doc__ = f"{query.does}."
    command = click.command(command_name(query.name))(account_options(json_option(click.pass_obj(run))))
    command.params = [*parameters_of(query.fields), *command.params]
    return command


async def _pages(
    client: NodeClient, module: str, query: Query, args: Mapping[str, Value], asker: SigningKey | None
) -> Fields:
    """The answer to a query; of a list the pages until ``limit`` rows are there, as one answer."""
    asked: dict[str, Any] = {**args}
    if query.rows is None:
        return await client.query(module, query.name, asked, asker)
    listed, _ = query.rows
    limit = args.get("limit")
    most = limit if isinstance(limit, int) else LIMIT_DEFAULT
    rows: list[Fields] = []
    after = args.get("after")
    while True:
        wanted: dict[str, Any] = {**asked, "after": after, "limit": most - len(rows)}
        page = await client.query(module, query.name, {name: wanted[name] for name in asked}, asker)
        rows.extend(page[listed])
        after = page.get("next")
        if after is None or len(rows) >= most or "after" not in args:
            return {**page, listed: rows, "next": after}


def draw_answer(query: Query, answer: Fields, console: Console) -> None:
    """Show an answer to a person: facts, then the rows of its list as a table."""
    shown = [(label_of(field), words) for field, words in _cells(query.returns, answer) if words is not None]
    if shown:
        facts(console, shown)
    if query.rows is None:
        return
    listed, fields = query.rows
    columns = [label_of(field) for field in fields]
    rows = [[words for _, words in _cells(fields, row, is_short=True)] for row in answer[listed]]
    kept = [place for place in range(len(columns)) if any(row[place] is not None for row in rows)]
    table(
        console,
        [columns[place] for place in kept],
        [[row[place] for place in kept] for row in rows],
        empty=f"no {listed.replace('_', ' ')}",
    )
    if answer.get("next"):
        console.print(Text(f"more: --after {answer['next']}"))


def _cells(
    fields: Sequence[Field], answer: Fields, *, is_short: bool = False
) -> list[tuple[Field, str | None]]:
    """Words of the fields of an answer; None for null and for what is left out."""
    cells: list[tuple[Field, str | None]] = []
    for field in fields:
        value = answer.get(field.name)
        if value is None or value == []:
            cells.append((field, None))
        elif is_short and isinstance(field.kind, Id):
            cells.append((field, str(value)[:SHORT_CHARS]))
        else:
            cells.append((field, words_of(field, value, answer)))
    return cells
