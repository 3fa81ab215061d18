"""The handler of single records of the state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Protocol

from p2pchain.control.arguments import bad_argument
from p2pchain.control.http import Request, Response, json_response
from p2pchain.model.bounds import KEY_BYTES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class StateValue:
    """Value under a key after block ``height``; ``key`` and ``value`` in hexadecimal, None for nothing."""

    key: str
    value: str | None
    height: int
    state_root: str


class StatePort(Protocol):
    """The part of ``NodePort`` that the handler here asks."""

    def state(self, key: bytes) -> tuple[bytes | None, int, bytes]:
        """Return the value of a key, None for nothing, the height and the state root."""
        ...


async def show_state(port: StatePort, request: Request) -> Response:
    """Show the value of one key of the state, key=HEX, after the newest block; POST /v1/proof proves it."""
    text = request.query.get("key", "")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if not 0 < len(key) <= KEY_BYTES_MAX:
        raise bad_argument("key", text, f"1 to {KEY_BYTES_MAX} bytes in hexadecimal")
    value, height, root = port.state(key)
    shown = None if value is None else value.hex()
    return json_response(asdict(StateValue(key=key.hex(), value=shown, height=height, state_root=root.hex())))
