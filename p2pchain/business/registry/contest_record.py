"""Records of contests and disclosures, and when a claim lapses.

Records (keys after ``registry/``): ``contest/<document>`` → ``[claimant, contester, deadline_ms, upheld]``;
``disclosure/<document>/<org>`` → ``[root]``; ``contesting/<org>`` → ``[count]``, how many of its contests are
open, absent for none. A contest lasts as long as the claim that it is about, and is open until it is upheld.

Nothing happens at the deadline. A claim that was contested, and whose claimant has disclosed nothing when the
deadline has passed, keeps nobody from anything from then on: every rule and every answer that meets it sees
that from the time of the block at hand, and the next action that it would have kept back ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.ledger.context import Context, View
from p2pchain.model.ids import OrgId

CONTEST: Final = b"contest/"
DISCLOSURE: Final = b"disclosure/"
CONTESTING: Final = b"contesting/"
CONTESTS_OPEN_MAX: Final = 64
"""Most contests of one organisation that are open: each makes a claimant disclose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A claim that somebody doubts. ``upheld``: auditors have seen the invoice."""

    claimant: OrgId
    contester: OrgId
    deadline_ms: int
    upheld: bool


def contest_of(view: View, document: bytes) -> Contest | None:
    """The contest about a document's claim, or None."""
    match view.get(CONTEST + document):
        case (str(claimant), str(contester), int(deadline_ms), bool(upheld)):
            return Contest(
                claimant=OrgId(claimant), contester=OrgId(contester), deadline_ms=deadline_ms, upheld=upheld
            )
    return None


def put_contest(context: Context, document: bytes, contest: Contest) -> None:
    """Write a contest, in place of the one before."""
    _close(context, document)
    if not contest.upheld:
        _count(context, contest.contester, 1)
    record = (contest.claimant, contest.contester, contest.deadline_ms, contest.upheld)
    context.put(CONTEST + document, record)


def end_contest(context: Context, document: bytes, org: OrgId) -> None:
    """Delete the contest about a claim of ``org`` that has ended, and what was disclosed for it."""
    _close(context, document)
    context.delete(CONTEST + document)
    context.delete(_disclosure_key(document, org))


def open_contests(view: View, org: OrgId) -> int:
    """Count the contests of ``org`` that are open."""
    match view.get(CONTESTING + org.encode()):
        case (int(count),):
            return count
    return 0


def disclosure_of(view: View, document: bytes, org: OrgId) -> bytes | None:
    """Root of the payload in which ``org`` discloses a document, or None."""
    match view.get(_disclosure_key(document, org)):
        case (bytes(root),):
            return root
    return None


def put_disclosure(context: Context, document: bytes, org: OrgId, root: bytes) -> None:
    """Record in which payload ``org`` discloses a document."""
    context.put(_disclosure_key(document, org), (root,))


def drop_disclosure(context: Context, document: bytes, org: OrgId) -> None:
    """Delete what ``org`` disclosed of a document."""
    context.delete(_disclosure_key(document, org))


def judges_of(view: View, root: bytes, claimant: OrgId) -> tuple[OrgId, ...]:
    """Auditors that may decide about what ``claimant`` disclosed under a root: not itself."""
    readers = view.call("private", "auditors_of", root, claimant)
    assert isinstance(readers, tuple), f"organisations, not {readers!r}"
    return tuple(OrgId(str(reader)) for reader in readers if reader != claimant)


def is_undecidable(view: View, document: bytes, claimant: OrgId) -> bool:
    """Test whether no organisation that knows a document could decide about it."""
    root = disclosure_of(view, document, claimant)
    return root is not None and not judges_of(view, root, claimant)


def is_lapsed(view: View, document: bytes, org: OrgId) -> bool:
    """Test whether a contested claim lapsed, with nothing disclosed in time."""
    contest = contest_of(view, document)
    if contest is None or contest.upheld or contest.claimant != org or view.time_ms < contest.deadline_ms:
        return False
    return disclosure_of(view, document, org) is None


def _close(context: Context, document: bytes) -> None:
    """Count the contest about a document no longer, where it is open."""
    known = contest_of(context, document)
    if known is not None and not known.upheld:
        _count(context, known.contester, -1)


def _count(context: Context, org: OrgId, change: int) -> None:
    count = open_contests(context, org) + change
    if count:
        context.put(CONTESTING + org.encode(), (count,))
    else:
        context.delete(CONTESTING + org.encode())


def _disclosure_key(document: bytes, org: OrgId) -> bytes:
    return DISCLOSURE + document + b"/" + org.encode()
