"""Handing a validator over to another host: its guard's memory leaves here and enters there, both stopped.

A consensus key may sign in one place only, and that place must know what the key has signed. So a move is:
the old host stops, exports and is retired; the new host imports, and only then starts. The order of the
writes makes a crash harmless: the export is durable before the old host is retired, and imported records are
durable before the key may sign.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.safety import decode_safety_record, encode_safety_record, position_of
from p2pchain.model.errors import Corrupt, Fact, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import PublicKey
from p2pchain.model.safety import Position, SafetyRecord
from p2pchain.node.home.layout import Home, make_logs, set_aside
from p2pchain.node.home.own_records import own_record
from p2pchain.node.home.recovery import open_chain
from p2pchain.signing.atomic import write_secret
from p2pchain.signing.standing import Standing, StandingFile, Stop, position_words, whole_height
from p2pchain.signing.transfer import RETIRED, decode_state, encode_state, merged, state_of
from p2pchain.storage.files import Disk
from p2pchain.storage.lock import HomeLock
from p2pchain.storage.safety import SafetyLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Result of a move. ``signed_to``: how far the guard knows of the key now; ``records``: how many safety
    records went over; ``aside``: where a damaged safety log lies now.
    """

    signed_to: Position | None
    records: int
    aside: Path | None = None


def export_state(home: Home, key: PublicKey, file: Path, *, retire: bool) -> Handover:
    """Write the guard's memory of a stopped node to the new ``file``. With ``retire``, it never signs here
    again.

    Raises ``Refused``: ``HOME_LOCKED`` while the daemon runs, ``GUARD_DOUBTED`` where the memory is known to
    lack something, ``KEY_EXISTS``; and ``Corrupt``.
    """
    with HomeLock(home.lock):
        standing = _standing(home, key)
        safety_log = _open(home, home.read_genesis())
        records = _records(safety_log)
        safety_log.close()
        stop = standing.fault or standing.standing.stop or standing.standing.doubt(_latest(records))
        if stop is not None and stop.code != RETIRED:
            hint = "it would pass on what is wrong; first see: p2pchain key import-state --help"
            raise Refused("GUARD_DOUBTED", {"because": stop.code, **stop.facts}, hint)
        state = state_of(standing.standing, records)
        write_secret(file, encode_state(state), replace=False)
        if retire:
            standing.stop(
                Stop(code=RETIRED, facts={"signed_to": position_words(state.signed_to)}), state.signed_to
            )
        return Handover(signed_to=state.signed_to, records=len(state.records))


def import_state(home: Home, key: PublicKey, data: bytes) -> Handover:
    """Import another host's, or an earlier life's, signing record. A stopped key may sign again.

    Raises ``Refused`` as ``decode_state`` and ``merged``, and ``HOME_LOCKED``.
    """
    state = decode_state(data)
    with HomeLock(home.lock):
        make_logs(home, genesis_id(home.read_genesis()), fresh=False)
        file = _standing(home, key)
        safety_log, aside = _open_anew(home, home.read_genesis())
        records = _records(safety_log)
        after, added = merged(file.standing, records, state)
        for record in added:
            safety_log.append(record.height, encode_safety_record(record))
        safety_log.close()
        file.put(after)
        return Handover(
            signed_to=after.signed_to(_latest((*records, *added))), records=len(added), aside=aside
        )


def import_floor(home: Home, key: PublicKey, height: int) -> Handover:
    """Let a key sign again above a height, whatever it signed up to it.

    Raises ``Refused``: ``GUARD_FLOOR_LOW`` where the key is known to have signed above it, or the chain log
    reaches higher; ``HOME_LOCKED``.
    """
    with HomeLock(home.lock):
        file = _standing(home, key)
        genesis = home.read_genesis()
        make_logs(home, genesis_id(genesis), fresh=False)
        chain_log = open_chain(Disk(), home, genesis_id(genesis))
        tip = chain_log.tip
        chain_log.close()
        safety_log, aside = _open_anew(home, genesis)
        latest = _latest(_records(safety_log))
        safety_log.close()
        lowest = max(tip, *(mark[0] for mark in (file.standing.mark, latest) if mark is not None), 0)
        if height < lowest:
            facts: dict[str, Fact] = {"floor": height, "lowest": lowest}
            hint = (
                "where blocks go on, take the height that the other members show and some more; "
                "where the chain stands, exactly the height at which it stands"
            )
            raise Refused("GUARD_FLOOR_LOW", facts, hint)
        after = replace(file.standing.floored(whole_height(height)), stop=None)
        file.put(after)
        return Handover(signed_to=after.signed_to(latest), records=0, aside=aside)


def _standing(home: Home, key: PublicKey) -> StandingFile:
    genesis = home.read_genesis()
    blank = Standing(chain_id=genesis.chain_id, genesis_id=genesis_id(genesis), public_key=key)
    return StandingFile(home.guard_file(home.consensus_key), home.stop_file(home.consensus_key), blank)


def _open(home: Home, genesis: Genesis) -> SafetyLog:
    return SafetyLog.open(Disk(), home.safety, genesis=genesis_id(genesis), chain_height=0)


def _open_anew(home: Home, genesis: Genesis) -> tuple[SafetyLog, Path | None]:
    """The safety log; a damaged one is set aside for an empty one, for what it lacks is told from outside."""
    files, aside = Disk(), None
    try:
        safety_log = _open(home, genesis)
        safety_log.verify()
        return safety_log, None
    except Corrupt:
        if home.safety.exists():
            aside = set_aside(files, home.safety)
    SafetyLog.create(files, home.safety, genesis=genesis_id(genesis))
    return _open(home, genesis), aside


def _records(safety_log: SafetyLog) -> tuple[SafetyRecord, ...]:
    return tuple(own_record(decode_safety_record, entry.payload, "safety") for entry in safety_log.records())


def _latest(records: tuple[SafetyRecord, ...]) -> Position | None:
    return position_of(records[-1].message) if records else None
