"""Exit codes of the commands, and the one line that says what went wrong. The daemon's own are in
``node.exits``.
"""

from __future__ import annotations

from typing import Final

from p2pchain.cli.declarations import DIRECTORY
from p2pchain.cli.words import readable, what_and_next
from p2pchain.model.errors import Fault
from p2pchain.model.refusal import Refusal
from p2pchain.presentation.codes import exit_code_of
from p2pchain.presentation.printable import printable

FAILED: Final = 1
USAGE: Final = 2
NOT_RUNNING: Final = 3
NOT_PERMITTED: Final = 4
TIMEOUT: Final = 5
UNHEALTHY: Final = 6
NOT_FOUND: Final = 7
INTERRUPTED: Final = 130

_BY_CODE: Final = {
    "DAEMON_NOT_RUNNING": NOT_RUNNING,
    "HOME_MISSING": NOT_RUNNING,
    "NOT_PERMITTED": NOT_PERMITTED,
    "HOME_PERMISSION": NOT_PERMITTED,
    "KEY_PERMISSIONS": NOT_PERMITTED,
    "TIMEOUT": TIMEOUT,
    "UNHEALTHY": UNHEALTHY,
    "BLOCK_UNKNOWN": NOT_FOUND,
    "DOCUMENT_UNKNOWN": NOT_FOUND,
    "KEY_MISSING": NOT_FOUND,
    "PEER_UNKNOWN": NOT_FOUND,
    "RCV_UNKNOWN": NOT_FOUND,
    "REG_UNKNOWN_DOCUMENT": NOT_FOUND,
    "SENDER_UNKNOWN": NOT_FOUND,
    "TX_UNKNOWN": NOT_FOUND,
}


def exit_code(fault: Fault) -> int:
    """The exit code of a command that ended with this fault."""
    if isinstance(fault, Refusal):
        return exit_code_of(fault.guilt)
    return DIRECTORY.exit_code(fault.code) or _BY_CODE.get(fault.code, FAILED)


def one_line(fault: Fault) -> str:
    """``p2pchain: CODE: what (facts); what to do next``."""
    what, next_ = what_and_next(fault.code)
    told = ", ".join(f"{name}={value}" for name, value in readable(fault.facts).items())
    line = f"p2pchain: {fault.code}: {what}" + (f" ({told})" if told else "")
    hint = fault.hint or next_
    line += f"; {hint}" if hint else ""
    return printable(line)
