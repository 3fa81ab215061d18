"""Governance: what needs the organisations with more than 2/3 of the power, for those who cannot sign
together.

An admin proposes operations of any modules, with the height up to which they may be decided; admins of the
organisations vote. With the vote that brings those in favour above 2/3 of the power of the validators the
operations are executed at once, as if an admin of each organisation in favour had signed them: all of them,
or none, and then the proposal has failed and says why. Whoever proposed may cancel before.

Parameters of the chain change by ``set_parameter``, which needs the same majority, at the next block.
``tx_lifetime`` is fixed: the replay window of every node is built on it.

Record (key after ``governance/``): ``proposal/<number, 4 bytes>`` → ``[state, title, proposer, height,
expires, [[module, action, [arg, ...]], ...], [[org, yes], ...], reason | null]``; ``count`` → ``[how many
there were]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from p2pchain.ledger.account import Account
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.module import Action, Json, Module, Query
from p2pchain.ledger.record import Record
from p2pchain.ledger.schema import FlagField, IntegerField, OptionalField, TextField
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import INTEGER_MAX, OrgId, PublicKey
from p2pchain.model.transaction import Operation, Value

NAME = "governance"
PROPOSAL = b"proposal/"
COUNT = b"count"
ADMIN = "admin"
OPEN = "open"
EXECUTED = "executed"
FAILED = "failed"
CANCELLED = "cancelled"
FIXED_PARAMETERS = ("tx_lifetime",)
OPERATIONS_MAX = 16
NUMBER_MAX = 2**32 - 1
HEIGHTS_MAX = 1_000_000
"""Most heights that a proposal may be open for."""
TITLE_BYTES_MAX = 200
WORD_BYTES_MAX = 64
PAGE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsField:
    """Operations: ``[[module, action, [arg, ...]], ...]``."""

    name: str
    expected: str = f"array of 1 to {OPERATIONS_MAX} operations: [module, action, [arg, ...]]"

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is an array of operations; whether there are such is the rule's matter."""
        if not isinstance(value, tuple) or not 1 <= len(value) <= OPERATIONS_MAX:
            return False
        return all(_is_operation(each) for each in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """Operations to be decided up to a height."""

    title: str
    expires: int
    operations: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """An organisation is in favour, or not."""

    number: int
    yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Whoever proposed it takes it back."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParameter:
    """A parameter of the chain."""

    parameter: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposal. ``votes``: of each organisation its latest, ascending by organisation."""

    number: int
    state: str
    title: str
    proposer: OrgId
    height: int
    expires: int
    operations: tuple[Operation, ...]
    votes: tuple[tuple[OrgId, bool], ...]
    reason: str | None


def propose(context: Context, message: Propose) -> None:
    """Propose, and vote for it. ``AUTH_ROLE``, ``GOV_EXPIRY``, ``TX_UNKNOWN_ACTION``, ``TX_INVALID_ARGS``,
    ``GOV_NESTED`` for operations of this module but ``set_parameter``.
    """
    org = context.require_role(ADMIN).org
    if not context.height < message.expires <= context.height + HEIGHTS_MAX:
        facts: dict[str, Fact] = {"expires": message.expires, "height": context.height}
        raise Refused(
            "GOV_EXPIRY", {**facts, "heights_max": HEIGHTS_MAX}, "choose a height ahead of the chain"
        )
    operations = tuple(operation_of(each) for each in message.operations)
    for operation in operations:
        if operation.module == NAME and operation.action != "set_parameter":
            raise Refused("GOV_NESTED", {"action": operation.action}, "propose what is to be done itself")
        context.setting.check(operation)
    number = count(context)
    context.put(COUNT, (number + 1,))
    proposal = Proposal(
        number=number,
        state=OPEN,
        title=message.title,
        proposer=org,
        height=context.height,
        expires=message.expires,
        operations=operations,
        votes=((org, True),),
        reason=None,
    )
    context.emit("proposed", (number, org, message.title))
    decide(context, proposal)


def vote(context: Context, message: Vote) -> None:
    """Vote, or vote anew. ``GOV_UNKNOWN``, ``AUTH_ROLE``, ``GOV_CLOSED``, ``GOV_EXPIRED``."""
    org = context.require_role(ADMIN).org
    proposal = require_open(context, message.number)
    others = tuple(each for each in proposal.votes if each[0] != org)
    votes = tuple(sorted((*others, (org, message.yes))))
    context.emit("voted", (message.number, org, message.yes))
    decide(context, replace(proposal, votes=votes))


def cancel(context: Context, message: Cancel) -> None:
    """Take it back. ``GOV_UNKNOWN``, ``AUTH_ROLE``, ``GOV_CLOSED``, ``GOV_EXPIRED``, ``AUTH_CONTROLLER``."""
    org = context.require_role(ADMIN).org
    proposal = require_open(context, message.number)
    if org != proposal.proposer:
        facts: dict[str, Fact] = {"number": message.number, "needed": "proposer", "org": proposal.proposer}
        raise Refused("AUTH_CONTROLLER", facts, "whoever proposed it may cancel it")
    store(context, replace(proposal, state=CANCELLED))
    context.emit("cancelled", (message.number, org))


def set_parameter(context: Context, message: SetParameter) -> None:
    """Change a parameter from the next block on. ``MEMBERSHIP_NO_QUORUM``, ``GOV_PARAMETER_FIXED``,
    ``GOV_PARAMETER`` where there is none such, or the value is out of its bounds.
    """
    context.call("membership", "require_quorum")
    told: dict[str, Fact] = {"parameter": message.parameter, "value": message.value}
    if message.parameter in FIXED_PARAMETERS:
        raise Refused("GOV_PARAMETER_FIXED", told, "it holds for the life of the chain")
    before = context.set_parameter(message.parameter, message.value)
    context.emit("parameter_set", (message.parameter, before, message.value))


def decide(context: Context, proposal: Proposal) -> None:
    """Execute it if those in favour have more than 2/3 of the power; keep it."""
    validators = context.setting.validators
    yes = {org for org, agrees in proposal.votes if agrees}
    power = sum(member.power for member in validators.members if member.org in yes)
    if not validators.is_quorum(power):
        store(context, proposal)
        return
    accounts = tuple(
        account for org, agrees in proposal.votes if agrees for account in first_admin(context, org)
    )
    refusal = context.perform(proposal.operations, accounts)
    if refusal is None:
        store(context, replace(proposal, state=EXECUTED))
        context.emit("executed", (proposal.number, power))
    else:
        store(context, replace(proposal, state=FAILED, reason=str(refusal)[:TITLE_BYTES_MAX]))
        context.emit("failed", (proposal.number, refusal.code))


def first_admin(context: Context, org: OrgId) -> Iterator[Account]:
    """An admin of an organisation, if it has one still."""
    keys = context.call("membership", "admins_of", org)
    for key in keys[:1] if isinstance(keys, tuple) else ():
        match context.call("membership", "account_at", key):
            case (str(name), str(own), tuple(roles)):
                held = tuple(str(role) for role in roles)
                yield Account(public_key=PublicKey(bytes_of(key)), name=name, org=OrgId(own), roles=held)


def bytes_of(value: Value) -> bytes:
    """The bytes that a value is."""
    assert isinstance(value, bytes), f"bytes, not {value!r}"
    return value


def require_open(context: Context, number: int) -> Proposal:
    """The proposal, if it can still be decided: ``GOV_UNKNOWN``, ``GOV_CLOSED``, ``GOV_EXPIRED``."""
    proposal = find(context, number)
    if proposal is None:
        raise Refused("GOV_UNKNOWN", {"number": number}, "see: p2pchain governance list")
    if proposal.state != OPEN:
        raise Refused("GOV_CLOSED", {"number": number, "state": proposal.state}, "propose it anew")
    if context.height > proposal.expires:
        facts: dict[str, Fact] = {"number": number, "expires": proposal.expires}
        raise Refused("GOV_EXPIRED", facts, "propose it anew")
    return proposal


def find(view: View, number: int) -> Proposal | None:
    """The proposal of this number, or None."""
    record = view.get(PROPOSAL + number.to_bytes(4, "big"))
    return None if record is None else proposal_of(number, record)


def count(view: View) -> int:
    """How many proposals there were."""
    match view.get(COUNT):
        case (int(number),):
            return number
        case _:
            return 0


def store(context: Context, proposal: Proposal) -> None:
    """Write a proposal."""
    operations = tuple((each.module, each.action, each.args) for each in proposal.operations)
    record: Record = (
        proposal.state,
        proposal.title,
        proposal.proposer,
        proposal.height,
        proposal.expires,
        operations,
        proposal.votes,
        proposal.reason,
    )
    context.put(PROPOSAL + proposal.number.to_bytes(4, "big"), record)


def proposal_of(number: int, record: Record) -> Proposal:
    """The proposal of its record."""
    state, title, proposer, height, expires, operations, votes, reason = record
    assert isinstance(height, int), f"proposal {record!r}"
    assert isinstance(expires, int), f"proposal {record!r}"
    assert isinstance(operations, tuple), f"proposal {record!r}"
    assert isinstance(votes, tuple), f"proposal {record!r}"
    return Proposal(
        number=number,
        state=str(state),
        title=str(title),
        proposer=OrgId(str(proposer)),
        height=height,
        expires=expires,
        operations=tuple(operation_of(each) for each in operations),
        votes=tuple(_vote_of(each) for each in votes),
        reason=None if reason is None else str(reason),
    )


def operation_of(value: Value) -> Operation:
    """One operation of a proposal."""
    match value:
        case (str(module), str(action), tuple(args)):
            return Operation(module=module, action=action, args=args)
        case _:
            raise AssertionError(f"operation {value!r}")


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
    """What is told of a proposal; ``expired`` where it is open and its height has passed."""
    validators = view.setting.validators
    yes = {org for org, agrees in proposal.votes if agrees}
    state = "expired" if proposal.state == OPEN and view.height >= proposal.expires else proposal.state
    return {
        "number": proposal.number,
        "state": state,
        "title": proposal.title,
        "proposer": proposal.proposer,
        "height": proposal.height,
        "expires": proposal.expires,
        "operations": [
            {"module": each.module, "action": each.action, "args": [_plain(arg) for arg in each.args]}
            for each in proposal.operations
        ],
        "votes": [{"org": org, "yes": agrees} for org, agrees in proposal.votes],
        "power": sum(member.power for member in validators.members if member.org in yes),
        "total_power": validators.total_power,
        "reason": proposal.reason,
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


def _vote_of(value: Value) -> tuple[OrgId, bool]:
    match value:
        case (str(org), bool(agrees)):
            return OrgId(org), agrees
        case _:
            raise AssertionError(f"vote {value!r}")


NUMBER = IntegerField(name="number", low=0, high=NUMBER_MAX)

MODULE = Module(
    name=NAME,
    actions=(
        Action(
            name="propose",
            message=Propose,
            fields=(
                TextField(name="title", bytes_max=TITLE_BYTES_MAX),
                IntegerField(name="expires", low=1),
                OperationsField(name="operations"),
            ),
            run=propose,
        ),
        Action(name="vote", message=Vote, fields=(NUMBER, FlagField(name="yes")), run=vote),
        Action(name="cancel", message=Cancel, fields=(NUMBER,), run=cancel),
        Action(
            name="set_parameter",
            message=SetParameter,
            fields=(
                TextField(name="parameter", bytes_max=WORD_BYTES_MAX),
                IntegerField(name="value", low=0, high=INTEGER_MAX),
            ),
            run=set_parameter,
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
