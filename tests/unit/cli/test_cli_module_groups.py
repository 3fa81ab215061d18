"""A module that is one folder has commands, with no other file touched: those of the sample module are run
against a ledger, as a person types them.
"""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from p2pchain.business import software
from p2pchain.business.software import MODULES
from p2pchain.cli.main import invoke
from p2pchain.cli.modules.groups import module_group
from p2pchain.presentation.directory import Directory
from tests.samples.tool_register.x_tools.module import MODULE as TOOLS
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.ledger_world import World
from tests.unit.ledger.receivable_steps import a_market

DIRECTORY = Directory((*MODULES, TOOLS))
ADD = ("x-tools", "add", "A saw", "--sort", "power", "--fee", "12.50", "--currency", "EUR", "--as", "buyer")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    """Nothing is on the chain yet."""
    return ModuleDesk(
        tmp_path,
        capsys,
        World(a_market(), DIRECTORY.modules),
        DIRECTORY,
        [module_group(DIRECTORY, TOOLS)],
        ("buyer", "supplier"),
    )


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


def test_help_names_all_commands_and_fields(desk: ModuleDesk) -> None:
    """In the words of the declaration."""
    code, out, _ = desk.run("x-tools", "--help")
    assert code == 0
    assert [word for word in ("add", "lend", "give-back", "list", "show") if f"  {word} " not in out] == []
    assert "Keep a register of tools that members lend one another." in out
    _, out, _ = desk.run("x-tools", "lend", "--help")
    assert "TOOL" in out
    assert "--to ORGANISATION" in out
    assert "Who gets the tool." in out
    assert "Who may: its owner." in out


def test_a_tool_is_added_lent_and_given_back(desk: ModuleDesk) -> None:
    """Its id may be given by its first digits; the sentences are those of the declaration."""
    code, out, err = desk.run(*ADD)
    assert code == 0, err
    (row,) = desk.read("x-tools", "list")["tools"]
    tool = row["tool"]
    assert f'buyer adds "A saw" for 12.50 EUR a day: tool {tool}' in out
    code, out, err = desk.run(
        "x-tools", "lend", tool[:6], "--to", "supplier", "--due", "2099-01-31", "--as", "buyer"
    )
    assert code == 0, err
    assert f"buyer lends tool {tool} to supplier until 2099-01-31" in out
    _, out, _ = desk.run("x-tools", "list")
    assert tool[:12] in out
    assert "12.50 EUR" in out
    assert "2099-01-31" in out
    _, out, _ = desk.run("x-tools", "show", tool)
    assert "supplier" in out
    event = desk.read("x-tools", "give-back", tool, "--damaged", "--as", "supplier")["events"][0]
    about = {"tool": tool, "borrower": "supplier", "damaged": True, "remark": None}
    assert event == {"module": "x-tools", "event": "given_back", "fields": about}


def test_refusals_end_with_the_code_of_their_guilt(desk: ModuleDesk) -> None:
    """Unknown is 7, a missing right 4, everything else 1; the words are those of the class."""
    desk.run(*ADD)
    tool = desk.read("x-tools", "list")["tools"][0]["tool"]
    due = ("--to", "supplier", "--due", "2099-01-31")
    code, _, err = desk.run("x-tools", "lend", "ab" * 32, *due, "--as", "buyer")
    assert code == 7, err
    assert "p2pchain: TOOL_UNKNOWN: there is no such tool" in err
    assert "see: p2pchain x-tools list" in err
    assert desk.run("x-tools", "show", "ab" * 32)[0] == 7
    assert desk.run("x-tools", "show", "abcd")[0] == 7
    assert desk.run("x-tools", "lend", tool, *due, "--as", "supplier")[0] == 4
    assert desk.run("x-tools", "give-back", tool, "--as", "buyer")[0] == 1


def test_what_cannot_be_is_said_in_the_words_of_the_field(desk: ModuleDesk) -> None:
    """Before anything is sent."""
    code, _, err = desk.run(
        "x-tools", "lend", "ab" * 32, "--to", "supplier", "--due", "tomorrow", "--as", "buyer"
    )
    assert code == 1
    assert "a day such as 2027-05-23" in err
    with pytest.raises(click.UsageError, match="fee"):
        desk.run("x-tools", "add", "A saw", "--sort", "power", "--currency", "EUR", "--as", "buyer")
    with pytest.raises(click.BadParameter, match="measuring"):
        desk.run(*ADD[:4], "blunt", *ADD[5:])
