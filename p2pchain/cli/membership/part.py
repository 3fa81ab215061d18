"""The membership's part of the client: statements of keys and member files that it reads, and one view of
organisations, nodes and validators.
"""

from __future__ import annotations

from typing import Final

import click
from rich.console import Console

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.membership.admission import admit_member
from p2pchain.cli.membership.statements import read_possession, read_succession
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import listed, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.model.possession import ACCOUNT, NODE

ABOUT: Final = """What touches who votes or who may connect needs admins of organisations that hold more than
2/3 of the power: name those of this home with --as, and for the others write a file with --out and
--cosigner. A change of the validators holds two blocks later. STATEMENT is the file that whoever holds the
key made with `p2pchain key prove`.
"""


@click.command()
@json_option
@watch_option
@click.pass_obj
def show(session: Session, as_json: bool, watch: bool) -> None:
    """Show organisations, nodes, and validators with their power."""
    report(session, _asked, draw_membership, as_json=as_json, watch=watch)


async def _asked(client: NodeClient) -> Fields:
    organisations = await client.query("membership", "organisations", {})
    validators = await client.query("membership", "validators", {})
    return {**organisations, **validators}


def draw_membership(answer: Fields, console: Console) -> None:
    """Both answers for people."""
    rows = [
        (
            f"{row['org']} (frozen)" if row["frozen_by"] else row["org"],
            row["legal_name"],
            listed([_claim(claim) for claim in row["claims"]]),
            listed(row["roles"]),
            listed(row["nodes"]),
            listed([_account(account) for account in row["accounts"]]),
        )
        for row in answer["organisations"]
    ]
    columns = ("organisation", "legal name", "LEI or USCC", "roles", "nodes", "accounts")
    table(console, columns, rows, empty="no members")
    console.print()
    validators = [
        (row["org"], row["node"], row["power"], _standing(row), short(row["consensus_key"]))
        for row in answer["validators"]
    ]
    head = ("validator", "node", "power", f"after height {answer['height']}", "consensus key")
    table(console, head, validators, empty="nobody validates")


def _account(account: Fields) -> str:
    return f"{account['name']} (frozen)" if account["frozen"] else str(account["name"])


def _claim(claim: Fields) -> str:
    """A number with whoever confirmed it, or with what speaks against it."""
    if claim["confirmed_by"] is not None:
        return f"{claim['number']} (confirmed by {claim['confirmed_by']})"
    words = "expired" if claim["expired"] else "not confirmed"
    rivals = f", claimed by {listed(claim['rivals'])} too" if claim["rivals"] else ""
    return f"{claim['number']} ({words}{rivals})"


def _standing(validator: Fields) -> str:
    if validator["leaving"]:
        return "leaving"
    return "votes" if validator["in_force"] else "votes in two blocks"


async def _account_statement(work: Work) -> Made:
    """Read the statement of an account's key."""
    proven = read_possession(work.options["statement"], ACCOUNT)
    return Made(values={**proven, "new_key": proven["public_key"]})


async def _node_statement(work: Work) -> Made:
    """Read the statement of a node's key."""
    proven = read_possession(work.options["statement"], NODE)
    return Made(values={**proven, "peer_key": proven["public_key"]})


async def _validator_statement(work: Work) -> Made:
    """Read the statement of a validator's key."""
    return Made(values=read_succession(work.options["statement"]))


_STATEMENT: Final = (click.Argument(["statement"], type=FILE),)
_ACCOUNT: Final = FileReader(make=_account_statement, parameters=_STATEMENT, only_reads=True)

PART: Final = ClientPart(
    about=ABOUT,
    readers={
        "add_account": _ACCOUNT,
        "replace_account": _ACCOUNT,
        "add_node": FileReader(make=_node_statement, parameters=_STATEMENT, only_reads=True),
        "add_validator": FileReader(make=_validator_statement, parameters=_STATEMENT, only_reads=True),
    },
    commands=(show, admit_member),
    covered=frozenset({"organisations", "validators"}),
)
