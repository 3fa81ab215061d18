"""Claims of legal identity. An organisation claims its numbers; a claim counts once somebody else has
confirmed it.

Anybody can type in a number, so a claim alone says nothing and stands in nobody's way: several organisations
may claim one number, and everybody sees that they do. The quorum confirms a claim, or the admins of any other
organisation that claims no such number itself; who did is recorded and shown. A number that is confirmed for
one organisation is confirmed for no other until that one has given it up, or the quorum has taken it away by
naming another. A claim that nobody has confirmed within ``CLAIM_MS`` is confirmed no more: it is made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.ledger.consortium.membership.authority import (
    decides_for_itself,
    has_quorum,
    require_own_or_quorum,
    require_quorum,
)
from p2pchain.ledger.consortium.membership.fields import IDENTIFIER_KIND, LEI_KIND, USCC_KIND, OrgNamed
from p2pchain.ledger.consortium.membership.identifiers import is_lei, is_uscc
from p2pchain.ledger.consortium.membership.lookup import roles_held
from p2pchain.ledger.consortium.membership.records import CLAIM, IDENTIFIER, IDENTITY, texts
from p2pchain.ledger.consortium.membership.refusals import (
    ClaimExpired,
    IdentifierUsed,
    LeiInvalid,
    MemberUnknown,
    UsccInvalid,
)
from p2pchain.ledger.consortium.membership.tally import ADMIN
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Optional
from p2pchain.model.errors import Fact
from p2pchain.model.transaction import Value

LEI: Final = "lei"
USCC: Final = "uscc"
DAY_MS: Final = 86_400_000
CLAIM_MS: Final = 90 * DAY_MS
"""How long a claim waits for its confirmation, by the time of blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify:
    """Claim a legal entity's numbers; None where the organisation has no such number."""

    org: OrgNamed
    lei: Annotated[str | None, Optional(inner=LEI_KIND, help="its LEI (ISO 17442)")]
    uscc: Annotated[str | None, Optional(inner=USCC_KIND, help="its USCC (GB 32100)")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmIdentifier:
    """A number that an organisation claims is its own indeed."""

    org: OrgNamed
    identifier: Annotated[str, IDENTIFIER_KIND, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A number that an organisation claims; ``confirmed_by``: the organisation that confirmed it, empty for
    the quorum, None as long as nobody has.
    """

    kind: str
    number: str
    time_ms: int
    confirmed_by: str | None

    def is_expired(self, time_ms: int) -> bool:
        """Test whether the time to confirm the claim has passed."""
        return self.confirmed_by is None and time_ms > self.time_ms + CLAIM_MS


def identify(context: Context, message: Identify) -> None:
    """Claim to be a legal entity; the organisation may, or the quorum. A number that it had confirmed stays
    so. ``MEMBERSHIP_UNKNOWN``, ``MEMBERSHIP_LEI``, ``MEMBERSHIP_USCC``.
    """
    roles_held(context, message.org)
    require_own_or_quorum(context, message.org)
    require_identifiers(context, message)
    before = {claim.number: claim for claim in claims_of(context, message.org)}
    stated = [(LEI, message.lei), (USCC, message.uscc)]
    claims = [_claim(context, before, kind, number) for kind, number in stated if number is not None]
    for number in sorted(before.keys() - {claim.number for claim in claims}):
        _forget(context, message.org, before[number])
    _store(context, message.org, claims)
    context.emit("identified", (message.org, message.lei, message.uscc))


def require_identifiers(_view: View, message: Identify) -> None:
    """Numbers whose check digits hold: ``MEMBERSHIP_LEI``, ``MEMBERSHIP_USCC``."""
    if message.lei is not None and not is_lei(message.lei):
        raise LeiInvalid({"lei": message.lei})
    if message.uscc is not None and not is_uscc(message.uscc):
        raise UsccInvalid({"uscc": message.uscc})


def confirm_identifier(context: Context, message: ConfirmIdentifier) -> None:
    """Confirm a claim: the quorum, or the admins of another member that makes no such claim itself.
    ``MEMBERSHIP_UNKNOWN``, ``MEMBERSHIP_CLAIM_EXPIRED``, ``MEMBERSHIP_IDENTIFIER_USED``.
    """
    roles_held(context, message.org)
    claims = claims_of(context, message.org)
    claim = next((claim for claim in claims if claim.number == message.identifier), None)
    facts: dict[str, Fact] = {"org": message.org, "identifier": message.identifier}
    if claim is None:
        raise MemberUnknown(facts, "it makes no such claim: p2pchain membership show")
    confirmed_by = _confirming(context, message)
    held = context.get(IDENTIFIER + message.identifier.encode())
    if held is not None:
        (holder,) = texts(held)
        raise IdentifierUsed({**facts, "holder": holder})
    if claim.is_expired(context.time_ms):
        raise ClaimExpired({**facts, "time_ms": claim.time_ms})
    confirmed = replace(claim, confirmed_by=confirmed_by)
    _store(context, message.org, [confirmed if listed == claim else listed for listed in claims])
    context.put(IDENTIFIER + message.identifier.encode(), (message.org,))
    context.emit("identifier_confirmed", (message.org, message.identifier, confirmed_by or None))


def drop_claims(context: Context, org: str) -> None:
    """Forget the claims of an organisation that leaves."""
    for claim in claims_of(context, org):
        _forget(context, org, claim)
    _store(context, org, [])


def claims_of(view: View, org: str) -> list[Claim]:
    """All claims of an organisation, the LEI first."""
    return [_read(record) for record in view.get(IDENTITY + org.encode()) or ()]


def rivals_of(view: View, number: str, org: str) -> Iterator[str]:
    """Other organisations that claim a number, ascending."""
    prefix = CLAIM + number.encode() + b"/"
    for key, _ in view.walk(prefix):
        if (rival := key[len(prefix) :].decode()) != org:
            yield rival


def _confirming(context: Context, message: ConfirmIdentifier) -> str:
    """The organisation that confirms, empty for the quorum; ``MEMBERSHIP_NO_QUORUM`` where nobody does."""
    if has_quorum(context):
        return ""
    for account in context.accounts:
        other = account.org != message.org and ADMIN in account.roles
        if other and decides_for_itself(context, account.org):
            if context.get(_claim_key(message.identifier, account.org)) is None:
                return account.org
    require_quorum(context)
    raise AssertionError("the quorum was refused")


def _claim(context: Context, before: dict[str, Claim], kind: str, number: str) -> Claim:
    """The claim as it stands from now on: a confirmed one as it is, any other begins anew."""
    known = before.get(number)
    if known is not None and known.confirmed_by is not None:
        return known
    return Claim(kind=kind, number=number, time_ms=context.time_ms, confirmed_by=None)


def _store(context: Context, org: str, claims: list[Claim]) -> None:
    for claim in claims:
        context.put(_claim_key(claim.number, org), ())
    if claims:
        records = tuple((claim.kind, claim.number, claim.time_ms, claim.confirmed_by) for claim in claims)
        context.put(IDENTITY + org.encode(), records)
    else:
        context.delete(IDENTITY + org.encode())


def _forget(context: Context, org: str, claim: Claim) -> None:
    context.delete(_claim_key(claim.number, org))
    if claim.confirmed_by is not None:
        context.delete(IDENTIFIER + claim.number.encode())


def _claim_key(number: str, org: str) -> bytes:
    return CLAIM + number.encode() + b"/" + org.encode()


def _read(value: Value) -> Claim:
    match value:
        case (str(kind), str(number), int(time_ms), str() | None as confirmed_by):
            return Claim(kind=kind, number=number, time_ms=time_ms, confirmed_by=confirmed_by)
        case _:
            raise AssertionError(f"claim {value!r}")
