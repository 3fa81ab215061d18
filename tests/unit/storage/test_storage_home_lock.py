"""One process per home: shown with a real second process, and with children that must not inherit the lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from p2pchain.model.errors import Refused
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.lock import HomeLock

HOLDER = """
import sys
from pathlib import Path
from p2pchain.storage.lock import HomeLock
lock = HomeLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def hold(path: Path) -> subprocess.Popen[bytes]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


def test_second_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    with hold(path) as holder:
        with pytest.raises(Refused) as caught:
            HomeLock(path)
        assert caught.value.code == "HOME_LOCKED"
        assert caught.value.facts["pid"] == holder.pid
        holder.kill()
        holder.wait(10)
    with HomeLock(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    first = HomeLock(path)
    with pytest.raises(Refused) as caught:
        HomeLock(path)
    assert caught.value.facts["pid"] == os.getpid()
    first.release()
    first.release()
    HomeLock(path).release()


def test_children_do_not_keep_the_lock(tmp_path: Path) -> None:
    """A child that executes another program, and one that is only forked, both outlive the lock without holding it."""
    path = tmp_path / "LOCK"
    lock = HomeLock(path)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as executed:
        waiting, ending = os.pipe()
        forked = os.fork()
        if forked == 0:
            os.close(ending)
            os.read(waiting, 1)
            os._exit(0)
        os.close(waiting)
        lock.release()
        HomeLock(path).release()
        os.close(ending)
        assert os.waitpid(forked, 0)[1] == 0
        assert executed.poll() is None


def test_unusable_path_is_a_disk_failure(tmp_path: Path) -> None:
    with pytest.raises(DiskFailure) as caught:
        HomeLock(tmp_path / "missing" / "LOCK")
    assert caught.value.facts["operation"] == "lock"
