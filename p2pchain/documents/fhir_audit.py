"""FHIR AuditEvent, releases R4 and R5, of an access that stands on the chain.

After HL7's example of a consent decision (``auditevent-example-consent-authz``) and IHE's Basic Audit Log
Patterns: who asked, by which authorisation, of which patient, consent and data, and where it is recorded. The
patient is the commitment that the chain holds: no file of ours says who it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from p2pchain.documents.fhir_consent import Release

DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
OUTCOME: Final = "http://terminology.hl7.org/CodeSystem/audit-event-outcome"
ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ENTITY_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
PREFIX: Final = "urn:p2pchain"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedAccess:
    """An access as the chain records it; ids in hexadecimal, ``root`` empty for no payload."""

    chain_id: str
    access: str
    consent: str
    patient: str
    controller: str
    org: str
    purpose: str
    categories: tuple[str, ...]
    root: str
    height: int
    time_ms: int
    break_glass: bool


def audit_event(access: AuditedAccess, release: Release) -> dict[str, Any]:
    """The resource, as an object of JSON."""
    recorded = (_EPOCH + timedelta(milliseconds=access.time_ms)).isoformat(timespec="milliseconds")
    shared = {
        "resourceType": "AuditEvent",
        "id": access.access,
        "action": "E",
        "recorded": recorded.replace("+00:00", "Z"),
    }
    return {**shared, **(_of_r4(access) if release == "R4" else _of_r5(access))}


def _of_r4(access: AuditedAccess) -> dict[str, Any]:
    entities = [
        _entity_r4(access.patient, "patient", ("1", "Person"), ("1", "Patient")),
        _entity_r4(access.consent, "consent", ("2", "System Object"), ("4", "Domain Resource")),
    ]
    if access.root:
        entities.append(_entity_r4(access.root, "payload", ("2", "System Object"), ("3", "Report")))
    entities[1]["detail"] = [
        {"type": name, "valueString": value} for name, value in _details(access) if value
    ]
    return {
        "type": _coding(DCM, "110112", "Query"),
        "outcome": "0",
        "outcomeDesc": _decision(access),
        "purposeOfEvent": [{"coding": [_coding(ACT_REASON, access.purpose)]}],
        "agent": [
            {
                "type": {"coding": [_coding(DCM, "110152", "Destination Role ID")]},
                "who": {"identifier": _identifier("organisation", access.org)},
                "requestor": True,
                "purposeOfUse": [{"coding": [_coding(ACT_REASON, access.purpose)]}],
            },
            {
                "type": {"coding": [_coding(DCM, "110153", "Source Role ID")]},
                "who": {"identifier": _identifier("organisation", access.controller)},
                "requestor": False,
            },
        ],
        "source": {"observer": {"identifier": {"system": f"{PREFIX}:chain", "value": access.chain_id}}},
        "entity": entities,
    }


def _of_r5(access: AuditedAccess) -> dict[str, Any]:
    entities: list[dict[str, Any]] = [
        _entity_r5(access.patient, "patient"),
        {
            **_entity_r5(access.consent, "consent"),
            "detail": [
                {"type": {"text": name}, "valueString": value} for name, value in _details(access) if value
            ],
        },
    ]
    if access.root:
        entities.append(_entity_r5(access.root, "payload"))
    return {
        "code": {"coding": [_coding(DCM, "110112", "Query")]},
        "outcome": {
            "code": _coding(OUTCOME, "success", "Success"),
            "detail": [{"text": _decision(access)}],
        },
        "authorization": [{"coding": [_coding(ACT_REASON, access.purpose)]}],
        "agent": [
            {
                "type": {"coding": [_coding(DCM, "110152", "Destination Role ID")]},
                "who": {"identifier": _identifier("organisation", access.org)},
                "requestor": True,
                "authorization": [{"coding": [_coding(ACT_REASON, access.purpose)]}],
            },
            {
                "type": {"coding": [_coding(DCM, "110153", "Source Role ID")]},
                "who": {"identifier": _identifier("organisation", access.controller)},
                "requestor": False,
            },
        ],
        "source": {"observer": {"identifier": {"system": f"{PREFIX}:chain", "value": access.chain_id}}},
        "entity": entities,
    }


def _decision(access: AuditedAccess) -> str:
    return "BREAK_GLASS" if access.break_glass else "CONSENT_PERMIT"


def _details(access: AuditedAccess) -> tuple[tuple[str, str], ...]:
    return (
        ("categories", ",".join(access.categories)),
        ("access", access.access),
        ("height", str(access.height)),
    )


def _entity_r4(value: str, sort: str, kind: tuple[str, str], role: tuple[str, str]) -> dict[str, Any]:
    return {
        "what": {"identifier": _identifier(sort, value)},
        "type": _coding(ENTITY_TYPE, *kind),
        "role": _coding(ENTITY_ROLE, *role),
    }


def _entity_r5(value: str, sort: str) -> dict[str, Any]:
    return {"what": {"identifier": _identifier(sort, value)}}


def _identifier(sort: str, value: str) -> dict[str, str]:
    return {"system": f"{PREFIX}:{sort}", "value": value}


def _coding(system: str, code: str, display: str = "") -> dict[str, str]:
    return {"system": system, "code": code, **({"display": display} if display else {})}
