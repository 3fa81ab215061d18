"""Help, version, completion and manual: what a person asks of the program itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from p2pchain.cli.main import COMMANDS, cli, invoke
from p2pchain.cli.manual.entries import entries
from p2pchain.cli.manual.pages import markdown_page, roff_page
from p2pchain.telemetry.release import VERSION
from tests.patience import patient

ENTRIES = entries(cli, "p2pchain")


def completed(words: str, place: int) -> list[str]:
    """What bash is offered for a word."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "p2pchain.cli"],
        env={
            **os.environ,
            "_P2PCHAIN_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(place),
        },
        capture_output=True,
        text=True,
        timeout=patient(60),
        check=True,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("words", [["-h"], ["status", "-h"], ["governance", "propose", "-h"]])
def test_h_is_help_everywhere(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert invoke(words) == 0
    assert capsys.readouterr().out.startswith("Usage: p2pchain")


def test_version_is_an_option_and_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["--version"]) == 0
    shown = capsys.readouterr().out
    assert invoke(["version"]) == 0
    assert capsys.readouterr().out == shown
    assert re.fullmatch(
        rf"p2pchain {VERSION} \(commit [0-9a-f]+( with changes)?, build \d{{8}}\.\d{{6}}, Python [\d.]+\)\n",
        shown,
    )


def test_names_of_commands_and_options_are_completed() -> None:
    assert completed("p2pchain gov", 1) == ["governance"]
    assert completed("p2pchain governance pro", 2) == ["propose"]
    assert "--check" in completed("p2pchain status --c", 2)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert invoke(["completion", shell]) == 0
    assert f"_P2PCHAIN_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_the_manual_has_every_command() -> None:
    """Groups and their commands, at any depth; none twice."""
    names = [entry.name for entry in ENTRIES]
    assert len(names) == len(set(names))
    assert {f"p2pchain {name}" for name in COMMANDS} <= set(names)
    assert "p2pchain governance propose" in names
    assert all(entry.text for entry in ENTRIES), "a command says what it is for"


def test_markdown_leaves_code_alone_and_escapes_the_rest() -> None:
    page = markdown_page(ENTRIES, "this test")
    assert "`p2pchain run`" in page
    assert "[admin\\|issuer" in page, "a bar would end the cell"


def test_roff_escapes_what_would_be_a_request() -> None:
    page = roff_page(ENTRIES, version="1", day="2026-12-01")
    assert page.startswith('.TH P2PCHAIN 1 "2026-12-01"')
    known = (".TH", ".SH", ".SS", ".PP", ".TP", ".B ")
    assert all(line.startswith(known) for line in page.splitlines() if line.startswith("."))
    assert not re.search(r"(?<!\\)-", page.partition(".SH SYNOPSIS")[2]), "a bare hyphen may be set as a dash"
