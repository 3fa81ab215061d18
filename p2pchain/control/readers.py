"""Readers over the gateway: which routes are open to whom, and to what an answer is cut."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from p2pchain.model.ids import OrgId, PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReader:
    """Whoever asks. ``account`` and ``org``: None where nobody signed; ``is_unlimited``: an operator of the
    node, or an auditor of the consortium, to whom everything is shown.
    """

    account: PublicKey | None
    org: OrgId | None
    is_unlimited: bool


EVERYTHING: Final = ChainReader(account=None, org=None, is_unlimited=True)
"""A client of the node's own sockets, who reads what the chain holds."""
STRANGER: Final = ChainReader(account=None, org=None, is_unlimited=False)
"""Somebody who signed nothing."""

STRANGER_CODE: Final = "ACCOUNT_STRANGER"
"""Code with which the node refuses a key that no account has."""


class Readers(Enum):
    """Those who may ask a route over the gateway. What the answer then shows is cut to the reader where
    the value says so.
    """

    NOBODY = "nobody: it is asked on the node's own sockets"
    EVERYBODY = "everybody"
    ACCOUNTS = "every account of the chain that is not frozen"
    PARTIES = "cut to what the account's organisation has a part in, and to what is public"
    AUDITORS = "auditors"
