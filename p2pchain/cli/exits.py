"""Exit codes of the commands, and the one line about a failure. The daemon's own are in ``node.exits``."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Any, Final

from p2pchain.cli.declarations import Declarations, declarations
from p2pchain.cli.words import readable, what_and_next
from p2pchain.model.errors import Fault, Refused
from p2pchain.model.ids import TxId
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

DENIED: Final = (os.strerror(errno.EACCES), os.strerror(errno.EPERM))
"""Reasons of faults about files that this user may not touch, whatever their code."""

EXIT_BY_CODE: Final = {
    "DAEMON_NOT_RUNNING": NOT_RUNNING,
    "HOME_MISSING": NOT_RUNNING,
    "NOT_PERMITTED": NOT_PERMITTED,
    "HOME_PERMISSION": NOT_PERMITTED,
    "KEY_PERMISSIONS": NOT_PERMITTED,
    "TIMEOUT": TIMEOUT,
    "UNHEALTHY": UNHEALTHY,
    "BLOCK_UNKNOWN": NOT_FOUND,
    "JOB_UNKNOWN": NOT_FOUND,
    "KEY_MISSING": NOT_FOUND,
    "PEER_UNKNOWN": NOT_FOUND,
    "SENDER_UNKNOWN": NOT_FOUND,
    "TX_UNKNOWN": NOT_FOUND,
}


def exit_code(fault: Fault, directory: Declarations | None = None) -> int:
    """The exit code of a command that ended with this fault; ``directory``: other declarations than this
    software's.
    """
    if isinstance(fault, Refusal):
        return exit_code_of(fault.guilt)
    if fault.facts.get("reason") in DENIED:
        return NOT_PERMITTED
    return (directory or declarations()).exit_code(fault.code) or EXIT_BY_CODE.get(fault.code, FAILED)


def denied(error: PermissionError) -> Refused:
    """Name the file that this user may not touch."""
    facts = {"file": str(error.filename), "reason": error.strerror or str(error)}
    return Refused("HOME_PERMISSION", facts, "run as the user that owns it")


def one_line(fault: Fault, handed_in: Sequence[TxId] = (), directory: Declarations | None = None) -> str:
    """``p2pchain: CODE: what (facts); what to do next``; ``handed_in``: what the command had submitted."""
    what, next_ = what_and_next(fault.code, directory)
    fact_words = ", ".join(f"{name}={value}" for name, value in readable(fault.facts).items())
    line = f"p2pchain: {fault.code}: {what}" + (f" ({fact_words})" if fact_words else "")
    hint = fault.hint or next_
    line += f"; {hint}" if hint else ""
    named = fault.facts.get("tx_id")
    return printable(line + perhaps_final([tx_id for tx_id in handed_in if tx_id.hex() != named]))


def as_json(
    fault: Fault, handed_in: Sequence[TxId] = (), directory: Declarations | None = None
) -> dict[str, Any]:
    """Describe a fault as JSON, in the shape of the control interface's errors."""
    what, next_ = what_and_next(fault.code, directory)
    error = {"code": fault.code, "message": what, "hint": fault.hint or next_, "details": dict(fault.facts)}
    return {"error": {**error, "submitted": [tx_id.hex() for tx_id in handed_in]}}


def perhaps_final(handed_in: Sequence[TxId]) -> str:
    """Name the transactions submitted before a failure; empty where nothing was."""
    if not handed_in:
        return ""
    ids = " ".join(tx_id.hex() for tx_id in handed_in)
    commands = ", ".join(f"p2pchain tx wait {tx_id.hex()}" for tx_id in handed_in)
    return f"; submitted before this and perhaps final: {ids}; before you repeat it, see: {commands}"
