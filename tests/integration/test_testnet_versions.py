"""A consortium goes over to a new version of a module at a height; one member has not installed it.

Three of four nodes run a newer release (``newer_release``: ``note`` in two versions), the buyer the present
one. Story in order: said ahead, stopped before the height, proven, upgraded, caught up; other code is named.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation
from p2pchain.testnet.launcher import Launcher, ProcessContext
from tests.integration.testnet_driving import command, leave_note, state_roots, submit

RELEASE = str(Path(__file__).with_name("newer_release"))
NEWER = ProcessContext(environment={"PYTHONPATH": RELEASE})
UPGRADED = ("bank-a", "bank-b", "supplier")
SIGNERS = ("--as", "bank-a", "--as", "bank-b", "--as", "buyer")
EX_CONFIG = 78
UNHEALTHY = 6
FAILED = 1
AHEAD = 220
"""Heights between the order and the change: the notice that the rule wants, and what a slow command takes."""
HEIGHT: list[int] = []
"""From which height on version 2 counts, once it is known."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """Idle blocks come ten a second, so that the height is soon there."""
    parameters = Parameters(empty_block_interval_ms=100)
    launcher = Launcher.make(tmp_path_factory.mktemp("versions") / "net", parameters=parameters)
    launcher.start(contexts=dict.fromkeys(UPGRADED, NEWER))
    launcher.wait_for_height(2)
    yield launcher
    launcher.stop()


def wait_until_well(network: Launcher, name: str) -> None:
    """Its status says healthy."""
    well = partial(command, network, name, "status", "--check")
    network.wait_until(f"{name} is well", lambda: well().code == 0, 30)


def codes_of_note(network: Launcher, name: str) -> dict[str, str]:
    """Digests of the code of ``note`` at a node, by version."""
    modules = json.loads(command(network, name, "governance", "modules", "--json").out)
    (note,) = (module for module in modules if module["module"] == "note")
    codes: dict[str, str] = note["codes"]
    return codes


def test_it_is_said_ahead_of_time(network: Launcher) -> None:
    """By the node that lacks it, in its status and its list of modules; the others are well."""
    leave_note(network, "bank-a")
    height = network.height("bank-a") + AHEAD
    unknown = ("governance", "set-module-version", "note", "2", "--height", str(height), *SIGNERS)
    refused = command(network, "buyer", *unknown)
    assert refused.code == FAILED
    assert "MODULE_DIGEST_UNKNOWN" in refused.err
    digest = codes_of_note(network, "bank-a")["2"]
    order = (*unknown, "--digest", digest, "--json")
    done = command(network, "buyer", *order)
    assert (done.code, done.told["code"]) == (0, None), done
    assert done.err.startswith("note: of note this node's software has 1; install a release with version 2")
    HEIGHT.append(height)
    network.wait_for_height(done.told["height"])
    told = command(network, "buyer", "status", "--json").told
    reason = f"from height {height} on module note needs version 2; this software has 1"
    assert [each for each in told["reasons"] if each.startswith(reason)], told
    assert told["health"] == "degraded"
    assert command(network, "buyer", "status", "--check").code == UNHEALTHY
    for name in UPGRADED:
        said = command(network, name, "governance", "declare-software", "--as", name, "--json")
        assert said.code == 0, said
    shown = command(network, "buyer", "governance", "modules").out
    assert f"2 at height {height}" in shown
    assert "install a release with version 2 before" in shown
    network.wait_until(
        "bank-a is well", lambda: command(network, "bank-a", "status", "--check").code == 0, 15
    )


def test_who_lacks_it_stops_before_the_height_and_the_others_go_on(network: Launcher) -> None:
    """With one line that says what to do, and with an exit code after which systemd leaves it."""
    (height,) = HEIGHT
    buyer = network.process("buyer")
    network.wait_until("the buyer's node has ended", lambda: buyer.pid is None, 60)
    assert buyer.exit_code == EX_CONFIG
    last = network.log_tail("buyer")[-1]
    assert "MODULE_VERSION_MISSING: " in last, last
    for told in ("module=note", "version=2", f"height={height}", "install a release that has it"):
        assert told in last
    network.wait_for_height(height + 2, UPGRADED)
    assert len(state_roots(network, height)) == 1
    put = Operation(module="note", action="put", args=("hello", "desk"))
    assert submit(network, "bank-a", "bank-a", [put])["code"] == "OK"
    assert command(network, "bank-a", "governance", "modules", "--json").code == 0


def test_started_again_without_it_the_node_ends_again(network: Launcher) -> None:
    """Before it connects to anybody; what it holds is sound."""
    (height,) = HEIGHT
    buyer = network.process("buyer")
    network.start(["buyer"])
    network.wait_until("the buyer's node has ended", lambda: buyer.pid is None, 20)
    assert buyer.exit_code == EX_CONFIG
    assert "MODULE_VERSION_MISSING" in network.log_tail("buyer")[-1]
    proven = command(network, "buyer", "verify", "--deep", "--json")
    assert proven.code == 0, proven
    assert f'"height": {height - 1}' in proven.out


def test_old_software_proves_what_it_can_execute(network: Launcher) -> None:
    """All of it but the execution from the height on, and says why."""
    (height,) = HEIGHT
    assert command(network, "bank-a", "verify").code == 0
    proven = command(network, "bank-a", "verify", "--deep")
    assert proven.code == UNHEALTHY
    assert f"proven up to height {height - 1}" in proven.out
    assert f"UNPROVEN  MODULE_VERSION_MISSING: module=note, version=2, height={height}" in proven.out


def test_with_the_release_it_catches_up_over_the_height(
    network: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And every block is executed again with the version of its time."""
    network.start(["buyer"], contexts={"buyer": NEWER})
    network.wait_for_height(network.height("bank-a"), ["buyer"])
    (height,) = HEIGHT
    for each in (height - 1, height, height + 1):
        assert len(state_roots(network, each)) == 1
    network.wait_until(
        "the buyer is well", lambda: command(network, "buyer", "status", "--check").code == 0, 30
    )
    monkeypatch.setenv("PYTHONPATH", RELEASE)
    assert command(network, "buyer", "verify", "--deep").code == 0


def test_other_code_under_one_version_is_named_before_a_block_differs(
    network: Launcher, tmp_path: Path
) -> None:
    """At the node itself, against what the members agreed on, and at its peers; all go on."""
    other = tmp_path / "other_release"
    shutil.copytree(RELEASE, other)
    with (other / "newer_note" / "module.py").open("a") as module:
        module.write("# It does the same.\n")
    network.stop(("supplier",))
    network.start(["supplier"], contexts={"supplier": ProcessContext(environment={"PYTHONPATH": str(other)})})

    def named(name: str, *words: str) -> bool:
        status = command(network, name, "status", "--json")
        reasons = status.told["reasons"] if status.code == 0 else []
        return any(all(word in reason for word in ("MODULE_CODE_DIFFERS", *words)) for reason in reasons)

    network.wait_until("supplier names itself", lambda: named("supplier", "members agreed on"), 30)
    network.wait_until("bank-a names supplier", lambda: named("bank-a", "at supplier"), 30)
    network.wait_for_height(network.height("bank-a") + 2)
