"""A proposal: its record, who is in favour, and which are open.

Record (key after ``governance/``): ``proposal/<number, 4 bytes>`` → ``[state, title, proposer, height,
expires, expires_ms, [[module, action, [arg, ...]], ...], [code, [[fact, value], ...]] | null]``;
``vote/<number, 4 bytes>/<org>`` → ``[yes, key]``; ``count`` → ``[how many there were]``; ``open/<org>`` →
numbers of those of an organisation that are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from p2pchain.ledger.consortium.governance.refusals import (
    ProposalClosed,
    ProposalExpired,
    ProposalsTooMany,
    ProposalUnknown,
)
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.record import Record
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import OrgId, PublicKey
from p2pchain.model.transaction import Operation, Value

NAME = "governance"
PROPOSAL = b"proposal/"
VOTE = b"vote/"
COUNT = b"count"
ADMIN = "admin"
OPEN = "open"
EXECUTED = "executed"
CANCELLED = "cancelled"
FIXED_PARAMETERS = ("tx_lifetime",)
OPERATIONS_MAX = 16
OPEN_OF = b"open/"
Ballot = tuple[OrgId, bool, bytes]
"""(organisation, whether it is in favour, the key that said so)."""
Reason = tuple[str, tuple[tuple[str, Fact], ...]]
"""(code of a refusal, its facts ascending by name)."""
NUMBER_MAX = 2**32 - 1
HEIGHTS_MAX = 1_000_000
"""Most heights that a proposal may be open for."""
DAY_MS = 86_400_000
DAYS_MAX = 92
"""Most days that a proposal may be open for, by the time of blocks."""
TITLE_BYTES_MAX = 200
WORD_BYTES_MAX = 64
PAGE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceProposal:
    """One proposal, whose votes are records of their own (``cast``); ``reason``: why it
    could not be executed when it was last tried: the code of the refusal, and its facts.
    """

    number: int
    state: str
    title: str
    proposer: OrgId
    height: int
    expires: int
    expires_ms: int
    operations: tuple[Operation, ...]
    reason: Reason | None

    def is_expired(self, height: int, time_ms: int) -> bool:
        """Test for the end of voting in a block of this height and time."""
        return height > self.expires or time_ms > self.expires_ms


def cast(context: Context, number: int, org: OrgId, *, yes: bool, key: bytes) -> None:
    """Store the vote of an organisation in place of an earlier one. It costs the same however long the
    proposal is and however many have voted.
    """
    context.put(vote_key(number, org), (yes, key))


def in_favour(view: View, number: int) -> tuple[Signer, ...]:
    """Return the admins in favour, of organisations that now have power. Counted are those whose keys still
    belong to admins and are not frozen; they bear this role alone.
    """
    admins: list[Signer] = []
    for org in sorted({member.org for member in view.setting.validators.members}):
        ballot = _ballot_of(org, view.get(vote_key(number, org)))
        match None if ballot is None or not ballot[1] else view.call("membership", "account_at", ballot[2]):
            case (str(name), str(own), tuple(roles), False) if own == org and ADMIN in roles:
                assert ballot is not None, "somebody voted"
                key = PublicKey(ballot[2])
                admins.append(Signer(public_key=key, name=name, org=org, roles=(ADMIN,)))
    return tuple(admins)


def votes_on(view: View, number: int) -> tuple[Ballot, ...]:
    """Of each organisation its latest vote, ascending; for queries, since it walks."""
    prefix = vote_key(number, OrgId(""))
    ballots = ((OrgId(key[len(prefix) :].decode()), record) for key, record in view.walk(prefix))
    return tuple(ballot for org, record in ballots if (ballot := _ballot_of(org, record)) is not None)


def vote_key(number: int, org: OrgId) -> bytes:
    """Return the state key of an organisation's vote on a proposal."""
    return VOTE + number.to_bytes(4, "big") + b"/" + org.encode()


def power_of(view: View, accounts: Sequence[Signer]) -> int:
    """The power of the validators of their organisations."""
    orgs = {account.org for account in accounts}
    return sum(member.power for member in view.setting.validators.members if member.org in orgs)


def enter(context: Context, org: OrgId, number: int) -> None:
    """Count one more of an organisation's as open; those that have expired are not any more. Every
    organisation has its own number of them, so that nobody's keep another from proposing: ``GOV_TOO_MANY``.
    """
    key, most = OPEN_OF + org.encode(), context.setting.parameters.proposals_per_org
    proposals = (
        find(context, open_number) for open_number in context.get(key) or () if isinstance(open_number, int)
    )
    known = [open_proposal for open_proposal in proposals if open_proposal is not None]
    left = [
        open_proposal.number
        for open_proposal in known
        if not open_proposal.is_expired(context.height, context.time_ms)
    ]
    if len(left) >= most:
        facts: dict[str, Fact] = {"org": org, "open": len(left), "most": most}
        raise ProposalsTooMany(facts)
    context.put(key, (*left, number))


def close(context: Context, proposal: GovernanceProposal) -> None:
    """Write a proposal that is open no more."""
    store(context, proposal)
    key = OPEN_OF + proposal.proposer.encode()
    left = tuple(open_number for open_number in context.get(key) or () if open_number != proposal.number)
    if left:
        context.put(key, left)
    else:
        context.delete(key)


def require_open(context: Context, number: int) -> GovernanceProposal:
    """The proposal, if it can still be decided: ``GOV_UNKNOWN``, ``GOV_CLOSED``, ``GOV_EXPIRED``."""
    proposal = require(context, number)
    if proposal.state != OPEN:
        raise ProposalClosed({"number": number, "state": proposal.state})
    if proposal.is_expired(context.height, context.time_ms):
        facts: dict[str, Fact] = {"number": number, "expires": proposal.expires}
        facts["expires_ms"] = proposal.expires_ms
        raise ProposalExpired(facts)
    return proposal


def require(view: View, number: int) -> GovernanceProposal:
    """The proposal of this number, or ``GOV_UNKNOWN``."""
    proposal = find(view, number)
    if proposal is None:
        raise ProposalUnknown({"number": number})
    return proposal


def find(view: View, number: int) -> GovernanceProposal | None:
    """The proposal of this number, or None."""
    record = view.get(PROPOSAL + number.to_bytes(4, "big"))
    return None if record is None else proposal_of(number, record)


def count(view: View) -> int:
    """Count the proposals made so far."""
    match view.get(COUNT):
        case (int(number),):
            return number
        case _:
            return 0


def store(context: Context, proposal: GovernanceProposal) -> None:
    """Write a proposal."""
    operations = tuple(
        (operation.module, operation.action, operation.args) for operation in proposal.operations
    )
    record: Record = (
        proposal.state,
        proposal.title,
        proposal.proposer,
        proposal.height,
        proposal.expires,
        proposal.expires_ms,
        operations,
        proposal.reason,
    )
    context.put(PROPOSAL + proposal.number.to_bytes(4, "big"), record)


def proposal_of(number: int, record: Record) -> GovernanceProposal:
    """The proposal of its record."""
    state, title, proposer, height, expires, expires_ms, operations, reason = record
    assert isinstance(height, int), f"proposal {record!r}"
    assert isinstance(expires, int), f"proposal {record!r}"
    assert isinstance(expires_ms, int), f"proposal {record!r}"
    assert isinstance(operations, tuple), f"proposal {record!r}"
    return GovernanceProposal(
        number=number,
        state=str(state),
        title=str(title),
        proposer=OrgId(str(proposer)),
        height=height,
        expires=expires,
        expires_ms=expires_ms,
        operations=tuple(operation_of(operation) for operation in operations),
        reason=None if reason is None else _reason_of(reason),
    )


def operation_of(value: Value) -> Operation:
    """One operation of a proposal."""
    match value:
        case (str(module), str(action), tuple(args)):
            return Operation(module=module, action=action, args=args)
        case _:
            raise AssertionError(f"operation {value!r}")


def reason_of(refusal: Refused) -> Reason:
    """Return the code and facts kept of a refusal. Its words are left out: they may be improved one day."""
    return refusal.code, tuple(sorted(refusal.facts.items()))


def _reason_of(value: Value) -> Reason:
    match value:
        case (str(code), tuple(facts)):
            return code, tuple(_fact_of(fact) for fact in facts)
        case _:
            raise AssertionError(f"reason {value!r}")


def _fact_of(value: Value) -> tuple[str, Fact]:
    match value:
        case (str(name), int() | str() | None as fact):
            return name, fact
        case _:
            raise AssertionError(f"fact {value!r}")


def _ballot_of(org: OrgId, record: Record | None) -> Ballot | None:
    match record:
        case None:
            return None
        case (bool(agrees), bytes(key)):
            return org, agrees, key
        case _:
            raise AssertionError(f"vote {record!r}")
