"""``config.toml``: what one operator decides about one node. What validators must share is not here but in
the chain.

Every wrong or unknown setting is refused with its name: a misspelt limit that is silently ignored is no
limit.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import PeerId
from p2pchain.storage.layout import SEGMENT_BYTES
from p2pchain.telemetry.logs import FORMATS, LEVELS

CONFIG_BYTES_MAX = 262_144
SEGMENT_BYTES_MIN = 65_536
JOIN_BYTES_MIN = 65_536
PERCENT_MAX = 99
STORAGE_LOWEST = {"segment_bytes": SEGMENT_BYTES_MIN, "join_bytes_max": JOIN_BYTES_MIN}
"""Least value of a setting of ``[storage]``; 0 for the others."""
JOINS = ("blocks", "snapshot")
DIGEST = re.compile("[0-9a-f]{64}")
GATEWAY_SETTINGS = tuple(field.name for field in fields(GatewayConfig))
MEMPOOL_SETTINGS = tuple(field.name for field in fields(PoolLimits))
STORAGE_SETTINGS = (
    "snapshot_every",
    "keep_heights",
    "segment_bytes",
    "join",
    "join_bytes_max",
    "payloads_bytes_max",
    "warn_free_percent",
    "warn_free_bytes",
    "stop_free_bytes",
)


class ConfigError(Refused):
    """``config.toml`` does not say what it must."""

    def __init__(self, setting: str, problem: str, **facts: Fact) -> None:
        """``setting``: dotted name; ``problem``: what is wrong with it."""
        super().__init__(
            "CONFIG_INVALID", {"setting": setting, "problem": problem, **facts}, "correct config.toml"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAddress:
    """Address of a member's node: a multiaddress such as ``/dns4/node.bank-b.example/tcp/26656``."""

    peer_id: PeerId
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageConfig:
    """Settings of the data kept on this node's disk, and for how long."""

    snapshot_every: int = 5_000
    """Heights between two snapshots of the state; 0: none is written."""
    keep_heights: int = 0
    """Newest heights whose blocks are kept; 0: all. Whole segments below go, once a snapshot allows it."""
    segment_bytes: int = SEGMENT_BYTES
    """Size at which a segment of the chain log is sealed."""
    join: str = "blocks"
    """How an empty home begins: ``blocks`` from height 1 on, or the newest ``snapshot`` of its peers."""
    join_bytes_max: int = 2_147_483_648
    """Most memory that the state of such a snapshot may count for: its keys, values, and 200 bytes a pair."""
    payloads_bytes_max: int = 10_737_418_240
    """Most bytes of sealed private payloads."""
    warn_free_percent: int = 15
    """The node is degraded while less of the disk is free; 0: it does not matter."""
    warn_free_bytes: int = 10_737_418_240
    """The same in bytes, whatever the size of the disk."""
    stop_free_bytes: int = 268_435_456
    """The node stops cleanly before less is free; 0: never, it ends where a write fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesConfig:
    """Modules of others that this node loads. ``packages``: their names, ``x-tools``; ``path``: a folder of
    packages beside those of this Python, relative to the home; ``digests``: what the sources of a package
    must hash to, in hex, by name; one that is not named is held to none.
    """

    packages: tuple[str, ...] = ()
    path: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """Settings of one node, complete."""

    name: str
    listen: str
    peers: tuple[PeerAddress, ...]
    control_socket: str | None
    """Path; None for ``control.sock`` in the home."""
    control_group: str | None
    http: str | None
    """``HOST:PORT`` for metrics and health checks over TCP, None for none."""
    log_level: str
    log_format: str
    pool: PoolLimits
    storage: StorageConfig = StorageConfig()
    modules: ModulesConfig = ModulesConfig()
    dial_members: bool = True
    """Whether other members are dialled at the addresses that they state on the ledger."""
    gateway: GatewayConfig = field(default_factory=GatewayConfig)


def parse_config(data: bytes) -> NodeConfig:
    """Read ``config.toml``; raises ``ConfigError`` naming the setting."""
    table = _toml(data)
    _only(table, "", ("node", "network", "control", "gateway", "log", "mempool", "storage", "modules"))
    node = _table(table, "node", ("name",))
    network = _table(table, "network", ("listen", "peers", "dial_members"))
    control = _table(table, "control", ("socket", "group", "http"))
    log = _table(table, "log", ("level", "format"))
    limits = _table(table, "mempool", MEMPOOL_SETTINGS)
    return NodeConfig(
        name=_text(node, "node.name"),
        listen=_text(network, "network.listen"),
        peers=_peers(network),
        control_socket=_text_or_none(control, "control.socket"),
        control_group=_text_or_none(control, "control.group"),
        http=_text_or_none(control, "control.http"),
        log_level=_choice(log, "log.level", LEVELS, "info"),
        log_format=_choice(log, "log.format", FORMATS, "text"),
        pool=_pool_limits(limits, PoolLimits()),
        storage=_storage(table),
        modules=_modules(table),
        dial_members=_flag(network, "network.dial_members", True),
        gateway=_gateway(table),
    )


def parse_modules(data: bytes) -> ModulesConfig:
    """Read the table ``[modules]`` of a ``config.toml`` alone; raises ``ConfigError``."""
    return _modules(_toml(data))


def flat_settings(config: NodeConfig) -> Mapping[str, object]:
    """Return all settings by the names that ``config.toml`` has for them."""
    pool = {f"mempool.{name}": getattr(config.pool, name) for name in MEMPOOL_SETTINGS}
    storage = {f"storage.{name}": getattr(config.storage, name) for name in STORAGE_SETTINGS}
    return {
        "node.name": config.name,
        "network.listen": config.listen,
        "network.peers": config.peers,
        "network.dial_members": config.dial_members,
        "control.socket": config.control_socket,
        "control.group": config.control_group,
        "control.http": config.http,
        "log.level": config.log_level,
        "log.format": config.log_format,
        **pool,
        **storage,
        **{f"gateway.{name}": getattr(config.gateway, name) for name in GATEWAY_SETTINGS},
        "modules.packages": config.modules.packages,
        "modules.path": config.modules.path,
        "modules.digests": dict(config.modules.digests),
    }


def format_config(config: NodeConfig) -> str:
    """The text of a ``config.toml`` that says the same; the inverse of ``parse_config``."""
    lines = [
        "[node]",
        f"name = {_quoted(config.name)}",
        "",
        "[network]",
        f"listen = {_quoted(config.listen)}",
    ]
    if not config.dial_members:
        lines.append("dial_members = false")
    for peer in config.peers:
        lines += [
            "",
            "[[network.peers]]",
            f"peer_id = {_quoted(peer.peer_id)}",
            f"address = {_quoted(peer.address)}",
        ]
    lines += ["", "[control]"]
    for key, value in (
        ("socket", config.control_socket),
        ("group", config.control_group),
        ("http", config.http),
    ):
        lines.append(f"# {key} = ..." if value is None else f"{key} = {_quoted(value)}")
    if config.gateway != GatewayConfig():
        lines += ["", "[gateway]", *_gateway_lines(config.gateway)]
    lines += ["", "[log]", f"level = {_quoted(config.log_level)}", f"format = {_quoted(config.log_format)}"]
    lines += ["", "[mempool]"]
    lines += [f"{name} = {getattr(config.pool, name)}" for name in MEMPOOL_SETTINGS]
    values = {name: getattr(config.storage, name) for name in STORAGE_SETTINGS}
    lines += ["", "[storage]"]
    lines += [f"{name} = {_quoted(value) if name == 'join' else value}" for name, value in values.items()]
    lines += [""]
    if config.modules.packages:
        lines += _modules_lines(config.modules)
    return "\n".join(lines)


def _gateway_lines(gateway: GatewayConfig) -> list[str]:
    values = {name: getattr(gateway, name) for name in GATEWAY_SETTINGS}
    return [
        f"{name} = {_quoted(value) if isinstance(value, str) else value}"
        for name, value in values.items()
        if value is not None
    ]


def _modules_lines(modules: ModulesConfig) -> list[str]:
    lines = ["[modules]", f"packages = [{', '.join(map(_quoted, modules.packages))}]"]
    if modules.path is not None:
        lines.append(f"path = {_quoted(modules.path)}")
    if modules.digests:
        lines += ["", "[modules.digests]"]
        lines += [f"{name} = {_quoted(digest)}" for name, digest in modules.digests.items()]
    return [*lines, ""]


Table = Mapping[str, Any]


def _toml(data: bytes) -> Table:
    if len(data) > CONFIG_BYTES_MAX:
        raise ConfigError("config.toml", "too large", bytes=len(data), bytes_max=CONFIG_BYTES_MAX)
    try:
        return tomllib.loads(data.removeprefix(codecs.BOM_UTF8).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("config.toml", f"not valid TOML: {error}") from error


def _modules(table: Table) -> ModulesConfig:
    modules = _table(table, "modules", ("packages", "path", "digests"))
    packages = modules.get("packages", [])
    if not isinstance(packages, list) or not all(isinstance(name, str) for name in packages):
        raise ConfigError("modules.packages", 'must be a list of names, such as ["x-tools"]')
    if len(set(packages)) != len(packages):
        raise ConfigError("modules.packages", "names a module twice")
    digests = modules.get("digests", {})
    if not isinstance(digests, dict) or not all(DIGEST.fullmatch(str(digest)) for digest in digests.values()):
        raise ConfigError("modules.digests", "must say 64 hexadecimal digits by name of a module")
    _only(digests, "modules.digests.", tuple(packages))
    return ModulesConfig(
        packages=tuple(packages), path=_text_or_none(modules, "modules.path"), digests=digests
    )


def _gateway(table: Table) -> GatewayConfig:
    gateway, usual = _table(table, "gateway", GATEWAY_SETTINGS), GatewayConfig()
    counts = {
        name: _count(gateway, f"gateway.{name}", getattr(usual, name))
        for name in GATEWAY_SETTINGS
        if isinstance(getattr(usual, name), int)
    }
    return GatewayConfig(
        listen=_text_or_none(gateway, "gateway.listen"),
        certificate=_text_or_none(gateway, "gateway.certificate") or usual.certificate,
        key=_text_or_none(gateway, "gateway.key") or usual.key,
        **counts,
    )


def _pool_limits(table: Table, defaults: PoolLimits) -> PoolLimits:
    limits = {name: _count(table, f"mempool.{name}", getattr(defaults, name)) for name in MEMPOOL_SETTINGS}
    return PoolLimits(**limits)


def _storage(table: Table) -> StorageConfig:
    storage, usual = _table(table, "storage", STORAGE_SETTINGS), StorageConfig()
    counts = {
        name: _count(storage, f"storage.{name}", getattr(usual, name), low=STORAGE_LOWEST.get(name, 0))
        for name in STORAGE_SETTINGS
        if name != "join"
    }
    if counts["warn_free_percent"] > PERCENT_MAX:
        raise ConfigError("storage.warn_free_percent", f"must be at most {PERCENT_MAX}")
    return StorageConfig(join=_choice(storage, "storage.join", JOINS, usual.join), **counts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _only(table: Table, prefix: str, known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(prefix + key, "unknown setting", known=", ".join(known))


def _table(parent: Table, name: str, known: tuple[str, ...]) -> Table:
    table = parent.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(name, "must be a table")
    _only(table, f"{name}.", known)
    return table


def _text_or_none(table: Table, name: str) -> str | None:
    value = table.get(name.rpartition(".")[2])
    if value is not None and (not isinstance(value, str) or not value):
        raise ConfigError(name, "must be text that is not empty")
    return value


def _text(table: Table, name: str) -> str:
    value = _text_or_none(table, name)
    if value is None:
        raise ConfigError(name, "is missing")
    return value


def _choice(table: Table, name: str, choices: tuple[str, ...], default: str) -> str:
    value = _text_or_none(table, name) or default
    if value not in choices:
        raise ConfigError(name, f"must be one of {', '.join(choices)}", found=value)
    return value


def _count(table: Table, name: str, default: int, *, low: int = 1) -> int:
    value = table.get(name.rpartition(".")[2], default)
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        raise ConfigError(name, f"must be a whole number of at least {low}")
    return value


def _flag(table: Table, name: str, default: bool) -> bool:
    value = table.get(name.rpartition(".")[2], default)
    if not isinstance(value, bool):
        raise ConfigError(name, "must be true or false")
    return value


def _peers(network: Table) -> tuple[PeerAddress, ...]:
    entries = network.get("peers", [])
    if not isinstance(entries, list):
        raise ConfigError("network.peers", "must be a list of tables")
    peers: list[PeerAddress] = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise ConfigError("network.peers", "must be a list of tables")
        _only(entry, "network.peers.", ("peer_id", "address"))
        peer_id = PeerId(_text(entry, "network.peers.peer_id"))
        peers.append(PeerAddress(peer_id=peer_id, address=_text(entry, "network.peers.address")))
    return tuple(peers)
