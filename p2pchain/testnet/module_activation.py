"""Modules of others in a local network that runs: brought in by governance, as on a real chain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.client.transactions import send_operations
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.consortium.governance import module as governance
from p2pchain.ledger.consortium.governance.versions import NOTICE_HEIGHTS_MIN
from p2pchain.model.errors import Fact
from p2pchain.model.transaction import CODE_OK, Operation, Value
from p2pchain.node.home.layout import Home
from p2pchain.node.packages.package import read_tree
from p2pchain.node.packages.software import packages_of
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.network_files import account_key

FIRST_VERSION: Final = 1
SET_VERSION: Final = "set_module_version"
DECLARE: Final = "declare_software"
HURRY_MS: Final = 50
"""Between two idle blocks until the module counts: its notice is a hundred of them."""
SLACK_HEIGHTS: Final = 40
"""Heights that may pass while the order is signed and sent."""
SIGNERS_MAX: Final = 16
SUBMIT_MS: Final = 60_000
ACTIVE_S: Final = 600.0


def require_same(launcher: Launcher, trees: Sequence[Path]) -> None:
    """Accept packages that the network was made with; ``LaunchFailed("TESTNET_DIFFERS")`` for others."""
    has = packages_of(Home(launcher.home(launcher.names[0]))).digests
    for package in map(read_tree, trees):
        digest = package.digest().hex()
        if has.get(package.name) != digest:
            facts: dict[str, Fact] = {
                "directory": str(launcher.places.root),
                "what": package.name,
                "asked": digest,
                "found": has.get(package.name),
            }
            hint = "scripts/testnet down --purge, or choose another --dir"
            raise LaunchFailed("TESTNET_DIFFERS", facts, hint)


def bring_in(launcher: Launcher) -> tuple[str, ...]:
    """Have the members decide that the packages' modules run, and wait until they do; which came in now.
    Blocks are hurried until then. ``LaunchFailed``.
    """
    packages = packages_of(Home(launcher.home(launcher.names[0])))
    waiting = tuple(name for name in packages.packages if not _in_force(launcher, name))
    if not waiting:
        return ()
    genesis = Home(launcher.home(launcher.names[0])).read_genesis()
    _decide(launcher, _hurried(HURRY_MS))
    height = launcher.height(launcher.names[0]) + NOTICE_HEIGHTS_MIN + SLACK_HEIGHTS
    _decide(launcher, *(_order(name, height, packages.digests[name]) for name in waiting))
    _declare(launcher, tuple((name, FIRST_VERSION, packages.digests[name]) for name in waiting))
    launcher.wait_until(
        f"{', '.join(waiting)} in force", lambda: all(_in_force(launcher, name) for name in waiting), ACTIVE_S
    )
    _decide(launcher, _hurried(genesis.parameters.empty_block_interval_ms))
    return waiting


def _order(name: str, height: int, digest: str) -> Operation:
    """Order the first version of a module, with what its action takes."""
    action = next(known for known in governance.MODULE.actions if known.name == SET_VERSION)
    values: dict[str, Value] = {
        "module": name,
        "version": FIRST_VERSION,
        "height": height,
        "digest": bytes.fromhex(digest),
    }
    args = tuple(values[field.name] for field in action.fields)
    return Operation(module=governance.MODULE.name, action=SET_VERSION, args=args)


def _declare(launcher: Launcher, versions: Sequence[tuple[str, int, str]]) -> None:
    """Have each member say that its node has these versions: without it they are put off."""
    held: Value = tuple((name, version, bytes.fromhex(digest)) for name, version, digest in versions)
    operation = Operation(module=governance.MODULE.name, action=DECLARE, args=(held,))
    for name in launcher.names:
        _send(launcher, [operation], [account_key(launcher.plan.seed, name)])


def _hurried(interval_ms: int) -> Operation:
    args = ("empty_block_interval_ms", interval_ms)
    return Operation(module="governance", action="set_parameter", args=args)


def _in_force(launcher: Launcher, name: str) -> bool:
    modules = launcher.ask(launcher.names[0], NodeClient.modules) or ()
    return any(known["module"] == name and known["in_force"] is not None for known in modules)


def _decide(launcher: Launcher, *operations: Operation) -> None:
    """Sign operations by more than 2/3 of the organisations, and wait until they are final."""
    names = launcher.names[: len(launcher.names) * 2 // 3 + 1]
    if len(names) > SIGNERS_MAX:
        facts: dict[str, Fact] = {"nodes": len(launcher.names), "signers": len(names), "most": SIGNERS_MAX}
        raise LaunchFailed("TESTNET_SIZE", facts, "a network with modules of others has at most 23 nodes")
    _send(launcher, operations, [account_key(launcher.plan.seed, name) for name in names])


def _send(launcher: Launcher, operations: Sequence[Operation], keys: Sequence[SigningKey]) -> None:
    """Submit operations to the first node, and wait until they are final; ``LaunchFailed`` if refused."""

    async def send() -> dict[str, object]:
        async with NodeClient(launcher.places.control_socket(launcher.names[0])) as client:
            sent = await send_operations(client, operations, keys, timeout_ms=SUBMIT_MS)
            return dict(sent.committed or {})

    receipt = trio.run(send)
    if receipt.get("code") != CODE_OK:
        raise LaunchFailed(
            "TESTNET_MODULE", {"code": str(receipt.get("code"))}, "see: scripts/testnet status"
        )
