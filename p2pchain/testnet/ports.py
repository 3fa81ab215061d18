"""Ports that stay a network's own: over restarts of its nodes, and while it is stopped.

A port that is merely free now is not enough: it may lie in the range from which the system serves outgoing
connections, or another network may take it while a node is down. So ports come in units below that range,
and whoever uses a unit leaves a claim in a directory that all networks of a user share: a file that names
the network. A claim whose network is gone, or does not name the unit, is void.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from p2pchain.testnet.faults import LaunchFailed

UNIT_PORTS = 16
FIRST_PORT = 12_000
LAST_PORT = 32_767
"""One below the range that Linux gives to outgoing connections by default (ip_local_port_range)."""
UNITS = (LAST_PORT + 1 - FIRST_PORT) // UNIT_PORTS
LOOPBACK = "127.0.0.1"
FOUNDING_S = 60
"""A claim so young holds although the network that it names is not there yet: it is being made."""


def claims_directory() -> Path:
    """Return the directory where the networks of this user claim their units."""
    return Path(tempfile.gettempdir()) / f"p2pchain-testnet-{os.getuid()}" / "ports"


def claim_ports(count: int, settings: Path, claims: Path | None = None) -> list[int]:
    """Claim ``count`` ports for the network whose ``settings`` file will name them under ``ports``.

    Raises ``LaunchFailed("PORTS_EXHAUSTED")``. ``claims``: for tests, another directory of claims.
    """
    directory = claims or claims_directory()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports: list[int] = []
    for unit in _units(settings):
        if len(ports) >= count:
            break
        wanted = list(range(FIRST_PORT + unit * UNIT_PORTS, FIRST_PORT + (unit + 1) * UNIT_PORTS))
        if _claim(directory / str(unit), settings, wanted) and all(map(is_free, wanted)):
            ports += wanted
    if len(ports) < count:
        facts = {"wanted": count, "found": len(ports), "first": FIRST_PORT, "last": LAST_PORT}
        raise LaunchFailed("PORTS_EXHAUSTED", facts, f"end networks that run, or clear {directory}")
    return ports[:count]


def is_free(port: int) -> bool:
    """Return whether nobody listens at ``port`` on loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _units(settings: Path) -> Iterator[int]:
    """Return all units, beginning where the network's path says, so that two that start at once
    seldom meet.
    """
    first = int.from_bytes(hashlib.sha256(str(settings).encode()).digest()[:4], "big") % UNITS
    return ((first + step) % UNITS for step in range(UNITS))


def _claim(claim: Path, settings: Path, ports: list[int]) -> bool:
    """Take a unit, unless a network that exists has it; a void claim is removed and taken."""
    for _ in range(2):
        try:
            with claim.open("x") as file:
                file.write(str(settings))
            return True
        except FileExistsError:
            if not _void(claim, settings, ports):
                return False
            claim.unlink(missing_ok=True)
    return False


def _void(claim: Path, settings: Path, ports: list[int]) -> bool:
    """Return whether the network that claimed a unit is gone, uses other ports, or is this one, made anew."""
    try:
        owner = Path(claim.read_text())
        age_s = time.time() - claim.stat().st_mtime
        if owner != settings and age_s < FOUNDING_S:
            return False
        return owner == settings or not set(ports) & set(json.loads(owner.read_text())["ports"])
    except (OSError, ValueError, KeyError, TypeError):
        return True
