"""The guard's memory as a file that moves from host to host, in the manner of EIP-3076.

Canonical JSON (keys sorted, no spaces, one line):

``{"chain_id", "format": "p2pchain/guard-state", "genesis_id", "public_key", "records", "signed_to",
"version": 1}``

``signed_to`` is ``[height, round, step]`` of the last message that the key signed (step 0 proposal, 1
prevote, 2 precommit), or null where it signed nothing. ``records`` holds, in hexadecimal, the safety records
of that height in their order: with them goes the lock, without which a validator may vote against what it has
precommitted. Where they are missing the file is a mere watermark: then nothing is signed at that height any
more, in no round. Importing merges to the maximum: no memory ever becomes lower.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from p2pchain.codec.exact_json import read_json
from p2pchain.codec.safety import decode_safety_record, encode_safety_record, position_of
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import BlockId, ChainId, PublicKey
from p2pchain.model.safety import Position, SafetyRecord
from p2pchain.proofs.verifier import Verifier
from p2pchain.signing.guard import SIGNED_MAX
from p2pchain.signing.standing import Standing, position_item, position_words, read_position, whole_height

STATE_FORMAT: Final = "p2pchain/guard-state"
STATE_VERSION: Final = 1
STATE_BYTES_MAX: Final = 67_108_864
"""Longest file that is read; records hold blocks."""
STATE_RECORDS_MAX: Final = 4_096
RETIRED: Final = "GUARD_RETIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardState:
    """Messages that one key has signed on one chain, as far as another host must know them."""

    chain_id: ChainId
    genesis_id: BlockId
    public_key: PublicKey
    signed_to: Position | None
    records: tuple[SafetyRecord, ...]


def state_of(standing: Standing, records: Sequence[SafetyRecord]) -> GuardState:
    """Collect the state that is to be handed on. ``records``: all of the safety log."""
    latest = position_of(records[-1].message) if records else None
    signed_to = standing.signed_to(latest)
    last = tuple(record for record in records if signed_to == latest and record.height == records[-1].height)
    return GuardState(
        chain_id=standing.chain_id,
        genesis_id=standing.genesis_id,
        public_key=standing.public_key,
        signed_to=signed_to,
        records=last,
    )


def encode_state(state: GuardState) -> bytes:
    """Encode the file."""
    item: dict[str, Any] = {
        "format": STATE_FORMAT,
        "version": STATE_VERSION,
        "chain_id": state.chain_id,
        "genesis_id": state.genesis_id.hex(),
        "public_key": state.public_key.hex(),
        "signed_to": position_item(state.signed_to),
        "records": [encode_safety_record(record).hex() for record in state.records],
    }
    return json.dumps(item, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def decode_state(data: bytes) -> GuardState:
    """Read a file and check that its key signed all of it. Raises ``Refused("GUARD_STATE_INVALID")``."""
    try:
        item: Any = read_json(data)
        if item["format"] != STATE_FORMAT or item["version"] != STATE_VERSION:
            raise ValueError(f"{item['format']!r} version {item['version']!r}")
        if len(item["records"]) > STATE_RECORDS_MAX:
            raise ValueError(f"more than {STATE_RECORDS_MAX} records")
        state = GuardState(
            chain_id=ChainId(str(item["chain_id"])),
            genesis_id=BlockId(bytes.fromhex(item["genesis_id"])),
            public_key=PublicKey(bytes.fromhex(item["public_key"])),
            signed_to=read_position(item["signed_to"]),
            records=tuple(decode_safety_record(bytes.fromhex(record)) for record in item["records"]),
        )
        _check_records(state)
    except (ValueError, KeyError, TypeError, Invalid) as fault:
        facts: dict[str, Fact] = {"reason": f"{type(fault).__name__}: {fault}"}
        raise Refused(
            "GUARD_STATE_INVALID", facts, "make it again with: p2pchain key export-state"
        ) from fault
    return state


def merged(
    standing: Standing, records: Sequence[SafetyRecord], state: GuardState
) -> tuple[Standing, tuple[SafetyRecord, ...]]:
    """Return the standing after importing ``state``, and the records to append to the safety log, which holds
    ``records``. The key may sign again.

    Raises ``Refused``: ``GUARD_STATE_FOREIGN`` (another chain or key), ``GUARD_STATE_CONFLICT`` (both signed,
    and not the same), ``GUARD_STATE_SHORT`` (the key is known to have signed more), ``GUARD_RETIRED`` (it is
    what was exported here when the key was retired).
    """
    _check_owner(standing, state)
    signed_to = state.signed_to
    if standing.stop is not None and standing.stop.code == RETIRED:
        if signed_to is None or (standing.mark is not None and signed_to <= standing.mark):
            hint = "import what the host exports that signs now; if none ever did, see --floor"
            raise Refused(
                RETIRED,
                {"signed_to": position_words(signed_to), "retired_at": position_words(standing.mark)},
                hint,
            )
    latest = position_of(records[-1].message) if records else None
    added = _added(records, latest, state)
    after = replace(standing.marked(signed_to), stop=None)
    if added:
        latest = position_of(added[-1].message)
    elif signed_to is not None and (latest is None or signed_to > latest):
        after = after.floored(whole_height(signed_to[0]))
    doubt = after.doubt(latest)
    if doubt is not None:
        hint = "export it again from the host that signed last, or see --floor"
        raise Refused("GUARD_STATE_SHORT", {**doubt.facts, "imported": position_words(signed_to)}, hint)
    return after, added


def _check_owner(standing: Standing, state: GuardState) -> None:
    for name, ours, theirs in (
        ("chain_id", standing.chain_id, state.chain_id),
        ("genesis_id", standing.genesis_id.hex(), state.genesis_id.hex()),
        ("public_key", standing.public_key.hex(), state.public_key.hex()),
    ):
        if ours != theirs:
            facts: dict[str, Fact] = {"field": name, "own": ours, "imported": theirs}
            raise Refused(
                "GUARD_STATE_FOREIGN", facts, "it is the state of another validator: find the right file"
            )


def _added(
    records: Sequence[SafetyRecord], latest: Position | None, state: GuardState
) -> tuple[SafetyRecord, ...]:
    """Return the records of the state that the log lacks; both must agree on the height that they share."""
    imported = {position_of(record.message): record.message.content for record in state.records}
    if imported and state.signed_to is not None:
        for record in records:
            position = position_of(record.message)
            same_height = position[0] == state.signed_to[0] and position <= state.signed_to
            if same_height and imported.get(position) != record.message.content:
                hint = "two hosts signed with this key: keep it stopped, and see --floor"
                raise Refused("GUARD_STATE_CONFLICT", {"position": position_words(position)}, hint)
    return tuple(record for record in state.records if latest is None or position_of(record.message) > latest)


def _check_records(state: GuardState) -> None:
    """Check that the records are all of one height, in order, the last one where the state ends, and signed
    by the key.
    """
    positions = [position_of(record.message) for record in state.records]
    if not positions:
        return
    if positions != sorted(set(positions)) or positions[0][0] != positions[-1][0]:
        raise ValueError("records out of order, or of several heights")
    if positions[-1] != state.signed_to:
        raise ValueError("the records do not end where the state does")
    verifier = Verifier(state.chain_id, memo_max=SIGNED_MAX)
    for record in state.records:
        verifier.signed_by(record.message, state.public_key)
