"""A damaged chain log is named, and mended on command with what its peers hold."""

from __future__ import annotations

import json
import shutil
import subprocess

from p2pchain.testnet.launcher import Launcher
from tests.integration.testnet_driving import command, leave_note, state_roots
from tests.patience import patient

EX_DATAERR = 65


def test_damage_is_named_and_repaired_from_the_peers(network: Launcher) -> None:
    for number in range(5):
        height = leave_note(network, "bank-a", f"note {number}")
    network.stop(["supplier"])
    (segment,) = (network.home("supplier") / "data" / "chain").glob("*.seg")
    whole = segment.read_bytes()
    middle = len(whole) // 2
    segment.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])

    refused = command(network, "supplier", "run")
    assert refused.code == EX_DATAERR
    assert "LOG_CORRUPT" in refused.err
    assert "p2pchain repair" in refused.err

    repaired = command(network, "supplier", "repair", "--json")
    assert repaired.code == 0, repaired
    told = json.loads(repaired.out)
    assert told["damage"]["code"] == "LOG_CORRUPT"
    ((first, last),) = told["fetched"]
    assert (first, told["kept"]) == (last, told["height"] - 1), "one block was lost, all others stay"
    aside = network.home("supplier") / "data" / "chain.damaged-1"
    assert told["aside"] == str(aside)
    assert [path.stat().st_size for path in aside.glob("*.seg")] == [len(whole)]

    network.start(["supplier"])
    network.wait_for_height(height, ["supplier"])
    assert len(state_roots(network, height)) == 1


def flip(network: Launcher, name: str, part: float) -> None:
    """One bit of a stopped node's only segment, so far into it."""
    (segment,) = (network.home(name) / "data" / "chain").glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[int(len(data) * part)] ^= 1
    segment.write_bytes(bytes(data))


def test_all_members_repair_together_what_each_lost_elsewhere(network: Launcher) -> None:
    """Nobody can start; while all repair, each gives the others what it still holds. Nothing is lost."""
    for number in range(4):
        height = leave_note(network, "bank-a", f"before the damage {number}")
    network.wait_for_height(height)
    (root,) = state_roots(network, height)
    network.stop()
    for place, name in enumerate(network.names, start=1):
        flip(network, name, place / 6)
        assert command(network, name, "run").code == EX_DATAERR
    repairing = {name: subprocess.Popen(network.command(name, "repair")) for name in network.names}

    def let_the_done_run() -> bool:
        """Start who is done, in whatever order, as its operator would: it gives the others the rest."""
        for name, process in list(repairing.items()):
            if process.poll() is not None:
                assert process.returncode == 0, name
                del repairing[name]
                network.start([name])
        return not repairing

    network.wait_until("all are repaired", let_the_done_run, patient(90))
    network.wait_for_height(height + 1)
    assert state_roots(network, height) == {root}


def test_without_peers_nothing_is_changed_and_refetch_is_told(network: Launcher) -> None:
    """Lost blocks that nobody gives: an error with a code; keeping nothing is a choice of its own."""
    network.stop(["supplier"])
    config = network.home("supplier") / "config.toml"
    with_peers = config.read_text()
    config.write_text(
        with_peers.split("[[network.peers]]")[0] + "[control]" + with_peers.split("[control]")[1]
    )
    flip(network, "supplier", 0.5)
    before = {path: path.read_bytes() for path in (network.home("supplier") / "data" / "chain").iterdir()}
    network.stop()
    refused = command(network, "supplier", "repair")
    assert refused.code != 0
    assert "REPAIR_NO_SOURCE" in refused.err
    assert before == {path: path.read_bytes() for path in before}
    config.write_text(with_peers)
    done = command(network, "supplier", "repair", "--refetch", "--json")
    assert json.loads(done.out)["height"] is None
    network.start()
    network.wait_for_height(leave_note_when_up(network))


def leave_note_when_up(network: Launcher) -> int:
    network.wait_for_height(1, ["bank-a"])
    return leave_note(network, "bank-a", "all are back")


def test_a_lost_log_begins_anew(network: Launcher) -> None:
    """Without its chain log a node refuses to start; repaired, it says that there was nothing to keep."""
    height = leave_note(network, "bank-a", "before the loss")
    network.stop(["supplier"])
    shutil.rmtree(network.home("supplier") / "data" / "chain")
    assert "LOG_MISSING" in command(network, "supplier", "run").err
    done = command(network, "supplier", "repair")
    assert (done.code, "nothing to keep" in done.out) == (0, True)
    network.start(["supplier"])
    network.wait_for_height(height, ["supplier"])
    assert len(state_roots(network, height)) == 1


def test_a_log_that_holds_is_left_alone(network: Launcher) -> None:
    running = command(network, "buyer", "repair")
    assert "HOME_LOCKED" in running.err
    network.stop(["buyer"])
    before = sorted((network.home("buyer") / "data").iterdir())
    done = command(network, "buyer", "repair")
    assert (done.code, "nothing was changed" in done.out) == (0, True)
    assert sorted((network.home("buyer") / "data").iterdir()) == before
    network.start(["buyer"])
