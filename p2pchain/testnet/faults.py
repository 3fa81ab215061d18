"""What can go wrong with a local network, told in one line."""

from __future__ import annotations

from p2pchain.model.errors import Refused


class LaunchFailed(Refused):
    """A local network cannot be made, driven or found as asked."""
