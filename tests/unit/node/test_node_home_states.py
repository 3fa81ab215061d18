"""Homes in every state of completeness: each command says one line, with what to do next."""

from __future__ import annotations

import itertools
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.cli.main import invoke
from p2pchain.node.home.layout import Home

PARTS = (
    *("config.toml", "genesis.json", "keys/peer.key", "keys/consensus.key"),
    *("data/chain", "data/safety"),
)
SUBSETS = [present for count in range(len(PARTS) + 1) for present in itertools.combinations(PARTS, count)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of a chain of one whose port is taken, so that no node begins to run in this process."""
    home = tmp_path_factory.mktemp("whole") / "home"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"/ip4/127.0.0.1/tcp/{taken.getsockname()[1]}"
        assert invoke(["--home", str(home), "init", "--listen", listen]) == 0
        yield home


def with_parts(whole: Path, present: tuple[str, ...], place: Path) -> Path:
    """A home that has these parts of the whole one and no others."""
    shutil.copytree(whole, place)
    for part in PARTS:
        if part not in present:
            path = place / part
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if not any(part.startswith("data/") for part in present):
        shutil.rmtree(place / "data")
    return place


COMMANDS = {
    "run": ["run"],
    "repair": ["repair"],
    "init": ["init"],
    "init a chain": ["init", "--genesis", "GENESIS"],
    "status": ["status"],
    "verify": ["verify"],
    "config check": ["config", "check"],
    "import a floor": ["key", "import-state", "--floor", "5", "--yes"],
    "export": ["key", "export-state", "NEW"],
    "backup": ["backup", "create", "NEW"],
}


THOROUGH = ("run", "repair", "init", "init a chain")
"""Commands that are tried at every subset; others where at most one part is lost."""
WAYS = re.compile(r"p2pchain [a-z]|(copy|restore|put) .+ (from|back)|port")
"""What a hint has to hold: a command, or a file and where it comes from."""


def listen_of(home: Path) -> str:
    """Where the settings of a home say that it listens."""
    return Home(home).read_config().listen


def typed(home: Path, *words: str) -> int:
    """The exit code of a command at a home."""
    try:
        return invoke(["--home", str(home), *words])
    except SystemExit as end:  # The daemon's own codes.
        return int(str(end.code))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_failure_is_one_line_that_says_what_to_do(
    whole: Path, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever parts of a home are there: no trace, and no failure without a way on."""
    subsets = SUBSETS if name in THOROUGH else [one for one in SUBSETS if len(one) >= len(PARTS) - 1]
    for number, present in enumerate(subsets):
        home = with_parts(whole, present, tmp_path / f"{number}")
        known = {"GENESIS": str(whole / "genesis.json"), "NEW": str(tmp_path / f"{number}.new")}
        code = typed(home, *[known.get(word, word) for word in COMMANDS[name]])
        said = capfd.readouterr()
        if code != 0:
            last = (said.err or said.out).splitlines()[-1]
            assert WAYS.search(last.partition("; ")[2]), f"{present}: {last}"
        shutil.rmtree(home)


NEXT = {
    (): "PORT_IN_USE",
    ("config.toml",): "p2pchain init --genesis",
    ("genesis.json",): "copy genesis.json from another member",
    ("keys/peer.key",): "restore the key file from your backup",
    ("keys/consensus.key",): "restore the consensus key of this validator from your backup",
    ("data/chain",): "p2pchain repair",
    ("data/safety",): "PORT_IN_USE",
    PARTS: "p2pchain init, p2pchain genesis new, or p2pchain backup restore",
    ("config.toml", "genesis.json", "data/chain", "data/safety"): "p2pchain init --genesis genesis.json",
}
"""What `run` says where these parts are lost. Without its safety log it would run, and sign nothing."""


@pytest.mark.parametrize("lost", NEXT)
def test_run_says_what_completes_the_home(
    whole: Path, tmp_path: Path, lost: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    home = with_parts(whole, tuple(part for part in PARTS if part not in lost), tmp_path / "home")
    assert typed(home, "run") != 0
    assert NEXT[lost] in capfd.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("lost", "command"),
    [
        ("config.toml", ("init", "--genesis", "genesis.json", "--listen", "LISTEN")),
        ("data/chain", ("repair",)),
        ("data/safety", ("key", "import-state", "--floor", "5", "--yes")),
    ],
)
def test_what_is_said_completes_the_home(
    whole: Path, tmp_path: Path, lost: str, command: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """And the safety log of a home that has one is never made anew."""
    home = with_parts(whole, tuple(part for part in PARTS if part != lost), tmp_path / "home")
    before = [(each, each.read_bytes()) for each in sorted((home / "data").rglob("*.seg"))]
    known = {"genesis.json": str(home / "genesis.json"), "LISTEN": listen_of(whole)}
    words = [known.get(word, word) for word in command]
    assert typed(home, *words) == 0
    assert all(file.read_bytes() == data for file, data in before)
    assert (home / lost).exists()
    capfd.readouterr()
    assert typed(home, "run") != 0
    assert "PORT_IN_USE" in capfd.readouterr().err.splitlines()[-1]


def test_a_chain_whose_safety_log_is_lost_gets_no_new_one(whole: Path, tmp_path: Path) -> None:
    """Its absence does not mean that nothing was signed."""
    home = with_parts(whole, tuple(set(PARTS) - {"config.toml", "data/safety"}), tmp_path / "home")
    assert typed(home, "init", "--genesis", str(home / "genesis.json")) == 0
    assert not (home / "data" / "safety").exists()
