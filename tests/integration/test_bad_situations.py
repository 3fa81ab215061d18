"""Bad situations of a night, each made on real nodes: ``status``, ``doctor`` and the log name the true cause.

How: one network of four. Each test makes one situation, asks as an operator would, and mends it again. What
an operator reads is compared in words, for it is words that send people the wrong way.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.model.ids import PeerId
from p2pchain.node.home.config import NodeConfig, format_config
from p2pchain.node.home.layout import Home
from p2pchain.testnet.launcher import Launcher, ProcessContext
from tests.integration.testnet_driving import Done, command, leave_note
from tests.patience import patient
from tests.test_monitoring import named_in_dashboard, named_in_rules, scraped

SEEN_S = patient(120.0)
BLOCKS_UNSIGNED: Final = 14
OLDER: Final = "0.0.9"
AS_OLDER: Final = (
    f"import p2pchain.telemetry.release as release; release.VERSION = {OLDER!r}; "
    "from p2pchain.cli.main import main; main()"
)
FAKETIME: Final = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def status(network: Launcher, name: str) -> dict[str, Any]:
    """What a node says of itself."""
    answer = network.status(name)
    assert answer is not None, name
    return dict(answer)


def until_said(network: Launcher, name: str, *words: str, field: str = "reasons") -> str:
    """Wait until a reason of the status has all these words; return it."""
    lines: list[str] = []

    def is_said() -> bool:
        lines[:] = [str(line) for line in (network.status(name) or {field: []})[field]]
        return any(all(word in line for word in words) for line in lines)

    try:
        network.wait_until(f"{name} says {words}", is_said, SEEN_S)
    except Exception as failure:
        raise AssertionError(f"{name} says {lines}, and not {words}") from failure
    return next(line for line in lines if all(word in line for word in words))


def doctor(network: Launcher, name: str) -> tuple[int, str]:
    """Exit code and page of ``doctor``."""
    done = command(network, name, "doctor")
    assert "Traceback" not in done.err, done
    return done.code, done.out


def logged(network: Launcher, name: str) -> str:
    """The end of a node's log."""
    return "\n".join(network.log_tail(name, 400))


def well(network: Launcher) -> None:
    """All four run, and each says that it is well."""
    network.start()

    def are_well() -> bool:
        return all((network.status(name) or {"health": ""})["health"] == "healthy" for name in network.names)

    network.wait_until("all are healthy", are_well, SEEN_S)


@contextmanager
def settings(network: Launcher, name: str, **changed: Any) -> Iterator[NodeConfig]:
    """Other settings of a node, written and put back; whoever runs it makes it read them."""
    home = Home(network.home(name))
    before = home.read_config()
    home.config.write_text(format_config(replace(before, **changed)))
    try:
        yield before
    finally:
        home.config.write_text(format_config(before))


def reload(network: Launcher, name: str) -> None:
    """Have a running node read its settings again."""
    pid = network.process(name).pid
    assert pid is not None
    os.kill(pid, signal.SIGHUP)


def run_to_its_end(network: Launcher, name: str, *prefix: str) -> Done:
    """Start a node that ends by itself; how it ended."""
    words = [*prefix, *network.command(name, "run")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SEEN_S, check=False)
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


@contextmanager
def started_otherwise(
    network: Launcher, name: str, words: list[str], environment: dict[str, str]
) -> Iterator[None]:
    """A node of the network that somebody else than the launcher started."""
    network.stop((name,))
    with network.places.log(name).open("ab") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, **environment})
    try:
        yield
    finally:
        process.terminate()
        process.wait(SEEN_S)


def test_a_real_scrape_has_every_metric_of_rules_and_dashboard(network: Launcher) -> None:
    async def scrape() -> bytes:
        async with NodeClient(network.places.control_socket("bank-a")) as client:
            return await client.metrics()

    well(network)
    text = trio.run(scrape).decode()
    assert named_in_rules() | named_in_dashboard() <= scraped(text)
    assert 'p2pchain_health{word="healthy"} 1.0' in text
    assert 'p2pchain_validator_up{org="supplier"} 1.0' in text
    assert 'p2pchain_peer_info{node="bank-b",version="0.1.0"} 1.0' in text


def test_one_peer_is_down(network: Launcher) -> None:
    well(network)
    network.kill("supplier")
    until_said(network, "bank-a", "validators not connected: supplier", "ask their operators")
    assert status(network, "bank-a")["faults_tolerated"] == 0
    code, page = doctor(network, "bank-a")
    assert (code, "2 of 3 linked; not supplier" in page) == (0, True)
    network.wait_until("it is logged", lambda: "word=degraded" in logged(network, "bank-a"), SEEN_S)
    assert "health.changed" in logged(network, "bank-a")
    assert doctor(network, "supplier")[0] == 0, "its own home is well: it only does not run"


def test_two_are_down(network: Launcher) -> None:
    well(network)
    network.kill("supplier", "buyer")
    reason = until_said(network, "bank-a", "no quorum: 2 of 4 validators are up, 3 are needed")
    assert "buyer" in reason
    assert "supplier" in reason
    code, page = doctor(network, "bank-a")
    assert (code, "no quorum" in page) == (6, True)
    network.kill("bank-b")
    until_said(network, "bank-a", "this node is cut off: it hears none of the 3 other validators")


def test_one_is_connected_and_signs_nothing(network: Launcher) -> None:
    """Its guard state was moved away: it follows, and the others see that it signs none of their blocks."""
    well(network)
    network.stop(("buyer",))
    safety = Home(network.home("buyer")).safety
    aside = safety.rename(safety.with_name("elsewhere"))
    network.start(("buyer",))
    until_said(network, "buyer", "signs nothing: SAFETY_LOG_MISSING")
    for number in range(BLOCKS_UNSIGNED):
        leave_note(network, "bank-a", f"unsigned by buyer {number}")
    until_said(network, "bank-a", "buyer is connected, but has signed none of the last 12 blocks")
    assert "SAFETY_LOG_MISSING" in doctor(network, "buyer")[1]
    assert "signing.stopped" in logged(network, "buyer")
    network.stop(("buyer",))
    aside.rename(safety)
    well(network)


def test_the_disk_fills(network: Launcher) -> None:
    """First it warns; then the node stops by itself, with its guard closed, and says so in its last line."""
    well(network)
    home = Home(network.home("bank-b"))
    kept = home.read_config().storage
    with settings(network, "bank-b", storage=replace(kept, warn_free_percent=99)):
        reload(network, "bank-b")
        until_said(network, "bank-b", "the disk fills: ", "are free")
        assert "warn" in doctor(network, "bank-b")[1]
    with settings(network, "bank-b", storage=replace(kept, stop_free_bytes=2**60)):
        reload(network, "bank-b")
        network.wait_until("it stops", lambda: network.process("bank-b").pid is None, SEEN_S)
        assert "DISK_NEARLY_FULL" in logged(network, "bank-b")
        again = run_to_its_end(network, "bank-b")
        assert (again.code, "DISK_NEARLY_FULL" in again.err, "make room" in again.err) == (74, True, True)
        code, page = doctor(network, "bank-b")
        assert (code, "the node does not start below" in page) == (6, True)
    well(network)


def test_the_port_is_taken(network: Launcher) -> None:
    well(network)
    network.stop(("supplier",))
    with settings(network, "supplier", listen=Home(network.home("bank-a")).read_config().listen):
        code, page = doctor(network, "supplier")
        assert (code, "in use" in page, "ss -ltnp" in page) == (6, True, True)
        done = run_to_its_end(network, "supplier")
        assert (done.code, "PORT_IN_USE" in done.err) == (69, True)
    well(network)


def test_another_genesis(network: Launcher) -> None:
    """The file is not the one that the home began with: said before anything is sent."""
    well(network)
    network.stop(("supplier",))
    genesis = Home(network.home("supplier")).genesis
    text = genesis.read_text()
    genesis.write_text(text.replace('"time_ms": 1', '"time_ms": 2', 1))
    done = run_to_its_end(network, "supplier")
    assert (done.code, "GENESIS_CHANGED" in done.err) == (78, True)
    code, page = doctor(network, "supplier")
    assert (code, "GENESIS_CHANGED" in page) == (6, True)
    genesis.write_text(text)
    well(network)


def test_a_peer_runs_an_older_release(network: Launcher) -> None:
    well(network)
    words = network.command("supplier", "run")
    words = [sys.executable, "-c", AS_OLDER, *words[words.index("--home") :]]
    with started_otherwise(network, "supplier", words, {}):
        until_said(network, "bank-a", f"supplier runs release {OLDER}", field="warnings")
        assert "older than that of" in doctor(network, "supplier")[1]
        assert OLDER in doctor(network, "bank-a")[1]
        assert status(network, "bank-a")["health"] == "healthy", "an upgrade in turns is no fault"
    well(network)


def test_a_link_is_missing_for_want_of_an_address(network: Launcher) -> None:
    """Whose settings lack it says so of itself, and blames nobody."""
    well(network)
    network.kill("supplier")
    home = Home(network.home("bank-a"))
    supplier = next(row["peer_id"] for row in peers(network, "bank-b") if row["name"] == "supplier")
    kept = tuple(peer for peer in home.read_config().peers if peer.peer_id != PeerId(supplier))
    with settings(network, "bank-a", peers=kept):
        reload(network, "bank-a")
        until_said(network, "bank-a", "neither config.toml nor the ledger has an address of it: supplier")
    reload(network, "bank-a")
    until_said(network, "bank-a", "validators not connected: supplier; ask their operators")
    well(network)


def peers(network: Launcher, name: str) -> list[dict[str, Any]]:
    """The other members' nodes as a node lists them."""

    async def asked(client: NodeClient) -> list[dict[str, Any]]:
        return [dict(row) for row in await client.peers()]

    rows = network.ask(name, asked)
    assert rows is not None
    return rows


@pytest.mark.root
def test_a_clock_is_a_minute_off_also_while_no_block_comes(network: Launcher) -> None:
    """With three running the chain stands, for the one with the wrong clock votes for nobody's proposals."""
    well(network)
    network.stop(("supplier",))
    wrong = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+60s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    network.start(("supplier",), {"supplier": ProcessContext(environment=wrong)})
    until_said(network, "supplier", "this node's clock is", "ahead of")
    until_said(network, "bank-a", "the clock of supplier is", "ahead of this node's")
    network.kill("buyer")
    until_said(network, "supplier", "this node's clock is", "ahead of")
    code, page = doctor(network, "supplier")
    assert (code, "the middle one of 2 peers" in page) == (6, True)
    network.stop(("supplier",))
    well(network)


@pytest.mark.root
def test_a_home_of_another_user(network: Launcher) -> None:
    well(network)
    network.stop(("supplier",))
    done = run_to_its_end(network, "supplier", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    assert done.code == 77, done
    assert "HOME_PERMISSION" in done.err
    assert "run as the user that owns" in done.err
    assert "Traceback" not in done.err
    well(network)
