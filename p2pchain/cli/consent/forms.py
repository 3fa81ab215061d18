"""``consent propose`` and ``amend``: a signed form, a FHIR Consent, becomes terms."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import trio

from p2pchain.business.consent.fields import PATIENT_KEY
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file
from p2pchain.cli.modules.client_part import FileReader, Made, Work
from p2pchain.codec.consent_ids import PATIENT_SALT_BYTES, consent_id, patient_commitment
from p2pchain.crypto.hashing import sha256
from p2pchain.documents.fhir import FORM_BYTES_MAX
from p2pchain.documents.fhir_consent import PERMIT, ConsentForm, read_consent
from p2pchain.ledger.fields import Field
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Value
from p2pchain.presentation.entry import read_value
from p2pchain.signing.atomic import write_secret

DIRECTORY_MODE: Final = 0o700
NEVER_COUNTS: Final = "a permission within a denial never counts: deny beats permit"
_FORM: Final = (
    click.Argument(["form"], type=FILE, metavar="FORM"),
    click.Option(
        ["--fhir"], type=click.Choice(["R4", "R5"]), help="Release of the form [default: what it is]."
    ),
    click.Option(
        ["--provisions", "reading"],
        type=click.Choice(["exceptions", "conditions"]),
        help="What the provisions of an R5 form are: exceptions from its decision, or conditions of it.",
    ),
    click.Option(
        ["--actor", "actors"],
        metavar="REFERENCE=ORG",
        multiple=True,
        help="Which member an actor of the form is, such as Organization/f001=radiology; several times.",
    ),
)
_PATIENT: Final = (
    click.Option(["--patient-id"], metavar="TEXT", help="Who the patient is [default: as the form says]."),
    click.Option(
        ["--patient-key", "key_text"],
        metavar="KEY",
        help="Public key that the patient made for this consent.",
    ),
)


async def propose(work: Work) -> Made:
    """Read the form, and commit to the patient; who it is stays in this home."""
    data, form = _read(work.options)
    account = await work.client.query("membership", "account", {"public_key": work.signer})
    nonce = work.values["nonce"]
    assert isinstance(nonce, bytes), "the client draws it"
    consent = consent_id(str(account["org"]), nonce)
    patient = work.options["patient_id"] or form.patient
    if not patient:
        raise click.UsageError("the form names no patient: give --patient-id")
    salt = os.urandom(PATIENT_SALT_BYTES)
    kept = {"consent": consent.hex(), "patient": patient, "salt": salt.hex(), "form": sha256(data).hex()}
    path = _keep(work.session.documents, consent, kept)
    return Made(
        values={
            "patient": patient_commitment(salt, patient),
            "patient_key": _key(work.options["key_text"]),
            **_terms(data, form, work),
        },
        report={"consent": consent.hex(), "file": str(path)},
        notes=(f"{path} says whose it is; keep a copy", *_notes(form)),
        undo=lambda: _forget(path),
    )


async def amend(work: Work) -> Made:
    """Read the other form."""
    data, form = _read(work.options)
    return Made(values=_terms(data, form, work), notes=_notes(form))


def _read(options: Mapping[str, Any]) -> tuple[bytes, ConsentForm]:
    data = read_file(options["form"], FORM_BYTES_MAX)
    return data, read_consent(data, options["fhir"], options["reading"])


def _terms(data: bytes, form: ConsentForm, work: Work) -> dict[str, Value]:
    """Fields of the terms that the form makes. ``FHIR_ACTOR``."""
    members = _members(work.options["actors"])
    grantees = work.values["grantees"]
    assert isinstance(grantees, tuple), "an array"
    if form.actors:
        named = _orgs(form.actors, members)
        for org in grantees:
            if org not in named:
                hint = "the form names its actors: give to them alone"
                raise Refused("FHIR_ACTOR", {"actor": None, "org": str(org)}, hint)
    rows = tuple(
        (
            row.level,
            row.decision,
            _orgs(row.actors, members),
            row.purposes,
            row.categories,
            row.from_ms,
            row.until_ms,
        )
        for row in form.provisions
    )
    return {
        "document": sha256(data),
        "decision": form.decision,
        "purposes": form.purposes,
        "categories": form.categories,
        "from_ms": form.from_ms,
        "until_ms": form.until_ms,
        "provisions": rows,
    }


def _members(stated: Sequence[str]) -> dict[str, str]:
    members: dict[str, str] = {}
    for text in stated:
        reference, equals, org = text.rpartition("=")
        if not equals or not reference or not org:
            raise click.UsageError(f"{text!r} names no actor: write REFERENCE=ORG")
        members[reference] = org
    return members


def _orgs(actors: Sequence[str], members: Mapping[str, str]) -> tuple[str, ...]:
    """The members that actors of a form are. ``FHIR_ACTOR``."""
    for actor in actors:
        if actor not in members:
            raise Refused("FHIR_ACTOR", {"actor": actor, "org": None}, f"say --actor {actor}=ORG")
    return tuple(dict.fromkeys(members[actor] for actor in actors))


def _notes(form: ConsentForm) -> tuple[str, ...]:
    """List notes on parts of the form that may surprise its author."""
    outer = ""
    for row in form.provisions:
        if row.level == 1:
            outer = row.decision
        elif row.decision == PERMIT and outer != PERMIT:
            return (NEVER_COUNTS,)
    return ()


def _key(stated: str | None) -> bytes | None:
    if stated is None:
        return None
    key = read_value(Field(name="patient_key", kind=PATIENT_KEY), stated, {})
    assert isinstance(key, bytes), "the kind takes bytes"
    return key


def _keep(directory: Path, consent: bytes, kept: Mapping[str, str]) -> Path:
    """Write who the patient is, for the owner of this home alone."""
    path = directory / f"consent-{consent.hex()}.json"
    try:
        directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    except OSError as error:
        facts = {"directory": str(directory), "reason": error.strerror}
        raise Refused("DOCUMENTS_UNWRITABLE", facts, "run as the user that owns the home") from error
    write_secret(path, json.dumps(kept, indent=1).encode() + b"\n", replace=False)
    return path


async def _forget(path: Path) -> None:
    """Remove what was kept for a consent that the chain refused."""
    await trio.to_thread.run_sync(partial(path.unlink, missing_ok=True))


READERS: Final = {
    "propose": FileReader(make=propose, parameters=(*_FORM, *_PATIENT)),
    "amend": FileReader(make=amend, parameters=_FORM),
}
