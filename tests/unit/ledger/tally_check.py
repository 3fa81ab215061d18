"""What the membership counts and indexes, made anew from its accounts and nodes."""

from __future__ import annotations

from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.record import Record, read_record

PREFIX = b"membership/"


def is_of_former(name: bytes, orgs: set[str]) -> bool:
    """Whether an account's name belongs to an organisation that has left."""
    return name.startswith(b"account_name/") and name.split(b"/")[1].decode() not in orgs


def check_tallies(ledger: Ledger) -> None:
    """What is kept so that no rule walks is what a walk finds."""
    held = {name[len(PREFIX) :]: read_record(raw) for name, raw in ledger.walk(PREFIX)}
    orgs = {str(name.partition(b"/")[2].decode()) for name in held if name.startswith(b"organisation/")}
    counts = {org: [0, 0, 0] for org in orgs}
    expected: dict[bytes, Record] = {b"organisations": (len(orgs),)}
    for name, record in held.items():
        kind, _, public_key = name.partition(b"/")
        org = str(record[1]) if kind in (b"account", b"node") else ""
        if org not in orgs:
            continue
        if kind == b"account":
            roles = record[2]
            assert isinstance(roles, tuple), f"account record {record!r}"
            expected[f"account_name/{org}/{record[0]!s}".encode()] = (public_key,)
            counts[org][0] += 1
            counts[org][1] += "admin" in roles and f"frozen/{org}/{record[0]!s}".encode() not in held
        else:
            expected[f"node_name/{record[0]!s}".encode()] = (public_key,)
            counts[org][2] += 1
    expected.update({f"tally/{org}".encode(): tuple(found) for org, found in counts.items()})
    kept = (b"organisations", b"account_name/", b"node_name/", b"tally/")
    assert expected == {
        name: record
        for name, record in held.items()
        if name.startswith(kept) and record[0] is not None and not is_of_former(name, orgs)
    }
