"""``config.toml``: what is wrong is refused by its name; what is right is read, and written back the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.ids import PeerId
from p2pchain.node.home.config import (
    CONFIG_BYTES_MAX,
    ConfigError,
    ModulesConfig,
    NodeConfig,
    PeerAddress,
    format_config,
    parse_config,
)

LEAST = """
[node]
name = "bank-a"
[network]
listen = "/ip4/0.0.0.0/tcp/26656"
"""

FULL = NodeConfig(
    name="bank-a",
    listen="/ip4/0.0.0.0/tcp/26656",
    peers=(
        PeerAddress(peer_id=PeerId("12D3KooWA"), address="/dns4/a.example/tcp/26656"),
        PeerAddress(peer_id=PeerId("12D3KooWB"), address="/dns4/b.example/tcp/26656"),
    ),
    control_socket="/run/p2pchain/control.sock",
    control_group='a "quoted" \\ group',
    http="127.0.0.1:9100",
    log_level="warning",
    log_format="json",
    pool=PoolLimits(
        transactions_max=10,
        bytes_max=20,
        organisation_transactions_max=5,
        organisation_bytes_max=7,
        age_ms_max=9,
    ),
    modules=ModulesConfig(packages=("x-tools", "x-b"), path="packages", digests={"x-tools": "0f" * 32}),
)


def test_the_least_has_defaults_for_the_rest() -> None:
    """Name and listening address are all that must be said."""
    config = parse_config(LEAST.encode())
    assert (config.name, config.listen, config.peers) == ("bank-a", "/ip4/0.0.0.0/tcp/26656", ())
    assert (config.control_socket, config.control_group, config.http) == (None, None, None)
    assert (config.log_level, config.log_format) == ("info", "text")
    assert config.pool == PoolLimits()


@pytest.mark.parametrize(
    "config", [FULL, replace(FULL, control_socket=None, control_group=None, http=None, peers=())]
)
def test_what_is_written_reads_back_the_same(config: NodeConfig) -> None:
    """Also where a setting is left out, or needs quoting."""
    assert parse_config(format_config(config).encode()) == config


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("[network]\nlisten = 'x'", "node.name"),
        ("[node]\nname = 'x'", "network.listen"),
        (LEAST + "[mempol]\n", "mempol"),
        (LEAST + "[mempool]\ntransaction_max = 5", "mempool.transaction_max"),
        (LEAST + "[mempool]\ntransactions_max = 0", "mempool.transactions_max"),
        (LEAST + "[mempool]\nbytes_max = true", "mempool.bytes_max"),
        (LEAST + "[mempool]\nbytes_max = '1'", "mempool.bytes_max"),
        (LEAST + "[log]\nlevel = 'loud'", "log.level"),
        (LEAST + "[log]\nformat = 'xml'", "log.format"),
        (LEAST + "[control]\nsocket = ''", "control.socket"),
        (LEAST + "[control]\nhttp = 9100", "control.http"),
        (LEAST + "[[network.peers]]\npeer_id = 'p'", "network.peers.address"),
        (LEAST + "[[network.peers]]\npeer_id = 'p'\naddress = 'a'\nname = 'n'", "network.peers.name"),
        (LEAST.replace("listen", "peers = 5\nlisten"), "network.peers"),
        (LEAST.replace("listen", "peers = [5]\nlisten"), "network.peers"),
        ("node = 5\n", "node"),
        (LEAST + "[modules]\npackage = ['x-a']", "modules.package"),
        (LEAST + "[modules]\npackages = 'x-a'", "modules.packages"),
        (LEAST + "[modules]\npackages = ['x-a', 'x-a']", "modules.packages"),
        (LEAST + "[modules]\npackages = ['x-a']\ndigests = {x-a = '0f'}", "modules.digests"),
        (
            LEAST + "[modules]\npackages = ['x-a']\n[modules.digests]\nx-b = '" + "0f" * 32 + "'",
            "modules.digests.x-b",
        ),
        ("[node", "config.toml"),
        ("# " + "x" * CONFIG_BYTES_MAX, "config.toml"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(text: str, setting: str) -> None:
    """A misspelt limit that is ignored is no limit."""
    with pytest.raises(ConfigError) as raised:
        parse_config(text.encode())
    assert raised.value.code == "CONFIG_INVALID"
    assert raised.value.facts["setting"] == setting


def test_bytes_that_are_no_text_are_refused() -> None:
    """Nor TOML."""
    with pytest.raises(ConfigError):
        parse_config(b"\xff\xfe")
