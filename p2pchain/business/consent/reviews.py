"""Break-glasses that await their review: the oldest of an organisation is known without a walk.

A break-glass is recorded before data flows, and judged afterwards, within ``REVIEW_DAYS``, by a reviewer of
another organisation. Deadlines rise with the blocks' times, so the open ones of an organisation are a list
from the oldest to the newest, doubly linked: whichever is reviewed leaves it by two writes, and whether one
is overdue is asked of the oldest alone.

Records: ``glass/<org>`` → ``[oldest | null, newest | null, open, total, unjustified]``; ``open/<access>`` →
``[older | null, newer | null]``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.consent.fields import AccessId
from p2pchain.business.consent.records import (
    VERDICT,
    VERDICTS,
    require,
    require_access,
    require_role_among,
    store,
    store_access,
)
from p2pchain.business.consent.refusals import NotReviewable, ReviewOverdue, TooManyGlasses
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.record import Record
from p2pchain.ledger.refusals import ControllerMissing
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

REVIEWER: Final = "reviewer"
REVIEW_DAYS: Final = 7
REVIEW_MS: Final = REVIEW_DAYS * 86_400_000
OPEN_MAX: Final = 100
"""Most break-glasses of one organisation that await their review at a time."""
GLASS: Final = b"glass/"
OPEN: Final = b"open/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAccess:
    """Judge a break-glass of another organisation."""

    access: AccessId
    verdict: Annotated[str, VERDICT]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGlasses:
    """Break-glasses of one organisation: the ends of the list of open ones, and counts."""

    oldest: bytes | None = None
    newest: bytes | None = None
    open_count: int = 0
    total: int = 0
    unjustified: int = 0


def review(context: Context, message: ReviewAccess) -> None:
    """Judge a break-glass. Refusals, in this order: ``AUTH_ROLE``, ``CNS_ACCESS_UNKNOWN``,
    ``CNS_NOT_REVIEWABLE``, ``AUTH_CONTROLLER`` where every reviewer who signs is of the organisation that
    broke the glass.
    """
    context.require_role(REVIEWER)
    access = require_access(context, message.access)
    facts: dict[str, Fact] = {"access": access.key.hex(), "verdict": access.verdict}
    if access.deadline_ms is None or access.verdict is not None:
        raise NotReviewable(facts)
    others = [account for account in context.accounts if account.org != access.org]
    if not any(REVIEWER in account.roles for account in others):
        needed: dict[str, Fact] = {**facts, "needed": REVIEWER, "org": access.org}
        raise ControllerMissing(needed, "a reviewer of another organisation has to sign this")
    reviewer = require_role_among(context, others, REVIEWER).org
    store_access(context, replace(access, verdict=message.verdict, reviewer=reviewer))
    _leave(context, access.org, access.key, is_justified=message.verdict == VERDICTS[0])
    store(context, require(context, access.consent), "reviewed", reviewer, access.key)
    context.emit("reviewed", (access.key, access.consent, access.org, reviewer, message.verdict))


def require_reviewed(view: View, org: OrgId) -> None:
    """``CNS_REVIEW_OVERDUE`` while the oldest open break-glass of an organisation is past its deadline,
    ``CNS_GLASSES_OPEN`` while too many are open.
    """
    glasses = glasses_of(view, org)
    if glasses.oldest is not None:
        deadline_ms = require_access(view, glasses.oldest).deadline_ms
        assert deadline_ms is not None, "a break-glass has a deadline"
        if view.time_ms > deadline_ms:
            facts: dict[str, Fact] = {"org": org, "access": glasses.oldest.hex(), "deadline_ms": deadline_ms}
            raise ReviewOverdue(facts)
    if glasses.open_count >= OPEN_MAX:
        raise TooManyGlasses({"org": org, "most": OPEN_MAX})


def enter(context: Context, org: OrgId, access: bytes) -> None:
    """Put a break-glass at the end of the list of its organisation."""
    glasses = glasses_of(context, org)
    if glasses.newest is not None:
        older, _ = _ends(context, glasses.newest)
        context.put(OPEN + glasses.newest, (older, access))
    context.put(OPEN + access, (glasses.newest, None))
    entered = replace(
        glasses,
        oldest=access if glasses.oldest is None else glasses.oldest,
        newest=access,
        open_count=glasses.open_count + 1,
        total=glasses.total + 1,
    )
    _put_glasses(context, org, entered)


def glasses_of(view: View, org: OrgId) -> OpenGlasses:
    """Read the break-glasses of an organisation."""
    match view.get(GLASS + org.encode()):
        case (oldest, newest, int(open_count), int(total), int(unjustified)):
            assert oldest is None or isinstance(oldest, bytes), f"an id, not {oldest!r}"
            assert newest is None or isinstance(newest, bytes), f"an id, not {newest!r}"
            return OpenGlasses(
                oldest=oldest, newest=newest, open_count=open_count, total=total, unjustified=unjustified
            )
    return OpenGlasses()


def newer(view: View, access: bytes) -> bytes | None:
    """The open break-glass after this one, None for the newest."""
    return _ends(view, access)[1]


def _leave(context: Context, org: OrgId, access: bytes, *, is_justified: bool) -> None:
    """Take a break-glass out of the list of its organisation."""
    glasses = glasses_of(context, org)
    older, newer_ = _ends(context, access)
    if older is not None:
        context.put(OPEN + older, (_ends(context, older)[0], newer_))
    if newer_ is not None:
        context.put(OPEN + newer_, (older, _ends(context, newer_)[1]))
    context.delete(OPEN + access)
    left = replace(
        glasses,
        oldest=newer_ if glasses.oldest == access else glasses.oldest,
        newest=older if glasses.newest == access else glasses.newest,
        open_count=glasses.open_count - 1,
        unjustified=glasses.unjustified + (0 if is_justified else 1),
    )
    _put_glasses(context, org, left)


def _ends(view: View, access: bytes) -> tuple[bytes | None, bytes | None]:
    match view.get(OPEN + access):
        case (older, newer_):
            assert older is None or isinstance(older, bytes), f"an id, not {older!r}"
            assert newer_ is None or isinstance(newer_, bytes), f"an id, not {newer_!r}"
            return older, newer_
    raise AssertionError("the list names what is open")


def _put_glasses(context: Context, org: OrgId, glasses: OpenGlasses) -> None:
    record: Record = (glasses.oldest, glasses.newest, glasses.open_count, glasses.total, glasses.unjustified)
    context.put(GLASS + org.encode(), record)
