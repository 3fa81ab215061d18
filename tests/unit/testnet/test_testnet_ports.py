"""Ports of local networks: claimed in units, kept while their network exists, given on when it is gone."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import pytest

from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.ports import (
    FIRST_PORT,
    FOUNDING_S,
    LAST_PORT,
    LOOPBACK,
    UNIT_PORTS,
    UNITS,
    claim_ports,
    is_free,
)


def settle(settings: Path, ports: list[int], claims: Path) -> None:
    """The network is there and says which ports it uses; its claims are old."""
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"ports": ports}))
    age(claims)


def age(claims: Path) -> None:
    """Let all claims be older than a network takes to be made."""
    old = time.time() - FOUNDING_S - 1
    for claim in claims.iterdir():
        os.utime(claim, (old, old))


def test_two_networks_never_share_a_port(tmp_path: Path) -> None:
    claims = tmp_path / "claims"
    taken: set[int] = set()
    for number in range(20):
        settings = tmp_path / str(number) / "testnet.json"
        ports = claim_ports(UNIT_PORTS, settings, claims)
        assert len(ports) == UNIT_PORTS
        assert not taken & set(ports)
        assert all(FIRST_PORT <= port <= LAST_PORT for port in ports)
        taken |= set(ports)
        settle(settings, ports, claims)


def test_a_stopped_network_keeps_its_ports_and_a_removed_one_does_not(tmp_path: Path) -> None:
    claims, settings = tmp_path / "claims", tmp_path / "net" / "testnet.json"
    ports = claim_ports(4, settings, claims)
    settle(settings, ports, claims)
    unit = str((ports[0] - FIRST_PORT) // UNIT_PORTS)
    everybody = [claim_ports(UNIT_PORTS, tmp_path / f"other{n}" / "testnet.json", claims) for n in range(8)]
    assert not any(set(ports) & set(others) for others in everybody)
    assert (claims / unit).read_text() == str(settings)
    assert claim_ports(4, settings, claims) == ports, "the same network, made anew, has the same ports"
    settings.unlink()
    age(claims)
    assert claim_ports(UNITS * UNIT_PORTS // 2, tmp_path / "large" / "testnet.json", claims)
    assert claim_ports(UNITS * UNIT_PORTS // 4, tmp_path / "larger" / "testnet.json", claims)


def test_a_claim_holds_while_its_network_is_being_made(tmp_path: Path) -> None:
    claims = tmp_path / "claims"
    claims.mkdir()
    for unit in range(UNITS):
        (claims / str(unit)).write_text(str(tmp_path / "net" / "testnet.json"))
    with pytest.raises(LaunchFailed) as caught:
        claim_ports(1, tmp_path / "late" / "testnet.json", claims)
    assert caught.value.code == "PORTS_EXHAUSTED"
    age(claims)
    assert len(claim_ports(1, tmp_path / "late" / "testnet.json", claims)) == 1


def test_units_in_use_by_others_are_passed_over(tmp_path: Path) -> None:
    claims, settings = tmp_path / "claims", tmp_path / "net" / "testnet.json"
    wanted = claim_ports(1, settings, claims)[0]
    with socket.create_server((LOOPBACK, wanted)):
        assert not is_free(wanted)
        found = claim_ports(1, settings, claims)[0]
    assert found // UNIT_PORTS != wanted // UNIT_PORTS
    assert is_free(wanted)
