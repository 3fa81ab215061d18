"""FHIR Consent, R4 and R5, JSON and XML: told apart, read, and refused where terms cannot say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest

from p2pchain.documents.fhir import FORM_BYTES_MAX
from p2pchain.documents.fhir_audit import AuditedAccess, audit_event
from p2pchain.documents.fhir_consent import ConsentForm, Release, read_consent
from p2pchain.model.errors import Refused

SAMPLES = Path(__file__).parents[2] / "samples"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "fhir"
R4 = (SAMPLES / "consent-r4.json").read_bytes()
R5 = (SAMPLES / "consent-r5.json").read_bytes()
R5_XML = (SAMPLES / "consent-r5.xml").read_bytes()
DAY_MS = 86_400_000
FIRST_MS, LAST_MS = 20_575 * DAY_MS, 27_880 * DAY_MS
"""2026-05-02 and 2046-05-02."""


def changed(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    form = json.loads(data)
    change(form)
    return json.dumps(form).encode()


def code(data: bytes, release: Release | None = None, *, exceptions: bool = True) -> tuple[str, object]:
    """With which code it is refused, and the element."""
    with pytest.raises(Refused) as caught:
        read_consent(data, release, "exceptions" if exceptions else None)
    return caught.value.code, caught.value.facts.get("element")


def as_xml(form: dict[str, Any]) -> bytes:
    """The same resource in FHIR's XML."""
    root = Element(form["resourceType"], xmlns="http://hl7.org/fhir")
    waiting: list[tuple[Element, str, Any]] = [
        (root, name, part) for name, part in form.items() if name not in ("resourceType", "text")
    ]
    while waiting:
        above, name, value = waiting.pop(0)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                inner = SubElement(above, name)
                waiting.extend((inner, key, deeper) for key, deeper in part.items())
            else:
                SubElement(above, name, value=str(part))
    return bytes(tostring(root, encoding="utf-8"))


def test_a_form_of_r4_becomes_terms() -> None:
    form = read_consent(R4)
    assert (form.release, form.patient, form.decision) == ("R4", "Patient/4711", "permit")
    assert (form.purposes, form.categories, form.actors) == (("TREAT",), (), ())
    assert (form.from_ms, form.until_ms) == (FIRST_MS, LAST_MS), "the last day is included"
    rows = [(row.level, row.decision, row.categories, row.actors) for row in form.provisions]
    assert rows == [(1, "deny", ("PSY",), ()), (2, "permit", (), ("Organization/radiology",))]


def test_json_and_xml_say_the_same() -> None:
    assert read_consent(as_xml(json.loads(R4))) == read_consent(R4)
    for reading in ("exceptions", "conditions"):
        assert read_consent(R5_XML, None, reading) == read_consent(R5, None, reading)


def test_a_form_of_r5_becomes_terms_by_what_its_provisions_mean() -> None:
    """One reading denies what the other gives, so none is guessed."""
    assert code(R5, exceptions=False) == ("FHIR_PROVISIONS", "Consent.provision")
    form = read_consent(R5, "R5", "exceptions")
    assert (form.release, form.actors, form.decision) == ("R5", ("Organization/radiology",), "permit")
    assert (form.from_ms, form.until_ms) == (FIRST_MS, LAST_MS - DAY_MS - 2 * 3_600_000)
    assert [row.decision for row in form.provisions] == ["deny"]
    assert [row.decision for row in read_consent(R5, "R5", "conditions").provisions] == ["permit"]


def test_the_releases_are_told_apart() -> None:
    assert code(R4, "R5")[0] == "FHIR_VERSION"
    assert code(R5, "R4")[0] == "FHIR_VERSION"
    assert (
        code(changed(R4, lambda form: form.update(subject={"reference": "Patient/1"})))[0] == "FHIR_VERSION"
    )
    assert code(b'{"resourceType": "Consent", "status": "active"}')[0] == "FHIR_VERSION"


def test_what_terms_cannot_say_is_refused() -> None:
    def in_provision(**more: Any) -> bytes:
        return changed(R4, lambda form: form["provision"]["provision"][0].update(more))

    at = "Consent.provision.provision"
    location = [{"url": "http://hl7.org/fhir/StructureDefinition/consent-location"}]
    assert code(in_provision(extension=location)) == ("FHIR_UNMAPPED", f"{at}.extension")
    assert code(in_provision(dataPeriod={"start": "2020"})) == ("FHIR_UNMAPPED", f"{at}.dataPeriod")
    assert code(in_provision(**{"class": [{"code": "Observation"}]})) == (
        "FHIR_UNMAPPED",
        f"{at}.securityLabel",
    )
    assert code(in_provision(period={"end": "2026"})) == ("FHIR_UNMAPPED", f"{at}.period.end")
    assert code(in_provision(period={"end": "2026-05-02T10:00:00"})) == ("FHIR_UNMAPPED", f"{at}.period.end")
    assert code(in_provision(actor=[{"role": {"text": "whoever"}}])) == ("FHIR_UNMAPPED", f"{at}.actor")
    correct = [{"coding": [{"code": "correct"}]}]
    assert code(in_provision(action=correct)) == ("FHIR_UNMAPPED", f"{at}.action")
    assert code(in_provision(purpose=[{"display": "treatment"}])) == ("FHIR_UNMAPPED", f"{at}.purpose")
    assert code(in_provision(type="maybe")) == ("FHIR_NO_DECISION", f"{at}.type")
    assert code(changed(R4, lambda form: form.update(modifierExtension=[{"url": "x"}])))[0] == "FHIR_UNMAPPED"
    typed = changed(R5, lambda form: form["provision"][0].update(type="deny"))
    assert code(typed) == ("FHIR_UNMAPPED", "Consent.provision.type")


def test_a_form_says_permit_or_deny_and_is_alive() -> None:
    def undecided(form: dict[str, Any]) -> None:
        del form["provision"]["type"], form["policyRule"]

    assert code(changed(R4, undecided)) == ("FHIR_NO_DECISION", "Consent.provision.type")
    assert code(changed(R5, lambda form: form.pop("decision"))) == ("FHIR_NO_DECISION", "Consent.decision")
    opted_out = changed(
        R4,
        lambda form: form["provision"].pop("type") and form["policyRule"]["coding"][0].update(code="OPTOUT"),
    )
    assert read_consent(opted_out).decision == "deny"
    for status in ("inactive", "entered-in-error", "rejected"):
        assert code(changed(R4, lambda form: form.update(status=status)))[0] == "FHIR_STATUS"  # noqa: B023


def test_provisions_are_read_two_levels_deep() -> None:
    def deeper(form: dict[str, Any]) -> None:
        form["provision"]["provision"][0]["provision"][0]["provision"] = [{"type": "deny"}]

    assert code(changed(R4, deeper))[0] == "CNS_TOO_DEEP"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'"x"',
        b'{"resourceType": "Patient"}',
        b"{",
        b"<Consent/>",
        b"<a",
        b"%PDF-1.7",
        b"\x00\x01",
    ],
)
def test_what_is_no_consent(data: bytes) -> None:
    assert code(data)[0] == "FHIR_NOT_CONSENT"


def test_hostile_files_cost_nothing() -> None:
    deep = b'{"resourceType":"Consent","a":' + b'{"a":' * 60 + b"1" + b"}" * 61
    assert code(deep)[0] in ("FHIR_UNMAPPED", "FHIR_NOT_CONSENT")
    many = json.dumps({"resourceType": "Consent", "category": ["x"] * 100}).encode()
    assert code(many)[0] == "FHIR_UNMAPPED"
    assert code(b" " * (FORM_BYTES_MAX + 1))[0] == "DOC_TOO_LARGE"
    entity = b'<!DOCTYPE a [<!ENTITY b "c">]>' + R5_XML.partition(b"?>")[2]
    assert code(entity)[0] == "DOC_FORBIDDEN_XML"


def access(*, break_glass: bool = False) -> AuditedAccess:
    return AuditedAccess(
        chain_id="test-1",
        access="aa" * 16,
        consent="cc" * 16,
        patient="ee" * 32,
        controller="clinic",
        org="radiology",
        purpose="TREAT",
        categories=("imaging",),
        root="ff" * 32,
        height=7,
        time_ms=1_800_000_000_123,
        break_glass=break_glass,
    )


def test_an_audit_event_says_who_what_for_and_of_whom() -> None:
    r4, r5 = audit_event(access(), "R4"), audit_event(access(break_glass=True), "R5")
    assert (r4["recorded"], r4["outcome"], r4["outcomeDesc"]) == (
        "2027-01-15T08:00:00.123Z",
        "0",
        "CONSENT_PERMIT",
    )
    assert r5["outcome"]["detail"] == [{"text": "BREAK_GLASS"}]
    assert r4["agent"][0]["who"]["identifier"]["value"] == "radiology"
    assert r5["agent"][0]["authorization"][0]["coding"][0]["code"] == "TREAT"
    for event in (r4, r5):
        named = [entity["what"]["identifier"]["value"] for entity in event["entity"]]
        assert named == ["ee" * 32, "cc" * 16, "ff" * 32]


FROM_HL7: list[tuple[str, Release | None, str | None]] = [
    ("r4-consent-example.json", "R4", None),
    ("r5-consent-example.json", "R5", "FHIR_VERSION"),
    ("r5-consent-example.json", "R4", None),
    ("r5-consent-smartonfhir.xml", "R4", "FHIR_VERSION"),
    ("r5-consent-smartonfhir.xml", "R5", None),
    ("rX-consent-1.json", None, "FHIR_UNMAPPED"),
    ("rX-consent-2.json", None, "FHIR_NO_DECISION"),
    ("r4-auditevent-example.json", None, "FHIR_NOT_CONSENT"),
    ("r5-auditevent-consent-authz.xml", None, "FHIR_NOT_CONSENT"),
]
THERE = [row for row in FROM_HL7 if (SHARED / row[0]).exists()]

if THERE:

    @pytest.mark.parametrize(("name", "release", "refused"), THERE)
    def test_the_examples_of_hl7(name: str, release: Release | None, refused: str | None) -> None:
        """A file called R5 that is R4 is refused as R5; a permit that holds at one place alone is refused."""
        data = (SHARED / name).read_bytes()
        if refused is not None:
            assert code(data, release)[0] == refused
            return
        form = read_consent(data, release, "conditions")
        assert isinstance(form, ConsentForm)
        assert form.decision == "permit"
