"""Consents as somebody types them: forms are read, a patient signs what is shown, files are handed in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.modules.table import group_of
from p2pchain.codec.consent_ids import patient_commitment
from p2pchain.presentation.directory import Directory
from p2pchain.signing.keyfile import write_key
from tests.unit.cli.module_desk import Json, ModuleDesk
from tests.unit.ledger.consent_steps import ROLES, HealthNetwork
from tests.unit.ledger.ledger_world import key, signing_key

SAMPLES = Path(__file__).parents[2] / "samples"
ACTOR = ("--actor", "Organization/radiology=radiology")
PROPOSE = ("consent", "propose", str(SAMPLES / "consent-r4.json"), "--to", "radiology", "--as", "clinic")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    """A home with the accounts of all members, and the patient's key beside it."""
    made = ModuleDesk(
        tmp_path, capsys, HealthNetwork(), Directory(MODULES), [group_of("consent")], tuple(ROLES)
    )
    write_key(tmp_path / "mine.key", signing_key("patient"), "account", None)
    return made


def proposed(desk: ModuleDesk, *more: str) -> Json:
    return desk.read(*PROPOSE, *ACTOR, "--patient-key", key("patient").hex(), *more)


def test_a_form_is_proposed_signed_and_handed_in(desk: ModuleDesk, tmp_path: Path) -> None:
    consent = proposed(desk)["consent"]
    yes, no = str(tmp_path / "yes.json"), str(tmp_path / "no.json")
    sign = ("consent", "sign", consent[:8], "--key", str(tmp_path / "mine.key"))
    shown = desk.says(*sign, "--out", yes)
    assert "You permit all data to radiology for TREAT" in shown
    assert "but you deny PSY to all of them for any purpose" in shown
    assert "deny beats permit" in shown
    assert (
        desk.read("consent", "revoke", consent, "--signed", yes, "--as", "clinic")["code"]
        == "FILE_UNREADABLE"
    )
    active = desk.read("consent", "activate", consent, "--signed", yes, "--as", "pharmacy")
    assert active["events"][0]["event"] == "activated"
    ask = ("consent", "access", consent, "--purpose", "TREAT", "--category", "imaging", "--as", "radiology")
    access = desk.read(*ask)["events"][0]["fields"]["access"]
    event = json.loads(desk.says("consent", "audit-event", access, "--fhir", "R5"))
    assert event["agent"][0]["who"]["identifier"]["value"] == "radiology"
    desk.says(*sign, "--revoke", "--out", no)
    assert desk.read("consent", "revoke", consent, "--signed", no, "--as", "radiology")["code"] is None
    assert desk.read(*ask)["code"] == "CNS_REVOKED"


def test_who_the_patient_is_stays_in_this_home(desk: ModuleDesk, tmp_path: Path) -> None:
    made = proposed(desk, "--patient-id", "4711")
    file = Path(made["file"])
    kept = json.loads(file.read_text("utf-8"))
    shown = desk.read("consent", "show", made["consent"])
    assert shown["patient"] == patient_commitment(bytes.fromhex(kept["salt"]), "4711").hex()
    assert file.stat().st_mode & 0o077 == 0
    refused = desk.read(*PROPOSE, *ACTOR)
    assert refused["code"] == "CNS_PARTY", "neither a key nor a representative"
    assert list((tmp_path / "documents").iterdir()) == [file], "what was refused is not kept"


def test_actors_of_a_form_are_members_that_somebody_named(desk: ModuleDesk) -> None:
    assert desk.read(*PROPOSE, "--patient-key", key("patient").hex())["code"] == "FHIR_ACTOR"
    r5 = ("consent", "propose", str(SAMPLES / "consent-r5.xml"), "--provisions", "exceptions")
    more = (*ACTOR, "--representative", "advocates", "--as", "clinic")
    assert desk.read(*r5, "--to", "pharmacy", *more)["code"] == "FHIR_ACTOR"
    consent = desk.read(*r5, "--to", "radiology", *more)["consent"]
    assert desk.read("consent", "activate", consent, "--as", "clinic")["code"] == "CNS_NOT_PATIENT"
    assert desk.read("consent", "activate", consent, "--as", "advocates")["code"] is None
    again = desk.read("consent", "activate", consent, "--as", "advocates")
    assert again["code"] == "CNS_NOT_PENDING"
    form = str(SAMPLES / "consent-r4.json")
    amend = ("consent", "amend", form, consent, *ACTOR, "--to", "radiology", "--as", "clinic")
    assert desk.read(*amend)["code"] is None


def test_another_key_signs_nothing(desk: ModuleDesk, tmp_path: Path) -> None:
    consent = proposed(desk)["consent"]
    write_key(tmp_path / "other.key", signing_key("somebody else"), "account", None)
    sign = ("consent", "sign", consent, "--key", str(tmp_path / "other.key"), "--out", str(tmp_path / "x"))
    code, _, err = desk.run(*sign)
    assert (code, "CNS_NOT_PATIENT" in err, (tmp_path / "x").exists()) == (4, True, False)
