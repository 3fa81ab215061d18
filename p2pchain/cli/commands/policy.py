"""``policy``: who has to sign an action, beyond what its module asks for itself."""

from __future__ import annotations

import re
from typing import Any, Final

import click
from rich.console import Console

from p2pchain.cli.cosigners import Signing, carry_out, cosigning_options
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import report, table
from p2pchain.cli.session import Session
from p2pchain.model.transaction import Operation, Value

_TOKEN: Final = re.compile(r"\s*(OutOf\(|\)|,|[^\s,()]+)")


@click.group(cls=Group)
def policy() -> None:
    """Show and set who has to sign an action.

    A policy reads `OutOf(2, bank-a.financier, bank-b.financier, *.auditor)`: at least two of these have to
    sign; a part may be a policy again. Setting one needs admins of organisations that hold more than 2/3 of
    the power.
    """


@policy.command("set")
@click.argument("module")
@click.argument("action")
@click.argument("words", metavar="POLICY")
@click.pass_obj
@cosigning_options
def set_(session: Session, module: str, action: str, words: str, *, signing: Signing) -> int:
    """Let ACTION of MODULE need POLICY."""
    operation = Operation(module="policy", action="set", args=(module, action, parse_policy(words)))
    return carry_out(session, signing, operation)


@policy.command()
@click.argument("module")
@click.argument("action")
@click.pass_obj
@cosigning_options
def clear(session: Session, module: str, action: str, *, signing: Signing) -> int:
    """Take the policy of ACTION of MODULE away; the module's own rules stay."""
    return carry_out(session, signing, Operation(module="policy", action="set", args=(module, action, None)))


@policy.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the policies."""
    report(session, lambda client: client.query("policy", "list", {}), _draw, as_json=as_json)


def parse_policy(words: str) -> Value:
    """``OutOf(k, org.role, ...)`` as the chain keeps it; a usage error where it is something else."""
    tokens = _TOKEN.findall(words)
    if "".join(words.split()) != "".join(tokens) or not tokens:
        raise click.UsageError(f"{words!r} is no policy: write OutOf(2, bank-a.financier, bank-b.financier)")
    found, rest = _parse(tokens)
    if rest or isinstance(found, str):
        raise click.UsageError(f"{words!r} is no policy: it begins with OutOf( and ends with its bracket")
    return found


def _parse(tokens: list[str]) -> tuple[Value, list[str]]:
    """A part at the beginning of the tokens, and those behind it."""
    head, rest = tokens[0], tokens[1:]
    if head != "OutOf(":
        return head, rest
    if not rest or not rest[0].isdecimal():
        raise click.UsageError("behind OutOf( stands how many of the parts are needed")
    needed, rest = int(rest[0]), rest[1:]
    parts: list[Value] = []
    while rest and rest[0] == ",":
        if len(rest) < 2 or rest[1] in (",", ")"):
            raise click.UsageError("behind a comma stands org.role or another policy")
        part, rest = _parse(rest[1:])
        parts.append(part)
    if not rest or rest[0] != ")":
        raise click.UsageError("a bracket of the policy is not closed")
    return (needed, tuple(parts)), rest[1:]


def _draw(answer: Any, console: Console) -> None:
    rows = [(each["module"], each["action"], each["policy"]) for each in answer["policies"]]
    table(console, ("module", "action", "policy"), rows, empty="no policies: the modules' own rules decide")
