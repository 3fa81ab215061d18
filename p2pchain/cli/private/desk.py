"""The work behind the commands of ``private``: whom to seal to, and what came of a transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from p2pchain.cli.exits import FAILED
from p2pchain.cli.files import read_file, write_new_file
from p2pchain.cli.screen import show_json
from p2pchain.cli.submission import SubmitOptions, submitting_as
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.presentation.printable import printable

AUDITOR = "auditor"
Prepare = Callable[["PrivateDesk"], Awaitable[tuple[Operation, bytes]]]
"""Makes an operation, and what names its outcome: the root of a payload, or a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateDesk:
    """One account at work with private payloads."""

    client: NodeClient
    account: PublicKey

    async def chain_id(self) -> str:
        """The chain of the node."""
        return str((await self.client.status())["chain_id"])

    async def recipients(self, orgs: tuple[str, ...], *, auditors: bool) -> dict[str, bytes]:
        """Organisation to sealing key: those named, the account's own, the auditors that the members agreed
        on, and with ``auditors`` those of that role that have a key. ``Refused("PRIV_KEY_MISSING")``.
        """
        own = await self.own_org()
        agreed = (await self.client.query("private", "auditors", {}))["auditors"]
        found = {org: await self._key(org) for org in sorted({*orgs, own, *agreed})}
        members = (await self.client.query("membership", "organisations", {}))["organisations"]
        for member in members if auditors else ():
            if AUDITOR in member["roles"] and member["org"] not in found:
                found[str(member["org"])] = await self._key(str(member["org"]))
        missing = [org for org, key in found.items() if key is None]
        for org in missing:
            if org in orgs or org == own:
                raise Refused("PRIV_KEY_MISSING", {"org": org}, "it has to run: p2pchain private enrol")
        return {org: key for org, key in found.items() if key is not None}

    async def own_org(self) -> str:
        """The organisation of the account."""
        return str((await self.client.query("membership", "account", {"public_key": self.account}))["org"])

    async def _key(self, org: str) -> bytes | None:
        told = await self.client.query("private", "key", {"org": org})
        return None if told["public_key"] is None else bytes.fromhex(told["public_key"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing(SubmitOptions):
    """How a command signs and waits."""

    def perform(self, prepare: Prepare, done: str, *, keeps: bool = False) -> int:
        """Prepare, sign, submit, and tell ``done``; the exit code is 1 where the chain refused it. ``keeps``:
        what was prepared has given the node a payload, which it lets go of again where that is refused.
        """
        signer = self.open_key()
        root: list[str] = []

        async def performed(client: NodeClient) -> Fields:
            operation, named = await prepare(PrivateDesk(client=client, account=signer.public_key))
            root.append(named.hex())
            sent = await self.send(client, (operation,), signer)
            if keeps and (sent.committed or {}).get("code", CODE_OK) != CODE_OK:
                await client.purge_private(named)
            return sent.committed or {"tx_id": sent.tx_id.hex(), "status": "pending", "height": None}

        answer = self.session.ask(performed)
        code = answer.get("code", CODE_OK)
        if code != CODE_OK:
            fault = Refused(str(code), answer["facts"])
            if self.as_json:
                show_json({"root": root[0], "code": code, "facts": dict(answer["facts"])})
            else:
                raise fault
            return FAILED
        if self.as_json:
            show_json({"root": root[0], "tx_id": answer["tx_id"], "height": answer["height"], "code": None})
        else:
            print(f"{root[0]}: {done} (height {answer['height']})")
        return 0


signing = submitting_as(Signing)
"""Options of every command that submits; the command gets them as one ``Signing``."""


def value_text(value: bytes) -> str:
    """A value as text where it is text, else how many bytes it is."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"{len(value)} bytes"
    return text if text.isprintable() else f"{len(value)} bytes of text"


def write_fields(directory: Path, values: Mapping[str, bytes]) -> None:
    """A new file for each field. ``Refused``: ``PRIV_FIELD_NAME`` for what names no file in the directory,
    before anything is written; ``FILE_UNWRITABLE``, also for a file that is there already.
    """
    for name in values:
        if name != printable(name) or "/" in name or name.startswith("."):
            raise Refused("PRIV_FIELD_NAME", {"field": name}, "read it without --dir")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("FILE_UNWRITABLE", {"file": str(directory), "reason": error.strerror}) from error
    for name, value in values.items():
        write_new_file(directory / name, value)


def read_value(file: Path, most: int) -> bytes:
    """A file, at most ``most`` bytes: ``Refused("FILE_UNREADABLE")``, ``PRIV_TOO_LARGE``."""
    data = read_file(file, most)
    if len(data) > most:
        raise Refused("PRIV_TOO_LARGE", {"file": str(file), "bytes_max": most}, "seal a hash of it instead")
    return data
