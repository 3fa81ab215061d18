"""``init``: a node's home, for a chain of its own or for a chain that others share."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.cli.accounts import new_passphrase
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file
from p2pchain.cli.node.new_home import chain_of_one, describe_key, make_directories, own_key, registry_key
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.founding import PEERS_BYTES_MAX, Listener, parse_peers
from p2pchain.codec.genesis import GENESIS_BYTES_MAX, genesis_id, parse_genesis
from p2pchain.codec.multiaddress import port_of
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import PublicKey
from p2pchain.node.home.config import NodeConfig, PeerAddress, StorageConfig
from p2pchain.node.home.layout import Home, holds_chain, lay_out, next_step

LISTEN_DEFAULT: Final = "/ip4/0.0.0.0/tcp/26656"
NAME_DEFAULT: Final = "solo"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Options of the new home."""

    name: str
    org: str
    chain_id: str
    listen: str | None
    peers: tuple[tuple[str, str], ...]
    listed: Mapping[str, Listener]
    http: str | None
    passphrase: bytes | None


def _named(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not NAME.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not 1 to 32 of a-z 0-9 -, beginning with a letter or digit")
    return value


def addressed(
    ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Names and addresses of ``--peer``, or a usage error."""
    pairs = tuple(value.partition("=")[::2] for value in values)
    if not all(name and address for name, address in pairs):
        raise click.BadParameter("write NODE=MULTIADDR, as in bank-b=/dns4/node.bank-b.example/tcp/26656")
    return pairs


@click.command()
@click.option("--name", callback=_named, help=f"Name of the node [{NAME_DEFAULT}].")
@click.option("--org", callback=_named, help="Organisation that runs it [the node's name].")
@click.option(
    "--chain-id", callback=_named, help="Name of a new chain [the organisation's name, then -chain]."
)
@click.option(
    "--listen",
    metavar="MULTIADDR",
    help=f"For other nodes [the port that --peers says of this node, else {LISTEN_DEFAULT}].",
)
@click.option("--genesis", "genesis_file", type=FILE, help="Join this chain.")
@click.option(
    "--peer",
    "peers",
    multiple=True,
    callback=addressed,
    metavar="NODE=MULTIADDR",
    help="Where a member's node listens.",
)
@click.option(
    "--peers",
    "peers_file",
    type=FILE,
    help="Where all members' nodes listen: peers.json.",
)
@click.option("--http", metavar="HOST:PORT", help="Serve metrics and health checks there, read-only.")
@click.option("--keys-only", is_flag=True, help="Only create the keys, and print what to send to the others.")
@click.option("--force-plain-keys", is_flag=True, help="Write plain keys even if a passphrase is given.")
@json_option
@click.pass_obj
def init(
    session: Session,
    *,
    name: str | None,
    org: str | None,
    chain_id: str | None,
    listen: str | None,
    genesis_file: Path | None,
    peers: tuple[tuple[str, str], ...],
    peers_file: Path | None,
    http: str | None,
    keys_only: bool,
    force_plain_keys: bool,
    as_json: bool,
) -> None:
    """Create the home of a node.

    Without --genesis: a chain of one validator, ready for `p2pchain run`. With --genesis: a node of that
    chain, with the keys in keys/; where there are none they are created, and their public halves printed
    for the other members.

    Keys are encrypted where a passphrase is given ($P2PCHAIN_PASSPHRASE_FILE, or the systemd credential
    `passphrase`; at a terminal it is asked for), else plain with mode 0600.
    """
    node_name = name or NAME_DEFAULT
    wish = Wish(
        name=node_name,
        org=org or node_name,
        chain_id=chain_id or f"{org or node_name}-chain",
        listen=listen,
        peers=peers,
        listed=listed_peers(peers_file),
        http=http,
        passphrase=None if force_plain_keys else new_passphrase(os.environ),
    )
    home = Home(session.home.absolute())
    if home.config.exists() or (genesis_file is None and holds_chain(home)):
        raise Refused("HOME_EXISTS", {"home": str(home.root)}, next_step(home))
    joined = None if genesis_file is None else _read_genesis(genesis_file)
    has_key = home.peer_key.exists()
    if joined is not None and not has_key and holds_chain(home):
        raise Refused("KEY_MISSING", {"path": str(home.peer_key)}, next_step(home))
    make_directories(session)
    if keys_only or (joined is not None and not has_key):
        home_facts = _make_keys(session, home, wish)
    elif joined is None:
        home_facts = _found_chain(session, home, wish)
    else:
        home_facts = _join(home, joined, wish)
    if as_json:
        show_json(home_facts)
    else:
        print("\n".join(_sentences(home_facts, wish)))


def _make_keys(session: Session, home: Home, wish: Wish) -> dict[str, Any]:
    """Create those of the three keys that are missing; a chain is joined once the genesis names them."""
    own_key(home.peer_key, "peer", wish.passphrase)
    own_key(home.consensus_key, "consensus", wish.passphrase)
    own_key(session.accounts / f"{wish.org}.key", "account", wish.passphrase)
    return {"home": str(home.root), "made": "keys", **_public_keys(session, home, wish)}


def _found_chain(session: Session, home: Home, wish: Wish) -> dict[str, Any]:
    """A chain of one."""
    genesis = chain_of_one(
        chain_id=wish.chain_id,
        org=wish.org,
        node=wish.name,
        peer_key=own_key(home.peer_key, "peer", wish.passphrase).public_key,
        consensus_key=own_key(home.consensus_key, "consensus", wish.passphrase).public_key,
        account_key=own_key(session.accounts / f"{wish.org}.key", "account", wish.passphrase).public_key,
        time_ms=time.time_ns() // 1_000_000,
    )
    registry_key(session.keys / "registry.key")
    lay_out(home, _config(wish.name, genesis, wish), genesis)
    home_facts = {"home": str(home.root), "made": "chain", "chain_id": wish.chain_id}
    return {**home_facts, "genesis_id": genesis_id(genesis).hex(), **_public_keys(session, home, wish)}


def _join(home: Home, genesis: Genesis, wish: Wish) -> dict[str, Any]:
    """A node of a chain that others share; the genesis must name the key in ``keys/peer.key``."""
    peer_key = own_key(home.peer_key, "peer", wish.passphrase).public_key
    own = [(owner, node) for owner, node in _nodes(genesis) if node.peer_key == peer_key]
    if not own:
        hint = "send the members what `p2pchain key show` prints, and use the genesis that names it"
        raise Refused("NODE_NOT_MEMBER", {"peer_id": peer_id_of(peer_key)}, hint)
    ((organisation, node),) = own
    config = _config(node.name, genesis, wish)
    lay_out(home, config, genesis)
    home_facts: dict[str, Any] = {"home": str(home.root), "made": "node", "node": node.name}
    home_facts |= {"org": organisation.org}
    home_facts |= {"peers": len(config.peers), "listen": config.listen}
    return {**home_facts, "chain_id": genesis.chain_id, "genesis_id": genesis_id(genesis).hex()}


def listed_peers(file: Path | None) -> dict[str, Listener]:
    """Read the file of ``--peers``. Raises ``Refused``: ``FILE_UNREADABLE``, ``PEERS_FILE_INVALID``."""
    if file is None:
        return {}
    hint = "give the peers.json that another member sent you"
    return parse_peers(read_file(file, PEERS_BYTES_MAX, hint), str(file))


def config_of(
    name: str,
    genesis: Genesis,
    listed: Mapping[str, Listener],
    named: Sequence[tuple[str, str]],
    *,
    listen: str | None,
    http: str | None,
    storage: StorageConfig,
) -> NodeConfig:
    """Settings of a node. ``listed``: of ``--peers``; ``named``: of ``--peer``, which name nodes of the
    genesis or of ``listed``. It listens on the port that ``listed`` says of it. Raises ``Refused``
    ``PEER_UNKNOWN``.
    """
    keys = {node.name: peer_id_of(node.peer_key) for _, node in _nodes(genesis)}
    keys |= {peer: listener.peer_id for peer, listener in listed.items()}
    addresses = {**{peer: listener.address for peer, listener in listed.items()}, **dict(named)}
    own = addresses.pop(name, None)
    for peer in addresses:
        if peer not in keys:
            facts = {"peer": peer, "nodes": ", ".join(sorted(keys))}
            raise Refused("PEER_UNKNOWN", facts, "name a node of the genesis, or of --peers, in --peer")
    return NodeConfig(
        name=name,
        listen=listen or (LISTEN_DEFAULT if own is None else f"/ip4/0.0.0.0/tcp/{port_of(own)}"),
        peers=tuple(PeerAddress(peer_id=keys[peer], address=address) for peer, address in addresses.items()),
        control_socket=None,
        control_group=None,
        http=http,
        log_level="info",
        log_format="text",
        pool=PoolLimits(),
        storage=storage,
    )


def _config(name: str, genesis: Genesis, wish: Wish) -> NodeConfig:
    storage = StorageConfig()
    return config_of(
        name, genesis, wish.listed, wish.peers, listen=wish.listen, http=wish.http, storage=storage
    )


def _nodes(genesis: Genesis) -> Iterator[tuple[GenesisOrganisation, GenesisNode]]:
    for organisation in genesis.organisations:
        for node in organisation.nodes:
            yield organisation, node


def _read_genesis(path: Path) -> Genesis:
    try:
        with path.open("rb") as file:
            return parse_genesis(file.read(GENESIS_BYTES_MAX + 1))
    except OSError as error:
        facts = {"file": str(path), "reason": error.strerror}
        raise Refused("GENESIS_MISSING", facts, "give the file that another member sent you") from error


def _public_keys(session: Session, home: Home, wish: Wish) -> dict[str, Any]:
    peer = describe_key(home.peer_key)
    account = describe_key(session.accounts / f"{wish.org}.key")
    return {
        "node": wish.name,
        "org": wish.org,
        "peer_id": peer_id_of(PublicKey(bytes.fromhex(peer["public_key"]))),
        "peer_key": peer["public_key"],
        "consensus_key": describe_key(home.consensus_key)["public_key"],
        "account": {"name": wish.org, "public_key": account["public_key"]},
        "protection": peer["protection"],
    }


def _sentences(home_facts: dict[str, Any], wish: Wish) -> Iterator[str]:
    home, node = home_facts["home"], f"node {home_facts['node']} of {home_facts['org']}"
    plain = "mode 0600, NOT encrypted (give P2PCHAIN_PASSPHRASE_FILE to encrypt them)"
    protection = plain if home_facts.get("protection") == "none" else "encrypted"
    kept = f"Keys: {home}/keys and {home}/accounts, {protection}."
    match home_facts["made"]:
        case "chain":
            yield f"Created {home}: {node}, the only validator of chain {home_facts['chain_id']}."
            yield kept
            yield f"Next: p2pchain --home {home} run"
        case "keys":
            yield f"Created the keys of {node}, but no chain yet."
            yield kept
            yield "Their public halves, for the other members:"
            for name in ("peer_key", "consensus_key"):
                yield f"  {name:14} {home_facts[name]}"
            yield f"  {'account':14} {home_facts['account']['public_key']} ({home_facts['account']['name']})"
            yield "To found or join a chain with them: p2pchain genesis new --help"
        case _:
            yield f"Created {home}: {node}, chain {home_facts['chain_id']}."
            yield f"Genesis {home_facts['genesis_id']}: compare it with the other members."
            if not home_facts["peers"]:
                yield "No peers given: add [[network.peers]] to config.toml, or be dialled by others."
            yield "To register invoices, put the financiers' shared key into keys/registry.key (mode 0600)."
            yield f"Next: p2pchain --home {home} run"
