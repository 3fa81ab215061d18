"""``genesis``: members write what they bring, one collects it, and all compare one id."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.business.software import MODULES
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file, replace_file, write_new_file
from p2pchain.cli.founding.member_options import (
    account_of_home,
    account_option,
    address_option,
    keys_sentence,
    node_of_home,
    node_option,
    observer_option,
    org_option,
    power_option,
    read_member,
    roles_option,
)
from p2pchain.cli.groups import Group
from p2pchain.cli.node.new_home import describe_key
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import facts, listed, new_console, short, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.founding import PEERS_BYTES_MAX, collected, format_peers, listeners_of, parse_peers
from p2pchain.client.member_file import MemberFile, format_member, genesis_differences
from p2pchain.codec.fields import chain_id as read_chain_id
from p2pchain.codec.genesis import (
    GENESIS_BYTES_MAX,
    format_genesis,
    genesis_id,
    genesis_validators,
    parse_genesis,
)
from p2pchain.codec.parameters import PARAMETER_BOUNDS, read_parameters
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import OrgId
from p2pchain.node.home.layout import Home

GENESIS_FILE: Final = Path("genesis.json")
PEERS_FILE: Final = Path("peers.json")
ID_DIGITS_MIN: Final = 12
VALIDATORS_BEARING_ONE: Final = 4
"""The fewest validators of equal power of which one may fail: 3f + 1."""


@click.group(cls=Group)
def genesis() -> None:
    """Found a chain: each member writes one file, one collects them, all compare one id.

    Each: `genesis new`, and sends the file. One: `genesis collect`, and sends genesis.json and peers.json.
    Each: `genesis check`, then `p2pchain init --genesis genesis.json --peers peers.json`.
    """


@genesis.command()
@click.option("--chain-id", required=True, help="Name of the chain, the same for all members.")
@org_option
@click.option("--legal-name", required=True, help="As in the organisation's register.")
@roles_option
@account_option
@node_option
@address_option
@observer_option
@power_option
@click.option("--out", type=FILE, help="File to write [member-ORG.json].")
@json_option
@click.pass_obj
def new(
    session: Session,
    *,
    chain_id: str,
    org: str,
    legal_name: str,
    roles: tuple[str, ...],
    account: str | None,
    node: str | None,
    address: str | None,
    observer: bool,
    power: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write this home's organisation, account and node to one file, each key signing for itself.

    Keys are made where they are missing; the file holds none of their secrets. The account is an admin and
    has the roles of --role, too. --account and --node are called like the organisation where they are not
    named.
    """
    chain = read_chain_id(chain_id, "chain_id")
    own_roles = tuple(sorted({"admin", *roles}))
    member = MemberFile(
        chain_id=chain,
        org=OrgId(org),
        legal_name=legal_name,
        roles=own_roles if observer else tuple(sorted({*own_roles, "validator"})),
        accounts=(account_of_home(session, chain, org, account or org, own_roles),),
        nodes=(
            node_of_home(session, chain, org, node or org, address=address, observer=observer, power=power),
        ),
    )
    file = out or Path(f"member-{org}.json")
    write_new_file(file, format_member(member).encode())
    read_member(file)
    if as_json:
        show_json({"file": str(file), "org": org, "chain_id": chain_id})
        return
    click.echo(f"wrote {file}: {org}, for chain {chain_id}; send it to whoever collects")
    click.echo(keys_sentence(session))
    if address is None:
        click.echo("Without --address nobody dials this node: it has to dial the others.")


@genesis.command()
@click.argument("file", type=FILE)
@account_option
@node_option
@roles_option
@address_option
@observer_option
@power_option
@json_option
@click.pass_obj
def add(
    session: Session,
    *,
    file: Path,
    account: str | None,
    node: str | None,
    roles: tuple[str, ...],
    address: str | None,
    observer: bool,
    power: int,
    as_json: bool,
) -> None:
    """Add this home's node, or an account, to the member file of its organisation.

    For a second node type it on that node's host, where FILE was copied to. --role is the account's.
    """
    if account is None and node is None:
        raise click.UsageError("say what to add: --account NAME, --node NAME, or both")
    member = read_member(file)
    if account is not None:
        added = account_of_home(session, member.chain_id, member.org, account, roles)
        kept = tuple(kept_account for kept_account in member.accounts if kept_account.name != account)
        wider = tuple(sorted({*member.roles, *roles}))
        member = replace(member, accounts=(*kept, added), roles=wider)
    if node is not None:
        own = node_of_home(
            session, member.chain_id, member.org, node, address=address, observer=observer, power=power
        )
        others = tuple(kept_node for kept_node in member.nodes if kept_node.name != node)
        wider = member.roles if observer else tuple(sorted({*member.roles, "validator"}))
        member = replace(member, nodes=(*others, own), roles=wider)
    replace_file(file, format_member(member).encode())
    read_member(file)
    if as_json:
        show_json({"file": str(file), "org": member.org, "chain_id": member.chain_id})
        return
    click.echo(f"{file}: accounts {_names(member.accounts)}; nodes {_names(member.nodes)}")
    click.echo(keys_sentence(session))


@genesis.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option(
    "--set", "settings", multiple=True, metavar="PARAMETER=NUMBER", help="A parameter of the chain."
)
@click.option("--out", type=FILE, default=GENESIS_FILE, show_default=True, help="The genesis.")
@click.option("--peers-out", type=FILE, default=PEERS_FILE, show_default=True, help="Where nodes listen.")
@json_option
def collect(
    files: tuple[Path, ...], settings: tuple[str, ...], out: Path, peers_out: Path, as_json: bool
) -> None:
    """Make one genesis of the member files, its time being now. Send both files to all members."""
    members = [read_member(file) for file in files]
    parameters = read_parameters(dict(_setting(setting) for setting in settings), "parameters")
    made = collected(members, time_ms=time.time_ns() // 1_000_000, parameters=parameters)
    Ledger.from_genesis(made, MODULES)
    for file in (out, peers_out):
        if file.exists():
            facts = {"file": str(file), "reason": "it is there already"}
            raise Refused("FILE_UNWRITABLE", facts, "name another file, or move that one away")
    write_new_file(out, format_genesis(made).encode())
    write_new_file(peers_out, format_peers(listeners_of(members)).encode())
    if as_json:
        show_json({**_as_json(made), "file": str(out), "peers_file": str(peers_out)})
        return
    click.echo(f"wrote {out} and {peers_out}; send both to all members")
    click.echo(f"genesis {genesis_id(made).hex()}")
    if len(genesis_validators(made)) < VALIDATORS_BEARING_ONE:
        click.echo(
            f"This chain bears the failure of no validator; with {VALIDATORS_BEARING_ONE} it bears one."
        )
    click.echo(f"next, each member: p2pchain genesis check {out.name}")


@genesis.command("add-peer")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option(
    "--peers", "peers_file", type=FILE, default=PEERS_FILE, show_default=True, help="File to extend."
)
@json_option
def add_peer(files: tuple[Path, ...], peers_file: Path, as_json: bool) -> None:
    """Add the nodes of later members' files to peers.json, for whoever joins after them."""
    hint = "give the peers.json that `p2pchain genesis collect` wrote"
    known = parse_peers(read_file(peers_file, PEERS_BYTES_MAX, hint), str(peers_file))
    known |= listeners_of([read_member(file) for file in files])
    replace_file(peers_file, format_peers(known).encode())
    if as_json:
        show_json({"file": str(peers_file), "nodes": list(known)})
        return
    click.echo(f"{peers_file}: {', '.join(known)}")


@genesis.command()
@click.argument("file", type=FILE, default=GENESIS_FILE)
@json_option
def show(file: Path, as_json: bool) -> None:
    """Show what a genesis says, and its id."""
    genesis = read_genesis(file)
    if as_json:
        show_json(_as_json(genesis))
        return
    console = new_console()
    validators = genesis_validators(genesis)
    power, needed = validators.total_power, 2 * validators.total_power // 3 + 1
    facts(
        console,
        [
            ("genesis", genesis_id(genesis).hex()),
            ("chain", genesis.chain_id),
            ("votes", f"{needed} of {power} decide; {len(validators)} validators"),
            *_changed_parameters(genesis),
        ],
    )
    rows = [
        (
            organisation.org,
            organisation.legal_name,
            listed(organisation.roles),
            listed(
                [f"{account.name} {short(account.public_key.hex())}" for account in organisation.accounts]
            ),
            listed(
                [
                    f"{node.name} {'power ' + str(node.power) if node.power else 'observes'}"
                    for node in organisation.nodes
                ]
            ),
        )
        for organisation in genesis.organisations
    ]
    table(console, ("organisation", "legal name", "roles", "accounts", "nodes"), rows, empty="nobody")


@genesis.command()
@click.argument("file", type=FILE, default=GENESIS_FILE)
@click.option("--member", "files", multiple=True, type=FILE, help="A member file that it has to agree with.")
@click.option(
    "--id", "wanted", metavar="DIGITS", help="The id that another member reads out, or its beginning."
)
@json_option
@click.pass_obj
def check(session: Session, file: Path, files: tuple[Path, ...], wanted: str | None, as_json: bool) -> None:
    """Check a genesis against this home's keys, member files, and the id that the others have."""
    genesis = read_genesis(file)
    Ledger.from_genesis(genesis, MODULES)
    own_id = genesis_id(genesis).hex()
    if wanted is not None:
        _compare_ids(own_id, wanted)
    for member_file in files:
        differences = genesis_differences(read_member(member_file), genesis)
        if differences:
            differing = {"file": str(member_file), "differences": "; ".join(differences)}
            raise Refused(
                "GENESIS_MEMBER_DIFFERS", differing, "found nothing with it: have it collected anew"
            )
    node = _own_node(session, genesis)
    if as_json:
        show_json({**_as_json(genesis), "ok": True, "node": node})
        return
    click.echo(f"ok: genesis {own_id}")
    click.echo(f"    names {node} with the keys of this home; compare the id with the others, by telephone")


def read_genesis(path: Path) -> Genesis:
    """A genesis. Raises ``Refused("FILE_UNREADABLE")``, or ``Invalid`` naming the field."""
    hint = "give the genesis.json that another member sent you"
    return parse_genesis(read_file(path, GENESIS_BYTES_MAX, hint))


def _compare_ids(own_id: str, wanted: str) -> None:
    if len(wanted) < ID_DIGITS_MIN:
        raise click.UsageError(f"--id: give at least {ID_DIGITS_MIN} digits")
    if not own_id.startswith(wanted.lower()):
        ids = {"genesis_id": own_id, "expected": wanted}
        raise Refused("GENESIS_ID_DIFFERS", ids, "one of the two files is another; let it be sent again")


def _own_node(session: Session, genesis: Genesis) -> str:
    """The node that this home's keys are. Raises ``Refused``: ``KEY_MISSING``, ``NODE_NOT_MEMBER``,
    ``CONSENSUS_KEY_FOREIGN``.
    """
    home = Home(session.home.absolute())
    if not home.peer_key.exists():
        hint = "name the home that wrote the member file: --home DIR"
        raise Refused("KEY_MISSING", {"path": str(home.peer_key)}, hint)
    peer = describe_key(home.peer_key)
    votes = describe_key(home.consensus_key)["public_key"] if home.consensus_key.exists() else None
    for organisation in genesis.organisations:
        for node in organisation.nodes:
            if node.peer_key.hex() != peer["public_key"]:
                continue
            wanted = None if node.consensus_key is None else node.consensus_key.hex()
            if wanted != votes:
                keys = {"found": votes, "expected": wanted}
                hint = "the genesis was made of another member file: have it collected anew"
                raise Refused("CONSENSUS_KEY_FOREIGN", keys, hint)
            return f"node {node.name} of {organisation.org}"
    hint = "send your member file to whoever collects, and use the genesis that names it"
    raise Refused("NODE_NOT_MEMBER", {"peer_id": peer["peer_id"]}, hint)


def _setting(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if name not in PARAMETER_BOUNDS or not value.isdecimal():
        raise click.UsageError(
            f"--set {text}: write PARAMETER=NUMBER; parameters: {', '.join(PARAMETER_BOUNDS)}"
        )
    return name, int(value)


def _changed_parameters(genesis: Genesis) -> Iterator[tuple[str, object]]:
    defaults = type(genesis.parameters)()
    for name in PARAMETER_BOUNDS:
        value = getattr(genesis.parameters, name)
        if value != getattr(defaults, name):
            yield name, value


def _names(parts: Any) -> str:
    return ", ".join(part.name for part in parts)


def _as_json(genesis: Genesis) -> dict[str, object]:
    return {
        "genesis_id": genesis_id(genesis).hex(),
        "chain_id": genesis.chain_id,
        "time_ms": genesis.time_ms,
        "organisations": [
            {
                "org": organisation.org,
                "legal_name": organisation.legal_name,
                "roles": list(organisation.roles),
                "accounts": [account.name for account in organisation.accounts],
                "nodes": [{"name": node.name, "power": node.power} for node in organisation.nodes],
            }
            for organisation in genesis.organisations
        ],
    }
