"""Rights of an account: all that it may read of the chain over the gateway."""

from __future__ import annotations

from typing import Final

from p2pchain.control.readers import STRANGER_CODE, ChainReader
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Refused
from p2pchain.model.ids import OrgId, PublicKey

AUDITOR: Final = "auditor"
"""Role that reads everything. The members give it to an organisation by their quorum, and the organisation to
an account: that is the policy.
"""


def reader_of(ledger: Ledger, account: PublicKey) -> ChainReader:
    """Return who reads with an account's key. ``Refused``: ``ACCOUNT_STRANGER``, ``ACCOUNT_FROZEN``."""
    try:
        known = ledger.query("membership", "account", {"public_key": account}, None)
    except Refused as fault:
        facts = {"public_key": account.hex()}
        raise Refused(STRANGER_CODE, facts, "ask with the key of an account of a member") from fault
    if known["frozen"]:
        facts = {"account": known["name"], "org": known["org"]}
        raise Refused("ACCOUNT_FROZEN", facts, "whoever froze it: p2pchain membership unfreeze")
    return ChainReader(account=account, org=OrgId(known["org"]), is_unlimited=AUDITOR in known["roles"])
