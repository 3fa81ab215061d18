"""What scripts read: no blanks at the ends of lines, times between repeated answers, errors as JSON, ids
whole when asked for; and what a person may not touch is one line.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import pytest
import trio
from rich.console import Console

from p2pchain.cli import screen
from p2pchain.cli.exits import exit_code
from p2pchain.cli.governance.parameter_words import MEANINGS, draw_parameters
from p2pchain.cli.main import cli, invoke
from p2pchain.cli.manual.entries import entries
from p2pchain.cli.screen import FULL_IDS, SHORT_HEX_CHARS, facts, new_console, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient
from p2pchain.model.errors import Refused
from p2pchain.model.parameters import Parameters
from p2pchain.testnet.__main__ import of_directory, stop_words
from p2pchain.testnet.places import default_directory
from tests.lacking import needs

NOBODY = 65_534
T = TypeVar("T")


class Answers(Session):
    """A session whose node answers by itself."""

    def ask(self, question: Callable[[NodeClient], Awaitable[T]]) -> T:
        """Answer without a node."""
        return trio.run(question, NodeClient(Path("nowhere")))


def test_lines_of_a_pipe_end_without_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    console = new_console()
    table(console, ("a long head", "b"), [("x", "y"), ("much longer than its head", "z")], empty="")
    facts(console, [("name", "value"), ("a longer name", "v")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(line == line.rstrip() for line in lines)


def test_a_terminal_of_60_columns_gets_no_longer_line() -> None:
    screen_of_60 = Console(file=io.StringIO(), force_terminal=True, width=60, highlight=False, no_color=True)
    facts(screen_of_60, [("state root", "ab" * 32), ("because", "words " * 30)])
    file = screen_of_60.file
    assert isinstance(file, io.StringIO)
    for line in file.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines():
        assert len(line) <= 60


def drawn_at(width: int, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines of a table on a terminal."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, highlight=False, no_color=True)
    table(console, columns, rows, empty="")
    plain_lines = file.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    assert all(len(line) <= width for line in plain_lines)
    return [line.rstrip() for line in plain_lines]


def test_a_terminal_breaks_texts_but_no_times_or_addresses() -> None:
    """Where not even that fits, a row is a list."""
    columns = ("name", "time (UTC)", "text", "address")
    text = "words that may be broken wherever a blank is"
    rows = [("bank-a", "2026-12-01 14:30:05", text, "192.0.2.111:26656"), ("b", "-", "-", "-")]
    wide = drawn_at(100, columns, rows)
    assert (len(wide), wide[1].split()[-1]) == (3, "192.0.2.111:26656")
    narrow = drawn_at(60, columns, rows)
    assert narrow[0].split() == ["name", "time", "(UTC)", "text", "address"]
    assert narrow[1].startswith("bank-a  2026-12-01 14:30:05  words that")
    assert narrow[1].endswith(" 192.0.2.111:26656")
    assert len(narrow) > 4
    assert drawn_at(53, columns, rows)[1] == "bank-a 2026-12-01 14:30:05 words    192.0.2.111:26656"
    listed = drawn_at(48, columns, rows)
    assert listed[1] == "time (UTC)  2026-12-01 14:30:05"
    assert listed[-4:] == ["name        b", "time (UTC)  -", "text        -", "address     -"]


def test_what_is_watched_in_a_pipe_bears_its_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "WATCH_PERIOD_S", 0)
    asked = 0

    async def question(_client: NodeClient) -> str:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise Refused("TX_UNKNOWN")
        return "answer"

    session = Answers(home=Path("nowhere"), given_socket=Path("nowhere"))
    with pytest.raises(Refused):
        report(session, question, lambda answer, console: console.print(answer), as_json=False, watch=True)
    first, answer, second, again = capsys.readouterr().out.splitlines()
    assert (answer, again) == ("answer", "answer")
    assert first[10] == second[10] == "T"
    assert first.endswith("Z")


def test_what_was_killed_is_not_said_to_have_stopped() -> None:
    assert stop_words(("a", "b"), ()) == "stopped: a, b"
    assert stop_words(("a", "b"), ("b",)) == "stopped: a; killed after 10 s: b"
    assert stop_words(("b",), ("b",)) == "killed after 10 s: b"
    assert stop_words((), ()) == "nothing was running"


def test_ids_are_short_unless_asked_for_whole() -> None:
    assert short("ab" * 32) == "ab" * 6
    assert SHORT_HEX_CHARS == 12
    whole = FULL_IDS.set(True)
    try:
        assert short("ab" * 32) == "ab" * 32
    finally:
        FULL_IDS.reset(whole)


@pytest.mark.parametrize(
    ("words", "code", "exit_"),
    [
        (["--home", "/nonexistent", "status", "--json"], "HOME_MISSING", 3),
        (["status", "--json", "--unknown"], "USAGE", 2),
    ],
)
def test_errors_are_json_where_answers_are(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str, exit_: int
) -> None:
    assert invoke(words) == exit_
    written = capsys.readouterr()
    assert written.out == ""
    error = json.loads(written.err)["error"]
    assert error["code"] == code
    assert error["message"]


def test_what_this_user_may_not_touch_is_exit_4() -> None:
    assert exit_code(Refused("FILE_UNREADABLE", {"file": "x", "reason": "Permission denied"})) == 4
    assert exit_code(Refused("FILE_UNREADABLE", {"file": "x", "reason": "Is a directory"})) == 1


@needs("root")
@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["config", "check"],
        ["key", "show"],
        ["key", "new", "clerk"],
        ["verify"],
        ["backup", "create", "backup.tar"],
        ["init"],
        ["genesis", "new", "--chain-id", "c", "--org", "o", "--legal-name", "O", "--role", "issuer"],
        ["tx", "show", "ab" * 32],
        ["events"],
        ["repair"],
        ["run"],
        ["snapshot", "list"],
    ],
)
def test_another_user_gets_one_line_and_exit_4_or_77(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """The home of a node is asked about by somebody else of the machine."""
    assert entries(cli, "p2pchain"), "all commands are imported while their files may be read"
    home = tmp_path / "home"
    assert invoke(["--home", str(home), "init", "--name", "solo"]) == 0
    for folder in (home, *home.iterdir()):
        folder.chmod(0o700 if folder.is_dir() else 0o600)
    capsys.readouterr()
    os.seteuid(NOBODY)
    try:
        code = invoke(["--home", str(home), *words])
    finally:
        os.seteuid(0)
    written = capsys.readouterr()
    assert code in (4, 77), written.err
    assert written.err.count("\n") == 1, written.err


def test_every_parameter_has_its_meaning() -> None:
    assert list(MEANINGS) == [field.name for field in fields(Parameters)]
    drawn = Console(file=io.StringIO(), width=200)
    draw_parameters({"tx_bytes_max": 65_536}, drawn)
    assert isinstance(drawn.file, io.StringIO)
    assert MEANINGS["tx_bytes_max"] in drawn.file.getvalue()


def test_a_network_elsewhere_is_named_in_what_it_advises() -> None:
    advice = "see: scripts/testnet status, or scripts/testnet exec bank-a -- status"
    assert of_directory(advice, default_directory()) == advice
    named = of_directory(advice, Path("/srv/my net"))
    assert named.count("--dir '/srv/my net'") == 2
    assert "scripts/testnet exec --dir '/srv/my net' bank-a -- status" in named
