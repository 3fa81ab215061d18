"""A client in another network namespace, over TLS, as from another machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from p2pchain.client.transactions import build_transaction
from p2pchain.model.ids import Height
from tests.integration.gateway_client import serve_gateway
from tests.integration.ledger_node import LedgerNode
from tests.lacking import needs
from tests.patience import patient
from tests.unit.ledger.ledger_world import CHAIN_ID, operation, signing_key
from tests.unit.ledger.receivable_steps import a_market

TOP = Path(__file__).parents[2]
HERE, THERE = "10.231.77.1", "10.231.77.2"


def ip(*words: str) -> None:
    """Run one command of iproute2."""
    subprocess.run(("ip", *words), check=True, capture_output=True, timeout=patient(20))


@pytest.fixture
def namespace() -> Iterator[str]:
    """A namespace with one link to this one."""
    name, link = f"p2pgw{os.getpid()}", f"gw{os.getpid()}"
    ip("netns", "add", name)
    try:
        ip("link", "add", link, "type", "veth", "peer", "name", "far", "netns", name)
        ip("addr", "add", f"{HERE}/30", "dev", link)
        ip("link", "set", link, "up")
        ip("-n", name, "addr", "add", f"{THERE}/30", "dev", "far")
        ip("-n", name, "link", "set", "far", "up")
        yield name
    finally:
        ip("netns", "del", name)


@needs("root")
async def test_from_another_namespace(nursery: trio.Nursery, tmp_path: Path, namespace: str) -> None:
    """It submits, waits and follows; a stranger, an expired signature, a replay, a wrong account, a frozen
    one and nobody are refused by code, and counted.
    """
    node = LedgerNode(a_market())
    freeze = build_transaction(
        chain_id=CHAIN_ID,
        valid_until=Height(15),
        signers=(signing_key("bank-a"),),
        operations=(operation("membership", "freeze", "bank-a", "bank-a-clerk"),),
        nonce=b"00000001",
    )
    await node.submit((freeze,), wait=True, timeout_ms=1_000)
    served = await serve_gateway(nursery, node, tmp_path, host=HERE)
    command = ("ip", "netns", "exec", namespace, sys.executable, "-m", "tests.integration.gateway_remote")
    with trio.fail_after(patient(60)):
        done = await trio.run_process(
            [*command, HERE, str(served.client.port), str(served.client.certificate)],
            capture_stdout=True,
            cwd=TOP,
        )
    assert json.loads(done.stdout) == {
        "final": "OK",
        "followed": ["frozen", "issued"],
        "read": 200,
        "replay": "SIGNATURE_REPLAYED",
        "expired": "SIGNATURE_EXPIRED",
        "stranger": "ACCOUNT_STRANGER",
        "wrong account": "NOT_A_PARTY",
        "frozen": "ACCOUNT_FROZEN",
        "unsigned": "GATEWAY_UNSIGNED",
    }
    counted = dict(served.gateway.refused)
    assert counted == {"SIGNATURE_REPLAYED": 1, "SIGNATURE_EXPIRED": 1}
    assert served.refused == ["ACCOUNT_STRANGER", "NOT_A_PARTY", "ACCOUNT_FROZEN", "GATEWAY_UNSIGNED"]
    nursery.cancel_scope.cancel()
