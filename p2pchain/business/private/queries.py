"""Answers about private payloads."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.business.private.rules import ERASED, KEY, PAYLOAD, RESEALED, auditors, require
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.ledger.record import Record
from p2pchain.model.transaction import Value

PAGE_DEFAULT = 50
PAGE_MAX = 500
SCANNED_MAX = 10_000


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """Show one payload as ``payload_json`` does. ``PRIV_UNKNOWN``."""
    root = args["root"]
    assert isinstance(root, bytes), "the field takes bytes"
    return payload_json(view, root, require(view, root))


def answer_key(view: View, args: Mapping[str, Value]) -> Json:
    """``{"org", "public_key": hex | null}``."""
    org = args["org"]
    assert isinstance(org, str), "the field takes text"
    record = view.get(KEY + org.encode())
    key = None if record is None else record[0]
    return {"org": org, "public_key": key.hex() if isinstance(key, bytes) else None}


def answer_resealed(view: View, args: Mapping[str, Value]) -> Json:
    """``{"root", "org", "sealed_key": hex | null}``: the key of a payload for a recipient that came later."""
    root, org = args["root"], args["org"]
    assert isinstance(root, bytes), "the field takes bytes"
    assert isinstance(org, str), "the field takes text"
    record = view.get(RESEALED + root + b"/" + org.encode())
    key = None if record is None else record[0]
    return {"root": root.hex(), "org": org, "sealed_key": key.hex() if isinstance(key, bytes) else None}


def answer_auditors(view: View, _args: Mapping[str, Value]) -> Json:
    """``{"auditors": [org, ...]}``: for whom every payload has to be sealed."""
    return {"auditors": list(auditors(view))}


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"payloads": [...], "next": root | null}``: a page in the order of the roots, of those for ``org``
    where that is given.
    """
    after, org, limit = args["after"], args["org"], args["limit"]
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    payloads: list[Json] = []
    last: str | None = None
    walked = view.walk(PAYLOAD, None if after is None else PAYLOAD + after)
    for scanned, (key, record) in enumerate(walked):
        if len(payloads) == most or scanned == SCANNED_MAX:
            return {"payloads": payloads, "next": last}
        root = key[len(PAYLOAD) :]
        last = root.hex()
        recipients = record[3]
        if org is None or (isinstance(recipients, tuple) and org in recipients):
            payloads.append(payload_json(view, root, record))
    return {"payloads": payloads, "next": None}


def payload_json(view: View, root: bytes, record: Record) -> Json:
    """Show a payload as JSON: who may read it, and who has erased it."""
    owner, digest, size, recipients, height = record
    assert isinstance(digest, bytes), f"payload record {record!r}"
    assert isinstance(recipients, tuple), f"payload record {record!r}"
    prefix = ERASED + root + b"/"
    return {
        "root": root.hex(),
        "owner": owner,
        "digest": digest.hex(),
        "size": size,
        "recipients": list(recipients),
        "height": height,
        "erased_by": [key[len(prefix) :].decode() for key, _ in view.walk(prefix)],
    }
