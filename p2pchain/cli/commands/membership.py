"""``membership``: who belongs to the consortium, who validates, and how both change."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from p2pchain.cli.cosigners import Signing, carry_out, cosigning_options
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import listed, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PUBLIC_KEY_BYTES
from p2pchain.model.transaction import Operation, Value
from p2pchain.model.validators import POWER_MAX

STATEMENT_BYTES_MAX = 4_096


class KeyType(click.ParamType[bytes]):
    """A public key: 64 hexadecimal digits."""

    name = "public key"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """The key, or a usage error."""
        try:
            found = bytes.fromhex(str(value))
        except ValueError:
            found = b""
        if len(found) != PUBLIC_KEY_BYTES:
            self.fail(
                f"{value} is no public key: expected {2 * PUBLIC_KEY_BYTES} hexadecimal digits", param, ctx
            )
        return found


KEY = KeyType()
roles_option = click.option("--role", "roles", multiple=True, help="A role; several times.")


@click.group(cls=Group)
def membership() -> None:
    """Show and change who belongs to the consortium and who validates.

    What touches who votes or who may connect needs admins of organisations that hold more than 2/3 of the
    power: name those of this home with --as, and for the others write a file with --out and --cosigner. A
    change of the validators holds two blocks later.
    """


@membership.command()
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
            each["org"],
            each["legal_name"],
            each["lei"] or each["uscc"],
            listed(each["roles"]),
            listed(each["nodes"]),
            listed([_account(account) for account in each["accounts"]]),
        )
        for each in answer["organisations"]
    ]
    columns = ("organisation", "legal name", "LEI or USCC", "roles", "nodes", "accounts")
    table(console, columns, rows, empty="no members")
    console.print()
    found = [
        (each["org"], each["node"], each["power"], _standing(each), short(each["consensus_key"]))
        for each in answer["validators"]
    ]
    head = ("validator", "node", "power", f"after height {answer['height']}", "consensus key")
    table(console, head, found, empty="nobody validates")


def _account(account: Fields) -> str:
    return f"{account['name']} (frozen)" if account["frozen"] else str(account["name"])


def _standing(validator: Fields) -> str:
    if validator["leaving"]:
        return "leaving"
    return "votes" if validator["in_force"] else "votes in two blocks"


@membership.command()
@click.argument("org")
@click.option("--legal-name", required=True, help="As in its register.")
@roles_option
@cosigning_options
@click.pass_obj
def admit(session: Session, org: str, legal_name: str, roles: tuple[str, ...], signing: Signing) -> int:
    """Admit an organisation, with the roles that it may hold."""
    return _act(session, signing, "admit", org, legal_name, roles)


@membership.command()
@click.argument("org")
@cosigning_options
@click.pass_obj
def remove(session: Session, org: str, signing: Signing) -> int:
    """Let an organisation leave, with its accounts; its validators and nodes must have left before."""
    return _act(session, signing, "remove_organisation", org)


@membership.command("add-account")
@click.argument("org")
@click.argument("name")
@click.argument("public_key", type=KEY)
@roles_option
@cosigning_options
@click.pass_obj
def add_account(
    session: Session, org: str, name: str, public_key: bytes, roles: tuple[str, ...], signing: Signing
) -> int:
    """Give an organisation an account. Its own admin may, without the others."""
    return _act(session, signing, "add_account", org, name, public_key, roles)


@membership.command("remove-account")
@click.argument("public_key", type=KEY)
@cosigning_options
@click.pass_obj
def remove_account(session: Session, public_key: bytes, signing: Signing) -> int:
    """Take an account away. Its organisation's admin may, without the others."""
    return _act(session, signing, "remove_account", public_key)


@membership.command()
@click.argument("org")
@click.option("--lei", help="Legal Entity Identifier (ISO 17442).")
@click.option("--uscc", help="Unified social credit code (GB 32100).")
@cosigning_options
@click.pass_obj
def identify(session: Session, org: str, lei: str | None, uscc: str | None, signing: Signing) -> int:
    """Say which legal entity an organisation is. Its own admin may, without the others."""
    return _act(session, signing, "identify", org, lei, uscc)


@membership.command()
@click.argument("public_key", type=KEY)
@cosigning_options
@click.pass_obj
def freeze(session: Session, public_key: bytes, signing: Signing) -> int:
    """Let an account sign nothing for now. Its organisation's admin may, without the others."""
    return _act(session, signing, "freeze", public_key)


@membership.command()
@click.argument("public_key", type=KEY)
@cosigning_options
@click.pass_obj
def unfreeze(session: Session, public_key: bytes, signing: Signing) -> int:
    """Let a frozen account sign again."""
    return _act(session, signing, "unfreeze", public_key)


@membership.command("rotate-account")
@click.argument("old_key", type=KEY)
@click.argument("new_key", type=KEY)
@cosigning_options
@click.pass_obj
def rotate_account(session: Session, old_key: bytes, new_key: bytes, signing: Signing) -> int:
    """Exchange an account's key: sign with both, --as OLD --as NEW."""
    return _act(session, signing, "rotate_account", old_key, new_key)


@membership.command("replace-account")
@click.argument("old_key", type=KEY)
@click.argument("new_key", type=KEY)
@cosigning_options
@click.pass_obj
def replace_account(session: Session, old_key: bytes, new_key: bytes, signing: Signing) -> int:
    """Put another key in the place of a lost one. Its organisation's admin may, without the others."""
    return _act(session, signing, "replace_account", old_key, new_key)


@membership.command("add-node")
@click.argument("org")
@click.argument("name")
@click.argument("peer_key", type=KEY)
@cosigning_options
@click.pass_obj
def add_node(session: Session, org: str, name: str, peer_key: bytes, signing: Signing) -> int:
    """Let a node of an organisation connect; PEER_KEY is what its `p2pchain key show` prints."""
    return _act(session, signing, "add_node", org, name, peer_key)


@membership.command("remove-node")
@click.argument("peer_key", type=KEY)
@cosigning_options
@click.pass_obj
def remove_node(session: Session, peer_key: bytes, signing: Signing) -> int:
    """Keep a node out. Its validator must have left before."""
    return _act(session, signing, "remove_node", peer_key)


@membership.command("add-validator")
@click.argument("statement", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--power", type=click.IntRange(1, POWER_MAX), default=1, show_default=True, help="Its votes.")
@cosigning_options
@click.pass_obj
def add_validator(session: Session, statement: Path, power: int, signing: Signing) -> int:
    """Let a node vote. STATEMENT is the file that its operator made with `p2pchain key prove`."""
    peer_key, consensus_key, possession = _read_statement(statement)
    return _act(session, signing, "add_validator", peer_key, consensus_key, power, possession)


@membership.command("remove-validator")
@click.argument("consensus_key", type=KEY)
@cosigning_options
@click.pass_obj
def remove_validator(session: Session, consensus_key: bytes, signing: Signing) -> int:
    """Let a validator vote no more. Its node still follows. The key never validates again."""
    return _act(session, signing, "remove_validator", consensus_key)


@membership.command("set-power")
@click.argument("consensus_key", type=KEY)
@click.argument("power", type=click.IntRange(1, POWER_MAX))
@cosigning_options
@click.pass_obj
def set_power(session: Session, consensus_key: bytes, power: int, signing: Signing) -> int:
    """Give a validator another power."""
    return _act(session, signing, "set_power", consensus_key, power)


def _act(session: Session, signing: Signing, action: str, *args: Value) -> int:
    return carry_out(session, signing, Operation(module="membership", action=action, args=args))


def _read_statement(file: Path) -> tuple[bytes, bytes, bytes]:
    """Peer key, consensus key, and the latter's signature that it will validate for the node."""
    try:
        with file.open("rb") as opened:
            told = json.loads(opened.read(STATEMENT_BYTES_MAX))
        names = ("peer_key", "consensus_key", "possession")
        peer_key, consensus_key, possession = (bytes.fromhex(told[name]) for name in names)
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "give the file that `p2pchain key prove` wrote"
        raise Refused("FILE_UNREADABLE", {"file": str(file), "reason": str(error)}, hint) from error
    return peer_key, consensus_key, possession
