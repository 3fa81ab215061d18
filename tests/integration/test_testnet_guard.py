"""A validator whose guard state is lost signs nothing and says how to go on; moved with its state, it signs.

How: four daemons. The victim signs blocks that need its vote, is stopped, and its safety log is deleted,
emptied or replaced by an older copy; or its whole home goes back in time, as a machine's snapshot would.
Whether it signs is read from the certificates, and in the end from blocks that need its vote again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from p2pchain.client.node_client import NodeClient
from p2pchain.codec.genesis import genesis_id
from p2pchain.node.home.layout import Home, lay_out
from p2pchain.storage.files import Disk
from p2pchain.storage.safety import SafetyLog
from p2pchain.testnet.launcher import Launcher
from tests.integration.testnet_driving import command, leave_note, state_roots
from tests.patience import patient

VICTIM, SPARE = "supplier", "buyer"
SOON_S = patient(20.0)


def needing(network: Launcher, name: str, notes: int = 2) -> int:
    """Blocks that cannot be without a validator's vote: one of the others is down."""
    network.stop([SPARE])
    for number in range(notes):
        height = leave_note(network, "bank-a", f"needs {name} {number}")
    network.start([SPARE])
    network.wait_for_height(height)
    return height


def signers(network: Launcher, height: int) -> set[str]:
    """Organisations in a block's certificate."""
    block = network.ask("bank-a", partial(NodeClient.block, height=height))  # type: ignore[arg-type]
    assert block is not None
    return {str(signer["org"]) for signer in block["signed_by"]}


def reasons(network: Launcher, name: str) -> str:
    status = network.status(name)
    return "" if status is None else f"{status['health']}: " + "; ".join(status["reasons"])


def signs_nothing(network: Launcher, code: str) -> int:
    """The victim says why, the others go on without it, and it follows."""
    network.wait_until("it says so", lambda: _told(network, "degraded", code), SOON_S)
    told = reasons(network, VICTIM)
    assert "p2pchain key import-state" in told
    heights = [leave_note(network, "bank-a", f"without {VICTIM}") for _ in range(3)]
    network.wait_for_height(heights[-1])
    for height in range(heights[0], heights[-1] + 1):
        assert VICTIM not in signers(network, height)
    assert len(state_roots(network, heights[-1])) == 1
    return heights[-1]


def _told(network: Launcher, *words: str) -> bool:
    told = reasons(network, VICTIM)
    return all(word in told for word in words)


def signs_again(network: Launcher, above: int = 0) -> None:
    """Blocks come that need it."""
    while network.height("bank-a") <= above:
        leave_note(network, "bank-a", "on to the floor")
    network.wait_until("it is well", lambda: reasons(network, VICTIM) == "healthy: ", SOON_S)
    height = needing(network, VICTIM)
    assert VICTIM in signers(network, height)
    assert len(state_roots(network, height)) == 1


def deleted(home: Home, copy: Path) -> None:
    shutil.rmtree(home.safety)


def emptied(home: Home, copy: Path) -> None:
    shutil.rmtree(home.safety)
    SafetyLog.create(Disk(), home.safety, genesis=genesis_id(home.read_genesis()))


def older(home: Home, copy: Path) -> None:
    """The log and what lies beside the key, but not the chain."""
    shutil.rmtree(home.safety)
    shutil.copytree(copy / "data" / "safety", home.safety)
    shutil.copy(copy / "keys" / "consensus.guard", home.guard_file(home.consensus_key))


def whole_home(home: Home, copy: Path) -> None:
    """All of it, chain and index too."""
    shutil.rmtree(home.root / "data")
    shutil.copytree(copy / "data", home.root / "data")
    shutil.copy(copy / "keys" / "consensus.guard", home.guard_file(home.consensus_key))


HARMS: tuple[tuple[Callable[[Home, Path], None], str], ...] = (
    (emptied, "GUARD_STATE_EMPTY"),
    (older, "GUARD_STATE_OLD"),
    (whole_home, "GUARD_SIGNATURE_FOREIGN"),
    (deleted, "SAFETY_LOG_MISSING"),
)


def test_lost_guard_state(network: Launcher, tmp_path: Path) -> None:
    """Four ways to lose it; the right log put back is good again, and without one a floor lets it sign."""
    home, old, last = Home(network.home(VICTIM)), tmp_path / "old", tmp_path / "last"
    network.stop([VICTIM])
    shutil.copytree(home.root, old, symlinks=True)
    network.start([VICTIM])
    needing(network, VICTIM, notes=3)
    network.stop([VICTIM])
    shutil.copytree(home.root, last, symlinks=True)
    for harm, code in HARMS:
        whole_home(home, last)
        harm(home, old)
        network.start([VICTIM])
        height = signs_nothing(network, code)
        network.stop([VICTIM])
    network.start([VICTIM])
    assert signs_nothing(network, "SAFETY_LOG_MISSING") > height, "still, after a restart"
    floor = str(height + 5)

    assert "HOME_LOCKED" in command(network, VICTIM, "key", "import-state", "--floor", floor, "--yes").err
    network.stop([VICTIM])
    assert "GUARD_FLOOR_LOW" in command(network, VICTIM, "key", "import-state", "--floor", "1", "--yes").err
    unsure = command(network, VICTIM, "key", "import-state", "--floor", floor)
    assert (unsure.code, "evidence against you" in unsure.err) == (2, True)
    done = command(network, VICTIM, "key", "import-state", "--floor", floor, "--yes")
    assert done.code == 0, done
    network.start([VICTIM])
    signs_again(network, above=int(floor))


def test_a_validator_moves_to_another_host(network: Launcher, tmp_path: Path) -> None:
    """Exported and retired, imported in a new home with the same keys: it signs there, the old one never."""
    height = needing(network, VICTIM)
    here, old, state = network.home(VICTIM), tmp_path / "old", tmp_path / "state.json"
    assert "HOME_LOCKED" in command(network, VICTIM, "key", "export-state", str(state)).err
    network.stop([VICTIM])
    done = command(network, VICTIM, "key", "export-state", "--retire", str(state), "--json")
    assert done.code == 0, done
    assert (done.told["retired"], done.told["height"] >= height) == (True, True)

    shutil.move(here, old)
    genesis = Home(old).read_genesis()
    lay_out(Home(here), Home(old).read_config(), genesis)
    shutil.copytree(old / "keys", here / "keys", dirs_exist_ok=True)
    network.start([VICTIM])
    signs_nothing(network, "GUARD_STATE_")  # Whoever forgets to import.
    network.stop([VICTIM])
    done = command(network, VICTIM, "key", "import-state", str(state))
    assert "GUARD_STATE_SHORT" not in done.err, done
    assert done.code == 0, done
    network.start([VICTIM])
    signs_again(network)
    assert network.height(VICTIM) > height

    network.stop([VICTIM])
    shutil.move(here, tmp_path / "new")
    shutil.move(old, here)
    again = command(network, VICTIM, "key", "import-state", str(state))
    assert "GUARD_RETIRED" in again.err
    network.start([VICTIM])
    signs_nothing(network, "GUARD_RETIRED")
