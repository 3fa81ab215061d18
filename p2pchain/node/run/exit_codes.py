"""Exit codes of the daemon, after sysexits.h, by the code of the error."""

from __future__ import annotations

from p2pchain.model.errors import Corrupt, Fault

EX_DATAERR = 65
EX_NOINPUT = 66
EX_UNAVAILABLE = 69
EX_SOFTWARE = 70
EX_CANTCREAT = 73
EX_IOERR = 74
EX_TEMPFAIL = 75
EX_NOPERM = 77
EX_CONFIG = 78

_BY_CODE = {
    "CONFIG_MISSING": EX_NOINPUT,
    "GENESIS_MISSING": EX_NOINPUT,
    "KEY_MISSING": EX_NOINPUT,
    "HOME_PERMISSION": EX_NOPERM,
    "KEY_PERMISSIONS": EX_NOPERM,
    "KEY_PASSPHRASE": EX_NOPERM,
    "HOME_LOCKED": EX_TEMPFAIL,
    "PORT_IN_USE": EX_UNAVAILABLE,
    "CONTROL_SOCKET": EX_CANTCREAT,
    "DISK_FAILURE": EX_IOERR,
    "DISK_NEARLY_FULL": EX_IOERR,  # As where a write failed: a restart would only repeat it.
    "GUARD_UNWRITABLE": EX_IOERR,
    "INDEX_FAILED": EX_IOERR,
    "EXECUTION_DIVERGED": EX_SOFTWARE,
    "MODULE_VERSION_MISSING": EX_CONFIG,  # Met while it runs, too: started again it could only end again.
    "GENESIS_DIFFERS": EX_CONFIG,  # Met while it runs: it takes peers to know.
}


class EndedRunning(Fault):
    """A fault that ended a node which had started: nothing that an operator set is wrong."""

    def __init__(self, cause: Fault) -> None:
        """``cause``: the fault itself, whose code, facts and hint are told."""
        self.cause = cause
        super().__init__(cause.code, cause.facts, cause.hint)


def exit_code(fault: Fault) -> int:
    """The daemon's exit code for a fault: by its code, else 65 for a damaged disk; else 70 for a node that
    ran, which a service manager starts again, and 78 for one that could not start, which it leaves.
    """
    by_code = _BY_CODE.get(fault.code)
    if by_code is not None:
        return by_code
    running = isinstance(fault, EndedRunning)
    if isinstance(fault.cause if isinstance(fault, EndedRunning) else fault, Corrupt):
        return EX_DATAERR
    return EX_SOFTWARE if running else EX_CONFIG


def faults_in(group: BaseExceptionGroup[Fault]) -> list[Fault]:
    """The faults of a group and of all groups in it."""
    faults: list[Fault] = []
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            faults.extend(faults_in(error))
        else:
            faults.append(error)
    return faults
