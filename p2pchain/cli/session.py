"""Session of a command: the home, and the way to its node."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.model.errors import Refused
from p2pchain.model.ids import TxId

T = TypeVar("T")
CONFIG_BYTES_MAX: Final = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One invocation. ``given_socket``: what the user said, None to find it; ``handed_in``: what commands
    submitted, whatever became of it, for the line that says how a command failed.
    """

    home: Path
    given_socket: Path | None
    handed_in: list[TxId] = field(default_factory=list)

    @property
    def accounts(self) -> Path:
        """Keys of accounts: ``accounts/NAME.key``."""
        return self.home / "accounts"

    @property
    def keys(self) -> Path:
        """Keys of the node, and the registry's."""
        return self.home / "keys"

    @property
    def documents(self) -> Path:
        """Private facts of documents that this home has read."""
        return self.home / "documents"

    @property
    def socket(self) -> Path:
        """The control socket: as given, as ``config.toml`` says, else ``control.sock`` in the home.

        Only this one setting is read here: whoever asks a running node must not be stopped by a setting
        that somebody just misspelt; `p2pchain config check` tells about those.
        """
        if self.given_socket is not None:
            return self.given_socket
        configured = _configured_socket(self.home / "config.toml")
        return Path(configured) if configured else self.home / "control.sock"

    def ask(self, question: Callable[[NodeClient], Awaitable[T]]) -> T:
        """Connect, ask, disconnect. Raises what ``NodeClient`` does, and ``Refused`` ``HOME_MISSING``."""
        if self.given_socket is None and not self.home.is_dir():
            hint = "name it with --home DIR, or create one with: p2pchain init"
            raise Refused("HOME_MISSING", {"home": str(self.home)}, hint)

        async def asked() -> T:
            async with NodeClient(self.socket) as client:
                try:
                    return await question(client)
                finally:
                    self.handed_in.extend(client.handed_in)

        return trio.run(asked)


def _configured_socket(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            text = file.read(CONFIG_BYTES_MAX).removeprefix(codecs.BOM_UTF8).decode()
        settings: dict[str, Any] = tomllib.loads(text)
    except (OSError, ValueError):
        return None
    match settings:
        case {"control": {"socket": str(configured)}}:
            return configured
        case _:
            return None
