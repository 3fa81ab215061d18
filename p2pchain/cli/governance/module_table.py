"""Rows of ``governance modules``: the version in force, whose nodes have which, and what is to do."""

from __future__ import annotations

from typing import Any, Final

import click
from rich.console import Console

from p2pchain.cli.screen import listed, table
from p2pchain.ledger.digest import DIGEST_BYTES
from p2pchain.model.errors import Fact, Refused

MEMBERS_SHOWN: Final = 8
"""Organisations that get a column; beyond, ``--json`` has them all."""
DIGITS_SHOWN: Final = 12


def draw_modules(answer: Any, console: Console) -> None:
    """Draw a row per module, and a column per member with declared versions."""
    orgs = sorted({org for module in answer for org in module["members"]})[:MEMBERS_SHOWN]
    rows = [
        (
            module["module"],
            "suspended" if module["suspended"] else module["in_force"],
            "genesis" if module["since"] == 0 else module["since"],
            _scheduled(module),
            listed(module["software"]),
            *(listed(module["members"].get(org, [])) for org in orgs),
            _to_do(module),
        )
        for module in answer
    ]
    columns = ("module", "in force", "since height", "scheduled", "this software has", *orgs, "to do")
    table(console, columns, rows, empty="no modules")


def digest_for(modules: Any, module: str, version: int, digest: str | None) -> bytes:
    """The digest to schedule a version with: the given one, or that of this node's software.

    Raises ``Refused("MODULE_DIGEST_UNKNOWN")`` where neither is there.
    """
    if digest is not None:
        return _digest(digest)
    codes: dict[str, str] = next((known["codes"] for known in modules if known["module"] == module), {})
    if str(version) not in codes:
        facts: dict[str, Fact] = {"module": module, "version": version}
        raise Refused("MODULE_DIGEST_UNKNOWN", facts, "install a release that has it first, or give --digest")
    return bytes.fromhex(codes[str(version)])


def _digest(digits: str) -> bytes:
    try:
        digest = bytes.fromhex(digits)
    except ValueError:
        digest = b""
    if len(digest) != DIGEST_BYTES:
        raise click.BadParameter(f"a digest has {2 * DIGEST_BYTES} hexadecimal digits", param_hint="--digest")
    return digest


def note_missing(modules: Any, module: str, version: int, height: int) -> None:
    """Report on standard error that this node lacks a scheduled version."""
    here: list[int] = next((known["software"] for known in modules if known["module"] == module), [])
    if all(known["module"] != module for known in modules):
        click.echo(f"note: neither the chain nor this node's software knows a module {module}", err=True)
    elif version not in here:
        has = f"of {module} this node's software has {listed(here) if here else 'none'}"
        click.echo(f"note: {has}; install a release with version {version} before height {height}", err=True)


def held_versions(modules: Any) -> tuple[tuple[str, int, bytes], ...]:
    """List this node's versions as its organisation declares them on the chain."""
    return tuple(
        (module["module"], int(version), bytes.fromhex(digest))
        for module in modules
        for version, digest in module["codes"].items()
    )


def _scheduled(module: Any) -> str | None:
    version, height = module["scheduled"], module["scheduled_height"]
    if version is None:
        return None
    return f"{version} at height {height}, code {module['scheduled_digest'][:DIGITS_SHOWN]}"


def _to_do(module: Any) -> str | None:
    """Return the operator's task for a module at this node, or None."""
    scheduled = module["scheduled"]
    if scheduled is None:
        return None
    if scheduled not in module["software"]:
        return f"install a release with version {scheduled} before"
    return "declare-software, once it is installed: without it the version is put off"
