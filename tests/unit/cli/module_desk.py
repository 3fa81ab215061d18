"""A home with accounts, and a module's commands run in it against a ledger in this process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from p2pchain.cli.exits import exit_code, one_line
from p2pchain.model.errors import Fault
from p2pchain.presentation.directory import Directory
from p2pchain.signing.keyfile import write_key
from tests.unit.cli.ledger_session import LedgerSession
from tests.unit.ledger.ledger_world import World, signing_key

Json = dict[str, Any]


class ModuleDesk:
    """Commands as a person types them, over one world."""

    def __init__(
        self,
        home: Path,
        capsys: pytest.CaptureFixture[str],
        world: World,
        directory: Directory,
        groups: Sequence[click.Group],
        accounts: Sequence[str],
    ) -> None:
        self.world = world
        self.directory = directory
        self.session = LedgerSession(home=home, given_socket=None, world=world, directory=directory)
        self.session.accounts.mkdir()
        for name in accounts:
            write_key(self.session.accounts / f"{name}.key", signing_key(name), "account", None)
        self.group = click.Group(commands=groups)
        self.capsys = capsys

    def run(self, *typed: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        try:
            code = self.group.main(typed, prog_name="p2pchain", standalone_mode=False, obj=self.session)
        except Fault as fault:
            written = self.capsys.readouterr()
            return exit_code(fault, self.directory), written.out, one_line(fault, directory=self.directory)
        written = self.capsys.readouterr()
        return code or 0, written.out, written.err

    def says(self, *typed: str) -> str:
        """What a command that succeeds prints."""
        code, out, err = self.run(*typed)
        assert code == 0, err
        return out

    def read(self, *typed: str) -> Json:
        """The JSON of a command, whether it succeeds or is refused; nothing stands on standard error."""
        _, out, err = self.run(*typed, "--json")
        assert err == ""
        read: Json = json.loads(out)
        return read
