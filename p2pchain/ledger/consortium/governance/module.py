"""Governance as the kernel takes it: its actions with their fields, and its queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2pchain.ledger.consortium.governance.proposal import (
    NAME,
    NUMBER_MAX,
    OPEN,
    OPERATIONS_MAX,
    PAGE_MAX,
    TITLE_BYTES_MAX,
    WORD_BYTES_MAX,
    Proposal,
    count,
    find,
    in_favour,
    power_of,
    votes_on,
)
from p2pchain.ledger.consortium.governance.rules import (
    Cancel,
    Propose,
    SetParameter,
    Vote,
    cancel,
    propose,
    refuse_nested,
    require_settable,
    set_parameter,
    vote,
)
from p2pchain.ledger.consortium.governance.versions import (
    FIELDS,
    SetModuleVersion,
    WithdrawModuleVersion,
    require_ahead,
    set_module_version,
    withdraw_module_version,
)
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Action, Json, Module, Query
from p2pchain.ledger.schema import Bounds, Field, FlagField, IntegerField, Kind, OptionalField, TextField
from p2pchain.model.errors import Refused
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsKind(Kind):
    """Operations: ``[[module, action, [arg, ...]], ...]``."""

    @property
    def bounds(self) -> Bounds:
        """Its kind and length."""
        return {"kind": "array", "of": "operation", "least": 1, "most": OPERATIONS_MAX}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is an array of operations; whether there are such is the rule's matter."""
        if not isinstance(value, tuple) or not 1 <= len(value) <= OPERATIONS_MAX:
            return False
        return all(_is_operation(each) for each in value)


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"proposals": [...]}``: the newest first, at most ``PAGE_MAX``; ``before``: only those below this
    number.
    """
    before = args["before"]
    first = count(view) if not isinstance(before, int) else min(before, count(view))
    numbers = range(first - 1, max(-1, first - 1 - PAGE_MAX), -1)
    found = (find(view, number) for number in numbers)
    return {"proposals": [told(view, each) for each in found if each is not None]}


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One proposal. ``GOV_UNKNOWN``."""
    number = args["number"]
    assert isinstance(number, int), "the field takes an integer"
    found = find(view, number)
    if found is None:
        raise Refused("GOV_UNKNOWN", {"number": number}, "see: p2pchain governance list")
    return told(view, found)


def told(view: View, proposal: Proposal) -> Json:
    """What is told of a proposal; ``expired`` where it is open and its height or its time has passed."""
    power = power_of(view, in_favour(view, proposal.number))
    reason = proposal.reason
    over = proposal.is_expired(view.height + 1, view.time_ms)
    state = "expired" if proposal.state == OPEN and over else proposal.state
    return {
        "number": proposal.number,
        "state": state,
        "title": proposal.title,
        "proposer": proposal.proposer,
        "height": proposal.height,
        "expires": proposal.expires,
        "expires_ms": proposal.expires_ms,
        "operations": [
            {"module": each.module, "action": each.action, "args": [_plain(arg) for arg in each.args]}
            for each in proposal.operations
        ],
        "votes": [{"org": org, "yes": agrees} for org, agrees, _ in votes_on(view, proposal.number)],
        "power": power,
        "total_power": view.setting.validators.total_power,
        "reason": None if reason is None else {"code": reason[0], "facts": dict(reason[1])},
    }


def _plain(value: Value) -> Json | str | int | bool | list[object] | None:
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _is_operation(value: Value) -> bool:
    match value:
        case (str(module), str(action), tuple()):
            return len(module) <= WORD_BYTES_MAX and len(action) <= WORD_BYTES_MAX
        case _:
            return False


NUMBER = IntegerField(name="number", low=0, high=NUMBER_MAX)

MODULE = Module(
    name=NAME,
    source=__name__,
    actions=(
        Action(
            name="propose",
            message=Propose,
            fields=(
                TextField(name="title", bytes_max=TITLE_BYTES_MAX),
                IntegerField(name="expires", low=1),
                IntegerField(name="expires_ms", low=1),
                Field(name="operations", kind=OperationsKind()),
            ),
            run=propose,
            lasting=refuse_nested,
        ),
        Action(
            name="vote",
            message=Vote,
            fields=(NUMBER, FlagField(name="yes")),
            run=vote,
            lasting=refuse_nested,
        ),
        Action(name="cancel", message=Cancel, fields=(NUMBER,), run=cancel, lasting=refuse_nested),
        Action(
            name="set_module_version",
            message=SetModuleVersion,
            fields=(*FIELDS, IntegerField(name="height", low=1)),
            run=set_module_version,
            lasting=require_ahead,
        ),
        Action(
            name="withdraw_module_version",
            message=WithdrawModuleVersion,
            fields=FIELDS,
            run=withdraw_module_version,
        ),
        Action(
            name="set_parameter",
            message=SetParameter,
            fields=(
                TextField(name="parameter", bytes_max=WORD_BYTES_MAX),
                IntegerField(name="value", low=0, high=INTEGER_MAX),
            ),
            run=set_parameter,
            lasting=require_settable,
        ),
    ),
    queries=(
        Query(
            name="list",
            fields=(OptionalField(inner=IntegerField(name="before", high=NUMBER_MAX)),),
            answer=answer_list,
        ),
        Query(name="show", fields=(NUMBER,), answer=answer_show),
    ),
)
