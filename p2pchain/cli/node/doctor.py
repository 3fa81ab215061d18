"""``doctor`` and ``debug bundle``: an examination of the home and its node, and what an engineer needs."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

import click
import trio
from rich.text import Text

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.exits import UNHEALTHY
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import new_console, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.faults import DaemonNotRunning
from p2pchain.client.node_client import NodeClient
from p2pchain.codec.exact_json import write_json
from p2pchain.model.errors import Fault
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.debug_bundle import listing, write_bundle
from p2pchain.node.offline.examination import Answers, DoctorFinding, examine
from p2pchain.telemetry.logs import set_up_logs
from p2pchain.telemetry.release import VERSION

STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}
JOURNAL_LINES: Final = 5_000
JOURNAL_S: Final = 20.0
ANSWER_S: Final = 10.0


@click.command()
@json_option
@click.pass_obj
def doctor(session: Session, as_json: bool) -> int:
    """Examine home, keys, disk, clock, ports, peers, releases and chain, and say what to do.

    For a node that runs and for one that does not. Exit 0 where nothing failed, 6 where something did.
    """
    set_up_logs(level="error", format_="text")
    answers = _answers(session)
    findings = examine(Home(session.home.absolute()), passphrase_from(os.environ), answers)
    if as_json:
        show_json({"running": answers is not None, "findings": [asdict(finding) for finding in findings]})
    else:
        rows = [_row(finding) for finding in findings]
        state = "runs" if answers is not None else "does not run, or does not answer"
        print(f"The node of {session.home} {state}.")
        table(new_console(), ("", "check", "what", "to do"), rows, empty="nothing was examined")
    return UNHEALTHY if any(finding.word == "fail" for finding in findings) else 0


@click.group(cls=Group)
def debug() -> None:
    """Collect what an engineer needs."""


@debug.command()
@click.argument("file", type=FILE, required=False)
@click.option("--log", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A log to add.")
@json_option
@click.pass_obj
def bundle(session: Session, file: Path | None, log: Path | None, as_json: bool) -> None:
    """Write a file of what an engineer needs, without a secret: no key, no document, no passphrase.

    It holds settings, genesis, the names of the home's files, what the node answers, its metrics, the
    findings of `doctor`, and the journal of its service, or the end of a --log.
    """
    set_up_logs(level="error", format_="text")
    home = Home(session.home.absolute())
    answers = _answers(session)
    findings = examine(home, passphrase_from(os.environ), answers)
    parts: dict[str, bytes] = {
        "doctor.json": _json([asdict(finding) for finding in findings]),
        "versions.json": _json(_versions()),
        "files.txt": listing(home).encode(),
        "journal.txt": _journal(home) if log is None else _end_of(log),
    }
    for name in ("config.toml", "genesis.json"):
        if (home.root / name).is_file():
            parts[name] = (home.root / name).read_bytes()
    if answers is not None:
        parts |= trio.run(_asked, session)
    target = file or Path(f"p2pchain-{home.root.name}.tar.gz")
    size = write_bundle(target, parts, home)
    if as_json:
        show_json({"file": str(target), "bytes": size, "parts": sorted(parts)})
    else:
        print(f"wrote {target}: {', '.join(sorted(parts))}; {size:,} bytes, no secret among them")


def _row(finding: DoctorFinding) -> tuple[object, ...]:
    return (Text(finding.word, style=STYLES[finding.word]), finding.check, finding.what, finding.to_do)


def _answers(session: Session) -> Answers | None:
    """Return the running node's answers, or None where it gives none."""

    async def both(client: NodeClient) -> Answers:
        with trio.fail_after(ANSWER_S):
            return Answers(status=await client.status(), peers=await client.peers())

    try:
        return session.ask(both)
    except (DaemonNotRunning, trio.TooSlowError):
        return None
    except Fault:
        return None


async def _asked(session: Session) -> dict[str, bytes]:
    """Everything that the node answers about itself, each in a file."""
    async with NodeClient(session.socket) as client:
        questions: dict[str, Any] = {
            "status": client.status,
            "peers": client.peers,
            "consensus": client.consensus,
            "validators": client.validators,
            "evidence": client.evidence,
            "modules": client.modules,
            "mempool": client.mempool,
        }
        parts = {f"{name}.json": _json(await question()) for name, question in questions.items()}
        return {**parts, "metrics.txt": await client.metrics()}


def _versions() -> dict[str, object]:
    packages = sorted(f"{one.metadata['Name']} {one.version}" for one in distributions())
    return {
        "release": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": packages,
    }


def _journal(home: Home) -> bytes:
    """The end of the journal of the node's service; why not, where there is none."""
    unit = f"p2pchain@{home.root.name}"
    command = ["journalctl", "--no-pager", "-o", "short-iso", "-n", str(JOURNAL_LINES), "-u", unit]
    try:
        done = subprocess.run(command, capture_output=True, timeout=JOURNAL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no journal of {unit}: {error}\n".encode()
    return done.stdout or done.stderr


def _end_of(log: Path) -> bytes:
    lines = log.read_bytes().splitlines(keepends=True)
    return b"".join(lines[-JOURNAL_LINES:])


def _json(value: object) -> bytes:
    return write_json(value).encode() + b"\n"
