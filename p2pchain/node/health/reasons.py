"""Reasons in a node's status, each with the operator's remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from p2pchain.ledger.kernel import Ledger
from p2pchain.model.ids import GENESIS_HEIGHT, PeerId
from p2pchain.net.events import NetworkTotals
from p2pchain.node.health.genesis_mismatch import DISAGREEMENTS
from p2pchain.node.home.key_guard import Guarded
from p2pchain.replica.clock import STANDS_MS
from p2pchain.replica.module_faults import ModuleFaults
from p2pchain.replica.moment import Now
from p2pchain.replica.replica import Replica
from p2pchain.telemetry.log_stream import LogStream

TELLING_REFUSALS: Final = (*DISAGREEMENTS, "HELLO_OTHER_NAME", "HELLO_OTHER_VERSION")
"""Refusals of peers that an operator must read in ``status``."""


_LAST_DATE_S: Final = 253_402_300_799
"""The last second of the year 9999, the latest that a date can say."""


def signing_reasons(replica: Replica, guarded: Guarded | None) -> list[str]:
    """List why this validator does not sign, though it should."""
    work = replica.work
    if guarded is None:
        return []
    if guarded.stopped is not None:
        return [guarded.reason() or guarded.stopped.code]
    if work.height <= guarded.floor:
        return [f"signs from height {guarded.floor + 1} on: its guard state was imported"]
    if work.own_index is not None and not replica.heights.readiness.ready:
        return ["signs nothing yet: waits until a quorum told which height it works on"]
    return []


def clock_reasons(replica: Replica, now: Now) -> list[str]:
    """Compare this machine's clock with the monotonic clock, the chain's blocks and its genesis."""
    heights, parameters = replica.heights, replica.ledger.parameters
    reasons: list[str] = []
    if jumped_ms := heights.wall_clock.jumped_ms:
        reasons.append(
            f"this machine's clock was set {_apart(jumped_ms, 'ahead', 'back')} while the node ran: the node "
            f"keeps the old time until the new one has stood for {STANDS_MS // 1000} s or two blocks fit it; "
            "see: timedatectl"
        )
    off_ms = heights.clock.off_ms(parameters)
    ahead_ms = replica.tip.time_ms - (now.wall_ms - jumped_ms)
    until = utc(replica.tip.time_ms)
    if replica.height == GENESIS_HEIGHT and ahead_ms > 0:
        reasons.append(
            f"the chain begins at {until}, the time of its genesis, in {ahead_ms / 1000:.0f} s; if that is "
            "wrong, see: timedatectl"
        )
    elif off_ms:
        reasons.append(
            f"this node's clock is {_apart(off_ms, 'ahead of', 'behind')} the chain; see: timedatectl"
        )
    elif ahead_ms > parameters.time_precision_ms:
        reasons.append(
            f"the chain's time is {ahead_ms / 1000:.0f} s ahead of this node's clock: blocks go on, each "
            f"1 ms after its parent, until {until}; if that is wrong, see: timedatectl"
        )
    return reasons


def utc(time_ms: int) -> str:
    """A time since 1970 as people read it, to the second."""
    return datetime.fromtimestamp(min(time_ms // 1000, _LAST_DATE_S), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _apart(difference_ms: int, above: str, below: str) -> str:
    return f"{abs(difference_ms) / 1000:.0f} s {above if difference_ms > 0 else below}"


def version_reasons(ledger: Ledger) -> list[str]:
    """Versions of modules that the chain is going to need, and this software lacks."""
    return [
        f"from height {module.height} on module {module.module} needs version {module.version}; "
        f"this software has {module.has_in_words}: install a newer release before"
        for module in ledger.missing
    ]


def module_reasons(faults: ModuleFaults) -> list[str]:
    """Say that a module has a bug, which and where it was met last."""
    if faults.last is None:
        return []
    height, fault = faults.last
    what = f"{fault.module} {fault.action}" if fault.action is not None else fault.module
    times = "once" if faults.count == 1 else f"{faults.count} times"
    return [
        f"module {what} (version {fault.version}) met a bug of its own {times}, last at height {height}: its "
        "transactions were refused on every node; report it with the log's module.fault"
    ]


def refusal_reasons(totals: NetworkTotals) -> list[str]:
    """Peers with which this node can never agree."""
    return [
        f"refused {refusal.peer}: {refusal.code} {refusal.detail}"
        for refusal in totals.refusals
        if refusal.code in TELLING_REFUSALS
    ]


def flood_reasons(ledger: Ledger, totals: NetworkTotals) -> list[str]:
    """Name members that flooded this node of late, and with what."""
    names = {member.peer_id: member.name for member in ledger.members}
    return [
        f"{names.get(PeerId(flood.peer), flood.peer)} floods this node with {flood.detail}: dropped "
        f"{flood.count} times, last {flood.ago_s} s ago (PEER_FLOODS); ask its operator"
        for flood in totals.floods
    ]


def log_reasons(logs: LogStream) -> list[str]:
    """Say that log lines are being lost, as long as they are."""
    if logs.reason is None:
        return []
    return [
        f"the log cannot be written ({logs.reason}; {logs.lost} lines lost): the node goes on without it; "
        "see that whatever reads its standard error runs and has room"
    ]
