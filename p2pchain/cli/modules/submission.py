"""Signing and submitting from a command: its options, the keys that sign, and the outcome for people and
programs.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.cli.accounts import key_path, open_key
from p2pchain.cli.cosign_file import HandedRound, handing_options, write_for_others
from p2pchain.cli.exits import FAILED, one_line
from p2pchain.cli.options import Command, json_option, timeout_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.transactions import send_operations
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.printable import printable

_FILE: Final = click.Path(path_type=Path, dir_okay=False)

Prepare = Callable[[NodeClient, PublicKey], Awaitable[Sequence[Operation]]]
"""Makes the operations, asking the node where it must; gets the first signer's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What the options of a submitting command say. ``names``: accounts of this home that sign, in their
    order, then ``key_files``; ``handed``: others who sign a file.
    """

    session: Session
    names: tuple[str, ...]
    key_files: tuple[Path, ...]
    handed: HandedRound
    wait: bool
    timeout_s: float
    as_json: bool

    def open_keys(self) -> list[SigningKey]:
        """The keys that sign, asking for passphrases where they need one; the only account of the home where
        none is named. A usage error where others are to sign, and there is no ``--out``.
        """
        self.handed.require_file()
        named = [key_path(self.session, None, name) for name in self.names] + list(self.key_files)
        return [open_key(path) for path in named or [key_path(self.session, None, None)]]

    def perform(self, directory: Directory, prepare: Prepare, shown: Mapping[str, Any] | None = None) -> int:
        """Prepare, sign, submit and report; with ``--out`` write the file for the others instead. The exit
        code. ``shown``: fields of the report beside those of the transaction.
        """
        keys = self.open_keys()

        async def performed(client: NodeClient) -> Fields | None:
            operations = await prepare(client, keys[0].public_key)
            if self.handed.out is not None:
                await write_for_others(client, operations, keys, self.handed, as_json=self.as_json)
                return None
            timeout_ms = int(self.timeout_s * 1000)
            done = await send_operations(client, operations, keys, wait=self.wait, timeout_ms=timeout_ms)
            return {"tx_id": done.tx_id.hex(), **(done.committed or {})}

        answer = self.session.ask(performed)
        return (
            0 if answer is None else self._report(directory, {**(shown or {}), **outcome(directory, answer)})
        )

    def _report(self, directory: Directory, report: Mapping[str, Any]) -> int:
        code = report["code"]
        if self.as_json:
            show_json(report)
        elif code is not None:
            print(one_line(Refused(code, report["facts"]), directory=directory), file=sys.stderr)
        else:
            print("\n".join(printable(line) for line in _sentences(directory, report)))
        if code is None:
            return 0
        return directory.exit_code(code) or FAILED


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
        **own: Any,
    ) -> int:
        submission = Submission(
            session=session,
            names=names,
            key_files=key_files,
            handed=handed,
            wait=wait,
            timeout_s=timeout_s,
            as_json=as_json,
        )
        return command(submission, **own)

    submitted.__doc__, submitted.__name__ = command.__doc__, command.__name__
    wrapped: Command = click.pass_obj(handing_options(submitted))
    for option in (
        json_option,
        timeout_option(),
        click.option("--wait/--no-wait", default=True, help="Return once it is final [default: wait]."),
        click.option(
            "--key", "key_files", type=_FILE, multiple=True, help="Key file that signs; several times."
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


def outcome(directory: Directory, answer: Fields) -> dict[str, Any]:
    """What became of a transaction, for programs: ``tx_id``, ``height`` (null while it is not final),
    ``code`` and ``facts`` (null where nothing was refused), and the events with their fields by name.
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


def _sentences(directory: Directory, report: Mapping[str, Any]) -> list[str]:
    if report["height"] is None:
        return [f"submitted, not final yet; see: p2pchain tx wait {report['tx_id']}"]
    lines = []
    for event in report["events"]:
        values = [value for name, value in event.items() if name not in ("module", "event")]
        lines.append(directory.event_text(event["module"], event["event"], values))
    return [*lines, f"final in block {report['height']}, transaction {report['tx_id']}"]
