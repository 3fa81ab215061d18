"""A node's home: where its settings, keys, accounts and data lie, and how a new one is laid out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from p2pchain.codec.genesis import format_genesis, genesis_id, parse_genesis
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId
from p2pchain.node.home.config import NodeConfig, format_config, parse_config
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk, write_atomically
from p2pchain.storage.safety import SafetyLog

PRIVATE_DIRECTORY_MODE = 0o700


class HomeError(Refused):
    """The home lacks something, or has it already."""


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one directory."""

    root: Path

    @property
    def config(self) -> Path:
        """``config.toml``."""
        return self.root / "config.toml"

    @property
    def genesis(self) -> Path:
        """``genesis.json``, the same bytes' meaning at every member."""
        return self.root / "genesis.json"

    @property
    def peer_key(self) -> Path:
        """The key that names the node on the network."""
        return self.root / "keys" / "peer.key"

    @property
    def consensus_key(self) -> Path:
        """The key that votes; absent for an observer."""
        return self.root / "keys" / "consensus.key"

    @property
    def next_key(self) -> Path:
        """The consensus key that is to follow; absent but for the time of an exchange."""
        return self.root / "keys" / "consensus.next.key"

    def guard_file(self, key: Path) -> Path:
        """Beside a consensus key: how far it is known to have signed."""
        return key.with_suffix(".guard")

    def stop_file(self, key: Path) -> Path:
        """Return the file that says why a consensus key may sign nothing here. It is absent where the key may
        sign.
        """
        return self.root / "data" / f"{key.stem}.stop"

    @property
    def bans(self) -> Path:
        """``bans.json``: the peers that the operator keeps out; absent where there never was one."""
        return self.root / "bans.json"

    @property
    def refused_senders(self) -> Path:
        """``refused-senders.json``: of whom the operator takes no transactions; absent where there never was
        one.
        """
        return self.root / "refused-senders.json"

    @property
    def chain(self) -> Path:
        """Segments of the chain log."""
        return self.root / "data" / "chain"

    @property
    def unfinished_chain(self) -> Path:
        """A chain log that is being written anew; what a repair left there that failed is of no use."""
        return self.root / "data" / "chain.unfinished"

    @property
    def rebuilt_chain(self) -> Path:
        """The same once it is whole; it is about to take the place of the old one."""
        return self.root / "data" / "chain.rebuilt"

    @property
    def safety(self) -> Path:
        """Segments of the safety log."""
        return self.root / "data" / "safety"

    @property
    def snapshots(self) -> Path:
        """Snapshots of the state; absent until the first is written."""
        return self.root / "data" / "state"

    @property
    def payloads(self) -> Path:
        """Sealed private payloads; absent until the first is kept."""
        return self.root / "data" / "private"

    @property
    def sealing_key(self) -> Path:
        """Opens what is sealed for this organisation; the daemon never reads it."""
        return self.root / "keys" / "sealing.key"

    @property
    def index(self) -> Path:
        """Derived index; may be deleted."""
        return self.root / "data" / "index.sqlite"

    @property
    def lock(self) -> Path:
        """Held by the running daemon."""
        return self.root / "LOCK"

    def control_socket(self, config: NodeConfig) -> Path:
        """The control socket: where the settings say, else ``control.sock`` in the home."""
        return Path(config.control_socket) if config.control_socket else self.root / "control.sock"

    def read_config(self) -> NodeConfig:
        """Settings; raises ``HomeError`` or ``ConfigError``."""
        return parse_config(_read(self.config, "CONFIG_MISSING", next_step(self)))

    def read_genesis(self) -> Genesis:
        """Genesis; raises ``HomeError`` or ``Invalid``."""
        return parse_genesis(_read(self.genesis, "GENESIS_MISSING", next_step(self)))


def lay_out(home: Home, config: NodeConfig, genesis: Genesis) -> None:
    """Create directories, settings, genesis, and in a home without logs empty ones. Keys are written beside
    it by whoever has them. Logs that are there stay: a safety log must never be renewed.

    Raises ``HomeError``: ``HOME_EXISTS`` where there are settings, ``GENESIS_CHANGED`` where the home has
    another genesis.
    """
    if home.config.exists():
        raise HomeError("HOME_EXISTS", {"home": str(home.root)}, next_step(home))
    if home.genesis.exists() and genesis_id(home.read_genesis()) != genesis_id(genesis):
        facts: dict[str, Fact] = {"file": str(home.genesis), "genesis_id": genesis_id(genesis).hex()}
        raise HomeError("GENESIS_CHANGED", facts, "choose an empty directory: --home DIR")
    for directory in (home.root, home.root / "keys", home.root / "accounts", home.chain.parent):
        directory.mkdir(mode=PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
    files = Disk()
    write_atomically(files, home.genesis, format_genesis(genesis).encode())
    make_logs(home, genesis_id(genesis), fresh=not home.chain.exists() and not home.safety.exists())
    write_atomically(files, home.config, format_config(config).encode())


def make_logs(home: Home, own_id: BlockId, *, fresh: bool) -> None:
    """Make the missing logs of a home. The chain log is made where there is none of any kind; with ``fresh``
    an empty safety log too, which says that the home's key has signed nothing.
    """
    files = Disk()
    for directory in (home.root, home.chain.parent):
        directory.mkdir(mode=PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
    if not any(path.exists() for path in (home.chain, home.rebuilt_chain)):
        ChainLog.create(files, home.chain, genesis=own_id)
    if fresh:
        SafetyLog.create(files, home.safety, genesis=own_id)


def holds_chain(home: Home) -> bool:
    """Test whether the home belongs to a chain, even if data was lost."""
    return home.genesis.exists() or home.chain.exists() or home.safety.exists()


def next_step(home: Home) -> str:
    """Return a hint for the operator: what completes the home, or what it is ready for."""
    lived = holds_chain(home)
    if not home.peer_key.exists() and (lived or home.config.exists()):
        return f"restore the keys from your backup to {home.peer_key.parent}"
    if not home.genesis.exists():
        if home.peer_key.exists() and not home.config.exists() and not lived:
            return "with the chain's genesis: p2pchain init --genesis genesis.json --peers peers.json"
        if home.peer_key.exists():
            return f"copy genesis.json from another member to {home.genesis}"
        return "make the home: p2pchain init, p2pchain genesis new, or p2pchain backup restore FILE"
    if not home.config.exists():
        return f"make the settings anew: p2pchain init --genesis {home.genesis} --peers peers.json"
    if not home.chain.exists():
        return "the home lacks its chain log, which others have: p2pchain repair"
    return "the home is complete: p2pchain run; for another one name a directory: --home DIR"


def set_aside(files: Disk, directory: Path) -> Path:
    """Rename a damaged log to the first free name beside it, durably; returns that."""
    names = (directory.with_name(f"{directory.name}.damaged-{number}") for number in itertools.count(1))
    aside = next(path for path in names if not path.exists())
    files.rename(directory, aside)
    files.sync_directory(directory.parent)
    return aside


def _read(path: Path, code: str, hint: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise HomeError(code, {"file": str(path)}, hint) from None
    except PermissionError:
        raise HomeError(
            "HOME_PERMISSION", {"file": str(path)}, "run as the user that owns the home"
        ) from None
