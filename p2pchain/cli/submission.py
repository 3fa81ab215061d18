"""Signing and submitting from a command: its options, the keys that sign, and the outcome for people and
programs.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.cli.accounts import key_path, open_key, public_key_of
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.cosign_file import HandedRound, handing_options, write_for_others
from p2pchain.cli.declarations import Declarations, declarations
from p2pchain.cli.exits import exit_code, one_line
from p2pchain.cli.options import Command, json_option, timeout_option
from p2pchain.cli.rehearsal import rehearse, show_rehearsal
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.transactions import send_operations
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.presentation.printable import printable

dry_run_option: Final = click.option(
    "--dry-run", "is_dry", is_flag=True, help="Only show what would be refused now, and sign nothing."
)
"""For a submitting command whose preparation only reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Submission that is prepared. ``report``: fields of the outcome beside those of the transaction;
    ``notes``: lines for a person where it is accepted; ``undo``: runs where the chain refuses it.
    """

    operations: tuple[Operation, ...]
    report: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    undo: Callable[[], Awaitable[object]] | None = None


Prepare = Callable[[NodeClient, PublicKey], Awaitable[Prepared]]
"""Makes the operations, asking the node where it must; gets the first signer's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Options of a submitting command. ``names``: accounts of this home that sign, in their order, then
    ``key_files``; ``handed``: others who sign a file; ``is_dry``: submit nothing, and show what would be
    refused.
    """

    session: Session
    names: tuple[str, ...]
    key_files: tuple[Path, ...]
    handed: HandedRound
    is_dry: bool
    wait: bool
    timeout_s: float
    as_json: bool

    def submit(self, *operations: Operation) -> int:
        """Perform operations that need no preparation. The exit code."""

        async def prepared(_client: NodeClient, _signer: PublicKey) -> Prepared:
            return Prepared(operations=operations)

        return self.perform(prepared)

    def perform(self, prepare: Prepare, directory: Declarations | None = None) -> int:
        """Prepare, sign, submit and report; with ``--out`` write the file for the others, with ``--dry-run``
        show what would be refused instead. The exit code. ``directory``: other declarations than this
        software's.
        """
        if not self.is_dry:
            self.handed.require_file()
        known = directory or declarations()
        paths = [key_path(self.session, None, name) for name in self.names] + list(self.key_files)
        paths = paths or [key_path(self.session, None, None)]
        work: Callable[[NodeClient], Awaitable[int]]
        if self.is_dry:
            own = [public_key_of(path) for path in paths]
            work = functools.partial(self._rehearsed, known, prepare, own)
        else:
            work = functools.partial(self._performed, known, prepare, [open_key(path) for path in paths])
        try:
            return self.session.ask(work)
        except Refused as fault:
            if not self.as_json:
                raise
            show_json(refusal_report(fault))
            return exit_code(fault, known)

    async def _rehearsed(
        self, directory: Declarations, prepare: Prepare, own: Sequence[PublicKey], client: NodeClient
    ) -> int:
        operations = (await prepare(client, own[0])).operations
        answer = await rehearse(client, own, self.handed.cosigners, operations)
        return show_rehearsal(directory, answer, operations, as_json=self.as_json)

    async def _performed(
        self, directory: Declarations, prepare: Prepare, keys: Sequence[SigningKey], client: NodeClient
    ) -> int:
        prepared = await prepare(client, keys[0].public_key)
        if self.handed.out is not None:
            await write_for_others(client, prepared.operations, keys, self.handed, as_json=self.as_json)
            return 0
        timeout_ms = int(self.timeout_s * 1000)
        done = await send_operations(client, prepared.operations, keys, wait=self.wait, timeout_ms=timeout_ms)
        answer = {"tx_id": done.tx_id.hex(), **(done.committed or {})}
        if prepared.undo is not None and answer.get("code", CODE_OK) != CODE_OK:
            await prepared.undo()
        return self._report(directory, {**prepared.report, **outcome(directory, answer)}, prepared.notes)

    def _report(self, directory: Declarations, report: Mapping[str, Any], notes: Sequence[str]) -> int:
        code = report["code"]
        fault = None if code is None else Refused(code, report["facts"])
        if self.as_json:
            show_json(report)
        elif fault is not None:
            print(one_line(fault, directory=directory), file=sys.stderr)
        else:
            print("\n".join(printable(line) for line in _lines(directory, report, notes)))
        return 0 if fault is None else exit_code(fault, directory)


def submitting(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of signing and submitting; it gets them first, as one ``Submission``."""

    def submitted(
        session: Session,
        *,
        names: tuple[str, ...],
        key_files: tuple[Path, ...],
        handed: HandedRound,
        wait: bool,
        timeout_s: float,
        as_json: bool,
        is_dry: bool = False,
        **own: Any,
    ) -> int:
        submission = Submission(
            session=session,
            names=names,
            key_files=key_files,
            handed=handed,
            is_dry=is_dry,
            wait=wait,
            timeout_s=timeout_s,
            as_json=as_json,
        )
        return command(submission, **own)

    functools.update_wrapper(submitted, command)
    wrapped: Command = handing_options(click.pass_obj(submitted))
    for option in (
        json_option,
        timeout_option(),
        click.option("--wait/--no-wait", default=True, help="Return once it is final [default: wait]."),
        click.option(
            "--key", "key_files", type=FILE, multiple=True, help="Key file that signs; several times."
        ),
        click.option(
            "--as",
            "names",
            metavar="NAME",
            multiple=True,
            help="Account that signs: accounts/NAME.key in the home; several times.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def outcome(directory: Declarations, answer: Fields) -> dict[str, Any]:
    """Describe a transaction's outcome for programs. The fields are ``tx_id``, ``height`` (null while it is
    not final), ``code`` and ``facts`` (null where nothing was refused), and the events with their fields by
    name.
    """
    code = answer.get("code")
    is_refused = code not in (CODE_OK, None)
    return {
        "tx_id": answer["tx_id"],
        "height": answer.get("height"),
        "code": code if is_refused else None,
        "facts": answer["facts"] if is_refused else None,
        "events": [
            directory.event_json(event["module"], event["name"], event["fields"])
            for event in answer.get("events", ())
        ],
    }


def refusal_report(fault: Refused) -> dict[str, Any]:
    """Describe for programs a failure before anything came into a block."""
    return {"tx_id": None, "height": None, "code": fault.code, "facts": dict(fault.facts), "events": []}


def _lines(directory: Declarations, report: Mapping[str, Any], notes: Sequence[str]) -> list[str]:
    if report["height"] is None:
        return [f"submitted, not final yet; see: p2pchain tx wait {report['tx_id']}"]
    lines = []
    for event in report["events"]:
        module, name, fields = event["module"], event["event"], event["fields"]
        if isinstance(fields, dict):
            lines.append(directory.event_text(module, name, list(fields.values())))
        else:
            lines.append(f"{module} {name} {directory.event_text(module, name, fields)}")
    return [*lines, *notes, f"final in block {report['height']}, transaction {report['tx_id']}"]
