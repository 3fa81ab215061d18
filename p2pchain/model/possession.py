"""Statement that a key signs so that it may be registered on a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.model.ids import PublicKey

ACCOUNT: Final = "account"
NODE: Final = "node"
SEALING: Final = "sealing"
CONSENT_ACTIVATION: Final = "consent-activation"
CONSENT_REVOCATION: Final = "consent-revocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Possession:
    """A key says itself that it will serve as ``kind`` (``account``, ``node``, ``sealing``), as ``name`` of
    ``org``; a sealing key has the name of its organisation. A patient's key puts a consent of the controller
    ``org`` in force, or revokes it (``consent-activation``, ``consent-revocation``; ``codec.consent_ids``
    makes the name), and signs nothing else.
    """

    kind: str
    org: str
    name: str
    key: PublicKey
