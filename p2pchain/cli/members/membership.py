"""``membership``: who belongs to the consortium, who validates, and how both change."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from p2pchain.cli.cosigners import Signing, carry_out, cosigning_options
from p2pchain.cli.founding.admission import admit_member
from p2pchain.cli.groups import Group
from p2pchain.cli.node.key_proof import read_possession, read_succession
from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import listed, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.model.ids import PUBLIC_KEY_BYTES
from p2pchain.model.possession import ACCOUNT, NODE
from p2pchain.model.transaction import Operation, Value
from p2pchain.model.validators import POWER_MAX


class KeyType(click.ParamType[bytes]):
    """A public key: 64 hexadecimal digits."""

    name = "public key"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """The key, or a usage error."""
        try:
            key = bytes.fromhex(str(value))
        except ValueError:
            key = b""
        if len(key) != PUBLIC_KEY_BYTES:
            self.fail(
                f"{value} is no public key: expected {2 * PUBLIC_KEY_BYTES} hexadecimal digits", param, ctx
            )
        return key


KEY = KeyType()
STATEMENT = click.Path(path_type=Path, dir_okay=False)
no_spare_option = click.option(
    "--no-spare", is_flag=True, help="Even if the chain then bears no failure of a validator."
)
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
            f"{organisation['org']} (frozen)" if organisation["frozen_by"] else organisation["org"],
            organisation["legal_name"],
            listed([_claim(claim) for claim in organisation["claims"]]),
            listed(organisation["roles"]),
            listed(organisation["nodes"]),
            listed([_account(account) for account in organisation["accounts"]]),
        )
        for organisation in answer["organisations"]
    ]
    columns = ("organisation", "legal name", "LEI or USCC", "roles", "nodes", "accounts")
    table(console, columns, rows, empty="no members")
    console.print()
    validators = [
        (
            validator["org"],
            validator["node"],
            validator["power"],
            _standing(validator),
            short(validator["consensus_key"]),
        )
        for validator in answer["validators"]
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


membership.add_command(admit_member)


@membership.command("add-account")
@click.argument("statement", type=STATEMENT)
@roles_option
@cosigning_options
@click.pass_obj
def add_account(session: Session, statement: Path, roles: tuple[str, ...], signing: Signing) -> int:
    """Give an organisation an account. Its own admins may, without the others.

    STATEMENT is the file that the key's holder made with `p2pchain key prove --account NAME --org ORG`.
    """
    proof = read_possession(statement, ACCOUNT)
    return _act(
        session, signing, "add_account", proof.org, proof.name, proof.public_key, roles, proof.possession
    )


@membership.command("remove-account")
@click.argument("org")
@click.argument("name")
@cosigning_options
@click.pass_obj
def remove_account(session: Session, org: str, name: str, signing: Signing) -> int:
    """Take an account away. Its organisation's admins may, without the others. Its name never returns."""
    return _act(session, signing, "remove_account", org, name)


@membership.command()
@click.argument("org")
@click.option("--lei", help="Legal Entity Identifier (ISO 17442).")
@click.option("--uscc", help="Unified social credit code (GB 32100).")
@cosigning_options
@click.pass_obj
def identify(session: Session, org: str, lei: str | None, uscc: str | None, signing: Signing) -> int:
    """Claim which legal entity an organisation is. Its own admins may, without the others.

    It counts once another member, or the majority, has confirmed it: `p2pchain membership confirm`.
    """
    return _act(session, signing, "identify", org, lei, uscc)


@membership.command()
@click.argument("org")
@click.argument("number")
@cosigning_options
@click.pass_obj
def confirm(session: Session, org: str, number: str, signing: Signing) -> int:
    """Confirm that an LEI or USCC is an organisation's own. Admins of any other member may."""
    return _act(session, signing, "confirm_identifier", org, number)


@membership.command()
@click.argument("org")
@click.argument("account", required=False)
@cosigning_options
@click.pass_obj
def freeze(session: Session, org: str, account: str | None, signing: Signing) -> int:
    """Let an account sign nothing for now, or a whole organisation, whatever keys it has.

    An account: its organisation's admins may, without the others. An organisation: the majority alone.
    """
    return _act(session, signing, "freeze", org, account)


@membership.command()
@click.argument("org")
@click.argument("account", required=False)
@cosigning_options
@click.pass_obj
def unfreeze(session: Session, org: str, account: str | None, signing: Signing) -> int:
    """Let a frozen account, or organisation, sign again. What the majority froze, it alone unfreezes."""
    return _act(session, signing, "unfreeze", org, account)


@membership.command("rotate-account")
@click.argument("old_key", type=KEY)
@click.argument("new_key", type=KEY)
@cosigning_options
@click.pass_obj
def rotate_account(session: Session, old_key: bytes, new_key: bytes, signing: Signing) -> int:
    """Exchange an account's key: sign with both, --as OLD --as NEW."""
    return _act(session, signing, "rotate_account", old_key, new_key)


@membership.command("replace-account")
@click.argument("statement", type=STATEMENT)
@cosigning_options
@click.pass_obj
def replace_account(session: Session, statement: Path, signing: Signing) -> int:
    """Put another key in the place of a lost one. Its organisation's admins may, without the others.

    STATEMENT is the file that the new key's holder made with `p2pchain key prove --account NAME --org ORG`.
    """
    proof = read_possession(statement, ACCOUNT)
    return _act(
        session, signing, "replace_account", proof.org, proof.name, proof.public_key, proof.possession
    )


@membership.command("add-node")
@click.argument("statement", type=STATEMENT)
@cosigning_options
@click.pass_obj
def add_node(session: Session, statement: Path, signing: Signing) -> int:
    """Let a node of an organisation connect.

    STATEMENT is the file that its operator made with `p2pchain key prove --node NAME --org ORG`.
    """
    proof = read_possession(statement, NODE)
    return _act(session, signing, "add_node", proof.org, proof.name, proof.public_key, proof.possession)


@membership.command("remove-node")
@click.argument("node")
@cosigning_options
@click.pass_obj
def remove_node(session: Session, node: str, signing: Signing) -> int:
    """Keep a node out. Its validator must have left before. Its name never returns."""
    return _act(session, signing, "remove_node", node)


@membership.command("add-validator")
@click.argument("statement", type=STATEMENT)
@click.option("--power", type=click.IntRange(1, POWER_MAX), default=1, show_default=True, help="Its votes.")
@no_spare_option
@cosigning_options
@click.pass_obj
def add_validator(session: Session, statement: Path, power: int, no_spare: bool, signing: Signing) -> int:
    """Let a node vote. STATEMENT is the file that its operator made with `p2pchain key prove`."""
    peer_key, consensus_key, possession = read_succession(statement)
    return _act(session, signing, "add_validator", peer_key, consensus_key, power, possession, no_spare)


@membership.command("remove-validator")
@click.argument("node")
@no_spare_option
@cosigning_options
@click.pass_obj
def remove_validator(session: Session, node: str, no_spare: bool, signing: Signing) -> int:
    """Let a node vote no more, whatever its key is. It still follows. The key never validates again."""
    return _act(session, signing, "remove_validator", node, no_spare)


@membership.command("set-power")
@click.argument("node")
@click.argument("power", type=click.IntRange(1, POWER_MAX))
@no_spare_option
@cosigning_options
@click.pass_obj
def set_power(session: Session, node: str, power: int, no_spare: bool, signing: Signing) -> int:
    """Give a node's validator another power."""
    return _act(session, signing, "set_power", node, power, no_spare)


def _act(session: Session, signing: Signing, action: str, *args: Value) -> int:
    return carry_out(session, signing, Operation(module="membership", action=action, args=args))
