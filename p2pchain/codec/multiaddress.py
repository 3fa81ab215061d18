"""Multiaddresses that others can dial: TCP over IPv4, IPv6 or a DNS name. Read without tables of Unicode."""

from __future__ import annotations

from typing import Final

HOST_KINDS: Final = ("ip4", "ip6", "dns", "dns4", "dns6")
HOST_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:_-")
HOST_CHARS_MAX: Final = 253
ADDRESS_BYTES_MAX: Final = 272
"""The longest kind, host and port."""
DIGITS: Final = "0123456789"
PORT_DIGITS_MAX: Final = 5
PORT_MAX: Final = 65_535


def is_address(text: str) -> bool:
    """Return whether others can dial this: ``/KIND/HOST/tcp/PORT``, the port without leading zeros."""
    parts = text.split("/")
    if len(parts) != 5 or parts[0] != "" or parts[1] not in HOST_KINDS or parts[3] != "tcp":
        return False
    host, port = parts[2], parts[4]
    if not 1 <= len(host) <= HOST_CHARS_MAX or not all(character in HOST_CHARACTERS for character in host):
        return False
    if not 1 <= len(port) <= PORT_DIGITS_MAX or port[0] == "0" or not all(digit in DIGITS for digit in port):
        return False
    return port_of(text) <= PORT_MAX


def port_of(address: str) -> int:
    """Return the TCP port of an address for which ``is_address`` holds."""
    port = 0
    for digit in address.rpartition("/")[2]:
        port = 10 * port + DIGITS.index(digit)
    return port
