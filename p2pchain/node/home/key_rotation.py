"""A validator's next key: kept beside the one in use, and taken up when the chain counts its votes.

The old key signs up to the height before; the new one has a safety log and a guard of its own, so neither can
answer for the other. The files change places in steps that may each be the last before a crash: as long as
``keys/consensus.next.key`` is there, all of them are done again.
"""

from __future__ import annotations

import structlog

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fault
from p2pchain.model.ids import BlockId, PublicKey
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import read_key, read_public_key
from p2pchain.storage.creation import log_exists
from p2pchain.storage.files import Disk
from p2pchain.storage.safety import SafetyLog

NAME_DIGITS = 16
"""Hexadecimal digits of a public key in the names of what belonged to it."""


class SuccessionDue(Fault):
    """The next key counts from the next height on: the node begins again with it (``KEY_SUCCESSION_DUE``).
    Nothing is wrong.
    """

    def __init__(self, key: PublicKey, height: int) -> None:
        """``height``: the first at which it votes."""
        super().__init__("KEY_SUCCESSION_DUE", {"public_key": key.hex(), "height": height})


class SuccessionWatch:
    """Watch of final blocks that ends the run once the next key counts. It then counts in place of the
    present one.
    """

    def __init__(self, ledger: Ledger, home: Home, own: PublicKey | None) -> None:
        """``own``: the key in use, None for an observer."""
        self._ledger = ledger
        self._home = home
        self._own = own

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable. Raises ``SuccessionDue``, and as ``read_public_key`` for the next key's
        file.
        """
        if self._own is None or counts(self._ledger, self._own) or not self._home.next_key.exists():
            return
        following = read_public_key(self._home.next_key)
        if counts(self._ledger, following):
            raise SuccessionDue(following, self._ledger.height + 1)


def counts(ledger: Ledger, key: PublicKey) -> bool:
    """Test whether a key's votes count at the next height."""
    return ledger.validators.index_of(key) is not None


def next_key(home: Home, passphrase: bytes | None) -> SigningKey | None:
    """The key that is to follow, None where there is none. Raises as ``read_key``."""
    if not home.next_key.exists():
        return None
    return read_key(home.next_key, passphrase, kind="consensus")


def take_up(home: Home, passphrase: bytes | None, genesis_id: BlockId) -> None:
    """Let the next key take the place of the present one; what belonged to that is kept under its name.

    Raises ``Refused``, ``Corrupt`` or ``DiskFailure`` where a file cannot be read or moved.
    """
    files = Disk()
    if home.consensus_key.exists():
        old = read_key(home.consensus_key, passphrase, kind="consensus").public_key.hex()[:NAME_DIGITS]
        retired_log = home.safety.with_name(f"safety.retired-{old}")
        if not retired_log.exists():
            files.rename(home.safety, retired_log)
            files.sync_directory(home.safety.parent)
        if not log_exists(files, home.safety):
            SafetyLog.create(files, home.safety, genesis=genesis_id)
        retired = home.consensus_key.with_name(f"consensus.retired-{old}.key")
        for path, kept in (
            (home.stop_file(home.consensus_key), home.stop_file(retired)),
            (home.guard_file(home.consensus_key), home.guard_file(retired)),
            (home.consensus_key, retired),
        ):
            if path.exists():
                files.rename(path, kept)
                files.sync_directory(path.parent)
    files.rename(home.next_key, home.consensus_key)
    files.sync_directory(home.next_key.parent)
    structlog.get_logger().info("key.taken_up", file=str(home.consensus_key))
