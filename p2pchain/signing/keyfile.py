"""Key files: one secret key in one JSON file that only its owner can read, under a passphrase or plainly.

``{"format": "p2pchain/key", "version": 1, "kind": "consensus", "public_key": hex, "protection": ...}`` and,
with protection ``none``, ``"seed": hex``; with ``scrypt-chacha20poly1305``, ``"scrypt": {"n", "r", "p",
"salt"}, "nonce", "sealed"``: the seed under ChaCha20-Poly1305 (RFC 8439) with a key of scrypt (RFC 7914). The
associated data are the CBOR of ``["p2pchain/key", 1, kind, public_key]``, so a peer key cannot be passed off
as a consensus key. ``none`` is for test networks, and whoever reads such a file is told
(``KeyFile.protection``).
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from p2pchain.codec.cbor import encode
from p2pchain.codec.exact_json import read_json
from p2pchain.crypto.ed25519 import SEED_BYTES, SigningKey
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import PublicKey
from p2pchain.signing.atomic import write_secret

KeyKind = Literal["peer", "consensus", "account", "sealing"]
Protection = Literal["none", "scrypt-chacha20poly1305"]

KEY_FORMAT: Final = "p2pchain/key"
KEY_VERSION: Final = 1
KEY_FILE_BYTES_MAX: Final = 16_384
KINDS: Final[tuple[KeyKind, ...]] = ("peer", "consensus", "account", "sealing")
PLAIN: Final[Protection] = "none"
SEALED: Final[Protection] = "scrypt-chacha20poly1305"
SCRYPT_N: Final = 2**16
"""Work of a new file: 64 MB of memory and about 0.2 s."""
SCRYPT_N_MIN, SCRYPT_N_MAX = 2**15, 2**18
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
SALT_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16

_HEAD: Final = ("format", "version", "kind", "public_key", "protection")
_REST: Final[Mapping[str, tuple[str, ...]]] = {PLAIN: ("seed",), SEALED: ("scrypt", "nonce", "sealed")}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key as its file holds it; ``protection`` is ``none`` where anybody who gets the file has the key."""

    key: SigningKey
    kind: KeyKind
    protection: Protection


def new_key() -> SigningKey:
    """Make a key that nobody had before: 32 bytes from the operating system."""
    return SigningKey(os.urandom(SEED_BYTES))


def read_key(path: Path, passphrase: bytes | None, *, kind: KeyKind | None = None) -> SigningKey:
    """Read the key in a file; raises as ``read_key_file``."""
    return read_key_file(path, passphrase, kind=kind).key


def read_key_file(path: Path, passphrase: bytes | None, *, kind: KeyKind | None = None) -> KeyFile:
    """Read the key in a file, with its kind (which must be ``kind`` where one is named) and its protection.

    Raises ``Refused``: ``KEY_MISSING``, ``KEY_PERMISSIONS`` (others could read or change it),
    ``KEY_PASSPHRASE`` (needed, or wrong), ``KEY_DAMAGED``, ``KEY_KIND``, ``KEY_UNREADABLE``. Never is a
    secret among the facts.
    """
    members = _parse(_read_private(path), path)
    file_kind = _kind(members, path)
    if kind is not None and file_kind != kind:
        facts: dict[str, Fact] = {"path": str(path), "expected": kind, "found": file_kind}
        raise Refused("KEY_KIND", facts, "a key serves one purpose only")
    public_key = PublicKey(_hex(members, "public_key", 32, path))
    protection: Protection = SEALED if members["protection"] == SEALED else PLAIN
    if protection == PLAIN:
        seed = _hex(members, "seed", SEED_BYTES, path)
    else:
        seed = _unseal(members, file_kind, public_key, passphrase, path)
    key = SigningKey(seed)
    if key.public_key != public_key:
        raise _damaged(path, "the public key is another's", field="public_key")
    return KeyFile(key=key, kind=file_kind, protection=protection)


def read_public_key(path: Path) -> PublicKey:
    """Read the public half of the key in a file, which needs no passphrase. Raises ``Refused`` as
    ``read_key``.
    """
    members = _parse(_read_private(path), path)
    return PublicKey(_hex(members, "public_key", 32, path))


def write_key(
    path: Path, key: SigningKey, kind: KeyKind, passphrase: bytes | None, *, replace: bool = False
) -> None:
    """Write a key file, durably and mode 0600: sealed under ``passphrase``, or plain where that is None.

    Raises ``Refused``: ``KEY_EXISTS`` unless ``replace``, ``KEY_PASSPHRASE`` for an empty one,
    ``KEY_UNWRITABLE``.
    """
    assert kind in KINDS, f"no kind of key: {kind}"
    if passphrase == b"":
        raise Refused("KEY_PASSPHRASE", {"path": str(path), "reason": "empty"})
    head = {"format": KEY_FORMAT, "version": KEY_VERSION, "kind": kind, "public_key": key.public_key.hex()}
    if passphrase is None:
        document = {**head, "protection": PLAIN, "seed": key.seed.hex()}
    else:
        document = {**head, "protection": SEALED, **_seal(key, kind, passphrase)}
    write_secret(path, (json.dumps(document, indent=2) + "\n").encode(), replace=replace)


def _seal(key: SigningKey, kind: KeyKind, passphrase: bytes) -> dict[str, object]:
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    box = ChaCha20Poly1305(_derive(passphrase, salt, SCRYPT_N))
    sealed = box.encrypt(nonce, key.seed, _associated_data(kind, key.public_key))
    work = {"n": SCRYPT_N, "r": SCRYPT_R, "p": SCRYPT_P, "salt": salt.hex()}
    return {"scrypt": work, "nonce": nonce.hex(), "sealed": sealed.hex()}


def _unseal(
    members: Mapping[str, object], kind: KeyKind, public_key: PublicKey, passphrase: bytes | None, path: Path
) -> bytes:
    work = members["scrypt"]
    if not isinstance(work, dict) or sorted(work) != ["n", "p", "r", "salt"]:
        raise _damaged(path, "not n, r, p and salt", field="scrypt")
    cost = work["n"]
    if type(cost) is not int or not SCRYPT_N_MIN <= cost <= SCRYPT_N_MAX or cost & (cost - 1):
        raise _damaged(path, f"not a power of 2 from {SCRYPT_N_MIN} to {SCRYPT_N_MAX}", field="scrypt.n")
    if work["r"] != SCRYPT_R or work["p"] != SCRYPT_P:
        raise _damaged(path, f"not r={SCRYPT_R}, p={SCRYPT_P}", field="scrypt")
    salt = _hex(work, "salt", SALT_BYTES, path)
    nonce = _hex(members, "nonce", NONCE_BYTES, path)
    sealed = _hex(members, "sealed", SEED_BYTES + TAG_BYTES, path)
    if passphrase is None:
        raise Refused(
            "KEY_PASSPHRASE", {"path": str(path), "reason": "needed"}, "give the passphrase of this key"
        )
    try:
        box = ChaCha20Poly1305(_derive(passphrase, salt, cost))
        return box.decrypt(nonce, sealed, _associated_data(kind, public_key))
    except InvalidTag:
        facts: dict[str, Fact] = {"path": str(path), "reason": "wrong, or the file was changed"}
        raise Refused("KEY_PASSPHRASE", facts) from None


def _derive(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)


def _associated_data(kind: KeyKind, public_key: PublicKey) -> bytes:
    return encode((KEY_FORMAT, KEY_VERSION, kind, public_key))


def _read_private(path: Path) -> bytes:
    """Read the bytes of a file that nobody but its owner can touch; the open file is judged, not the name."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Refused("KEY_MISSING", {"path": str(path)}, "restore the key file from your backup") from None
    except PermissionError:
        facts: dict[str, Fact] = {"path": str(path), "reason": "not ours to read"}
        raise Refused("KEY_PERMISSIONS", facts, "the file must belong to the user who runs this") from None
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    try:
        _check_private(os.fstat(descriptor), path)
        data = bytearray()
        while chunk := os.read(descriptor, KEY_FILE_BYTES_MAX + 1 - len(data)):
            data += chunk
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    finally:
        os.close(descriptor)
    if len(data) > KEY_FILE_BYTES_MAX:
        raise _damaged(path, "too large", field="file")
    return bytes(data)


def _check_private(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _damaged(path, "not a regular file", field="file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        facts: dict[str, Fact] = {"path": str(path), "mode": f"{stat.S_IMODE(status.st_mode):04o}"}
        raise Refused("KEY_PERMISSIONS", facts, f"chmod 600 {path}")


def _parse(data: bytes, path: Path) -> Mapping[str, object]:
    try:
        members = read_json(data)
    except Invalid:
        raise _damaged(path, "no JSON", field="file") from None
    if not isinstance(members, dict) or members.get("format") != KEY_FORMAT:
        raise _damaged(path, "no key file", field="format")
    if type(members.get("version")) is not int or members["version"] != KEY_VERSION:
        raise _damaged(path, f"not {KEY_VERSION}", field="version")
    protection = members.get("protection")
    rest = _REST.get(protection) if isinstance(protection, str) else None
    if rest is None:
        raise _damaged(path, "unknown", field="protection")
    if sorted(members) != sorted((*_HEAD, *rest)):
        raise _damaged(path, "missing or unknown fields", field="file")
    return members


def _kind(members: Mapping[str, object], path: Path) -> KeyKind:
    for kind in KINDS:
        if members["kind"] == kind:
            return kind
    raise _damaged(path, "unknown", field="kind")


def _hex(members: Mapping[str, object], name: str, size: int, path: Path) -> bytes:
    text = members[name]
    if not isinstance(text, str) or len(text) != 2 * size:
        raise _damaged(path, f"not {size} bytes in hexadecimal", field=name)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise _damaged(path, "not hexadecimal", field=name) from None


def _damaged(path: Path, reason: str, *, field: str) -> Refused:
    facts: dict[str, Fact] = {"path": str(path), "field": field, "reason": reason}
    return Refused("KEY_DAMAGED", facts, "restore the key file from its backup")


def _unreadable(path: Path, fault: OSError) -> Refused:
    return Refused("KEY_UNREADABLE", {"path": str(path), "reason": fault.strerror, "errno": fault.errno})
