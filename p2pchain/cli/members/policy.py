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
from p2pchain.ledger.consortium.policy.rules import OWN_MAX
from p2pchain.model.transaction import Operation, Value

_POLICY: Final = re.compile(r"OutOf\(([0-9]{1,3})((?:,[^\s,()]+)+)\)")


@click.group(cls=Group)
def policy() -> None:
    """Show and set who has to sign an action.

    A policy reads `OutOf(2, bank-a.financier, bank-b.financier, *.auditor)`: at least two of these have to
    sign, each an account of its own; a part may stand there twice. Setting one needs admins of organisations
    that hold more than 2/3 of the power.
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


@policy.command("own")
@click.argument("org")
@click.argument("needed", type=click.IntRange(1, OWN_MAX))
@click.pass_obj
@cosigning_options
def own(session: Session, org: str, needed: int, *, signing: Signing) -> int:
    """Let ORG's own affairs need NEEDED of its admins: its accounts, freezes, its validator's key, its name.

    As many sign this as it needs now. Where so many keys are lost that it can raise them no more, the
    organisations with more than 2/3 of the power lower it.
    """
    return carry_out(session, signing, Operation(module="policy", action="set_own", args=(org, needed)))


@policy.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the policies."""
    report(session, lambda client: client.query("policy", "list", {}), _draw, as_json=as_json)


def parse_policy(words: str) -> Value:
    """``OutOf(k, org.role, ...)`` as the chain keeps it; a usage error where it is something else."""
    found = _POLICY.fullmatch("".join(words.split()))
    if found is None:
        hint = "write OutOf(2, bank-a.financier, bank-b.financier)"
        raise click.UsageError(f"{words!r} is no policy: {hint}")
    return int(found[1]), tuple(found[2].split(",")[1:])


def _draw(answer: Any, console: Console) -> None:
    rows = [(each["module"], each["action"], each["policy"]) for each in answer["policies"]]
    table(console, ("module", "action", "policy"), rows, empty="no policies: the modules' own rules decide")
    for each in answer["own"]:
        console.print(f"{each['org']}: its own affairs need {each['needed']} of its admins")
