"""How a command that submits signs and waits: its options, as one object."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from p2pchain.cli.accounts import key_path, open_key
from p2pchain.cli.cosign_file import HandedRound, handing_options, write_for_others
from p2pchain.cli.options import submitting_options
from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient, Submitted
from p2pchain.client.transactions import send_operations
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.transaction import Operation

S = TypeVar("S", bound="SubmitOptions")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOptions:
    """What the options of ``submitting_options`` said."""

    session: Session
    key_file: Path | None
    name: str | None
    handed: HandedRound
    wait: bool
    timeout_s: float
    as_json: bool

    def open_key(self) -> SigningKey:
        """The key that signs; asks for its passphrase where it needs one. A usage error where others are to
        sign, and there is no ``--out``.
        """
        self.handed.require_file()
        return open_key(key_path(self.session, self.key_file, self.name))

    async def send(
        self, client: NodeClient, operations: Sequence[Operation], signer: SigningKey
    ) -> Submitted:
        """Sign and submit, and wait as the options say. With ``--out`` the file is written, and the command
        ends here: ``Exit``.
        """
        if self.handed.out is not None:
            await write_for_others(client, operations, (signer,), self.handed, as_json=self.as_json)
            raise click.exceptions.Exit(0)
        timeout_ms = int(self.timeout_s * 1000)
        return await send_operations(client, operations, (signer,), wait=self.wait, timeout_ms=timeout_ms)


def submitting_as(kind: type[S]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Options of every command that submits; the command gets them first, as one ``kind``."""

    def with_options(command: Callable[..., int]) -> Callable[..., int]:
        def submitted(
            session: Session,
            *,
            key_file: Path | None,
            name: str | None,
            handed: HandedRound,
            wait: bool,
            timeout_s: float,
            as_json: bool,
            **own: object,
        ) -> int:
            options = kind(
                session=session,
                key_file=key_file,
                name=name,
                handed=handed,
                wait=wait,
                timeout_s=timeout_s,
                as_json=as_json,
            )
            return command(options, **own)

        functools.update_wrapper(submitted, command)
        return submitting_options(click.pass_obj(handing_options(submitted)))

    return with_options
