"""Governance: what needs the organisations with more than 2/3 of the power, for those who cannot sign
together.

An admin proposes operations of any modules, with the height and the time up to which they may be decided;
admins of the organisations vote. With a vote for it that finds those in favour above 2/3 of the power of the
validators the operations are executed at once, as if the admins who voted for it had signed them, with the
role ``admin`` alone: all of them, or none, and then the proposal says why, and another vote for it tries
again. The power is that of the moment, not of the votes' moments; and a vote against executes nothing, even
where powers have changed meanwhile so that those in favour have become a majority. A vote counts as long as
the key that gave it is an admin's that is not frozen. Whoever proposed may cancel before. Every organisation
has so many proposals open (``proposals_per_org``), and nobody's take the place of another's.

Parameters of the chain change by ``set_parameter``, which needs the same majority, at the next block;
modules run in another version from a height on by ``set_module_version`` (``versions.py``).
``tx_lifetime`` is fixed: the replay window of every node is built on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.codec.parameters import PARAMETER_BOUNDS
from p2pchain.ledger.consortium.governance.kinds import EXPIRES, EXPIRES_MS, NUMBER, OPERATIONS, TITLE
from p2pchain.ledger.consortium.governance.proposal import (
    ADMIN,
    CANCELLED,
    COUNT,
    DAY_MS,
    DAYS_MAX,
    EXECUTED,
    FIXED_PARAMETERS,
    HEIGHTS_MAX,
    OPEN,
    WORD_BYTES_MAX,
    GovernanceProposal,
    cast,
    close,
    count,
    enter,
    in_favour,
    operation_of,
    power_of,
    reason_of,
    require_open,
    store,
)
from p2pchain.ledger.consortium.governance.refusals import (
    ExpiryInvalid,
    ParameterFixed,
    ProposalNested,
)
from p2pchain.ledger.consortium.governance.software import DeclareSoftware
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Flag, Integer, Text
from p2pchain.ledger.refusals import ControllerMissing, ParameterInvalid
from p2pchain.model.errors import Fact
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """Operations to be voted on up to a height and a time. The earlier of the two counts."""

    title: Annotated[str, TITLE]
    expires: Annotated[int, EXPIRES, Entry(is_made=True)]
    expires_ms: Annotated[int, EXPIRES_MS, Entry(is_made=True)]
    operations: Annotated[tuple[Value, ...], OPERATIONS, Entry(is_made=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote:
    """An organisation is in favour, or not."""

    number: Annotated[int, NUMBER, Entry(is_argument=True)]
    yes: Annotated[bool, Flag(help="in favour or not; the latest vote counts"), Entry(negative="no")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Whoever proposed it takes it back."""

    number: Annotated[int, NUMBER, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParameter:
    """A parameter of the chain."""

    parameter: Annotated[
        str, Text(bytes_max=WORD_BYTES_MAX, help="parameter of the chain"), Entry(is_argument=True)
    ]
    value: Annotated[int, Integer(help="its value from the next block on"), Entry(is_argument=True)]


def propose(context: Context, message: Propose) -> None:
    """Propose, and vote for it. ``AUTH_ROLE``, ``GOV_EXPIRY``, ``TX_UNKNOWN_ACTION``, ``TX_INVALID_ARGS``,
    what an operation would be refused with for ever, ``GOV_TOO_MANY``.
    """
    account = context.require_role(ADMIN)
    org = account.org
    if not context.height < message.expires <= context.height + HEIGHTS_MAX:
        facts: dict[str, Fact] = {"expires": message.expires, "height": context.height}
        raise ExpiryInvalid({**facts, "heights_max": HEIGHTS_MAX}, "choose a height ahead of the chain")
    if not context.time_ms < message.expires_ms <= context.time_ms + DAYS_MAX * DAY_MS:
        facts = {"expires_ms": message.expires_ms, "time_ms": context.time_ms, "days_max": DAYS_MAX}
        raise ExpiryInvalid(facts, "choose a time ahead of the chain")
    operations = tuple(operation_of(item) for item in message.operations)
    for operation in operations:
        context.check_proposed(operation)
    number = count(context)
    enter(context, org, number)
    context.put(COUNT, (number + 1,))
    proposal = GovernanceProposal(
        number=number,
        state=OPEN,
        title=message.title,
        proposer=org,
        height=context.height,
        expires=message.expires,
        expires_ms=message.expires_ms,
        operations=operations,
        reason=None,
    )
    context.emit("proposed", (number, org, message.title))
    store(context, proposal)
    cast(context, number, org, yes=True, key=account.public_key)
    decide(context, proposal)


def vote(context: Context, message: CastVote) -> None:
    """Vote, or vote anew; a vote against decides nothing. ``GOV_UNKNOWN``, ``AUTH_ROLE``, ``GOV_CLOSED``,
    ``GOV_EXPIRED``.
    """
    account = context.require_role(ADMIN)
    org = account.org
    proposal = require_open(context, message.number)
    cast(context, message.number, org, yes=message.yes, key=account.public_key)
    context.emit("voted", (message.number, org, message.yes))
    if message.yes:
        decide(context, proposal)


def cancel(context: Context, message: Cancel) -> None:
    """Take it back. ``GOV_UNKNOWN``, ``AUTH_ROLE``, ``GOV_CLOSED``, ``GOV_EXPIRED``, ``AUTH_CONTROLLER``."""
    org = context.require_role(ADMIN).org
    proposal = require_open(context, message.number)
    if org != proposal.proposer:
        facts: dict[str, Fact] = {"number": message.number, "needed": "proposer", "org": proposal.proposer}
        raise ControllerMissing(facts, "whoever proposed it may cancel it")
    close(context, replace(proposal, state=CANCELLED))
    context.emit("cancelled", (message.number, org))


def set_parameter(context: Context, message: SetParameter) -> None:
    """Change a parameter from the next block on. ``MEMBERSHIP_NO_QUORUM``, ``GOV_PARAMETER_FIXED``,
    ``GOV_PARAMETER`` where there is none such, or the value is out of its bounds.
    """
    context.call("membership", "require_quorum")
    require_settable(context, message)
    before = context.set_parameter(message.parameter, message.value)
    context.emit("parameter_set", (message.parameter, before, message.value))


def require_settable(_view: View, message: SetParameter) -> None:
    """Require a changeable parameter and a value within its own bounds. The other parameters are not looked
    at. ``GOV_PARAMETER_FIXED``, ``GOV_PARAMETER``.
    """
    facts: dict[str, Fact] = {"parameter": message.parameter, "value": message.value}
    if message.parameter in FIXED_PARAMETERS:
        raise ParameterFixed(facts)
    low, high = PARAMETER_BOUNDS.get(message.parameter, (None, None))
    if low is None or high is None or not low <= message.value <= high:
        raise ParameterInvalid({**facts, "low": low, "high": high})


def refuse_nested(_view: View, message: Propose | CastVote | Cancel | DeclareSoftware) -> None:
    """``GOV_NESTED``: nobody proposes, votes, cancels, or speaks for his own nodes by voting."""
    match message:
        case Propose():
            action = "propose"
        case CastVote():
            action = "vote"
        case Cancel():
            action = "cancel"
        case DeclareSoftware():
            action = "declare_software"
    raise ProposalNested({"action": action})


def decide(context: Context, proposal: GovernanceProposal) -> None:
    """Execute a proposal that more than 2/3 of the power favours."""
    accounts = in_favour(context, proposal.number)
    power = power_of(context, accounts)
    if not context.setting.validators.is_quorum(power):
        return
    refusal = context.perform(proposal.operations, accounts)
    if refusal is None:
        close(context, replace(proposal, state=EXECUTED, reason=None))
        context.emit("executed", (proposal.number, power))
    else:
        store(context, replace(proposal, reason=reason_of(refusal)))
        context.emit("failed", (proposal.number, refusal.code))
