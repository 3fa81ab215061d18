"""Answers about proposals."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.ledger.consortium.governance.proposal import (
    OPEN,
    PAGE_MAX,
    GovernanceProposal,
    count,
    find,
    in_favour,
    power_of,
    require,
    votes_on,
)
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.model.transaction import Value

EXPIRED = "expired"
"""State of a proposal that is open still, but whose height or time has passed."""


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"proposals": [...]}``: the newest first, at most ``PAGE_MAX``; ``before``: only those below this
    number.
    """
    before = args["before"]
    first = count(view) if not isinstance(before, int) else min(before, count(view))
    numbers = range(first - 1, max(-1, first - 1 - PAGE_MAX), -1)
    known = (find(view, number) for number in numbers)
    return {"proposals": [proposal_json(view, proposal) for proposal in known if proposal is not None]}


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """Show one proposal as ``proposal_json`` does. ``GOV_UNKNOWN``."""
    number = args["number"]
    assert isinstance(number, int), "the field takes an integer"
    return proposal_json(view, require(view, number))


def proposal_json(view: View, proposal: GovernanceProposal) -> Json:
    """Show a proposal with its votes; ``expired`` where it is open and its height or its time has passed."""
    reason = proposal.reason
    over = proposal.is_expired(view.height + 1, view.time_ms)
    return {
        "number": proposal.number,
        "state": EXPIRED if proposal.state == OPEN and over else proposal.state,
        "title": proposal.title,
        "proposer": proposal.proposer,
        "height": proposal.height,
        "expires": proposal.expires,
        "expires_ms": proposal.expires_ms,
        "operations": [
            {"module": item.module, "action": item.action, "args": [_plain(arg) for arg in item.args]}
            for item in proposal.operations
        ],
        "votes": [{"org": org, "yes": agrees} for org, agrees, _ in votes_on(view, proposal.number)],
        "power": power_of(view, in_favour(view, proposal.number)),
        "total_power": view.setting.validators.total_power,
        "reason": None if reason is None else {"code": reason[0], "facts": dict(reason[1])},
    }


def _plain(value: Value) -> Json | str | int | bool | list[object] | None:
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value
