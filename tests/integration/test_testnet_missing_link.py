"""Three of four run and are connected, but two of them are not linked: blocks go on, though one restarts.

How: four daemons. bank-b bans buyer, so that these two hear each other over bank-a; supplier dies, buyer
restarts, and a transaction handed in there is final.
"""

from __future__ import annotations

from p2pchain.testnet.launcher import Launcher
from tests.integration.testnet_driving import command, leave_note
from tests.patience import patient

GOES_ON_S = patient(30.0)


def test_a_validator_that_restarts_signs_though_a_link_is_missing(network: Launcher) -> None:
    network.start()
    done = command(network, "bank-b", "peer", "ban", "buyer")
    assert done.code == 0, done
    leave_note(network, "buyer", "over bank-a")
    network.kill("supplier")
    network.restart("buyer")
    before = network.height("bank-a")
    network.wait_until("blocks go on", lambda: network.height("buyer") > before, GOES_ON_S)
    height = leave_note(network, "buyer", "signed by three of four, of whom two are not linked")
    network.wait_until("bank-b has it", lambda: network.height("bank-b") >= height, GOES_ON_S)
    status = network.status("bank-b")
    assert status is not None
    assert status["faults_tolerated"] == 0
    assert not any("cut off" in reason for reason in status["reasons"]), status
