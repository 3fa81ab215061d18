"""A small health network and short ways to say what its members do with consents.

A clinic keeps data; a radiology and a pharmacy may be given some; an emergency hospital breaks the glass; an
authority reviews; advocates speak for patients. A patient is a key that no member has.
"""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.business.consent.terms import NAMES, ConsentTerms, Provision, terms_digest
from p2pchain.business.receivable.records import DAY_MS
from p2pchain.codec.consent_ids import (
    CONSENT_NONCE_BYTES,
    access_id,
    activation_name,
    consent_id,
    revocation_name,
)
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.codec.private import SEALED_KEY_BYTES, payload_root
from p2pchain.crypto.hashing import sha256
from p2pchain.model.genesis import Genesis
from p2pchain.model.parameters import Parameters
from p2pchain.model.possession import CONSENT_ACTIVATION, CONSENT_REVOCATION, Possession
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import (
    CHAIN_ID,
    TIME_MS,
    fingerprint,
    key,
    operation,
    organisation,
    signing_key,
)
from tests.unit.ledger.membership_steps import set_sealing_key
from tests.unit.ledger.receivable_steps import Market

ROLES = {
    "clinic": ("admin", "controller", "validator"),
    "radiology": ("admin", "validator"),
    "pharmacy": ("admin", "controller", "validator"),
    "hospital": ("admin", "emergency", "reviewer", "validator"),
    "authority": ("admin", "reviewer"),
    "advocates": ("admin", "representative"),
}
PATIENT = fingerprint("patient")
FORM = fingerprint("form")
SEALED = bytes(range(SEALED_KEY_BYTES))
TREE = fingerprint("scan")
SCAN = payload_root("clinic", TREE)


def a_health_network() -> Genesis:
    """Six members; four of them validate."""
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=Parameters(tx_lifetime=20),
        organisations=tuple(organisation(org, roles) for org, roles in sorted(ROLES.items())),
    )


def nonce(text: str) -> bytes:
    """The nonce that stands for ``text``."""
    return sha256(b"nonce " + text.encode())[:CONSENT_NONCE_BYTES]


def consent(text: str = "c", by: str = "clinic") -> bytes:
    """The id of a consent that ``by`` proposes with the nonce of ``text``."""
    return consent_id(by, nonce(text))


def access(text: str, by: str = "radiology") -> bytes:
    """The id of an access that ``by`` asks for with the nonce of ``text``."""
    return access_id(by, nonce(text))


def terms(
    *,
    to: Sequence[str] = ("radiology",),
    decision: str = "permit",
    purposes: Sequence[str] = ("TREAT",),
    categories: Sequence[str] = (),
    from_ms: int = 0,
    until_ms: int | None = None,
    provisions: Sequence[Provision] = (),
    document: bytes = FORM,
) -> ConsentTerms:
    """Terms: the radiology may have everything for treatment, unless they say otherwise."""
    return ConsentTerms(
        document=document,
        decision=decision,
        grantees=tuple(to),
        purposes=tuple(purposes),
        categories=tuple(categories),
        from_ms=from_ms,
        until_ms=until_ms,
        provisions=tuple(provisions),
    )


def provision(
    level: int,
    decision: str,
    *,
    to: Sequence[str] = (),
    purposes: Sequence[str] = (),
    categories: Sequence[str] = (),
    from_ms: int | None = None,
    until_ms: int | None = None,
) -> Provision:
    """One provision."""
    return level, decision, tuple(to), tuple(purposes), tuple(categories), from_ms, until_ms


def stated(agreed: ConsentTerms) -> tuple[Value, ...]:
    """Terms as arguments."""
    return tuple(getattr(agreed, name) for name in NAMES)


def act(action: str, *args: Value) -> Operation:
    """One action on consents."""
    return operation("consent", action, *args)


def propose(
    text: str = "c",
    agreed: ConsentTerms | None = None,
    *,
    patient_key: bytes | None = None,
    representative: str | None = None,
) -> Operation:
    """A consent that the patient's key activates, unless it says otherwise."""
    if patient_key is None and representative is None:
        patient_key = key("patient")
    return act("propose", nonce(text), PATIENT, patient_key, representative, *stated(agreed or terms()))


def amend(agreed: ConsentTerms, text: str = "c") -> Operation:
    """Other terms for a consent."""
    return act("amend", consent(text), *stated(agreed))


def signed(kind: str, name: str, bearer: str = "patient", controller: str = "clinic") -> bytes:
    """The patient's key signs a statement."""
    statement = Possession(kind=kind, org=controller, name=name, key=key(bearer))
    return signing_key(bearer).sign(possession_sign_bytes(CHAIN_ID, statement))


def activate(
    text: str = "c", agreed: ConsentTerms | None = None, *, version: int = 1, bearer: str = "patient"
) -> Operation:
    """The patient's key puts terms in force."""
    item, digest = consent(text), terms_digest(agreed or terms())
    signature = signed(CONSENT_ACTIVATION, activation_name(item, version, digest), bearer)
    return act("activate", item, digest, signature)


def revoke(text: str = "c", bearer: str = "patient") -> Operation:
    """The patient's key revokes a consent."""
    item = consent(text)
    return act("revoke", item, signed(CONSENT_REVOCATION, revocation_name(item), bearer))


def ask(
    text: str,
    of: str = "c",
    *,
    purpose: str = "TREAT",
    categories: Sequence[str] = ("imaging",),
    root: bytes | None = None,
) -> Operation:
    """Ask for access."""
    return act("access", consent(of), nonce(text), purpose, tuple(categories), root)


def glass(
    text: str, of: str = "c", *, categories: Sequence[str] = ("imaging",), root: bytes | None = None
) -> Operation:
    """Break the glass."""
    return act("break_glass", consent(of), nonce(text), "ETREAT", tuple(categories), root)


class HealthNetwork(Market):
    """A ledger of this network whose clock may be set forward."""

    def __init__(self) -> None:
        super().__init__(a_health_network())

    def active(self, text: str = "c", agreed: ConsentTerms | None = None) -> bytes:
        """A consent that the patient has activated; its id."""
        self.does("clinic", propose(text, agreed))
        self.does("radiology", activate(text, agreed))
        return consent(text)

    def linked(self, *categories: str) -> None:
        """The clinic puts a scan that it alone can read under the consent ``c``."""
        for org in ("clinic", "radiology", "hospital"):
            self.does(org, set_sealing_key(org, signing_key(f"{org} sealing")))
        put = operation("private", "put", TREE, fingerprint("envelope"), 1_000, ("clinic",))
        self.does("clinic", put, act("link", consent(), SCAN, categories or ("imaging",)))

    def until_ms(self, days: int) -> int:
        """So many days from now."""
        return self.ledger.time_ms + days * DAY_MS

    def asked(self, query: str, **args: Value) -> dict[str, object]:
        """What a query about consents answers."""
        return self.ledger.query("consent", query, args, None)
