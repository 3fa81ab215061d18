"""Multiaddresses of the kinds that a node may listen on or dial: TCP over IPv4, IPv6 or a DNS name."""

from __future__ import annotations

from typing import Final

from p2pchain.model.errors import Refused

_HOST_KINDS: Final = ("ip4", "ip6", "dns", "dns4", "dns6")


def endpoint_of(address: str) -> tuple[str, int]:
    """Return host and port of ``/ip4/127.0.0.1/tcp/4001`` (a trailing ``/p2p/<id>`` is ignored).

    ``Refused("NET_BAD_ADDRESS")`` for anything else.
    """
    parts = address.split("/")
    shaped = len(parts) in (5, 7) and parts[0] == "" and parts[1] in _HOST_KINDS and parts[3] == "tcp"
    if not shaped or (len(parts) == 7 and parts[5] != "p2p") or not parts[2]:
        raise _bad(address, "shape")
    if not (parts[4].isascii() and parts[4].isdigit() and int(parts[4]) < 65_536):
        raise _bad(address, "port")
    return parts[2], int(parts[4])


def address_of(host: str, port: int) -> str:
    """Return the multiaddress of a numeric host and a port."""
    return f"/{'ip6' if ':' in host else 'ip4'}/{host}/tcp/{port}"


def _bad(address: str, reason: str) -> Refused:
    facts = {"address": address, "reason": reason}
    return Refused(
        "NET_BAD_ADDRESS", facts, "write it as /ip4/192.0.2.1/tcp/4001 or /dns4/node.example/tcp/4001"
    )
