"""Proof files for applications: which keys prove a receivable, and what a verified file says in words.

Getting one needs a node (``NodeClient.prove``, ``prove_transaction``); verifying one needs the genesis, or a
block that is trusted, and nothing else (``p2pchain.proofs.proof_file.verify_proof_file``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from p2pchain.client.node_client import NodeClient
from p2pchain.client.proven_transactions import PLAIN, Wording, transaction_lines
from p2pchain.client.receivable import MODULE
from p2pchain.codec.cbor import decode
from p2pchain.model.errors import Invalid
from p2pchain.model.transaction import Value
from p2pchain.presentation.printable import printable
from p2pchain.proofs.proof_file import VALUE_BYTES_MAX, Proven

ITEM_PREFIX = b"receivable/item/"
HISTORY_PREFIX = b"receivable/history/"


async def receivable_keys(client: NodeClient, receivable: bytes) -> list[bytes]:
    """List the keys of a receivable, its ancestors, and all their history pages.
    ``NodeRefused("RCV_UNKNOWN")``.
    """
    history = await client.query(MODULE, "history", {"receivable": receivable})
    keys = [ITEM_PREFIX + receivable]
    for line in history["lines"]:
        name = bytes.fromhex(line["receivable"])
        if ITEM_PREFIX + name not in keys:
            keys.append(ITEM_PREFIX + name)
        page = history_key(name, int(line["page"]))
        if page not in keys:
            keys.append(page)
    return keys


def history_key(receivable: bytes, page: int) -> bytes:
    """The key of a page of a history, pages from 0."""
    return HISTORY_PREFIX + receivable + b"/" + page.to_bytes(4, "big")


def describe(proven: Proven, wording: Wording = PLAIN) -> Iterator[str]:
    """Describe a verified file line by line; each line can be shown as it is."""
    return map(printable, _lines(proven, wording))


def _lines(proven: Proven, wording: Wording) -> Iterator[str]:
    header, about = proven.final.header, proven.transaction
    when = f"{header.height}, {moment(header.time_ms)} UTC"
    where = f"as of height {when}" if about is None else f"in the block of height {when}"
    yield f"proven on chain {proven.chain_id} {where}"
    begin = f"genesis {proven.genesis_id.hex()}" if proven.base is None else f"block {proven.base}"
    times = "once" if proven.changes == 1 else f"{proven.changes} times"
    changed = f"changed {times} since" if proven.changes else "have not changed since"
    power = f"{proven.power} of {proven.total_power} of the power"
    yield f"resting on {begin}, which you trust; the validators {changed}"
    yield f"signed by validators of {', '.join(proven.signers)}: {power}"
    if about is None:
        yield f"state root {header.state_root.hex()}"
    else:
        yield from transaction_lines(about, wording)
    values = {key: None if raw is None else _record(raw) for key, raw in proven.values.items()}
    lines = wording.records(values)
    for key, value in proven.values.items():
        if key in lines:
            yield from lines[key]
        else:
            yield f"{shown_key(key)}: {'there is no such record' if value is None else value.hex()}"
    yield f"to be trusted the next time, as --trusted: {proven.block}"


def shown_key(key: bytes) -> str:
    """A key as people read it: text up to what is no text, and that in hexadecimal."""
    place = next((at for at, octet in enumerate(key) if not 32 <= octet < 127), len(key))
    cut = len(key) if place == len(key) else key.rfind(b"/", 0, place) + 1
    return key[:cut].decode("ascii") + key[cut:].hex()


def moment(time_ms: int) -> str:
    """A time since 1970 in UTC, to the second."""
    return datetime.fromtimestamp(time_ms // 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def _record(raw: bytes) -> tuple[Value, ...]:
    record = decode(raw, bytes_max=VALUE_BYTES_MAX)
    if not isinstance(record, tuple):
        raise Invalid("PROOF_INVALID", {"reason": "a record is an array"})
    return record
