"""Part of a home in its organisation's member file: its node and an account, each with proof."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.declarations import own_roles
from p2pchain.cli.files import read_file
from p2pchain.cli.node.new_home import make_directories, own_key, protection_words
from p2pchain.cli.session import Session
from p2pchain.client.member_file import (
    FILE_BYTES_MAX,
    MemberAccount,
    MemberFile,
    MemberNode,
    parse_member,
    proven_account,
    proven_node,
)
from p2pchain.codec.genesis import is_name, is_org
from p2pchain.codec.multiaddress import is_address
from p2pchain.model.ids import ChainId
from p2pchain.model.validators import POWER_MAX
from p2pchain.node.home.layout import Home

ACCOUNT_ROLES: Final = tuple(role for role in own_roles() if role != "validator")


def _named(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_name(value):
        raise click.BadParameter(
            f"{value!r} is not 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit"
        )
    return value


def _org_named(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    if not is_org(value):
        raise click.BadParameter(f"{value!r} is not 1 to 32 of a-z 0-9 -")
    return value


def _addressed(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_address(value):
        raise click.BadParameter(f"{value!r} is no multiaddress such as /dns4/node.bank-a.example/tcp/26656")
    return value


def _distinct(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


org_option = click.option("--org", required=True, callback=_org_named, help="Short name of the organisation.")
account_option = click.option("--account", callback=_named, help="Name of the account.")
node_option = click.option("--node", callback=_named, help="Name of the node.")
roles_option = click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ACCOUNT_ROLES),
    callback=_distinct,
    help="What it may do; several times.",
)
address_option = click.option(
    "--address",
    callback=_addressed,
    metavar="MULTIADDR",
    help="Where other members dial the node: /dns4/HOST/tcp/PORT.",
)
observer_option = click.option("--observer", is_flag=True, help="The node follows and does not vote.")
power_option = click.option(
    "--power", type=click.IntRange(1, POWER_MAX), default=1, show_default=True, help="Votes of the node."
)


def node_of_home(
    session: Session,
    chain_id: ChainId,
    org: str,
    name: str,
    *,
    address: str | None,
    observer: bool,
    power: int,
) -> MemberNode:
    """This home's node, its keys made where they are missing. Raises as ``own_key``."""
    make_directories(session)
    home, passphrase = Home(session.home.absolute()), passphrase_from(os.environ)
    if observer and home.consensus_key.exists():
        raise click.UsageError(f"--observer: {home.consensus_key} is a validator's key; use another home")
    return proven_node(
        chain_id,
        org,
        name,
        peer_key=own_key(home.peer_key, "peer", passphrase),
        consensus_key=None if observer else own_key(home.consensus_key, "consensus", passphrase),
        power=power,
        address=address,
    )


def account_of_home(
    session: Session, chain_id: ChainId, org: str, name: str, roles: Sequence[str]
) -> MemberAccount:
    """An account of this home, its key made where it is missing. Raises as ``own_key``."""
    make_directories(session)
    key = own_key(session.accounts / f"{name}.key", "account", passphrase_from(os.environ))
    return proven_account(chain_id, org, name, roles, key)


def keys_sentence(session: Session) -> str:
    """Say where the keys lie and how they are protected."""
    return f"Keys: {session.keys} and {session.accounts}; {protection_words(passphrase_from(os.environ))}."


def read_member(file: Path) -> MemberFile:
    """A member file. Raises ``Refused``: ``FILE_UNREADABLE``, ``MEMBER_FILE_INVALID``."""
    data = read_file(file, FILE_BYTES_MAX, "give the file that `p2pchain genesis new` wrote")
    return parse_member(data, str(file))
