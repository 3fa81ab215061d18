"""Who signs what touches everybody: keys of this home, and others that sign a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from p2pchain.cli.accounts import key_path, open_key
from p2pchain.cli.chain.tx import tell_submitted
from p2pchain.cli.cosign_file import HandedRound, handing_options, write_for_others
from p2pchain.cli.options import Command, json_option, timeout_option
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Submitted
from p2pchain.client.transactions import send_operations
from p2pchain.model.transaction import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What the options said: accounts of this home, and who else signs."""

    names: tuple[str, ...]
    key_files: tuple[Path, ...]
    handed: HandedRound
    timeout_s: float
    as_json: bool


def cosigning_options(command: Command) -> Command:
    """Options of a command that several may have to sign, told to it as ``signing``."""

    def gathered(
        *args: object,
        names: tuple[str, ...],
        key_files: tuple[Path, ...],
        handed: HandedRound,
        timeout_s: float,
        as_json: bool,
        **others: object,
    ) -> object:
        signing = Signing(
            names=names,
            key_files=key_files,
            handed=handed,
            timeout_s=timeout_s,
            as_json=as_json,
        )
        return command(*args, signing=signing, **others)

    gathered.__doc__, gathered.__name__ = command.__doc__, command.__name__
    file = click.Path(path_type=Path, dir_okay=False)
    for option in (
        click.option("--as", "names", metavar="NAME", multiple=True, help="Account here; several times."),
        click.option("--key", "key_files", type=file, multiple=True, help="Key file; several times."),
        handing_options,
    ):
        gathered = option(gathered)
    wrapped: Command = timeout_option()(json_option(gathered))
    return wrapped


def carry_out(session: Session, signing: Signing, operation: Operation) -> int:
    """Submit the operation, or write it for the others. The exit code."""
    submitted = hand_in(session, signing, operation)
    return 0 if submitted is None else tell_submitted(submitted, as_json=signing.as_json)


def hand_in(session: Session, signing: Signing, operation: Operation) -> Submitted | None:
    """Submit the operation and wait; or write it for the others, and None."""
    named = [key_path(session, None, name) for name in signing.names] + list(signing.key_files)
    keys = [open_key(path) for path in named or [key_path(session, None, None)]]
    signing.handed.require_file()
    if signing.handed.out is not None:
        session.ask(
            lambda client: write_for_others(
                client, (operation,), keys, signing.handed, as_json=signing.as_json
            )
        )
        return None
    return session.ask(
        lambda client: send_operations(client, (operation,), keys, timeout_ms=int(signing.timeout_s * 1000))
    )
