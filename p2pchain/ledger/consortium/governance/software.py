"""Governance: which versions of modules the organisations' nodes have, as each says of its own.

A version that was scheduled comes into force only where organisations with more than 2/3 of the power have
said that their nodes have it, with the code that was agreed on. Else the rule itself puts it off, so that a
chain never stands still for a release that was not installed. That is as true as what they say: whoever says
it though it is not so has no node from that height on, as if it had failed; where it was needed for the 2/3,
the chain waits until others have installed the release, and what they then hold is the same.

Record: ``software/<org>`` → ``[[module, version, digest], ...]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from p2pchain.ledger.consortium.governance.proposal import ADMIN
from p2pchain.ledger.consortium.governance.versions import MODULE_NAME, NOTICE_HEIGHTS_MIN, VERSION
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.digest import DIGEST_BYTES
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Array, Hash, Row
from p2pchain.ledger.system import VersionFrom
from p2pchain.model.messages import MODULE_CODES_MAX
from p2pchain.model.transaction import Value
from p2pchain.model.validators import ValidatorSet

SOFTWARE: Final = b"software/"
POSTPONED_HEIGHTS: Final = NOTICE_HEIGHTS_MIN
"""Heights by which a version is put off that too few have."""
DIGEST: Final = Hash(label="digest of its code", help="see: p2pchain module digest")
HELD_VERSION: Final = Row(columns=(("module", MODULE_NAME), ("version", VERSION), ("digest", DIGEST)))

assert DIGEST_BYTES == 32, "the kind of a digest is that of a SHA-256"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareSoftware:
    """All versions of modules that an organisation's nodes have."""

    modules: Annotated[
        tuple[Value, ...],
        Array(inner=HELD_VERSION, most=MODULE_CODES_MAX, help="versions of modules"),
        Entry(is_made=True),
    ]


def declare_software(context: Context, message: DeclareSoftware) -> None:
    """Replace the recorded versions that an organisation's nodes have. ``AUTH_ROLE``."""
    org = context.require_role(ADMIN).org
    context.put(SOFTWARE + org.encode(), message.modules)
    context.emit("software_declared", (org, len(message.modules)))


def has_declared(view: View, org: str, module: str, version: VersionFrom) -> bool:
    """Return whether an organisation says that its nodes have this very code."""
    record = view.get(SOFTWARE + org.encode()) or ()
    return (module, version.version, version.digest) in record


def is_held(view: View, validators: ValidatorSet, module: str, version: VersionFrom) -> bool:
    """Test whether more than 2/3 of the power has this very code."""
    holders = {org for org in _orgs(validators) if has_declared(view, org, module, version)}
    return validators.is_quorum(sum(member.power for member in validators.members if member.org in holders))


def _orgs(validators: ValidatorSet) -> Iterable[str]:
    return dict.fromkeys(str(member.org) for member in validators.members)
