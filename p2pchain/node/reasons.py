"""What an operator must know of this node: reasons for the status, each with what to do."""

from __future__ import annotations

from typing import Final

from p2pchain.ledger.kernel import Ledger
from p2pchain.net.events import NetworkTotals
from p2pchain.node.disagreement import DISAGREEMENTS
from p2pchain.node.guarding import Guarded
from p2pchain.replica.replica import Replica
from p2pchain.telemetry.log_stream import LogStream

TELLING_REFUSALS: Final = (*DISAGREEMENTS, "HELLO_OTHER_NAME", "HELLO_OTHER_VERSION", "PEER_FLOODS")
"""Refusals of peers that an operator must read in ``status``."""


def signing_reasons(replica: Replica, guarded: Guarded | None) -> list[str]:
    """Why this validator does not sign, though it should."""
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


def clock_reasons(replica: Replica) -> list[str]:
    """Whether this node's clock is off."""
    off_ms = replica.heights.clock.off_ms(replica.ledger.parameters)
    where = "ahead of" if off_ms > 0 else "behind"
    told = f"this node's clock is {abs(off_ms) / 1000:.0f} s {where} the chain; see: timedatectl"
    return [told] if off_ms else []


def version_reasons(ledger: Ledger) -> list[str]:
    """Versions of modules that the chain is going to need, and this software lacks."""
    return [
        f"from height {each.height} on module {each.module} needs version {each.version}; this software has "
        f"{each.has_in_words}: install a newer release before"
        for each in ledger.missing
    ]


def refusal_reasons(totals: NetworkTotals) -> list[str]:
    """Peers with which this node can never agree."""
    return [
        f"refused {refusal.peer}: {refusal.code} {refusal.detail}"
        for refusal in totals.refusals
        if refusal.code in TELLING_REFUSALS
    ]


def log_reasons(logs: LogStream) -> list[str]:
    """Say that log lines are being lost, as long as they are."""
    if logs.reason is None:
        return []
    return [
        f"the log cannot be written ({logs.reason}; {logs.lost} lines lost): the node goes on without it; "
        "see that whatever reads its standard error runs and has room"
    ]
