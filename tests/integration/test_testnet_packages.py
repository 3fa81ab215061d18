"""A package of others on four real nodes: the tutorial as a reader types it, and a package that does wrong.

How: the commands of ``docs/tutorial-module.md`` are run as they stand there, in order, and what it shows of
their output is looked for. Then the hostile sample: its rules fail, call for ever, walk without end and take
memory; the nodes go on with the same receipts, restart, catch up, and execute every block again.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from p2pchain.client.node_client import NodeClient
from p2pchain.model.ids import TxId
from p2pchain.model.transaction import Operation
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.module_activation import bring_in
from tests.integration.testnet_driving import SAMPLES, command, state_roots, submit
from tests.patience import patient

TOP = Path(__file__).parents[2]
TUTORIAL = TOP / "docs" / "tutorial-module.md"
COMMAND_S = patient(240.0)
HOSTILE = SAMPLES / "hostile_register"
FILLED = 200
CODES = {
    "nothing": "OK",
    "key_error": "MODULE_FAULT",
    "recurse": "MODULE_FAULT",
    "recurse_through_call": "MODULE_FAULT",
    "walk": "TX_WORK_EXCEEDED",
    "hold": "TX_WORK_EXCEEDED",
    "allocate": "MODULE_FAULT",
}


def steps() -> list[tuple[str, list[str]]]:
    """Commands of the tutorial, each with the lines of output that it shows."""
    found: list[tuple[str, list[str]]] = []
    within = False
    for line in TUTORIAL.read_text("utf-8").splitlines():
        if line.startswith("```"):
            within = not within
        elif within and line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        elif within:
            found[-1][1].append(line)
    return found


def as_process(words: list[str]) -> list[str]:
    """The module that a command of this repository runs, so that nothing is set up on the way."""
    modules = {"scripts/testnet": "p2pchain.testnet", "p2pchain": "p2pchain.cli"}
    module = modules.get(words[0])
    return words if module is None else [sys.executable, "-P", "-m", module, *words[1:]]


def test_the_tutorial_as_a_reader_types_it(tmp_path: Path) -> None:
    """From nothing to a module on four nodes, every block of which executes again."""
    environment = {
        **os.environ,
        "P2PCHAIN_TESTNET": str(tmp_path / "net"),
        "COLUMNS": "200",
    }
    typed = steps()
    assert len(typed) >= 10
    try:
        for text, shown in typed:
            words = as_process(shlex.split(text.replace("../tools", str(tmp_path / "tools"))))
            done = subprocess.run(
                words,
                cwd=TOP,
                env=environment,
                capture_output=True,
                text=True,
                timeout=COMMAND_S,
                check=False,
            )
            assert done.returncode == 0, (text, done.stdout, done.stderr)
            for line in shown:
                expected = line.replace("../tools", str(tmp_path / "tools"))
                assert expected in done.stdout, (text, expected, done.stdout)
    finally:
        if (tmp_path / "net").exists():
            Launcher(tmp_path / "net").purge()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """Four nodes that run the hostile package."""
    launcher = Launcher.make(tmp_path_factory.mktemp("hostile") / "net", modules=[HOSTILE])
    try:
        launcher.start()
        launcher.wait_for_height(2, timeout_s=patient(120))
        assert refused(launcher) == "TX_UNKNOWN_ACTION"
        assert bring_in(launcher) == ("x-hostile",)
        yield launcher
    finally:
        launcher.stop()


def refused(network: Launcher) -> str:
    """With which code a node refuses the module before it counts."""
    done = command(network, "bank-a", "x-hostile", "go", "nothing", "--as", "bank-a")
    assert done.code != 0
    return next(word.strip(":") for word in done.err.split() if word.isupper() and "_" in word)


def test_four_nodes_go_on_whatever_a_rule_does(network: Launcher) -> None:
    """All with the same receipt, the one away meanwhile included, once it has caught up."""
    network.stop(["supplier"])
    filled = Operation(module="x-hostile", action="fill", args=(FILLED,))
    assert submit(network, "buyer", "buyer", [filled])["code"] == "OK"
    others = ("bank-a", "bank-b", "buyer")
    done: dict[str, dict[str, object]] = {}
    for way in CODES:
        sent = submit(network, "buyer", "buyer", [Operation(module="x-hostile", action="go", args=(way,))])
        network.wait_for_height(int(sent["height"]), others)
        done[way] = sent
    assert {way: sent["code"] for way, sent in done.items()} == CODES
    network.kill("bank-b")
    network.start(["supplier", "bank-b"])
    highest = int(str(done["allocate"]["height"])) + 1
    network.wait_for_height(highest)
    for sent in done.values():
        assert len(state_roots(network, int(str(sent["height"])))) == 1
        question = partial(NodeClient.tx, tx_id=TxId(bytes.fromhex(str(sent["tx_id"]))))
        answers = [network.ask(name, question) for name in network.names]
        assert all(answer == answers[0] is not None for answer in answers), answers
    answer = network.ask("supplier", partial(NodeClient.query, module="x-hostile", name="last", args={}))
    assert answer == {"way": "nothing"}


def test_every_block_executes_again_alike(network: Launcher) -> None:
    """In a process of another stack, of the node that was there and of the one that caught up."""
    for name in ("bank-a", "supplier"):
        done = command(network, name, "verify", "--deep", "--json")
        assert done.code == 0, done
