"""Statements of keys that will serve, as ``key prove`` writes them: the fields of an action, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from p2pchain.codec.exact_json import read_json
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import PUBLIC_KEY_BYTES, SIGNATURE_BYTES

STATEMENT_BYTES_MAX: Final = 4_096


def read_possession(file: Path, kind: str) -> dict[str, str | bytes]:
    """Read ``org``, ``name``, ``public_key`` and ``possession`` of an account or node. Raises
    ``Refused("FILE_UNREADABLE")``, also for another kind.
    """
    statement = _read(file)
    match statement:
        case {"kind": str(stated), "org": str(org), "name": str(name)} if stated == kind:
            key = _bytes(statement, "public_key", PUBLIC_KEY_BYTES, file)
            possession = _bytes(statement, "possession", SIGNATURE_BYTES, file)
            return {"org": org, "name": name, "public_key": key, "possession": possession}
        case _:
            raise _unreadable(file, f"not of kind {kind}")


def read_succession(file: Path) -> dict[str, bytes]:
    """Read ``peer_key``, ``consensus_key``, and its ``possession``: the signature that it will validate for
    the node. Raises ``Refused("FILE_UNREADABLE")``.
    """
    statement = _read(file)
    sizes = {"peer_key": PUBLIC_KEY_BYTES, "consensus_key": PUBLIC_KEY_BYTES, "possession": SIGNATURE_BYTES}
    return {name: _bytes(statement, name, size, file) for name, size in sizes.items()}


def _read(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            statement = read_json(opened.read(STATEMENT_BYTES_MAX))
    except (OSError, Invalid) as error:
        raise _unreadable(file, str(error)) from error
    if not isinstance(statement, dict):
        raise _unreadable(file, "no object")
    return statement


def _bytes(statement: dict[str, object], name: str, size: int, file: Path) -> bytes:
    try:
        value = bytes.fromhex(str(statement.get(name)))
    except ValueError:
        value = b""
    if len(value) != size:
        raise _unreadable(file, f"{name} has not {size} bytes")
    return value


def _unreadable(file: Path, reason: str) -> Refused:
    hint = "give the file that `p2pchain key prove` wrote"
    return Refused("FILE_UNREADABLE", {"file": str(file), "reason": reason}, hint)
