"""``join``: a node of a running chain, from an empty home to the block that names it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.founding.genesis import read_genesis
from p2pchain.cli.founding.member_options import read_member
from p2pchain.cli.node.init import addressed, config_of, listed_peers
from p2pchain.cli.node.new_home import describe_key
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.member_file import MemberNode
from p2pchain.codec.multiaddress import port_of
from p2pchain.model.errors import Refused
from p2pchain.node.home.config import StorageConfig
from p2pchain.node.home.layout import Home, lay_out
from p2pchain.node.run.chain_join import join_chain
from p2pchain.telemetry.logs import set_up_logs


@click.command()
@click.option("--genesis", "genesis_file", type=FILE, help="The chain's genesis.json, from a member.")
@click.option("--member", "member_file", type=FILE, help="The member file that names this home's node.")
@click.option("--peers", "peers_file", type=FILE, help="Where members' nodes listen: peers.json.")
@click.option(
    "--peer",
    "peers",
    multiple=True,
    callback=addressed,
    metavar="NODE=MULTIADDR",
    help="Where a node of the genesis listens; several times.",
)
@click.option(
    "--listen", metavar="MULTIADDR", help="For other nodes [the port of the member file's address]."
)
@click.option("--blocks", "by_blocks", is_flag=True, help="Fetch all blocks, even if there is a snapshot.")
@json_option
@click.pass_obj
def join(
    session: Session,
    *,
    genesis_file: Path | None,
    member_file: Path | None,
    peers_file: Path | None,
    peers: tuple[tuple[str, str], ...],
    listen: str | None,
    by_blocks: bool,
    as_json: bool,
) -> None:
    """Make this home a node of a running chain, once the members have admitted it with its member file.

    It takes a snapshot of the state from a member, or all blocks, proves them from the genesis on, and ends
    at a block that names the node; `p2pchain run` goes on from there. It waits for the admission as long as
    it takes. Interrupted, it goes on when it is typed again, without options.
    """
    home = Home(session.home.absolute())
    if not home.config.exists():
        if genesis_file is None or member_file is None:
            raise click.UsageError("give --genesis FILE and --member FILE, or the --home where it began")
        genesis, node = read_genesis(genesis_file), _own_node(home, member_file)
        own = None if node.address is None else f"/ip4/0.0.0.0/tcp/{port_of(node.address)}"
        config = config_of(
            node.name,
            genesis,
            listed_peers(peers_file),
            peers,
            listen=listen or own,
            http=None,
            storage=StorageConfig(join="snapshot"),
        )
        if not config.peers:
            raise click.UsageError("say where members listen: --peers peers.json, or --peer NODE=MULTIADDR")
        lay_out(home, config, genesis)
    elif genesis_file is not None:
        raise Refused(
            "HOME_EXISTS", {"home": str(home.root)}, "to go on there: p2pchain join, without --genesis"
        )
    set_up_logs(level="warning", format_="text")
    done = join_chain(home, passphrase_from(os.environ), _say, by_blocks=by_blocks)
    joined = {"node": done.member.name, "org": done.member.org, "height": done.height, "first": done.first}
    if as_json:
        show_json(joined)
        return
    click.echo(f"joined: node {done.member.name} of {done.member.org}, at height {done.height}")
    click.echo(f"next: p2pchain run, or systemctl start p2pchain@{done.member.name}")


def _say(line: str) -> None:
    click.echo(line, err=True)


def _own_node(home: Home, file: Path) -> MemberNode:
    """The node of a member file whose keys lie in this home. Raises ``Refused``: ``KEY_MISSING``,
    ``MEMBER_NOT_THIS_HOME``.
    """
    if not home.peer_key.exists():
        hint = "join with the home that wrote the member file: --home DIR"
        raise Refused("KEY_MISSING", {"path": str(home.peer_key)}, hint)
    own = describe_key(home.peer_key)["public_key"]
    member = read_member(file)
    node = next((listed for listed in member.nodes if listed.peer_key.hex() == own), None)
    if node is None:
        facts = {"file": str(file), "public_key": own}
        raise Refused("MEMBER_NOT_THIS_HOME", facts, "give the file that this home wrote")
    return node
