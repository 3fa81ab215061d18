"""A validator's next key: taken up when it counts, whatever crashes on the way, with a memory of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Refused
from p2pchain.model.ids import BlockId, OrgId, PublicKey
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.node.home.key_rotation import SuccessionDue, SuccessionWatch, next_key, take_up
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import read_key, read_public_key, write_key
from p2pchain.storage.files import Disk, DiskFailure
from p2pchain.storage.safety import SafetyLog

OLD, NEW, LATER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
GENESIS = BlockId(bytes(32))
NAME = OLD.public_key.hex()[:16]


def a_home(path: Path) -> Home:
    """One whose old key has signed, and whose next key waits."""
    home = Home(path)
    for directory in (home.consensus_key.parent, home.safety.parent):
        directory.mkdir(parents=True)
    write_key(home.consensus_key, OLD, "consensus", None)
    write_key(home.next_key, NEW, "consensus", None)
    home.guard_file(home.consensus_key).write_text("mark of the old key")
    SafetyLog.create(Disk(), home.safety, genesis=GENESIS)
    log = SafetyLog.open(Disk(), home.safety, genesis=GENESIS, chain_height=0)
    log.append(7, b"signed by the old key")
    log.close()
    return home


def assert_taken_up(home: Home) -> None:
    """The new key has an empty memory, the old one's lies under its name."""
    assert read_key(home.consensus_key, None).public_key == NEW.public_key
    assert next_key(home, None) is None
    assert not home.guard_file(home.consensus_key).exists()
    log = SafetyLog.open(Disk(), home.safety, genesis=GENESIS, chain_height=0)
    assert list(log.records()) == []
    log.close()
    retired = home.consensus_key.with_name(f"consensus.retired-{NAME}.key")
    assert read_key(retired, None).public_key == OLD.public_key
    assert home.guard_file(retired).read_text() == "mark of the old key"
    kept = home.safety.with_name(f"safety.retired-{NAME}")
    log = SafetyLog.open(Disk(), kept, genesis=GENESIS, chain_height=0)
    assert [entry.payload for entry in log.records()] == [b"signed by the old key"]
    log.close()


def test_the_files_change_places(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    take_up(home, None, GENESIS)
    assert_taken_up(home)


def test_a_crash_at_every_step_is_made_good_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the moves may be the last one before it."""

    def crash_after(count: int) -> None:
        left = [count]
        for name in ("rename", "sync_directory", "make_directory"):
            real = getattr(Disk, name)

            def counted(self: Disk, *paths: Path, real: object = real) -> None:
                if left[0] == 0:
                    raise DiskFailure(operation="crash", path=paths[0], reason="the process ended here")
                left[0] -= 1
                real(self, *paths)  # type: ignore[operator]

            monkeypatch.setattr(Disk, name, counted)

    steps = 0
    for step in range(100):
        home = a_home(tmp_path / str(step))
        with monkeypatch.context():
            crash_after(step)
            try:
                take_up(home, None, GENESIS)
            except DiskFailure:
                steps += 1
            monkeypatch.undo()
        if home.next_key.exists():
            take_up(home, None, GENESIS)
        assert_taken_up(home)
        if steps <= step:
            break
    assert steps > 8


@dataclass(slots=True)
class StandInLedger:
    """Knows who validates next."""

    keys: tuple[PublicKey, ...]
    height: int = 9

    @property
    def validators(self) -> ValidatorSet:
        members = (Validator(public_key=key, power=1, org=OrgId("org")) for key in sorted(self.keys))
        return ValidatorSet(tuple(members))


@pytest.mark.parametrize(
    ("keys", "due"),
    [
        ((OLD.public_key, LATER.public_key), False),
        ((NEW.public_key, LATER.public_key), True),
        ((LATER.public_key,), False),
        ((OLD.public_key, NEW.public_key), False),
    ],
    ids=["not yet", "now", "removed instead", "both"],
)
def test_the_next_key_is_due_when_it_counts_and_the_present_one_does_not(
    tmp_path: Path, keys: tuple[PublicKey, ...], due: bool
) -> None:
    ledger = cast(Ledger, StandInLedger(keys))
    watch = SuccessionWatch(ledger, a_home(tmp_path), OLD.public_key)
    record = cast(BlockRecord, None)
    if not due:
        watch.committed(record)
        return
    with pytest.raises(SuccessionDue) as found:
        watch.committed(record)
    assert found.value.facts == {"public_key": NEW.public_key.hex(), "height": 10}


def test_nothing_is_due_without_a_next_key_or_a_key(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    ledger = cast(Ledger, StandInLedger((NEW.public_key,)))
    SuccessionWatch(ledger, home, None).committed(cast(BlockRecord, None))
    home.next_key.unlink()
    SuccessionWatch(ledger, home, OLD.public_key).committed(cast(BlockRecord, None))


def test_a_public_key_is_read_without_the_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "sealed.key"
    write_key(path, NEW, "consensus", b"secret")
    assert read_public_key(path) == NEW.public_key
    path.write_text("{}")
    with pytest.raises(Refused, match="KEY_DAMAGED"):
        read_public_key(path)
