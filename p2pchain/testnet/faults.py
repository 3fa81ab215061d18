"""Faults of a local network, in one line each."""

from __future__ import annotations

from p2pchain.model.errors import Refused


class LaunchFailed(Refused):
    """A local network cannot be made, driven or found as asked."""
