"""A load of consents: proposed, activated by advocates, accessed twice, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.business.consent.terms import NAMES, ConsentTerms, terms_digest
from p2pchain.codec.consent_ids import CONSENT_NONCE_BYTES, consent_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation, Value
from p2pchain.testnet.mixes.mix import WAVE, Mix
from p2pchain.testnet.plan import NetworkMember

STEPS: Final = 5
CLINIC: Final = "clinic"
ADVOCATES: Final = "advocates"
RADIOLOGY: Final = "radiology"
CAST: Final = (
    NetworkMember(name=ADVOCATES, legal_name="Patients' Advocates e.V.", roles=("admin", "representative")),
    NetworkMember(name=CLINIC, legal_name="Clinic gGmbH", roles=("admin", "controller")),
    NetworkMember(name="hospital", legal_name="City Hospital AG", roles=("admin", "emergency")),
    NetworkMember(name=RADIOLOGY, legal_name="Radiology GmbH", roles=("admin",)),
)
"""Members of the network of the load."""
TERMS: Final = ConsentTerms(
    document=sha256(b"form"),
    decision="permit",
    grantees=(RADIOLOGY,),
    purposes=("TREAT",),
    categories=(),
    from_ms=0,
    until_ms=None,
    provisions=((1, "deny", (), (), ("PSY",), None, None),),
)
DIGEST: Final = terms_digest(TERMS)


def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
    """Make consents of the clinic. ``run`` tells their ids from those of other loads."""

    def step(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        wave, place = divmod(number, WAVE * STEPS)
        which, item = divmod(place, WAVE)
        nonce = sha256(run + wave.to_bytes(4, "big") + item.to_bytes(4, "big"))[:CONSENT_NONCE_BYTES]
        signer, operation = _step(which, nonce)
        return (keys[signer],), (operation,)

    return step


def _step(which: int, nonce: bytes) -> tuple[str, Operation]:
    consent = consent_id(CLINIC, nonce)
    match which:
        case 0:
            stated: tuple[Value, ...] = tuple(getattr(TERMS, name) for name in NAMES)
            return CLINIC, _act("propose", nonce, sha256(nonce), None, ADVOCATES, *stated)
        case 1:
            return ADVOCATES, _act("activate", consent, DIGEST, None)
        case 2 | 3:
            asked = sha256(nonce + which.to_bytes(1, "big"))[:CONSENT_NONCE_BYTES]
            return RADIOLOGY, _act("access", consent, asked, "TREAT", ("imaging",), None)
        case _:
            return ADVOCATES, _act("revoke", consent, None)


def _act(action: str, *args: Value) -> Operation:
    return Operation(module="consent", action=action, args=args)
