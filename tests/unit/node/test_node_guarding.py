"""A validator whose memory is missing, empty or old signs nothing, says why, and its node goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from structlog import get_logger
from structlog.testing import capture_logs

from p2pchain.codec.genesis import genesis_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.safety import SignedStep
from p2pchain.node.home.key_guard import HOW, WHY, open_guard
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import recover
from p2pchain.signing.standing import Stop
from p2pchain.storage.files import Disk
from p2pchain.storage.safety import SafetyLog
from tests.unit.node.guard_home import a_genesis, a_home, extend, sign, start, why

KEY_THAT_NEVER_SIGNED = SigningKey(b"n" * 32)


def empty_the_log(home: Home) -> None:
    """What nobody should do: a new safety log for a key that has signed."""
    shutil.rmtree(home.safety)
    SafetyLog.create(Disk(), home.safety, genesis=genesis_id(a_genesis()))


def test_a_fresh_validator_of_a_new_chain_signs_without_any_ceremony(tmp_path: Path) -> None:
    """Nothing is written before it signs."""
    home = a_home(tmp_path / "home")
    guarded = start(home)
    assert (guarded.stopped, guarded.reason(), guarded.floor) == (None, None, 0)
    assert not home.guard_file(home.consensus_key).exists()
    sign(guarded, 1)
    assert home.guard_file(home.consensus_key).exists()
    assert why(home) is None


def test_a_key_that_never_signed_joins_an_old_chain_without_ceremony(tmp_path: Path) -> None:
    """No block holds a signature of it."""
    home = a_home(tmp_path / "home")
    extend(home, False, False, False)
    assert why(home) is None


def test_a_home_from_before_there_were_marks_is_marked(tmp_path: Path) -> None:
    """Its log says how far."""
    home = a_home(tmp_path / "home")
    sign(start(home), 1)
    extend(home, True)
    home.guard_file(home.consensus_key).unlink()
    assert why(home) is None
    empty_the_log(home)
    assert why(home) == "GUARD_STATE_EMPTY"


def test_a_missing_safety_log_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    """At any height, and with nothing known of the key: it may have said anything."""
    home = a_home(tmp_path / "home")
    shutil.rmtree(home.safety)
    with capture_logs() as logs:
        guarded = start(home)
    assert guarded.stopped is not None
    assert guarded.stopped.code == "SAFETY_LOG_MISSING"
    assert guarded.signer is None
    (told,) = [entry for entry in logs if entry["event"] == "signing.stopped"]
    assert told["log_level"] == "error"
    assert told["hint"] == HOW


def test_an_emptied_safety_log_is_known_by_the_mark(tmp_path: Path) -> None:
    """No block is needed to know it."""
    home = a_home(tmp_path / "home")
    sign(start(home), 1)
    empty_the_log(home)
    assert why(home) == "GUARD_STATE_EMPTY"


def test_an_emptied_safety_log_is_known_by_the_chain(tmp_path: Path) -> None:
    """Though the mark is gone too; the signature may be blocks away."""
    home = a_home(tmp_path / "home")
    extend(home, True, False, False)
    assert why(home) == "GUARD_STATE_EMPTY"


def older_copy(home: Home, path: Path) -> None:
    """A copy of the safety log while it had height 1 only, which then comes back."""
    sign(start(home), 1)
    shutil.copytree(home.safety, path)
    sign(start(home), 2)
    sign(start(home), 3)


def restore(home: Home, path: Path) -> None:
    shutil.rmtree(home.safety)
    shutil.copytree(path, home.safety)


def test_an_older_copy_is_known_by_the_mark(tmp_path: Path) -> None:
    """That of the last start."""
    home = a_home(tmp_path / "home")
    older_copy(home, tmp_path / "copy")
    restore(home, tmp_path / "copy")
    assert why(home) == "GUARD_STATE_OLD"


def test_a_start_marks_what_an_earlier_life_signed(tmp_path: Path) -> None:
    """Though that one crashed, and this one signs nothing."""
    home = a_home(tmp_path / "home")
    guarded = start(home)
    sign(guarded, 1)
    shutil.copytree(home.safety, tmp_path / "copy")
    sign(guarded, 2)
    assert why(home) is None
    restore(home, tmp_path / "copy")
    assert why(home) == "GUARD_STATE_OLD"


def test_an_older_copy_of_the_last_life_is_known_after_a_clean_stop(tmp_path: Path) -> None:
    """Which marks what was signed last."""
    home = a_home(tmp_path / "home")
    guarded = start(home)
    sign(guarded, 1)
    shutil.copytree(home.safety, tmp_path / "copy")
    sign(guarded, 2)
    guarded.close()
    restore(home, tmp_path / "copy")
    assert why(home) == "GUARD_STATE_OLD"


def test_an_older_copy_is_known_by_the_chain(tmp_path: Path) -> None:
    """Though the mark went back in time with it; then the mark rises, and stays."""
    home = a_home(tmp_path / "home")
    guard_file = home.guard_file(home.consensus_key)
    sign(start(home), 1)
    shutil.copytree(home.safety, tmp_path / "copy")
    mark = guard_file.read_bytes()
    sign(start(home), 2)
    extend(home, True, True, False)
    assert why(home) is None
    restore(home, tmp_path / "copy")
    guard_file.write_bytes(mark)
    guarded = start(home)
    assert guarded.stopped is not None
    assert guarded.stopped.code == "GUARD_STATE_OLD"
    assert guarded.stopped.facts["signed_to"] == "height 2 round 0 precommit"
    shutil.rmtree(home.chain)  # Whatever becomes of the chain log now.
    shutil.copytree(a_home(tmp_path / "new").chain, home.chain)
    assert why(home) == "GUARD_STATE_OLD"


def test_the_right_log_put_back_is_good_again(tmp_path: Path) -> None:
    """A disk that was not mounted: no ceremony."""
    home = a_home(tmp_path / "home")
    sign(start(home), 1)
    extend(home, True)
    shutil.move(home.safety, tmp_path / "away")
    assert why(home) == "SAFETY_LOG_MISSING"
    shutil.move(tmp_path / "away", home.safety)
    assert why(home) is None


def test_a_chain_log_that_begins_anew_is_no_doubt(tmp_path: Path) -> None:
    """``p2pchain repair`` set it aside: the guard is ahead of it."""
    home = a_home(tmp_path / "home")
    sign(start(home), 5)
    assert why(home) is None


def test_a_stopped_key_stays_stopped_and_its_signer_signs_nothing(tmp_path: Path) -> None:
    """In this life at once, in later ones by the file."""
    home = a_home(tmp_path / "home")
    guarded = start(home)
    sign(guarded, 1)
    guarded.stop(Stop(code="GUARD_SIGNATURE_FOREIGN", facts={"height": 4}), (4, 0, SignedStep.PREVOTE))
    with pytest.raises(Refused, match="SIGN_STOPPED"):
        sign(guarded, 2)
    guarded.close()
    again = start(home)
    assert again.stopped is not None
    assert (again.stopped.code, again.stopped.facts["height"]) == ("GUARD_SIGNATURE_FOREIGN", 4)
    with pytest.raises(Refused, match="SIGN_STOPPED"):
        sign(again, 2)


def test_a_damaged_file_beside_the_key_stops_it(tmp_path: Path) -> None:
    """What it said of the key is lost."""
    home = a_home(tmp_path / "home")
    sign(start(home), 1)
    home.guard_file(home.consensus_key).write_bytes(b"{")
    assert why(home) == "GUARD_FILE_DAMAGED"


def test_the_signatures_of_another_key_are_no_doubt(tmp_path: Path) -> None:
    """A validator that begins with a new key in an old home."""
    home = a_home(tmp_path / "home")
    extend(home, True)
    recovered = recover(home, home.read_genesis(), get_logger())
    recovered.index.close()
    assert open_guard(home, KEY_THAT_NEVER_SIGNED, recovered, get_logger()).stopped is None
    assert why(home) == "GUARD_STATE_EMPTY"


def test_every_reason_says_how_to_go_on(tmp_path: Path) -> None:
    """In one line, whatever stopped it."""
    for code in WHY:
        home = a_home(tmp_path / code)
        guarded = start(home)
        guarded.stop(Stop(code=code, facts={"height": 4}), None)
        reason = guarded.reason()
        assert reason is not None
        assert code in reason
        assert "key import-state" in reason
        assert "\n" not in reason
