"""The page of settings names each setting that ``config.toml`` may have, with the default that it has."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.mempool.pool import PoolLimits
from p2pchain.node.home.config import ConfigError, StorageConfig, parse_config

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_.]+)` \| .* \| (.*) \|$", re.MULTILINE)
TABLES = ("node", "network", "control", "gateway", "log", "mempool", "storage", "modules")


def known(text: str) -> set[str]:
    """Settings that a refusal of an unknown one lists."""
    with pytest.raises(ConfigError) as refused:
        parse_config(text.encode())
    assert refused.value.facts["problem"] == "unknown setting"
    return set(str(refused.value.facts["known"]).split(", "))


def test_the_page_has_every_setting_and_no_other() -> None:
    assert known("unknown = 1") == set(TABLES)
    complete = '[node]\nname = "n"\n[network]\nlisten = "l"\n'
    settings: set[str] = set()
    for table in TABLES:
        beside = complete.replace(f"[{table}]\n", f"[{table}]\nunknown = 1\n")
        text = beside if beside != complete else f"{complete}[{table}]\nunknown = 1\n"
        settings |= {f"{table}.{name}" for name in known(text)}
    settings -= {"network.peers"}
    settings |= {f"network.peers.{name}" for name in known(f"{complete}[[network.peers]]\nunknown = 1\n")}
    rows = [name for name, _ in ROW.findall(PAGE.read_text("utf-8"))]
    assert sorted(rows) == sorted(settings)


def test_the_page_has_the_defaults() -> None:
    stated = dict(ROW.findall(PAGE.read_text("utf-8")))
    for table, defaults in (
        ("mempool", PoolLimits()),
        ("storage", StorageConfig()),
        ("gateway", GatewayConfig()),
    ):
        for field in fields(defaults):
            name = f"{table}.{field.name}"
            if name in stated and getattr(defaults, field.name) is not None:
                assert stated[name].strip("`") == str(getattr(defaults, field.name)), name
