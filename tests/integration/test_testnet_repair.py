"""A damaged chain log is named, set aside on command, and fetched again from the peers."""

from __future__ import annotations

import json
import shutil

from p2pchain.testnet.launcher import Launcher
from tests.integration.testnet_driving import command, leave_note, state_roots

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
    assert (told["height"], told["damage"]["code"]) == (None, "LOG_CORRUPT")
    aside = network.home("supplier") / "data" / "chain.damaged-1"
    assert told["aside"] == str(aside)
    assert [path.stat().st_size for path in aside.glob("*.seg")] == [len(whole)]

    network.start(["supplier"])
    network.wait_for_height(height, ["supplier"])
    assert len(state_roots(network, height)) == 1


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
    done = command(network, "buyer", "repair")
    assert (done.code, "nothing was changed" in done.out) == (0, True)
    assert not list((network.home("buyer") / "data").glob("chain.damaged-*"))
    network.start(["buyer"])
