"""``consent sign``, ``activate`` and ``revoke``: a patient's key signs what it is shown, and anybody hands
that in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.business.consent.fields import CONSENT_ID
from p2pchain.business.consent.module import MODULE
from p2pchain.business.consent.terms import NAMES, ConsentTerms, terms_digest
from p2pchain.cli.accounts import open_key
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.declarations import own_modules
from p2pchain.cli.files import read_file, write_new_file
from p2pchain.cli.modules.arguments import resolve_id
from p2pchain.cli.modules.client_part import FileReader, Made, Work
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.codec.consent_ids import activation_name, revocation_name
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import HASH_BYTES, SIGNATURE_BYTES, ChainId
from p2pchain.model.possession import CONSENT_ACTIVATION, CONSENT_REVOCATION, Possession
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.plain_words import moment_words
from p2pchain.presentation.printable import printable

WORD_BYTES_MAX: Final = 4_096
_SIGNED: Final = (
    click.Option(
        ["--signed"],
        type=FILE,
        metavar="FILE",
        help="The patient's signature, of `consent sign` [default: your own word, as representative].",
    ),
)


@click.command()
@click.argument("consent")
@click.option("--key", "key_file", type=FILE, required=True, help="The patient's key file.")
@click.option("--revoke", is_flag=True, help="Sign that the consent is revoked [default: activated].")
@click.option("--out", type=FILE, required=True, help="File to write.")
@click.pass_obj
def sign(session: Session, consent: str, key_file: Path, revoke: bool, out: Path) -> None:
    """Sign as the patient what a node shows of a consent; anybody may hand the file in."""
    key = open_key(key_file)
    chain_id, item, shown = session.ask(lambda client: _shown(client, consent))
    if shown["patient_key"] != key.public_key.hex():
        facts_of_key: dict[str, Fact] = {"consent": item.hex(), "needed": "patient"}
        raise Refused("CNS_NOT_PATIENT", facts_of_key, "the consent names another key of the patient")
    word: dict[str, Any] = {"consent": item.hex(), "terms": None}
    if revoke:
        kind, name = CONSENT_REVOCATION, revocation_name(item)
    else:
        terms = _terms(shown["proposed"], item)
        digest = terms_digest(terms)
        kind = CONSENT_ACTIVATION
        name = activation_name(item, int(shown["version"]) + 1, digest)
        word["terms"] = digest.hex()
        for line in terms_in_words(terms, str(shown["controller"])):
            click.echo(printable(line))
    statement = Possession(kind=kind, org=str(shown["controller"]), name=name, key=key.public_key)
    word |= {"kind": kind, "signature": key.sign(possession_sign_bytes(chain_id, statement)).hex()}
    write_new_file(out, json.dumps(word, indent=1).encode() + b"\n")
    command = "revoke" if revoke else "activate"
    click.echo(f"wrote {out}; hand it in with: p2pchain consent {command} {item.hex()[:8]} --signed {out}")


def terms_in_words(terms: ConsentTerms, controller: str) -> list[str]:
    """Describe what a patient signs, line by line."""
    outer = _rule(terms.decision, terms.grantees, terms.purposes, terms.categories)
    until = "until you take it back" if terms.until_ms is None else f"until {moment_words(terms.until_ms)}"
    lines = [f"{controller} keeps your data. You {outer}", f"from {moment_words(terms.from_ms)} {until}"]
    for level, decision, grantees, purposes, categories, from_ms, until_ms in terms.provisions:
        period = "" if from_ms is None else f" from {moment_words(from_ms)}"
        period += "" if until_ms is None else f" until {moment_words(until_ms)}"
        rule = _rule(decision, grantees, purposes, categories)
        lines.append(f"{'  ' * level}{'but' if level == 1 else 'within that,'} you {rule}{period}")
    if terms.provisions:
        lines.append("where two of these meet, deny beats permit")
    return [*lines, f"form: SHA-256 {terms.document.hex()}"]


def _rule(
    decision: str, grantees: tuple[str, ...], purposes: tuple[str, ...], categories: tuple[str, ...]
) -> str:
    whom = ", ".join(grantees) or "all of them"
    what, why = ", ".join(categories) or "all data", ", ".join(purposes) or "any purpose"
    return f"{decision} {what} to {whom} for {why}"


async def activate(work: Work) -> Made:
    """The terms and signature of a file; without one, the terms that are proposed now."""
    item = work.values["consent"]
    assert isinstance(item, bytes), "the field takes an id"
    if work.options["signed"] is None:
        shown = await work.client.query(MODULE.name, "show", {"consent": item})
        digest = terms_digest(_terms(shown["proposed"], item))
        return Made(values={"terms": digest, "signature": None})
    word = _word(work.options["signed"], CONSENT_ACTIVATION, item)
    terms = _octets(word, "terms", HASH_BYTES, work.options["signed"])
    signature = _octets(word, "signature", SIGNATURE_BYTES, work.options["signed"])
    return Made(values={"terms": terms, "signature": signature})


async def revoke(work: Work) -> Made:
    """The signature of a file; without one, the word of whoever signs the transaction."""
    item, file = work.values["consent"], work.options["signed"]
    assert isinstance(item, bytes), "the field takes an id"
    if file is None:
        return Made(values={"signature": None})
    word = _word(file, CONSENT_REVOCATION, item)
    return Made(values={"signature": _octets(word, "signature", SIGNATURE_BYTES, file)})


async def _shown(client: NodeClient, consent: str) -> tuple[ChainId, bytes, Fields]:
    item = await resolve_id(Directory(own_modules()), client, CONSENT_ID, consent)
    chain_id = ChainId(str((await client.status())["chain_id"]))
    return chain_id, item, await client.query(MODULE.name, "show", {"consent": item})


def _terms(shown: Mapping[str, Any] | None, item: bytes) -> ConsentTerms:
    """The terms that an answer shows. ``CNS_NOT_PENDING``."""
    if shown is None:
        hint = "nothing awaits the patient; see: p2pchain consent show"
        raise Refused("CNS_NOT_PENDING", {"consent": item.hex(), "terms": None}, hint)
    values = {name: shown[name] for name in NAMES}
    values["document"] = bytes.fromhex(values["document"])
    rows = tuple(tuple(_plain(part) for part in row) for row in values["provisions"])
    values["provisions"] = rows
    for name in ("grantees", "purposes", "categories"):
        values[name] = tuple(values[name])
    return ConsentTerms(**values)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _word(file: Path, kind: str, item: bytes) -> Mapping[str, Any]:
    """Read the statement in a file of ``consent sign``. ``Refused("FILE_UNREADABLE")``."""
    try:
        word = read_json(read_file(file, WORD_BYTES_MAX))
    except Invalid as error:
        raise _unreadable(file, error.code) from error
    match word:
        case {"kind": str(signed), "consent": str(consent)} if (signed, consent) == (kind, item.hex()):
            assert isinstance(word, dict), "as matched"
            return word
    raise _unreadable(file, f"no {kind} of this consent")


def _octets(word: Mapping[str, Any], name: str, size: int, file: Path) -> bytes:
    try:
        value = bytes.fromhex(str(word.get(name)))
    except ValueError:
        value = b""
    if len(value) != size:
        raise _unreadable(file, f"{name} has not {size} bytes")
    return value


def _unreadable(file: Path, reason: str) -> Refused:
    hint = "give the file that `p2pchain consent sign` wrote"
    return Refused("FILE_UNREADABLE", {"file": str(file), "reason": reason}, hint)


READERS: Final = {
    "activate": FileReader(make=activate, parameters=_SIGNED),
    "revoke": FileReader(make=revoke, parameters=_SIGNED),
}
