"""The standing of a consensus key: what is durably known of it beside its safety log.

The safety log says what was signed. It cannot say that it is itself missing, empty, or an older copy: for
that something must lie elsewhere. So beside each consensus key lies ``<name>.guard``, one line of JSON:

- ``mark``: this key has signed at least up to here. Written with the first signature of each life, before
  it leaves; at every start and clean stop; and where a signature of the key is seen that this node does not
  know.
- ``floor``: nothing at or below it is signed, whatever the log says (``p2pchain key import-state``).

A log that ends below the mark, with no floor above it, is not the log that this key wrote last. And in the
home's ``data`` lies ``<name>.stop`` where there is a reason why the key signs nothing here; only an import
takes it away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from p2pchain.codec.exact_json import read_json
from p2pchain.codec.fields import ROUND_MAX
from p2pchain.codec.safety import decode_safety_record, position_of
from p2pchain.model.errors import Corrupt, Fact, Invalid, Refused
from p2pchain.model.ids import INTEGER_MAX, BlockId, ChainId, PublicKey
from p2pchain.model.safety import Position, SignedStep
from p2pchain.signing.atomic import remove_durably, write_secret

STANDING_VERSION: Final = 1
STANDING_BYTES_MAX: Final = 16_384
FACTS_MAX: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Reason why a key signs nothing: a stable code, and its facts."""

    code: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Standing of a key on a chain: mark, floor and stop; positions are height, round and step."""

    chain_id: ChainId
    genesis_id: BlockId
    public_key: PublicKey
    mark: Position | None = None
    floor: Position | None = None
    stop: Stop | None = None

    def signed_to(self, latest: Position | None) -> Position | None:
        """Return the highest position that the guard knows to be signed, where the log ends at ``latest``."""
        return max((position for position in (latest, self.floor) if position is not None), default=None)

    def doubt(self, latest: Position | None) -> Stop | None:
        """Return why a safety log that ends at ``latest`` is not the one that this key wrote last; None where
        it may be.
        """
        known = self.signed_to(latest)
        if self.mark is None or (known is not None and known >= self.mark):
            return None
        code = "GUARD_STATE_EMPTY" if known is None else "GUARD_STATE_OLD"
        return Stop(
            code=code, facts={"signed_to": position_words(self.mark), "known_to": position_words(known)}
        )

    def marked(self, position: Position | None) -> Standing:
        """Return the standing with a mark that is at least ``position``."""
        if position is None or (self.mark is not None and self.mark >= position):
            return self
        return replace(self, mark=position)

    def floored(self, position: Position) -> Standing:
        """Return the standing with a floor that is at least ``position``."""
        return self if self.floor is not None and self.floor >= position else replace(self, floor=position)


class StandingFile:
    """The standing of one key, in memory and on disk; one thread at a time."""

    def __init__(self, path: Path, stop_path: Path, blank: Standing) -> None:
        """``path``: mark and floor, which belong to the key; ``stop_path``: the stop, which belongs to this
        home and does not go where the key goes. Where nothing is there, the standing is ``blank``.

        ``fault`` tells what is wrong with a file: ``GUARD_FILE_DAMAGED`` where it cannot be read,
        ``GUARD_FILE_FOREIGN`` where it is that of another key or chain. Then both are left as they are until
        ``put``.
        """
        self.path = path
        self.stop_path = stop_path
        self.standing = blank
        self.fault: Stop | None = None
        for file, read in ((path, _read_standing), (stop_path, _read_stopped)):
            if not file.exists():
                continue
            decoded = _decode(file, read)
            if isinstance(decoded, Stop):
                self.fault = decoded
            elif (decoded.genesis_id, decoded.public_key) != (blank.genesis_id, blank.public_key):
                facts = {
                    "path": str(file),
                    "public_key": decoded.public_key.hex(),
                    "chain_id": decoded.chain_id,
                }
                self.fault = Stop(code="GUARD_FILE_FOREIGN", facts=facts)
            elif decoded.stop is None:
                self.standing = replace(self.standing, mark=decoded.mark, floor=decoded.floor)
            else:
                self.standing = replace(self.standing, stop=decoded.stop)

    def put(self, standing: Standing) -> None:
        """Make the standing durable; a stop comes before anything else, and goes after it. Raises
        ``Corrupt("GUARD_UNWRITABLE")``: the process must end.
        """
        if standing.stop is not None:
            _write(self.stop_path, _stopped_item(standing, standing.stop))
        _write(self.path, _standing_item(standing))
        if standing.stop is None and self.stop_path.exists():
            _remove(self.stop_path)
        self.standing = standing
        self.fault = None

    def mark(self, position: Position | None) -> None:
        """Mark that the key has signed up to here; durable on return."""
        marked = self.standing.marked(position)
        if self.fault is None and marked != self.standing:
            self.put(marked)

    def stop(self, stop: Stop, position: Position | None) -> None:
        """Stop the key here for good; the first reason stays. ``position``: a signature of it that was
        seen.
        """
        standing = self.standing.marked(position)
        if self.fault is None:
            self.put(standing if standing.stop is not None else replace(standing, stop=stop))


class SafetyPort(Protocol):
    """Sink of safety records."""

    def append(self, height: int, payload: bytes) -> None:
        """Write a record and return once it is durable; raise where that is not certain."""


class MarkedLog:
    """A safety log whose first record in each life leaves a mark beside it: a log that is empty later, or
    ends at a floor, was not always so.
    """

    def __init__(self, log: SafetyPort, file: StandingFile) -> None:
        """``file``: of the key that signs into ``log``."""
        self._log = log
        self._file = file
        self._marked = False

    def append(self, height: int, payload: bytes) -> None:
        """Write a record; the first one counts as written once the mark is durable too."""
        self._log.append(height, payload)
        if not self._marked:
            self._file.mark(position_of(decode_safety_record(payload).message))
            self._marked = True


def whole_height(height: int) -> Position:
    """Return the position at or below which everything of ``height`` lies."""
    return (height, ROUND_MAX, SignedStep.PRECOMMIT)


def position_words(position: Position | None) -> str:
    """Format a position for people."""
    if position is None:
        return "nothing"
    height, round_number, step = position
    if position == whole_height(height):
        return f"height {height}"
    return f"height {height} round {round_number} {step.name.lower()}"


def position_item(position: Position | None) -> list[int] | None:
    """Return a position as JSON: ``[height, round, step]``."""
    return None if position is None else [position[0], position[1], int(position[2])]


def read_position(item: object) -> Position | None:
    """Read a position from JSON; raises ``ValueError``."""
    if item is None:
        return None
    match item:
        case [int(height), int(round_number), int(step)]:
            if 0 <= height <= INTEGER_MAX and 0 <= round_number <= ROUND_MAX:
                return (height, round_number, SignedStep(step))
    raise ValueError(f"no position: {item!r}")


def _owner_item(standing: Standing) -> dict[str, Any]:
    return {
        "version": STANDING_VERSION,
        "chain_id": standing.chain_id,
        "genesis_id": standing.genesis_id.hex(),
        "public_key": standing.public_key.hex(),
    }


def _standing_item(standing: Standing) -> dict[str, Any]:
    mark, floor = position_item(standing.mark), position_item(standing.floor)
    return {**_owner_item(standing), "mark": mark, "floor": floor}


def _stopped_item(standing: Standing, stop: Stop) -> dict[str, Any]:
    return {**_owner_item(standing), "code": stop.code, "facts": dict(stop.facts)}


def _write(path: Path, item: Mapping[str, Any]) -> None:
    data = json.dumps(item, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    try:
        write_secret(path, data, replace=True)
    except Refused as fault:
        raise _unwritable(fault.facts) from fault


def _remove(path: Path) -> None:
    try:
        remove_durably(path)
    except OSError as fault:
        raise _unwritable({"path": str(path), "reason": fault.strerror, "errno": fault.errno}) from fault


def _unwritable(facts: Mapping[str, Fact]) -> Corrupt:
    return Corrupt("GUARD_UNWRITABLE", facts, "check the disk before you start it again")


def _decode(path: Path, read: Callable[[Any], Standing]) -> Standing | Stop:
    try:
        with path.open("rb") as file:
            item: Any = read_json(file.read(STANDING_BYTES_MAX))
        if item["version"] != STANDING_VERSION:
            raise ValueError(f"version {item['version']!r}")
        return read(item)
    except (OSError, ValueError, KeyError, TypeError, Invalid) as fault:
        reason = f"{type(fault).__name__}: {fault}"
        return Stop(code="GUARD_FILE_DAMAGED", facts={"path": str(path), "reason": reason})


def _read_owner(item: Any) -> Standing:
    return Standing(
        chain_id=ChainId(str(item["chain_id"])),
        genesis_id=BlockId(bytes.fromhex(item["genesis_id"])),
        public_key=PublicKey(bytes.fromhex(item["public_key"])),
    )


def _read_standing(item: Any) -> Standing:
    mark, floor = read_position(item["mark"]), read_position(item["floor"])
    return replace(_read_owner(item), mark=mark, floor=floor)


def _read_stopped(item: Any) -> Standing:
    stop = Stop(code=str(item["code"]), facts=_facts(item["facts"]))
    return replace(_read_owner(item), stop=stop)


def _facts(item: object) -> dict[str, Fact]:
    if not isinstance(item, dict) or len(item) > FACTS_MAX:
        raise ValueError(f"no facts: {item!r}")
    return {
        str(name): value if value is None or isinstance(value, int) else str(value)
        for name, value in item.items()
    }
