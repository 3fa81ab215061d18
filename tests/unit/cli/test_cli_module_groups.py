"""A module that is one folder has commands, with no other file touched: those of the sample module are run
against a ledger, as a person types them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from p2pchain.business import software
from p2pchain.business.software import MODULES
from p2pchain.cli.exits import exit_code, one_line
from p2pchain.cli.main import invoke
from p2pchain.cli.modules.groups import module_group
from p2pchain.model.errors import Fault
from p2pchain.presentation.directory import Directory
from p2pchain.signing.keyfile import write_key
from tests.samples.tool_register.x_tools.module import MODULE as TOOLS
from tests.unit.cli.ledger_session import LedgerSession
from tests.unit.ledger.ledger_world import World, signing_key
from tests.unit.ledger.receivable_steps import a_market

DIRECTORY = Directory((*MODULES, TOOLS))
ADD = ("add", "A saw", "--sort", "power", "--fee", "12.50", "--currency", "EUR", "--as", "buyer")
Json = dict[str, Any]


class Desk:
    """A home with two accounts, and the commands of the sample module."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        world = World(a_market(), DIRECTORY.modules)
        self.session = LedgerSession(home=home, given_socket=None, world=world, directory=DIRECTORY)
        self.session.accounts.mkdir()
        for name in ("buyer", "supplier"):
            write_key(self.session.accounts / f"{name}.key", signing_key(name), "account", None)
        self.group = module_group(DIRECTORY, TOOLS, {})
        self.capsys = capsys

    def run(self, *typed: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        try:
            code = self.group.main(typed, prog_name="p2pchain tools", standalone_mode=False, obj=self.session)
        except Fault as fault:
            return exit_code(fault, DIRECTORY), "", one_line(fault, directory=DIRECTORY)
        written = self.capsys.readouterr()
        return code or 0, written.out, written.err

    def read(self, *typed: str) -> Json:
        """The JSON of a command that succeeds."""
        code, out, err = self.run(*typed, "--json")
        assert code == 0, err
        read: Json = json.loads(out)
        return read


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Nothing is on the chain yet."""
    return Desk(tmp_path, capsys)


def test_one_line_brings_a_module_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That of ``MODULES``: there is a group of commands, and help lists it in its words."""
    home = ["--home", str(tmp_path)]
    assert invoke([*home, "x-tools", "--help"]) == 2
    monkeypatch.setattr(software, "MODULES", (*MODULES, TOOLS))
    assert invoke([*home, "x-tools", "--help"]) == 0
    assert "give-back" in capsys.readouterr().out
    assert invoke([*home, "--help"]) == 0
    listed = " ".join(capsys.readouterr().out.split())
    assert f"tools {TOOLS.does}." in listed
    for module in MODULES:
        assert f" {module.name} " in listed


def test_packages_that_a_home_names_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without importing one; which of them cannot be loaded its own command says."""
    (tmp_path / "config.toml").write_text('[modules]\npackages = ["x-nowhere"]\n')
    home = ["--home", str(tmp_path)]
    assert invoke([*home, "--help"]) == 0
    assert "Commands of the package x-nowhere." in " ".join(capsys.readouterr().out.split())
    assert invoke([*home, "x-nowhere", "list"]) == 1
    assert "MODULE_NOT_INSTALLED" in capsys.readouterr().err


def test_help_names_all_commands_and_fields(desk: Desk) -> None:
    """In the words of the declaration."""
    code, out, _ = desk.run("--help")
    assert code == 0
    assert [word for word in ("add", "lend", "give-back", "list", "show") if f"  {word} " not in out] == []
    assert "Keep a register of tools that members lend one another." in out
    _, out, _ = desk.run("lend", "--help")
    assert "TOOL" in out
    assert "--to ORGANISATION" in out
    assert "Who gets the tool." in out
    assert "Who may: its owner." in out


def test_a_tool_is_added_lent_and_given_back(desk: Desk) -> None:
    """Its id may be given by its first digits; the sentences are those of the declaration."""
    code, out, err = desk.run(*ADD)
    assert code == 0, err
    (row,) = desk.read("list")["tools"]
    tool = row["tool"]
    assert f'buyer adds "A saw" for 12.50 EUR a day: tool {tool}' in out
    code, out, err = desk.run("lend", tool[:6], "--to", "supplier", "--due", "2099-01-31", "--as", "buyer")
    assert code == 0, err
    assert f"buyer lends tool {tool} to supplier until 2099-01-31" in out
    _, out, _ = desk.run("list")
    assert tool[:12] in out
    assert "12.50 EUR" in out
    assert "2099-01-31" in out
    _, out, _ = desk.run("show", tool)
    assert "supplier" in out
    event = desk.read("give-back", tool, "--damaged", "--as", "supplier")["events"][0]
    about = {"tool": tool, "borrower": "supplier", "damaged": True, "remark": None}
    assert event == {"module": "x-tools", "event": "given_back", **about}


def test_refusals_end_with_the_code_of_their_guilt(desk: Desk) -> None:
    """Unknown is 7, a missing right 4, everything else 1; the words are those of the class."""
    desk.run(*ADD)
    tool = desk.read("list")["tools"][0]["tool"]
    due = ("--to", "supplier", "--due", "2099-01-31")
    code, _, err = desk.run("lend", "ab" * 32, *due, "--as", "buyer")
    assert code == 7, err
    assert "p2pchain: TOOL_UNKNOWN: there is no such tool" in err
    assert "see: p2pchain x-tools list" in err
    assert desk.run("show", "ab" * 32)[0] == 7
    assert desk.run("show", "abcd")[0] == 7
    assert desk.run("lend", tool, *due, "--as", "supplier")[0] == 4
    assert desk.run("give-back", tool, "--as", "buyer")[0] == 1


def test_what_cannot_be_is_said_in_the_words_of_the_field(desk: Desk) -> None:
    """Before anything is sent."""
    code, _, err = desk.run("lend", "ab" * 32, "--to", "supplier", "--due", "tomorrow", "--as", "buyer")
    assert code == 1
    assert "a day such as 2027-05-23" in err
    with pytest.raises(click.UsageError, match="fee"):
        desk.run("add", "A saw", "--sort", "power", "--currency", "EUR", "--as", "buyer")
    with pytest.raises(click.BadParameter, match="measuring"):
        desk.run(*ADD[:3], "blunt", *ADD[4:])
