"""Keys with which a command signs, and accounts that ask."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.cli.session import Session
from p2pchain.codec.exact_json import read_json
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import PublicKey
from p2pchain.signing.keyfile import read_key

KEY_FILE_BYTES_MAX: Final = 16_384
PASSPHRASE_BYTES_MAX: Final = 4_096
CREDENTIAL: Final = "passphrase"
"""Name of the systemd credential (``LoadCredential=passphrase:...``)."""


def passphrase_from(environment: Mapping[str, str]) -> bytes | None:
    """The passphrase of the key files: from the file ``$P2PCHAIN_PASSPHRASE_FILE``, or the systemd credential
    ``passphrase``; None where there is neither. Raises ``Refused`` ``PASSPHRASE_FILE``.
    """
    named = environment.get("P2PCHAIN_PASSPHRASE_FILE")
    directory = environment.get("CREDENTIALS_DIRECTORY")
    path = Path(named) if named else Path(directory, CREDENTIAL) if directory else None
    if path is None or (not named and not path.exists()):
        return None
    try:
        with path.open("rb") as file:
            passphrase = file.read(PASSPHRASE_BYTES_MAX).rstrip(b"\r\n")
    except OSError as error:
        facts = {"file": str(path), "reason": error.strerror}
        raise Refused("PASSPHRASE_FILE", facts, "let it hold the passphrase of the keys") from error
    if not passphrase:
        raise Refused(
            "PASSPHRASE_FILE", {"file": str(path), "reason": "empty"}, "write the passphrase into it"
        )
    return passphrase


def new_passphrase(environment: Mapping[str, str]) -> bytes | None:
    """The passphrase for keys that are made: as given, else as typed at a terminal, where an empty one means
    none. None where there is neither. Raises ``Refused`` ``PASSPHRASE_FILE``.
    """
    passphrase = passphrase_from(environment)
    if passphrase is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return passphrase
    words = "Passphrase for the new keys (empty: none; a service has it in $P2PCHAIN_PASSPHRASE_FILE)"
    return typed_passphrase(words) or None


def typed_passphrase(words: str) -> bytes:
    """A new passphrase as typed at a terminal, twice; may be empty."""
    typed = click.prompt(words, hide_input=True, err=True, default="", show_default=False)
    if typed:
        again = click.prompt("The same again", hide_input=True, err=True, default="", show_default=False)
        if typed != again:
            raise click.ClickException("the two differ; nothing was written")
    return str(typed).encode()


def open_key(path: Path) -> SigningKey:
    """Read an account's key, asking for its passphrase at a terminal. It asks where none was given. Raises as
    ``read_key``.
    """
    try:
        return read_key(path, passphrase_from(os.environ), kind="account")
    except Refused as fault:
        if (fault.code, fault.facts.get("reason")) != ("KEY_PASSPHRASE", "needed") or not sys.stdin.isatty():
            raise
    typed = click.prompt(f"Passphrase of {path}", hide_input=True, err=True)
    return read_key(path, str(typed).encode(), kind="account")


def open_asker(session: Session, key_file: Path | None, name: str | None) -> SigningKey | None:
    """Open the key that signs a question, or None to ask as nobody. It is the one that is named, or that of
    this home's only account, where no passphrase is needed. Raises as ``open_key``.
    """
    path = optional_key_path(session, key_file, name)
    if path is None:
        return None
    if key_file is not None or name is not None:
        return open_key(path)
    try:
        return read_key(path, passphrase_from(os.environ), kind="account")
    except Refused as fault:
        if fault.code != "KEY_PASSPHRASE":
            raise
        return None


def key_path(session: Session, key_file: Path | None, name: str | None) -> Path:
    """Find the key file of ``--key`` or ``--as``, or the only account's."""
    path = optional_key_path(session, key_file, name)
    if path is None:
        names = ", ".join(_names(session)) or "none"
        raise click.UsageError(f"say who signs: --as NAME or --key FILE (accounts in this home: {names})")
    return path


def optional_key_path(session: Session, key_file: Path | None, name: str | None) -> Path | None:
    """As ``key_path``, None where it is not clear whose key is meant."""
    if key_file is not None and name is not None:
        raise click.UsageError("give --key or --as, not both")
    if key_file is not None:
        return key_file
    if name is not None:
        if "/" in name or name.startswith("."):
            raise click.UsageError("--as takes the name of an account; use --key for a path")
        return _existing(session, name)
    names = _names(session)
    return session.accounts / f"{names[0]}.key" if len(names) == 1 else None


def public_key_of(path: Path) -> PublicKey:
    """The public key that a key file names, whatever its passphrase: it only says who asks, and proves
    nothing.

    Raises ``Refused`` ``KEY_MISSING``, ``KEY_PERMISSIONS`` or ``KEY_DAMAGED``.
    """
    try:
        with path.open("rb") as file:
            content: Any = read_json(file.read(KEY_FILE_BYTES_MAX))
        return PublicKey(bytes.fromhex(content["public_key"]))
    except FileNotFoundError:
        raise Refused("KEY_MISSING", {"path": str(path)}, "see: p2pchain key show") from None
    except PermissionError:
        facts = {"path": str(path), "reason": "not readable"}
        raise Refused("KEY_PERMISSIONS", facts, "run as the user that owns the key") from None
    except (OSError, ValueError, KeyError, TypeError, Invalid) as error:
        raise Refused("KEY_DAMAGED", {"path": str(path), "reason": str(error)}) from error


def _existing(session: Session, name: str) -> Path:
    path = session.accounts / f"{name}.key"
    if not path.exists():
        known = ", ".join(_names(session)) or "none"
        raise Refused(
            "KEY_MISSING", {"path": str(path), "accounts": known}, "create one with: p2pchain key new NAME"
        )
    return path


def _names(session: Session) -> list[str]:
    return sorted(path.stem for path in session.accounts.glob("*.key"))
