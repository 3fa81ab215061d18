"""A node's home: laid out once, never over another, and what is missing is told by its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from structlog import get_logger
from structlog.testing import capture_logs

from p2pchain.business.software import MODULES
from p2pchain.codec.genesis import genesis_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.errors import Corrupt, Fault, Refused
from p2pchain.model.ids import ChainId
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.identity import Identity, identify
from p2pchain.node.home.layout import Home, HomeError, lay_out
from p2pchain.node.home.recovery import recover
from p2pchain.node.run.exit_codes import exit_code
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from tests.simulation.keys import StandInKey
from tests.unit.replica.replica_votes import CHAIN, KEYS
from tests.unit.replica.replica_world import Chain, a_genesis

CONFIG = NodeConfig(
    name="org-0",
    listen="/ip4/127.0.0.1/tcp/0",
    peers=(),
    control_socket=None,
    control_group=None,
    http=None,
    log_level="info",
    log_format="text",
    pool=PoolLimits(),
)


def a_home(path: Path) -> Home:
    """A new home."""
    home = Home(path / "home")
    lay_out(home, CONFIG, a_genesis())
    return home


def test_a_new_home_reads_back_what_was_laid_out(tmp_path: Path) -> None:
    """Settings, genesis, and two empty logs."""
    home = a_home(tmp_path)
    assert home.read_config() == CONFIG
    assert home.read_genesis() == a_genesis()
    recovered = recover(home, home.read_genesis(), get_logger())
    assert (recovered.ledger.height, recovered.last) == (0, None)
    assert home.control_socket(CONFIG) == home.root / "control.sock"
    assert oct(home.root.stat().st_mode & 0o777) == "0o700"


def test_a_home_is_never_laid_out_twice(tmp_path: Path) -> None:
    """A new safety log would forget what was signed: where settings are lost, they alone are made."""
    home = a_home(tmp_path)
    with pytest.raises(HomeError) as raised:
        lay_out(home, CONFIG, a_genesis())
    assert raised.value.code == "HOME_EXISTS"
    home.config.unlink()
    logs = {path: path.read_bytes() for path in home.chain.parent.rglob("*") if path.is_file()}
    other = replace(a_genesis(), time_ms=1)
    with pytest.raises(HomeError, match="GENESIS_CHANGED"):
        lay_out(home, CONFIG, other)
    lay_out(home, CONFIG, a_genesis())
    assert home.read_config() == CONFIG
    assert {path: path.read_bytes() for path in home.chain.parent.rglob("*") if path.is_file()} == logs


@pytest.mark.parametrize(("name", "code"), [("config", "CONFIG_MISSING"), ("genesis", "GENESIS_MISSING")])
def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path, name: str, code: str) -> None:
    """Exit code 66."""
    home = a_home(tmp_path)
    getattr(home, name).unlink()
    with pytest.raises(HomeError) as raised:
        home.read_config() if name == "config" else home.read_genesis()
    assert raised.value.code == code
    assert raised.value.hint
    assert exit_code(raised.value) == 66


def test_the_state_comes_back_from_the_log(tmp_path: Path) -> None:
    """Heights, tip and certificate; the index is filled from it, too."""
    home = a_home(tmp_path)
    chain = Chain(a_genesis())
    chain.extend(5)
    files = Disk()
    log = ChainLog.open(files, home.chain, genesis=genesis_id(a_genesis()))
    for height, payload in enumerate(chain.records, start=1):
        log.append(height, payload)
        log.sync()
    log.close()
    with capture_logs() as logs:
        recovered = recover(home, home.read_genesis(), get_logger())
    assert recovered.ledger.height == 5
    assert recovered.ledger.state_root == chain.ledger.state_root
    assert recovered.last is not None
    assert recovered.last.certificate.block_id == chain.tip.block_id
    assert recovered.last.certificate == chain.tip.certificate
    assert recovered.index.height == 5
    assert [entry["event"] for entry in logs] == ["home.recovered"]


def test_a_record_that_nobody_can_read_stops_the_node(tmp_path: Path) -> None:
    """Its checksum held, so it was written: by another version, or something else."""
    home = a_home(tmp_path)
    log = ChainLog.open(Disk(), home.chain, genesis=genesis_id(a_genesis()))
    log.append(1, b"\x83no record")
    log.sync()
    log.close()
    with pytest.raises(Corrupt) as raised:
        recover(home, home.read_genesis(), get_logger())
    assert raised.value.code == "RECORD_UNREADABLE"
    assert exit_code(raised.value) == 65


def who(peer: str, consensus: StandInKey | None) -> Identity:
    """Identify a node by its keys."""
    return identify(
        ledger=Ledger.from_genesis(a_genesis(), MODULES),
        chain_id=ChainId(CHAIN),
        genesis_id=genesis_id(a_genesis()),
        peer_key=cast(SigningKey, StandInKey(peer)),
        consensus_key=cast(SigningKey | None, consensus),
    )


def test_a_node_is_found_by_its_peer_key() -> None:
    """A validator with its consensus key, an observer without."""
    assert who("peer-2", KEYS[2]).name == "org-2"
    assert who("peer-4", None).org == "org-4"


@pytest.mark.parametrize(
    ("peer", "consensus", "code"),
    [
        ("peer-9", None, "NODE_NOT_MEMBER"),
        ("peer-2", None, "KEY_MISSING"),
        ("peer-2", KEYS[1], "CONSENSUS_KEY_FOREIGN"),
        ("peer-4", KEYS[1], "CONSENSUS_KEY_FOREIGN"),
    ],
)
def test_keys_that_do_not_fit_stop_the_node(peer: str, consensus: StandInKey | None, code: str) -> None:
    """Above all the consensus key of another validator: one key in two places signs two things."""
    with pytest.raises(Refused) as raised:
        who(peer, consensus)
    assert raised.value.code == code
    assert raised.value.hint


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Refused("CONFIG_INVALID"), 78),
        (Refused("GENESIS_DIFFERS"), 78),
        (Refused("KEY_PASSPHRASE"), 77),
        (Refused("PORT_IN_USE"), 69),
        (Refused("HOME_LOCKED"), 75),
        (Corrupt("DISK_FAILURE"), 74),
        (Corrupt("EXECUTION_DIVERGED"), 70),
        (Corrupt("LOG_CORRUPT"), 65),
    ],
)
def test_exit_codes_say_what_a_service_manager_needs(fault: Fault, code: int) -> None:
    """After sysexits.h."""
    assert exit_code(fault) == code
