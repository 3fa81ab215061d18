"""The group of commands of a module: one per action and query of its declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from p2pchain.cli.accounts import key_path, open_asker, open_key
from p2pchain.cli.exits import exit_code
from p2pchain.cli.groups import Group
from p2pchain.cli.modules.arguments import Arguments
from p2pchain.cli.modules.client_part import NO_PART, Beside, ClientPart, FileReader, Made, Work
from p2pchain.cli.modules.parameters import Typed, parameters_of, typed_values
from p2pchain.cli.options import account_options, json_option
from p2pchain.cli.screen import facts, report, show_json, table
from p2pchain.cli.session import Session
from p2pchain.cli.submission import Prepared, Submission, dry_run_option, refusal_report, submitting
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.fields import Field
from p2pchain.ledger.module import Action, Module, Query
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import Operation, Value
from p2pchain.presentation.answers import facts_of, table_of
from p2pchain.presentation.directory import Directory

LIMIT_DEFAULT: Final = 50


async def _nothing(_work: Work) -> Made:
    """Make nothing: all fields of the action or query are typed."""
    return Made()


NO_READER: Final = FileReader(make=_nothing, only_reads=True)


def module_group(directory: Directory, module: Module, part: ClientPart = NO_PART) -> click.Group:
    """Make the commands of a module. ``part``: of the client; an action whose file it does not read has no
    command.
    """
    group = Group(name=module.name, help="\n\n".join(filter(None, (f"{module.does}.", part.about))))
    for action in module.actions:
        reader = part.readers.get(action.name)
        if reader is not None or not action.file:
            group.add_command(_action_command(directory, module, action, reader or NO_READER))
    for query in module.queries:
        if query.name not in part.covered:
            group.add_command(_query_command(directory, module, query, part))
    for command in part.commands:
        group.add_command(command)
    return group


def command_name(name: str) -> str:
    """Name of the command of an action or query."""
    return name.replace("_", "-")


def _action_command(
    directory: Directory, module: Module, action: Action, reader: FileReader
) -> click.Command:
    def run(submission: Submission, **options: Any) -> int:
        typed = typed_values(action.fields, options)

        async def prepare(client: NodeClient, signer: PublicKey) -> Prepared:
            values, made = await _values(
                directory, submission.session, client, signer, typed, action.fields, reader, options
            )
            operation = Operation(module=module.name, action=action.name, args=tuple(values.values()))
            return Prepared(
                operations=(*made.before, operation), report=made.report, notes=made.notes, undo=made.undo
            )

        return submission.perform(prepare, directory)

    sentences = [f"{action.does}.", f"Who may: {action.who}." if action.who else ""]
    if action.file:
        sentences.append(f"On this machine: {action.file}.")
    run.__doc__ = "\n\n".join(filter(None, sentences))
    submitted = submitting(run)
    if reader.only_reads:
        submitted = dry_run_option(submitted)
    command = click.command(command_name(action.command or action.name))(submitted)
    command.params = [*_parameters(action.fields, reader), *command.params]
    return command


def _query_command(directory: Directory, module: Module, query: Query, part: ClientPart) -> click.Command:
    reader, beside = part.readers.get(query.name, NO_READER), part.beside.get(query.name)

    def run(
        session: Session, /, *, key_file: Path | None, name: str | None, as_json: bool, **options: Any
    ) -> int:
        typed = typed_values(query.fields, options)
        is_personal = query.is_personal or any(
            item.field.entry.is_personal and item.value is not None for item in typed
        )
        asker = (
            open_key(key_path(session, key_file, name))
            if is_personal
            else open_asker(session, key_file, name)
        )

        async def asked(client: NodeClient) -> Fields:
            signer = None if asker is None else asker.public_key
            args, made = await _values(
                directory, session, client, signer, typed, query.fields, reader, options
            )
            answer = await _pages(client, module.name, query, args, asker)
            return {**_with_beside(session, query, answer, beside), **made.report}

        try:
            report(
                session,
                asked,
                lambda answer, console: draw_answer(query, answer, console, beside),
                as_json=as_json,
            )
        except Refused as fault:
            if not as_json:
                raise
            show_json(refusal_report(fault))
            return exit_code(fault, directory)
        return 0

    run.__doc__ = f"{query.does}."
    command = click.command(command_name(query.name))(account_options(json_option(click.pass_obj(run))))
    command.params = [*_parameters(query.fields, reader), *command.params]
    return command


def _parameters(fields: Sequence[Field], reader: FileReader) -> list[click.Parameter]:
    """Arguments first: those of the reader, then those of the fields; then the options."""
    made = [*reader.parameters, *parameters_of(fields)]
    return sorted(made, key=lambda parameter: isinstance(parameter, click.Option))


async def _values(
    directory: Directory,
    session: Session,
    client: NodeClient,
    signer: PublicKey | None,
    typed: Sequence[Typed],
    fields: Sequence[Field],
    reader: FileReader,
    typed_options: Mapping[str, Any],
) -> tuple[dict[str, Value], Made]:
    """The values of all fields by name, in their order: those that were typed, and those that are made."""
    values = await Arguments(directory, client, signer).read(typed)
    options = {str(parameter.name): typed_options.get(str(parameter.name)) for parameter in reader.parameters}
    work = Work(
        directory=directory,
        session=session,
        client=client,
        signer=signer,
        values=values,
        options=options,
    )
    made = await reader.make(work)
    values |= made.values
    return {field.name: values[field.name] for field in fields}, made


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
        if "after" not in args:
            return {**page, listed: rows}
        if after is None or len(rows) >= most:
            return {**page, listed: rows, "next": after}


def _with_beside(session: Session, query: Query, answer: Fields, beside: Beside | None) -> Fields:
    if beside is None:
        return answer
    if query.rows is None:
        return {**answer, **beside.add(session, answer)}
    listed, _ = query.rows
    return {**answer, listed: [{**row, **beside.add(session, row)} for row in answer[listed]]}


def draw_answer(query: Query, answer: Fields, console: Console, beside: Beside | None = None) -> None:
    """Show an answer to a person: facts, then the rows of its list as a table."""
    added = () if beside is None else beside.fields
    shown = facts_of((*query.returns, *added) if query.rows is None else query.returns, answer)
    if shown:
        facts(console, shown)
    if query.rows is None:
        return
    listed, fields = query.rows
    columns, rows = table_of((*fields, *added), answer[listed], answer)
    table(console, columns, rows, empty=f"no {listed.replace('_', ' ')}")
    if answer.get("next"):
        console.print(Text(f"more: --after {answer['next']}"))
