"""``config check``: what would keep the node from starting, told before it is started."""

from __future__ import annotations

import os
from typing import Final

import click

from p2pchain.business.registry.financiers_key import FINANCIER
from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.faults import AnswerInvalid, DaemonNotRunning, NotPermitted, TimedOut
from p2pchain.client.financiers_key import REGISTRY_KEY, keys_in_force, read_registry_keys, recorded_epochs
from p2pchain.codec.genesis import genesis_id
from p2pchain.model.ids import ChainId
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.start_check import StartCheck, check_start
from p2pchain.telemetry.logs import set_up_logs

MISSING: Final = "missing"
"""The financiers' key, of a home whose organisation is a financier."""


@click.group(cls=Group)
def config() -> None:
    """Check the settings."""


@config.command()
@json_option
@click.pass_obj
def check(session: Session, as_json: bool) -> None:
    """Check settings, genesis, packages, keys and chain log as `run` does before it meets the network.

    Passphrase of the keys: as for `run`; without one, sealed keys are read and not opened.
    """
    set_up_logs(level="warning", format_="text")
    home = Home(session.home)
    start = check_start(home, passphrase_from(os.environ))
    roles = _roles(start)
    key = _compared_key(session, start.genesis.chain_id)
    if key is None and FINANCIER in roles:
        key = MISSING
    if as_json:
        show_json(_answer(home, start, key))
        return
    name = start.config.name if start.member is None else start.member.name
    print(f"ok: node {name} of chain {start.genesis.chain_id}, genesis {genesis_id(start.genesis).hex()}")
    for note in start.notes:
        print(note)
    if start.strangers:
        print(f"no members (yet), and not dialled until they are: {', '.join(start.strangers)}")
    if key == "not compared":
        print("the financiers' key was not compared with the chain's: the node does not answer")
    if key == MISSING:
        print(
            f"missing: {session.keys / REGISTRY_KEY}; {_org(start)} is a financier, and registers "
            "and finances no invoice without it: copy the key that the financiers share from another one "
            "(64 hexadecimal digits, mode 0600)"
        )


def _answer(home: Home, start: StartCheck, key: str | None) -> dict[str, object]:
    member = start.member
    return {
        "ok": True,
        "node": start.config.name if member is None else member.name,
        "validator": None if member is None else member.consensus_key is not None,
        "chain_id": start.genesis.chain_id,
        "genesis_id": genesis_id(start.genesis).hex(),
        "height": start.height,
        "listen": start.config.listen,
        "peers": len(start.config.peers),
        "strangers": list(start.strangers),
        "socket": str(home.control_socket(start.config)),
        "financiers_key": key,
        "notes": list(start.notes),
    }


def _org(start: StartCheck) -> str:
    """The organisation of the node: by the ledger, else by the genesis."""
    if start.member is not None:
        return start.member.org
    names = (
        organisation.org
        for organisation in start.genesis.organisations
        if any(node.name == start.config.name for node in organisation.nodes)
    )
    return next(names, "")


def _roles(start: StartCheck) -> tuple[str, ...]:
    """Roles of the node's organisation by the genesis; later members are asked about at the node."""
    own = _org(start)
    return next((entry.roles for entry in start.genesis.organisations if entry.org == own), ())


def _compared_key(session: Session, chain_id: ChainId) -> str | None:
    """Compare the financiers' key with the chain's, where there is one and the node answers.

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
