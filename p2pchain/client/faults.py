"""Faults of a request to the node, one class per reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Fact, Fault, Refused

START_HINT: Final = "start it with: p2pchain run (or systemctl start p2pchain@NAME)"


class DaemonNotRunning(Fault):
    """Nobody serves the control socket."""

    def __init__(self, socket: Path, reason: str, hint: str = START_HINT) -> None:
        """``reason``: the system's words; ``hint``: what to do, to start the node unless something else."""
        super().__init__("DAEMON_NOT_RUNNING", {"socket": str(socket), "reason": reason}, hint)


class NotPermitted(Fault):
    """The user may not use the control socket, or not ask this."""

    def __init__(self, facts: Mapping[str, Fact], hint: str) -> None:
        """``facts``: what was not permitted."""
        super().__init__("NOT_PERMITTED", facts, hint)


class TimedOut(Fault):
    """The node did not answer, or the transaction was not final, in time. It may still become final."""

    def __init__(self, facts: Mapping[str, Fact], hint: str) -> None:
        """``facts``: what was waited for, and how long."""
        super().__init__("TIMEOUT", facts, hint)


class AnswerInvalid(Fault):
    """The answer at the socket is none that the node gives."""

    def __init__(self, socket: Path, reason: str) -> None:
        """``reason``: what was wrong with the answer."""
        hint = "check that the socket is a node's, of the same version as this program"
        super().__init__("ANSWER_INVALID", {"socket": str(socket), "reason": reason}, hint)


class NodeRefused(Refused):
    """The node answered with an error; ``status`` is the HTTP status."""

    def __init__(self, status: int, code: str, facts: Mapping[str, Fact], hint: str) -> None:
        """``code``, ``facts`` and ``hint`` as the node gave them."""
        super().__init__(code, facts, hint)
        self.status = status
