"""``config check``: what would keep the node from starting, told before it is started."""

from __future__ import annotations

from typing import Final

import click

from p2pchain.business.registry.financiers_key import FINANCIER
from p2pchain.cli.groups import Group
from p2pchain.cli.node.new_home import describe_key
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.faults import AnswerInvalid, DaemonNotRunning, NotPermitted, TimedOut
from p2pchain.client.financiers_key import REGISTRY_KEY, keys_in_force, read_registry_keys, recorded_epochs
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.control.listeners import check_path
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.layout import Home
from p2pchain.node.packages.loading import load_packages

MISSING: Final = "missing"
"""The financiers' key, of a home whose organisation is a financier."""


@click.group(cls=Group)
def config() -> None:
    """Check the settings."""


@config.command()
@json_option
@click.pass_obj
def check(session: Session, as_json: bool) -> None:
    """Read config.toml, genesis.json, the keys' public halves and packages of modules, and tell whether they
    fit together.
    """
    home = Home(session.home)
    settings = home.read_config()
    genesis = home.read_genesis()
    organisation, node = _own_node(home, genesis)
    strangers = _unknown_peers(settings, genesis)
    if strangers:
        facts = {"setting": "network.peers", "problem": f"not in genesis.json: {', '.join(strangers)}"}
        raise Refused("CONFIG_INVALID", facts, "correct config.toml, or ask the members who that is")
    check_path(home.control_socket(settings))
    load_packages(settings.modules, home.root)
    told = {
        "ok": True,
        "node": node.name,
        "validator": node.consensus_key is not None,
        "chain_id": genesis.chain_id,
        "genesis_id": genesis_id(genesis).hex(),
        "listen": settings.listen,
        "peers": len(settings.peers),
        "socket": str(home.control_socket(settings)),
        "financiers_key": _compared_key(session, genesis.chain_id) or _lacking_key(organisation),
    }
    if as_json:
        show_json(told)
    else:
        print(f"ok: node {told['node']} of chain {told['chain_id']}, genesis {told['genesis_id']}")
        if told["financiers_key"] == "not compared":
            print("the financiers' key was not compared with the chain's: the node does not answer")
        if told["financiers_key"] == MISSING:
            print(
                f"missing: {session.keys / REGISTRY_KEY}; {organisation.org} is a financier, and registers "
                "and finances no invoice without it: copy the key that the financiers share from another one "
                "(64 hexadecimal digits, mode 0600)"
            )


def _compared_key(session: Session, chain_id: ChainId) -> str | None:
    """Hold the financiers' key against the chain's, where there is one and the node answers.

    ``of the chain``, ``not on the chain yet``, ``not compared``, None without a key. Raises ``Refused``:
    ``KEY_PERMISSIONS``, ``KEY_DAMAGED``, ``REG_WRONG_KEY``.
    """
    keys = read_registry_keys(session.keys)
    if not keys:
        return None
    try:
        epochs = session.ask(recorded_epochs)
    except (DaemonNotRunning, NotPermitted, TimedOut, AnswerInvalid):
        return "not compared"
    matched = keys_in_force(epochs, keys, chain_id, session.keys)
    return "not on the chain yet" if matched is None else "of the chain"


def _lacking_key(organisation: GenesisOrganisation) -> str | None:
    """What to say of no key at all: it is missing where the organisation is a financier."""
    return MISSING if FINANCIER in organisation.roles else None


def _own_node(home: Home, genesis: Genesis) -> tuple[GenesisOrganisation, GenesisNode]:
    if not home.peer_key.exists():
        raise Refused("KEY_MISSING", {"path": str(home.peer_key)}, "restore the key file from your backup")
    peer = describe_key(home.peer_key)
    for organisation in genesis.organisations:
        for node in organisation.nodes:
            if node.peer_key.hex() == peer["public_key"]:
                _check_consensus_key(home, node)
                return organisation, node
    facts = {"peer_id": peer["peer_id"]}
    raise Refused("NODE_NOT_MEMBER", facts, "genesis.json does not name keys/peer.key; later members may")


def _check_consensus_key(home: Home, node: GenesisNode) -> None:
    wanted = None if node.consensus_key is None else node.consensus_key.hex()
    found = describe_key(home.consensus_key)["public_key"] if home.consensus_key.exists() else None
    if found is None and wanted is not None:
        raise Refused(
            "KEY_MISSING",
            {"path": str(home.consensus_key), "expected": wanted},
            "restore the key file from your backup",
        )
    if found is not None and found != wanted:
        facts = {"found": found, "expected": wanted}
        raise Refused("CONSENSUS_KEY_FOREIGN", facts, "this key belongs to another validator")


def _unknown_peers(settings: NodeConfig, genesis: Genesis) -> list[str]:
    known = {
        peer_id_of(node.peer_key) for organisation in genesis.organisations for node in organisation.nodes
    }
    return [peer.peer_id for peer in settings.peers if peer.peer_id not in known]
