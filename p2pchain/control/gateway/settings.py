"""Settings of the gateway, as ``[gateway]`` of ``config.toml`` has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """Where the gateway listens, its certificate, and its limits. All rates allow a burst of two seconds."""

    listen: str | None = None
    """``HOST:PORT``; None: there is no gateway."""
    certificate: str = "keys/gateway.crt"
    """PEM file of the certificate, its chain behind it; relative to the home."""
    key: str = "keys/gateway.key"
    """PEM file of its secret key; relative to the home."""
    connections_max: int = 1_024
    """Connections at once; one that is idle makes room for a newcomer."""
    address_connections_max: int = 32
    """Of these, of one address (IPv6: of one /64)."""
    requests_per_second: int = 200
    """Requests that are passed on to the node."""
    address_requests_per_second: int = 20
    """Requests of one address."""
    account_requests_per_second: int = 20
    """Signed requests of one account, whatever the address."""
    streams_max: int = 16
    """Event streams at once; the node has 64 for all its clients."""
    account_streams_max: int = 2
    """Of these, of one account, or of one address for whoever signs nothing."""
