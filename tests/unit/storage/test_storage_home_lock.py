"""One process per home: shown with a real second process, and with children that must not inherit it."""

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

PARENT = """
import os, signal, subprocess, sys
from pathlib import Path
from p2pchain.storage.lock import HomeLock
lock = HomeLock(Path(sys.argv[1]))
echo = "import sys; print('born', flush=True); print(sys.stdin.read(), end='', flush=True)"
if sys.argv[2] == "executed":
    child = subprocess.Popen([sys.executable, "-c", echo], close_fds=False)
elif os.fork() == 0:
    exec(echo)
    os._exit(0)
signal.pause()
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
        assert f"(process {holder.pid})" in str(caught.value)
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


@pytest.mark.parametrize("child", ["forked", "executed"])
def test_children_of_a_killed_holder_do_not_keep_the_lock(tmp_path: Path, child: str) -> None:
    """The child lives on, and says so at the end; the lock went with its parent."""
    path = tmp_path / "LOCK"
    command = [sys.executable, "-c", PARENT, str(path), child]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"born\n"
        holder.kill()
        holder.wait(10)
        HomeLock(path).release()
        holder.stdin.write(b"alive")
        holder.stdin.close()
        assert holder.stdout.read() == b"alive"


def test_unusable_path_is_a_disk_failure(tmp_path: Path) -> None:
    with pytest.raises(DiskFailure) as caught:
        HomeLock(tmp_path / "missing" / "LOCK")
    assert caught.value.facts["operation"] == "lock"
