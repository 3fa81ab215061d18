"""Custody: who keeps what was deposited, handed over by offer and acceptance, so that nobody is charged with
what he never took.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.evidence.attestation import DEPOSIT_KIND
from p2pchain.business.evidence.holds import require_free
from p2pchain.business.evidence.records import enter_custody, handed_over, require, store
from p2pchain.business.evidence.refusals import CustodianInvalid, CustodyNotOffered
from p2pchain.ledger.context import Context
from p2pchain.ledger.kinds import Organisation
from p2pchain.ledger.refusals import ControllerMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCustody:
    """A deposit, and who is to keep what was deposited."""

    deposit: Annotated[bytes, DEPOSIT_KIND]
    to: Annotated[str, Organisation(help="who is to take custody")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCustody:
    """A deposit of which custody was offered."""

    deposit: Annotated[bytes, DEPOSIT_KIND]


def transfer_custody(context: Context, message: TransferCustody) -> None:
    """Offer custody; another offer takes the place of the one before. ``EVD_UNKNOWN``, ``AUTH_CONTROLLER``,
    ``EVD_CUSTODIAN``, ``EVD_HOLD``.
    """
    item = require(context, message.deposit)
    org = context.accounts[0].org
    if org != item.custodian:
        facts = {"deposit": message.deposit.hex(), "needed": "custodian", "org": item.custodian}
        raise ControllerMissing(facts)
    if message.to == org or not context.call("membership", "is_member", message.to):
        raise CustodianInvalid({"org": message.to})
    require_free(context, message.deposit)
    store(context, replace(item, offered_to=message.to))
    context.emit("custody_offered", (message.deposit, org, message.to))


def accept_custody(context: Context, message: AcceptCustody) -> None:
    """Take custody that was offered. ``EVD_UNKNOWN``, ``EVD_NOT_OFFERED``, ``EVD_HOLD``."""
    item = require(context, message.deposit)
    org = context.accounts[0].org
    if org != item.offered_to:
        raise CustodyNotOffered({"deposit": message.deposit.hex(), "org": org})
    require_free(context, message.deposit)
    taken = handed_over(item, org)
    store(context, taken)
    enter_custody(context, taken)
    context.emit("custody_taken", (message.deposit, item.custodian, org))
